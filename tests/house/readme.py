#!/usr/bin/env python3
"""Checks that the program text in README.md is what examples/ builds and runs, and that its table of
destinations is what TABLE prints: readme.py [--write] TABLE

A block of C++ in README.md follows a comment `<!-- examples/<file>#<region> -->` and equals, up to
common indentation, the lines of that file between `// [region]` and `// [/region]`; without
`#region` it equals the whole file. The table stands between `<!-- destinations -->` and
`<!-- /destinations -->`. With --write both are written from their sources.
"""
import pathlib
import re
import subprocess
import sys
import textwrap

BLOCK = re.compile(
    r"(?:<!-- (?P<file>examples/[\w./-]+)(?:#(?P<region>\w+))? -->\n)?```cpp\n(?P<text>.*?)```\n", re.DOTALL)

TABLE = re.compile(r"(?<=<!-- destinations -->\n).*?(?=<!-- /destinations -->)", re.DOTALL)


def region_of(root, file, region):
    path = root / file
    if not path.is_file():
        return None, f"{file} does not exist"
    text = path.read_text(encoding="utf-8")
    if region:
        match = re.search(rf"^[ \t]*// \[{region}\]\n(.*?)^[ \t]*// \[/{region}\]$", text, re.DOTALL | re.MULTILINE)
        if not match:
            return None, f"{file} has no region '{region}'"
        text = match.group(1)
    # Markers of other regions inside this one are not the reader's business.
    text = re.sub(r"^[ \t]*// \[/?\w+\]\n", "", text, flags=re.MULTILINE)
    return textwrap.dedent(text).strip("\n") + "\n", None


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    path = root / "README.md"
    readme = path.read_text(encoding="utf-8")
    found = []

    def check(match):
        line = readme.count("\n", 0, match.start()) + 1
        if not match["file"]:
            found.append(f"README.md:{line}: no <!-- examples/... --> before this block")
            return match.group(0)
        wanted, problem = region_of(root, match["file"], match["region"])
        if problem:
            found.append(f"README.md:{line}: {problem}")
            return match.group(0)
        if wanted == match["text"]:
            return match.group(0)
        if "--write" not in sys.argv:
            found.append(f"README.md:{line}: differs from {match['file']}; run tests/house/readme.py --write")
        begin, end = match.start("text") - match.start(), match.end("text") - match.start()
        return match.group(0)[:begin] + wanted + match.group(0)[end:]

    written = BLOCK.sub(check, readme)
    table = subprocess.run([sys.argv[-1]], check=True, capture_output=True, text=True).stdout
    there = TABLE.search(written)
    if not there:
        found.append("README.md: no <!-- destinations --> table")
    elif there.group(0) != table:
        if "--write" not in sys.argv:
            found.append("README.md: the destinations differ; run tests/house/readme.py --write")
        written = TABLE.sub(lambda _: table, written)
    if "--write" in sys.argv and written != readme:
        path.write_text(written, encoding="utf-8")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
