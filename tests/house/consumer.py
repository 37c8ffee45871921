#!/usr/bin/env python3
"""Builds and runs tests/consumer as a user's project does: with the installed package or with
add_subdirectory. Everything it writes is in a temporary directory."""
import argparse
import pathlib
import subprocess
import sys
import tempfile


def run(*command):
    done = subprocess.run([str(part) for part in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        print("$", *command)
        print(done.stdout)
        sys.exit(1)
    return done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["installed", "subdirectory"])
    for name in ("source", "build", "cmake", "generator", "compiler"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    project = pathlib.Path(args.source) / "tests" / "consumer"
    with tempfile.TemporaryDirectory(prefix="sluice-consumer-") as scratch:
        build = pathlib.Path(scratch) / "build"
        options = ["-G", args.generator, f"-DCMAKE_CXX_COMPILER={args.compiler}",
                   "-DCMAKE_BUILD_TYPE=Debug"]
        if args.way == "installed":
            prefix = pathlib.Path(scratch) / "prefix"
            run(args.cmake, "--install", args.build, "--prefix", prefix)
            options.append(f"-DCMAKE_PREFIX_PATH={prefix}")
        else:
            options.append(f"-DSLUICE_SOURCE={args.source}")
        run(args.cmake, "-S", project, "-B", build, *options)
        run(args.cmake, "--build", build)
        print(run(build / "consumer"), end="")
        if args.way == "installed":
            print(run(build / "separate"), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
