#!/usr/bin/env python3
"""Checks that the rooms of include/sluice/ include each other only along the allowed edges.

A room may include itself, the rooms listed for it and what those may include. Files directly in
include/sluice/ are the room `config`, except the umbrellas, which may include everything.
"""
import pathlib
import re
import sys

ALLOWED = {
    "config": [],
    "ext": ["config"],
    "meta": ["ext"],
    "schema": ["meta"],
    "encode": ["schema"],
    "batch": ["schema"],
    "compress": ["meta"],
    "transport": ["config"],
    "auth": ["transport", "ext"],
    "store": ["auth"],
    "ledger": ["encode"],
    "destination": ["schema", "encode", "batch", "compress", "transport", "auth", "store", "ledger",
                    "observe"],
    "snowflake": ["destination"],
    "snowpipe": ["destination"],
    "bigquery": ["destination"],
    "skyflow": ["destination"],
    "observe": ["config"],
    "pipeline": ["observe", "destination"],
    "source": ["pipeline"],
    "test": ["encode", "destination", "pipeline"],
    "sandbox": ["config"],
}
# One file may use what its room may not. A source that reads a service lives in the service's room;
# nothing else of the room sees sources.
EXCEPTIONS = {("snowpipe/files", "snowflake"), ("snowflake/query", "source"),
              ("snowflake/detail/query", "source"), ("snowflake/impl/query", "source")}
# Plain structs that everything above them carries; they include `config` alone.
SHARED = {"ledger/position.hpp"}
UMBRELLAS = {"sluice.hpp", "src.hpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]sluice/([^>"]+)[>"]', re.MULTILINE)


def closure(room):
    seen, todo = set(), [room]
    while todo:
        for below in ALLOWED[todo.pop()]:
            if below not in seen:
                seen.add(below)
                todo.append(below)
    return seen | {room}


def room_of(path):
    return path.split("/")[0] if "/" in path else "config"


def violations(path, text):
    """Complaints about the includes of one file; `path` is relative to include/sluice."""
    room = "config" if path in SHARED else room_of(path)
    if path in UMBRELLAS or path.startswith("impl/"):
        room = "config" if path not in UMBRELLAS else None
    if room is not None and room not in ALLOWED:
        return [f"{path}: room '{room}' is not in the list of tests/house/include_edges.py"]
    found = []
    for match in INCLUDE.finditer(text):
        target = match.group(1)
        shared = target in SHARED or target.startswith(("impl/", "detail/"))
        other = "config" if shared else room_of(target)
        line = text.count("\n", 0, match.start()) + 1
        where = f"{path}:{line}: <sluice/{target}>"
        if target in UMBRELLAS and path not in UMBRELLAS:
            found.append(f"{where}: umbrellas are for users")
        elif room is None:
            if other == "sandbox":
                found.append(f"{where}: the client knows no sandbox")
        elif other not in closure(room):
            if not any(path.startswith(file) and other == to for file, to in EXCEPTIONS):
                found.append(f"{where}: {room}/ may not include {other}/")
        if "/impl/" in target and room_of(target) != room and room is not None:
            found.append(f"{where}: impl/ belongs to the headers of its own room")
    return found


def self_test():
    bad = [
        ("transport/http.hpp", "#include <sluice/encode/payload.hpp>"),
        ("snowflake/bulk.hpp", "#include <sluice/bigquery/tables.hpp>"),
        ("sandbox/server.hpp", "#include <sluice/transport/task.hpp>"),
        ("error.hpp", "#include <sluice/schema/schema.hpp>"),
        ("snowflake/bulk.hpp", "#include <sluice/store/impl/s3.ipp>"),
        ("snowflake/bulk.hpp", "#include <sluice/source/item.hpp>"),
        ("skyflow/vault.hpp", "#include <sluice/snowflake/session.hpp>"),
        ("skyflow/impl/vault.ipp", "#include <sluice/snowpipe/error.hpp>"),
        ("snowpipe/streaming.hpp", "#include <sluice/snowflake/session.hpp>"),
        ("snowflake/bulk.hpp", "#include <sluice/snowpipe/files.hpp>"),
        ("snowflake/query.hpp", "#include <sluice/pipeline/loader.hpp>"),
        ("encode/csv.hpp", '#include "sluice/pipeline/loader.hpp"'),
        ("encode/csv.hpp", "#include <sluice/sluice.hpp>"),
        ("attic/a.hpp", ""),
        ("src.hpp", "#include <sluice/sandbox/impl/server.ipp>"),
    ]
    good = [
        ("snowflake/bulk.hpp", "#include <sluice/store/s3.hpp>\n#include <sluice/config.hpp>"),
        ("snowpipe/files.hpp", "#include <sluice/snowflake/stage.hpp>"),
        ("snowflake/query.hpp", "#include <sluice/source/item.hpp>"),
        ("source/csv.hpp", "#include <sluice/pipeline/loader.hpp>\n#include <sluice/meta/a.hpp>"),
        ("src.hpp", "#include <sluice/store/impl/s3.ipp>"),
        ("error.hpp", "#include <sluice/impl/error.ipp>"),
    ]
    for path, text in bad:
        assert violations(path, text), (path, text)
    for path, text in good:
        assert not violations(path, text), (path, text)


def main():
    if "--self-test" in sys.argv:
        self_test()
        return 0
    root = pathlib.Path(__file__).resolve().parents[2] / "include" / "sluice"
    files = sorted(p for p in root.rglob("*") if p.suffix in (".hpp", ".ipp"))
    if not files:
        print(f"no headers under {root}")
        return 1
    found = []
    sources = {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in files}
    for path, text in sources.items():
        found += violations(path, text)
    # Bodies that no src.hpp names would be missing from separately compiled programs.
    for path in sources:
        if path.endswith(".ipp"):
            umbrella = "sandbox/src.hpp" if path.startswith("sandbox/") else "src.hpp"
            reached, todo = set(), [umbrella]
            while todo:
                current = todo.pop()
                if current in reached or current not in sources:
                    continue
                reached.add(current)
                if current == umbrella or re.search(r"/src\w*\.hpp$|\.ipp$", current):
                    todo += [m.group(1) for m in INCLUDE.finditer(sources[current])]
            if path not in reached:
                found.append(f"{path}: <sluice/{umbrella}> does not include it")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
