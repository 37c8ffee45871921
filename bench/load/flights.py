#!/usr/bin/env python3
"""Loads one file of flights into the sandbox: sluice, then the official Python connector; DuckDB writes
the same rows as CSV.

    python3 bench/load/flights.py BUILD FLIGHTS

BUILD holds example_sandbox, example_snowflake_bulk and logs/encode.log of bench_encode (bench/run.sh
makes them). FLIGHTS is CSV, plain, gzip or zstd; it is unpacked first, so that all read the same plain
file. The peers are installed from PyPI into BUILD/peers; one that cannot be is named and left out.

Processor time is the client's alone; the sandbox, which is what bounds the time on the clock, is not
counted. The connector's is taken from its PUT to the end of its COPY, without its start. Every load
is counted and summed in SQLite; a figure that differs from the file's ends with status 1.
"""
import argparse
import contextlib
import csv
import json
import os
import pathlib
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "interop" / "python"))
PEERS = {"snowflake-connector-python": "5.2.0", "duckdb": "2.0.0"}


def line(verdict, what, figure, unit, limit=""):
    print(f"{verdict:6}  {what:60} {figure:8.2f} {unit:6} {limit}".rstrip(), flush=True)


def at_least_as_fast(what, ratio):
    line("holds" if ratio >= 1 else "MISSED", what, ratio, "x", "limit >= 1")


def unpack(source, target):
    reader = {".zst": ["zstd", "-dcq"], ".gz": ["gzip", "-dc"]}.get(source.suffix, ["cat"])
    with target.open("wb") as out:
        subprocess.run([*reader, str(source)], stdout=out, check=True)


def figures_of(path):
    rows = delay = distance = 0
    with path.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        next(lines)
        for row in lines:
            rows += 1
            delay += int(row[1])
            distance += int(row[2])
    return rows, delay, distance


def figures_in(where, table):
    with contextlib.closing(sqlite3.connect(where["sqlite"], uri=True)) as database:
        return database.execute(
            f'select count(*), sum(DELAY), sum(DISTANCE) from "{where["database"]}.{where["schema"]}.{table}"'
        ).fetchone()


def with_sluice(build, where, file, table, codec, scratch):
    """(seconds, CPU seconds)"""
    profile = scratch / "profile.json"
    profile.touch(0o600)
    profile.write_text(json.dumps({
        "account": where["account"], "url": where["account_url"], "user": where["user"],
        "private_key_path": where["private_key_file"], "database": where["database"],
        "schema": where["schema"], "warehouse": where["warehouse"], "role": where["role"]}))
    began = time.monotonic()
    process = subprocess.Popen([build / "examples" / "snowflake_bulk", "--profile", profile, "--table", table,
                                "--codec", codec, "--ca-file", where["ca_file"], file], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"snowflake_bulk ended with status {process.returncode}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime


def run_connector(where, file, table):
    """In a process of its own, with the connector: prints seconds and CPU seconds as JSON."""
    warnings.simplefilter("ignore")
    os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = where["ca_file"]
    import snowflake.connector
    connection = snowflake.connector.connect(**{key: where[key] for key in (
        "account", "user", "password", "host", "port", "protocol", "database", "schema", "warehouse")})
    cursor = connection.cursor()
    cursor.execute(f"create table {table} (date timestamp_ntz, delay int, distance int, "
                   "origin varchar, destination varchar)")
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    cursor.execute(f"put file://{file} @~/{table}/ parallel=4").fetchall()
    cursor.execute(f"copy into {table} from @~/{table}/ "
                   "file_format=(type=csv skip_header=1 field_optionally_enclosed_by='\"')").fetchall()
    after = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps([time.monotonic() - began,
                      after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime]))
    connection.close()


