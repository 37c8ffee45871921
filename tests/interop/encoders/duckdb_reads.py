#!/usr/bin/env python3
"""DuckDB reads the files of interop_encoders; every value of every row must be what was meant.

  duckdb_reads.py INTEROP_ENCODERS [--rows N] [--seed N]

Prints one line per file, "ok ..." or "FAIL ..." with the first rows that differ. Exit status 0 if
no row differs.
"""
import argparse
import datetime
import decimal
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import uuid

import duckdb

COLUMNS = {
    "id": "BIGINT", "flag": "BOOLEAN", "text": "VARCHAR", "note": "VARCHAR",
    "amount": "DECIMAL(18,4)", "wide": "DECIMAL(38,10)", "value": "DOUBLE", "ratio": "FLOAT",
    "day": "DATE", "time": "TIME", "wall": "TIMESTAMP", "instant": "TIMESTAMPTZ",
    "maybe": "INTEGER", "raw": "VARCHAR", "key": "UUID", "document": "VARCHAR", "tags": "VARCHAR",
}
EPOCH = datetime.datetime(1970, 1, 1)
# As text: Python's own types end at the year 9999 and carry no bits of a NaN.
SELECT = """SELECT id, flag, hex(encode(text)), hex(encode(note)), amount::VARCHAR, wide::VARCHAR,
  value, ratio, date_diff('day', DATE '1970-01-01', day), epoch_us(DATE '1970-01-01' + time),
  epoch_us(wall), epoch_us(instant), maybe, raw, key::VARCHAR, document, tags FROM {source}"""


def unhex(text):
    return None if text == "-" else bytes.fromhex(text[1:])


def point(digits, scale):
    return decimal.Decimal(digits).scaleb(-scale, decimal.Context(prec=40))


def expected_rows(path):
    """The rows as they were meant, from the writer's own plain notation."""
    for line in path.read_text(encoding="ascii").splitlines():
        (row_id, flag, text, note, amount, wide, value, ratio, day, time, wall, instant, maybe, raw,
         key, document, tags) = line.split(" ")
        yield (int(row_id), flag == "1", unhex(text), unhex(note), point(amount, 4),
               point(wide, 10),
               struct.unpack(">d", bytes.fromhex(value.rjust(16, "0")))[0],
               struct.unpack(">f", bytes.fromhex(ratio.rjust(8, "0")))[0],
               int(day), int(time), int(wall), int(instant), None if maybe == "-" else int(maybe),
               unhex(raw), uuid.UUID(bytes=unhex(key)), json.loads(unhex(document)),
               [unhex(tag).decode() for tag in tags.rstrip(".").split(",") if tag])


def read_rows(connection, source):
    """The rows as DuckDB reads them."""
    for row in connection.execute(SELECT.format(source=source)).fetchall():
        (row_id, flag, text, note, amount, wide, value, ratio, day, time, wall, instant, maybe, raw,
         key, document, tags) = row
        yield (row_id, flag, None if text is None else bytes.fromhex(text),
               None if note is None else bytes.fromhex(note), decimal.Decimal(amount),
               decimal.Decimal(wide), value, ratio, day, time, wall, instant, maybe,
               bytes.fromhex(raw), uuid.UUID(key),
               # A JSON null is a null to DuckDB.
               None if document is None else json.loads(document), json.loads(tags))


def sources(directory):
    """(file name, SQL that reads it) for every file."""
    columns = ", ".join(f"{name!r}: {kind!r}" for name, kind in COLUMNS.items())
    for ending in ("", ".gz", ".zst"):
        for name, options in (
                ("rows.csv", "delim=',', quote='\"', escape='\"', nullstr='', header=false"),
                ("pipe.csv", "delim='|', quote='''', escape='''', nullstr='\\N', header=true")):
            yield name + ending, (
                f"read_csv('{directory / (name + ending)}', auto_detect=false, {options}, "
                f"allow_quoted_nulls=false, max_line_size=8000000, columns={{{columns}}})")
        json_columns = columns.replace("'document': 'VARCHAR'", "'document': 'JSON'").replace(
            "'tags': 'VARCHAR'", "'tags': 'JSON'")
        yield "rows.ndjson" + ending, (
            f"read_json('{directory / ('rows.ndjson' + ending)}', format='newline_delimited', "
            f"columns={{{json_columns}}})")


def differing(expected, actual):
    """The first rows that differ, and how many there are."""
    shown, count = [], abs(len(expected) - len(actual))
    for number, (want, got) in enumerate(zip(expected, actual)):
        if want == got:
            continue
        count += 1
        if len(shown) < 3:
            names = [f"{column}: meant {a!r:.120}, read {b!r:.120}"
                     for column, a, b in zip(COLUMNS, want, got) if a != b]
            shown.append(f"  row {number}: " + "; ".join(names))
    return count, shown


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("writer")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    failed = False
    reader = f"duckdb {duckdb.__version__}"
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        subprocess.run([options.writer, name, str(options.rows), str(options.seed)], check=True)
        expected = list(expected_rows(directory / "expected.txt"))
        connection = duckdb.connect()
        connection.execute("SET TimeZone='UTC'; SET preserve_insertion_order=true")
        for file, source in sources(directory):
            try:
                actual = list(read_rows(connection, source))
            except (duckdb.Error, ValueError) as error:
                print(f"FAIL {reader} {file}: {str(error).splitlines()[0][:300]}")
                failed = True
                continue
            count, shown = differing(expected, actual)
            verdict = "ok" if count == 0 and actual else "FAIL"
            failed = failed or verdict == "FAIL"
            print(f"{verdict} {reader} {file}: {len(actual)} rows, {count} differ")
            print("\n".join(shown), end="\n" if shown else "")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
