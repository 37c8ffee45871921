#!/usr/bin/env python3
"""Checks that a file which only includes HEADER compiles to nothing of ours:
emits_nothing.py NM HEADER -- COMPILER FLAGS... Whatever is emitted here is compiled and linked again
in every file of every user. The usual cause is a vtable: see SLUICE_DECL in config.hpp."""
import pathlib
import subprocess
import sys
import tempfile

SHOWN = 20


def main():
    split = sys.argv.index("--")
    nm, header = sys.argv[1:split]
    command = sys.argv[split + 1:]
    with tempfile.TemporaryDirectory() as directory:
        unit = pathlib.Path(directory) / "unit.cpp"
        unit.write_text(f"#include <{header}>\n", encoding="utf-8")
        result = unit.with_suffix(".o")
        if subprocess.run([*command, "-O1", "-c", str(unit), "-o", str(result)], check=False).returncode:
            return 1
        listed = subprocess.run([nm, "--defined-only", "--demangle", str(result)], check=True,
                                text=True, capture_output=True).stdout.splitlines()
    ours = sorted((line for line in listed if "sluice::" in line), key=lambda line: "vtable" not in line)
    if ours:
        print(f"{header}: {len(ours)} symbols, the first:")
        print("\n".join(line[:200] for line in ours[:SHOWN]))
    return 1 if ours else 0


if __name__ == "__main__":
    sys.exit(main())