def run_duckdb(file):
    """In a process of its own, with DuckDB on one thread: prints million rows per CPU second as JSON."""
    import duckdb
    connection = duckdb.connect()
    connection.execute("set threads=1")
    connection.execute(f"create table flights as select * from read_csv('{file}')")
    rows = connection.execute("select count(*) from flights").fetchone()[0]
    best = 0.0
    for _ in range(3):
        before = time.process_time()
        connection.execute("copy flights to '/dev/null' (format csv, header false)")
        best = max(best, rows / (time.process_time() - before) / 1e6)
    print(json.dumps(best))


def install(build, package):
    """The Python that has it, or nothing."""
    venv = build / "peers" / f"{package}-{PEERS[package]}"
    python = venv / "bin" / "python"
    if not (venv / "complete").exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True, capture_output=True)
            subprocess.run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install",
                            f"{package}=={PEERS[package]}"], check=True, capture_output=True)
        except subprocess.CalledProcessError as error:
            print(f"        {package} is left out, it cannot be installed: {error.stderr.decode()[-300:]}")
            return None
        (venv / "complete").touch()
    return python


def in_peer(python, *arguments):
    done = subprocess.run([python, __file__, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    if sys.argv[1:2] == ["--connector"]:
        return run_connector(json.loads(pathlib.Path(sys.argv[2]).read_text()), *sys.argv[3:])
    if sys.argv[1:2] == ["--duckdb"]:
        return run_duckdb(sys.argv[2])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("flights", type=pathlib.Path)
    args = parser.parse_args()
    from sandbox import Sandbox

    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as directory:
        scratch = pathlib.Path(directory)
        file = scratch / "flights.csv"
        unpack(args.flights, file)
        truth = figures_of(file)
        million = truth[0] / 1e6
        print(f"        {args.flights.name}: {truth[0]} rows, {file.stat().st_size / 1e6:.1f} MB unpacked")
        with Sandbox(str(args.build / "examples" / "sandbox"), "--tls", "--data", str(scratch / "data")) as box:
            least = None
            for codec in ("gzip", "zstd"):
                table = f"FLIGHTS_{codec.upper()}"
                seconds, cpu = with_sluice(args.build, box.where, file, table, codec, scratch)
                if figures_in(box.where, table) != truth:
                    print(f"{table}: {figures_in(box.where, table)} arrived, {truth} is in the file")
                    return 1
                line("", f"flights: sluice, {codec}, {seconds:.1f} s", truth[0] / seconds / 1e6, "M/s")
                line("", f"flights: sluice, {codec}, client CPU per million rows", cpu / million, "s")
                if codec == "gzip":
                    least = cpu
            python = install(args.build, "snowflake-connector-python")
            if python:
                where = scratch / "where.json"
                where.write_text(json.dumps(box.where))
                seconds, cpu = in_peer(python, "--connector", where, file, "FLIGHTS_CONNECTOR")
                if figures_in(box.where, "FLIGHTS_CONNECTOR") != truth:
                    print(f"the connector's rows: {figures_in(box.where, 'FLIGHTS_CONNECTOR')}, not {truth}")
                    return 1
                line("", f"flights: Python connector, PUT and COPY, {seconds:.1f} s", truth[0] / seconds / 1e6, "M/s")
                line("", "flights: Python connector, client CPU per million rows", cpu / million, "s")
                # sluice parses and checks every value; the connector compresses the file as it is.
                at_least_as_fast("flights: connector's CPU / sluice's, both gzip", cpu / least)
        python = install(args.build, "duckdb")
        if python:
            theirs = in_peer(python, "--duckdb", file)
            line("", "flights: DuckDB writes CSV, one thread", theirs, "M/s")
            encoded = re.search(r"^flights \(5 columns\), CSV.*\n\s+composed\s+([\d.]+)",
                                (args.build / "logs" / "encode.log").read_text(), re.M)
            if encoded:
                at_least_as_fast("flights in CSV: composed encoder / DuckDB's writer",
                                 float(encoded.group(1)) / theirs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
