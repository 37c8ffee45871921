#!/usr/bin/env python3
"""Greps every header for what a header of this library must not contain, and every other C++ file
for unfinished work and for tests that sleep."""
import pathlib
import re
import sys

MAX_LINES = 500
CURL_ROOMS = ("pipeline/", "transport/")
# Over code without comments and literals: (pattern, complaint).
CODE_RULES = [
    # Indented, it is inside a function and reaches nobody.
    (re.compile(r"^using\s+namespace\b", re.MULTILINE), "using namespace"),
    (re.compile(r"\bnamespace\s*\{"), "unnamed namespace"),
    (re.compile(r"\bFMT_HEADER_ONLY\b"), "FMT_HEADER_ONLY: link fmt::fmt"),
    (re.compile(r"#\s*pragma\s+once"), "#pragma once: guards are SLUICE_<PATH>_HPP"),
    (re.compile(r"\btemplate<[^;{()]*\btypename\s+(\.\.\.\s*)?[A-Z]\w*\s*[,>=]"), "write class, not typename, in template parameters"),
    (re.compile(r"\bstd::(cout|cerr|clog|endl)\b"), "standard streams"),
    (re.compile(r"\bstd::tuple_element_t\b"), "std::tuple over columns is banned"),
]
TEXT_RULES = [
    (re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"), "unfinished work"),
    (re.compile(r"[ \t]+$", re.MULTILINE), "trailing white space"),
    (re.compile(r"\r"), "carriage return"),
    (re.compile(r"\t"), "tab"),
]
# Tests wait for events and inject clocks; a sleep is a race that is lost on a slower machine.
SLEEP = re.compile(r"\bthis_thread::sleep|\b(usleep|nanosleep)\s*\(|(?<![.\w])sleep\s*\(")
CLIENT_RULES = [
    (re.compile(r"\bsandbox\b", re.IGNORECASE), "the client has no notion of a sandbox"),
    (re.compile(r"\b(localhost|127\.0\.0\.1)\b|loopback", re.IGNORECASE),
     "the client has no notion of a service on its own machine"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
DEFINE = re.compile(r"^\s*#\s*define\s+(\w+)", re.MULTILINE)
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)


def without_noise(text):
    """Comments and literals become blanks of the same shape, so that line numbers hold."""
    blank = lambda m: re.sub(r"[^\n]", " ", m.group(0))
    kept = []
    for line_kind in re.split(r"(^\s*#\s*include[^\n]*$)", text, flags=re.MULTILINE):
        kept.append(line_kind if line_kind.lstrip().startswith("#") and "include" in line_kind
                    else NOISE.sub(blank, line_kind))
    return "".join(kept)


def guard(path):
    stem = re.sub(r"[^A-Za-z0-9]", "_", path).upper()
    return f"SLUICE_{stem}"


def violations(path, text):
    found = []

    def complain(position, what):
        found.append(f"{path}:{text.count(chr(10), 0, position) + 1}: {what}")

    client = not path.startswith("sandbox/")
    body = "/impl/" in path or path.startswith("impl/")
    code = without_noise(text)
    for pattern, what in CODE_RULES:
        for match in pattern.finditer(code):
            complain(match.start(), what)
    for pattern, what in TEXT_RULES:
        for match in pattern.finditer(text):
            complain(match.start(), what)
    if client:
        for pattern, what in CLIENT_RULES:
            for match in pattern.finditer(text):
                complain(match.start(), what)
    for match in INCLUDE.finditer(text):
        name = match.group(2)
        if match.group(1) == '"':
            complain(match.start(), f'"{name}": includes are written with <>')
        if not client:
            continue
        if name in ("iostream", "regex"):
            complain(match.start(), f"<{name}> costs every user; it stays out of headers")
        if name == "thread" and not (path.startswith(CURL_ROOMS) or body):
            complain(match.start(), "<thread> outside pipeline/ and transport/")
        heavy = name.startswith(("curl/", "openssl/", "boost/json"))
        if heavy and not (body or "/detail/" in path):
            complain(match.start(), f"<{name}> in a public header; it belongs into a body")
        if name.startswith("curl/") and not path.startswith(CURL_ROOMS):
            complain(match.start(), f"<{name}> outside pipeline/ and transport/")
        if name in ("range/v3/all.hpp", "boost/hana.hpp", "fmt/chrono.h") and not path.endswith(".ipp"):
            complain(match.start(), f"<{name}> is an umbrella or costs too much")
    expected = guard(path)
    lines = [line for line in text.split("\n") if line.strip()]
    if lines[:2] != [f"#ifndef {expected}", f"#define {expected}"]:
        found.append(f"{path}:1: the guard is {expected}")
    elif lines[-1] != f"#endif  // {expected}":
        complain(len(text) - 1, f"the last line is '#endif  // {expected}'")
    for match in DEFINE.finditer(code):
        name = match.group(1)
        if not name.startswith("SLUICE_") and not re.search(rf"#\s*undef\s+{name}\b", code[match.end():]):
            complain(match.start(), f"macro {name} is neither SLUICE_ nor undefined again")
    if text.count("\n") > MAX_LINES:
        found.append(f"{path}: {text.count(chr(10))} lines, the limit is {MAX_LINES}")
    return found


def violations_elsewhere(path, text):
    """For tests, examples and benchmarks."""
    rules = TEXT_RULES + ([(SLEEP, "a test that sleeps")] if path.startswith("tests/") else [])
    return [f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {what}"
            for pattern, what in rules for match in pattern.finditer(text)]


def self_test():
    def file(body, path="schema/a.hpp"):
        g = guard(path)
        return path, f"#ifndef {g}\n#define {g}\n\n{body}\n\n#endif  // {g}\n"

    good = [
        file("#include <sluice/config.hpp>\n#include <string>"),
        file("// using namespace is banned\nstd::string s = \"using namespace x;\";"),
        file("#include <curl/curl.h>", "transport/impl/curl_wire.ipp"),
        file("#include <thread>", "pipeline/loader.hpp"),
        file("#define A 1\n#undef A"),
        file("template<class T>\nconcept c = requires { typename T::type; };"),
        file("// the sandbox", "sandbox/server.hpp"),
    ]
    bad = [
        file("#include <iostream>"),
        file("#include <regex>"),
        file("#include <thread>"),
        file("#include <curl/curl.h>", "transport/http.hpp"),
        file("#include <curl/curl.h>", "store/impl/s3.ipp"),
        file('#include "sluice/config.hpp"'),
        file("using namespace std;"),
        file("namespace {}"),
        file("#define A 1"),
        file("template<typename T> void f();"),
        file("// FIXME later"),
        file("/// Also loads into the Sandbox."),
        file('auto host = "127.0.0.1";'),
        file("int a; "),
        file("#define FMT_HEADER_ONLY\n#undef FMT_HEADER_ONLY"),
        file("\n" * (MAX_LINES + 1)),
        ("schema/a.hpp", "#pragma once\n"),
        ("schema/a.hpp", "#ifndef SLUICE_A_HPP\n#define SLUICE_A_HPP\n#endif  // SLUICE_A_HPP\n"),
    ]
    for path, text in good:
        assert not violations(path, text), violations(path, text)
    for path, text in bad:
        assert violations(path, text), text
    assert violations_elsewhere("tests/unit/a.cpp", "std::this_thread::sleep_for(1s);")
    assert violations_elsewhere("bench/micro/a.cpp", "// TODO\n")
    assert violations_elsewhere("tests/unit/a.cpp", "sleep(1);")
    assert not violations_elsewhere("tests/unit/a.cpp", "co_await net.sleep_for(1s);")


def main():
    if "--self-test" in sys.argv:
        self_test()
        return 0
    project = pathlib.Path(__file__).resolve().parents[2]
    root = project / "include" / "sluice"
    files = sorted(p for p in root.rglob("*") if p.is_file())
    if not files:
        print(f"no headers under {root}")
        return 1
    found = []
    for path in files:
        name = path.relative_to(root).as_posix()
        if path.suffix not in (".hpp", ".ipp"):
            found.append(f"{name}: only .hpp and .ipp live here")
            continue
        found += violations(name, path.read_text(encoding="utf-8"))
    for folder in ("tests", "examples", "bench"):
        for path in sorted(project.glob(f"{folder}/**/*.[ch]pp")):
            found += violations_elsewhere(path.relative_to(project).as_posix(),
                                          path.read_text(encoding="utf-8"))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
