#!/usr/bin/env python3
"""Checks with clang, warnings being errors, every file that a build with GCC compiled:
clang_syntax.py BUILD_DIR CLANG [--jobs N]. Nothing is generated, only the syntax is checked."""
import argparse
import concurrent.futures
import json
import pathlib
import shlex
import subprocess
import sys
import time

# clang's -Wshadow also objects to a local variable named like a constant of the namespace, and its
# -Wconversion to every change of sign; GCC's do not.
DROPPED = ("-Wshadow",)
ADDED = ("-Wno-sign-conversion", "-Wno-unknown-warning-option")
KEPT = ("-I", "-D", "-std=", "-W", "-fno-exceptions")


def check(clang, directory, file, command):
    flags, words = [], iter(shlex.split(command))
    for word in words:
        if word == "-isystem":
            flags += [word, next(words)]
        elif word.startswith(KEPT) and word not in DROPPED:
            flags.append(word)
    flags += ADDED
    begun = time.monotonic()
    run = subprocess.run([clang, "-fsyntax-only", *flags, file], cwd=directory, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return run.returncode, run.stdout, time.monotonic() - begun


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("clang")
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    commands = json.loads((pathlib.Path(args.build) / "compile_commands.json").read_text(encoding="utf-8"))
    units = {entry["file"]: entry for entry in commands}
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = {file: pool.submit(check, args.clang, entry["directory"], file, entry["command"])
                   for file, entry in units.items()}
        for file, result in results.items():
            status, output, seconds = result.result()
            print(f"{'ok    ' if status == 0 else 'FAILED'} {seconds:6.1f} s {file}", flush=True)
            if status != 0:
                failed += 1
                print(output)
    print(f"{len(units) - failed} passed, {failed} failed")
    return 1 if failed or not units else 0


if __name__ == "__main__":
    sys.exit(main())
