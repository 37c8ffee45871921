#!/usr/bin/env python3
"""Checks which services' code an object file holds or asks for: symbols.py NM OBJECT --only SERVICE...
No symbol may be of another service's namespace, and some must be of each that is named: a check that
reads no symbols proves nothing. With --not-only, the same must find symbols of another service."""
import argparse
import re
import subprocess
import sys

SERVICES = ("snowflake", "snowpipe", "bigquery", "skyflow")
OF_SERVICE = re.compile(r"\bsluice::(?:v\d+::)?(" + "|".join(SERVICES) + r")::")
SHOWN = 20


def symbols_by_service(nm, path):
    listed = subprocess.run([nm, "--demangle", path], check=True, text=True, capture_output=True).stdout
    found = {service: [] for service in SERVICES}
    for line in listed.splitlines():
        for service in set(OF_SERVICE.findall(line)):
            found[service].append(line)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nm")
    parser.add_argument("object")
    parser.add_argument("--only", nargs="+", choices=SERVICES, required=True)
    parser.add_argument("--not-only", action="store_true", dest="others")
    args = parser.parse_args()
    found = symbols_by_service(args.nm, args.object)
    for service, lines in found.items():
        print(f"{args.object}: {len(lines)} symbols of {service}")
    others = [line for service in SERVICES if service not in args.only for line in found[service]]
    if args.others:
        return 0 if others else 1
    print("\n".join(line[:200] for line in others[:SHOWN]))
    return 1 if others or not all(found[service] for service in args.only) else 0


if __name__ == "__main__":
    sys.exit(main())
