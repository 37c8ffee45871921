#!/usr/bin/env python3
"""What sluice costs to compile.

    python3 bench/compile/measure.py [--compiler g++] [--repeat 3]     CPU seconds, -O2 -c
    python3 bench/compile/measure.py --counts [--clang clang++-16]     template instantiations
    python3 bench/compile/measure.py --counts --write                  writes baseline.json

Seconds depend on the machine and are printed beside their budgets; the file that includes <string>
alone says how fast this one is. Instantiation counts are the same in every run of one version of
clang; growth of more than 3 % over baseline.json ends with status 1.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FLAGS = ["-std=c++20", f"-I{ROOT / 'include'}"]
GROWTH = 1.03

# A member's type and its initialiser are what real tables mix.
MEMBERS = ["std::int64_t", "std::string", "double", "std::optional<std::string>",
           "sluice::decimal<12, 2>", "bool", "std::int32_t", "std::optional<std::int64_t>"]


def record(index, columns):
    """A struct of `columns` members and its schema."""
    name = f"record_{index}"
    # The first 32 records differ in memory: GCC compiles identical functions once.
    kinds = len(MEMBERS)
    first, step = index % kinds, 1 + 2 * (index // kinds)
    members = "".join(f"  {MEMBERS[(first + step * i) % kinds]} c{i}{{}};\n" for i in range(columns))
    mapped = ",\n".join(f'    sluice::column<"C{i}", &{name}::c{i}>' for i in range(columns))
    return (f"struct {name} {{\n{members}}};\ntemplate<>\nstruct sluice::schema<{name}>\n"
            f"    : sluice::columns<{name},\n{mapped}> {{}};\n")


def loader(index):
    """Everything a user of one loader instantiates."""
    name = f"record_{index}"
    return f"""using loader_{index} = sluice::loader<{name},
    sluice::batch<sluice::max_rows<200'000>>,
    sluice::encode<sluice::csv<>>,
    sluice::compress<sluice::zstd<1>>,
    sluice::upload<sluice::snowflake::bulk<>>>;
sluice::report run_{index}(loader_{index}& load, {name} const& r) {{
  (void)load.push(r);
  return load.finish();
}}
"""


def loaders(count, columns):
    head = ("#include <sluice/sluice.hpp>\n#include <sluice/snowflake/bulk.hpp>\n"
            "#include <cstdint>\n#include <optional>\n#include <string>\n")
    return head + "".join(record(i, columns) + loader(i) for i in range(count))


def include(*headers):
    return "".join(f"#include <{header}>\n" for header in headers)


class measurement:
    def __init__(self, command, repeat):
        self.command, self.repeat = command, repeat

    def seconds(self, source, *flags):
        """The least CPU seconds of some runs; the others were disturbed."""
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / "unit.cpp"
            file.write_text(source, encoding="utf-8")
            best = None
            for _ in range(self.repeat):
                process = subprocess.Popen([*self.command, *FLAGS, *flags, "-O2", "-c", str(file),
                                            "-o", os.devnull])
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                if process.returncode != 0:
                    return None
                spent = usage.ru_utime + usage.ru_stime
                best = spent if best is None else min(best, spent)
            return best


def print_seconds(compiler, repeat):
    measure = measurement([compiler], repeat)
    separate = "-DSLUICE_SEPARATE_COMPILATION"
    table = []

    def row(what, seconds, budget, unit="s"):
        table.append((what, seconds, budget, unit))

    row("<string>", measure.seconds(include("string")), None)
    row("schema/schema.hpp", measure.seconds(include("sluice/schema/schema.hpp")), 0.10)
    row("sluice.hpp", measure.seconds(include("sluice/sluice.hpp")), 0.8)
    row("sluice.hpp, bodies compiled once", measure.seconds(include("sluice/sluice.hpp"), separate), 0.8)
    row("snowflake/bulk.hpp", measure.seconds(include("sluice/snowflake/bulk.hpp")), 1.6)
    row("snowflake/bulk.hpp, bodies compiled once",
        measure.seconds(include("sluice/snowflake/bulk.hpp"), separate), 1.0)
    few, many = (measure.seconds(loaders(n, 20), separate) for n in (1, 9))
    if few is not None and many is not None:
        row("a program with one 20-column loader, bodies compiled once", few, None)
        row("one more 20-column loader", (many - few) / 8, 0.06)
    narrow, wide = (measure.seconds(loaders(1, n), separate) for n in (20, 120))
    if narrow is not None and wide is not None:
        row("one more column", (wide - narrow) * 10, 2.0, "ms")
    version = subprocess.run([compiler, "-dumpfullversion"], capture_output=True, text=True, check=False)
    print(f"{compiler} {version.stdout.strip()} -O2 -c, CPU time, least of {repeat}")
    for what, seconds, budget, unit in table:
        verdict, limit = "", ""
        if budget:
            verdict = "holds" if seconds is not None and seconds <= budget else "MISSED"
            limit = f"limit <= {budget:g}"
        figure = "does not compile" if seconds is None else f"{seconds:8.2f} {unit:6}"
        print(f"{verdict:6}  {'compile: ' + what:60} {figure} {limit}".rstrip())
    return 1 if any(seconds is None for _, seconds, _, _ in table) else 0


def count_instantiations(clang, source):
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "unit.cpp"
        file.write_text(source, encoding="utf-8")
        subprocess.run([clang, *FLAGS, "-DSLUICE_SEPARATE_COMPILATION", "-O0", "-c", str(file), "-o",
                        str(file.with_suffix(".o")), "-ftime-trace", "-ftime-trace-granularity=0"], check=True)
        trace = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        return sum(event["name"].startswith("Instantiate") for event in trace["traceEvents"])


def check_counts(clang, write):
    counts = {f"one loader, {n} columns": count_instantiations(clang, loaders(1, n)) for n in (10, 50, 200)}
    counts["two loaders, 20 columns"] = count_instantiations(clang, loaders(2, 20))
    path = HERE / "baseline.json"
    if write:
        path.write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    baseline = json.loads(path.read_text(encoding="utf-8"))
    grown = False
    for what, count in counts.items():
        limit = int(baseline.get(what, 0) * GROWTH)
        grown = grown or count > limit
        print(f"{'MISSED' if count > limit else 'holds':6}  {'instantiations: ' + what:60} {count:8} "
              f"{'':6} limit <= {limit}")
    if grown:
        print("more than 3 % above the baseline: make it lighter, or accept it with --counts --write")
    return 1 if grown else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--counts", action="store_true")
    parser.add_argument("--clang", default="clang++-16")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    if args.counts:
        return check_counts(args.clang, args.write)
    return print_seconds(args.compiler, args.repeat)


if __name__ == "__main__":
    sys.exit(main())
