#!/usr/bin/env python3
"""Runs one compile-fail test: reject.py [--exact] FILE -- COMPILER FLAGS...

The first lines of FILE are `// expect: <regex>`, one per line that the user must see. The file
compiles as it stands; with SLUICE_REJECT defined it is rejected and every regex matches. With
--exact there is exactly one `error:` and at most 25 lines, as on the compiler the texts are written
for.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

MAX_LINES = 25
EXPECT = re.compile(r"^// expect: (.+)$")


def compile_file(command, path, *defines):
    run = subprocess.run([*command, *defines, "-fsyntax-only", str(path)], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return run.returncode, run.stdout


def complaints(path, command, exact):
    """What is wrong with one reject test; empty if it passes."""
    source = path.read_text(encoding="utf-8")
    expected = []
    for line in source.split("\n"):
        match = EXPECT.match(line)
        if not match:
            break
        expected.append(match.group(1))
    if not expected:
        return [f"{path}: the first line is not '// expect: <regex>'"]
    if "SLUICE_REJECT" not in source:
        return [f"{path}: no #ifdef SLUICE_REJECT around the mistake"]
    status, output = compile_file(command, path)
    if status != 0:
        return [f"{path}: does not compile without SLUICE_REJECT", output]
    status, output = compile_file(command, path, "-DSLUICE_REJECT")
    if status == 0:
        return [f"{path}: compiles with SLUICE_REJECT; the rule is not enforced"]
    found = [f"{path}: the compiler's text does not match: {regex}"
             for regex in expected if not re.search(regex, output)]
    if exact:
        errors = len(re.findall(r"\berror: ", output))
        lines = output.count("\n")
        if errors != 1:
            found.append(f"{path}: {errors} errors, 1 is wanted")
        if lines > MAX_LINES:
            found.append(f"{path}: {lines} lines, at most {MAX_LINES} are wanted")
    return [*found, output] if found else []


def self_test(command):
    """The referee itself: it passes a right test and fails each way of being wrong."""
    mistake = "#ifdef SLUICE_REJECT\n{}\n#endif\n"
    one = mistake.format('static_assert(sizeof(char) == 2, "a char is two bytes");')
    cases = [
        (True, "// expect: a char is two bytes\n" + one),
        (False, one),
        (False, "// expect: a char is three bytes\n" + one),
        (False, "// expect: a char\n// expect: an int\n" + one),
        (False, "// expect: a char\nstatic_assert(false);\n" + one),
        (False, "// expect: anything\n" + mistake.format("int x;")),
        (False, "// expect: a char is two bytes\n" + one + one),
        (False, "// expect: a char is two bytes\nint x;\n"),
    ]
    with tempfile.TemporaryDirectory() as directory:
        for index, (right, source) in enumerate(cases):
            path = pathlib.Path(directory) / f"case_{index}.cpp"
            path.write_text(source, encoding="utf-8")
            result = complaints(path, command, exact=True)
            if right == bool(result):
                print(f"self-test {index}: expected {'no ' if right else ''}complaint", *result, sep="\n")
                return 1
    return 0


def main():
    arguments = sys.argv[1:]
    if "--" not in arguments:
        print(__doc__)
        return 2
    split = arguments.index("--")
    own, command = arguments[:split], arguments[split + 1:]
    if "--self-test" in own:
        return self_test(command)
    result = complaints(pathlib.Path(own[-1]), command, "--exact" in own)
    print("\n".join(result))
    return 1 if result else 0


if __name__ == "__main__":
    sys.exit(main())
