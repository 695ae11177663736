#!/usr/bin/python3
"""Runs the measurements of `make bench` and writes benchmarks/results/DATE.md, ratios first.

The races against IDA and the floor are those of build/benchmarks/bench (benchmarks/bench.c); here
is what the program does as a whole: start-up, memory, sweeps, writing, and a profile of the demo by
callgrind.  Run from the top of the tree.  About eight minutes.
"""

import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SANDGLASS = os.path.abspath("sandglass")
DEMO = os.path.abspath("configs/sand.yaml")
SWEEP = os.path.abspath("configs/sand-sweep.yaml")
TURNS = 11


def command(name):
    """Standard output of a command, "" where there is none."""
    try:
        return subprocess.run(name, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def measured(arguments):
    """Wall time [s], processor time [s] and peak memory [MB] of a command."""
    with open(os.devnull, "w") as nothing:
        began = time.perf_counter()
        child = subprocess.Popen(arguments, stdout=nothing)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"bench: {' '.join(arguments)} ended with status {child.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def medians(commands, turns):
    """Of each of these commands, run in turn: medians of wall and processor time, largest memory."""
    times = [[] for _ in commands]
    for _ in range(turns):
        for kept, arguments in zip(times, commands):
            kept.append(measured(arguments))
    return [(statistics.median(t[0] for t in kept), statistics.median(t[1] for t in kept),
             max(t[2] for t in kept)) for kept in times]


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def number(value, form="{:.2g}"):
    return "-" if value is None else form.format(value)


# ---- the races ------------------------------------------------------------------------------------


def races():
    done = subprocess.run(["build/benchmarks/bench"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("bench: build/benchmarks/bench failed")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def floor_of(race):
    return race["iteration_seconds"] * race["iterations"]


def race_tables(records):
    ratios, counts, missed = [], [], []
    for race in (r for r in records if r["kind"] == "race"):
        name, target = race["cell"], f"{race['target']:.0e}"
        ratios.append((name, target, f"**{race['seconds'] / race['ida_seconds']:.2f}**",
                       f"**{race['seconds'] / floor_of(race):.2f}**",
                       f"{1e3 * race['seconds']:.0f}", f"{1e3 * race['ida_seconds']:.0f}",
                       f"{1e3 * floor_of(race):.0f}"))
        counts.append((name, target, f"{race['tolerance']:.1e}",
                       f"{race['steps']} / {race['rejected']} / {race['iterations']}",
                       f"{race['ida_tolerance']:.1e}",
                       f"{race['ida_steps']} / {race['ida_rejected']} / "
                       f"{race['ida_iterations']} / {race['ida_jacobians']}", race["ida"]))
    for race in (r for r in records if r["kind"] == "missed"):
        missed.append(f"{race['cell']}: {race['by']} does not come to {race['target']:.0e} for good.")
    return (table(("cell", "error", "to IDA", "to the floor", "solve [ms]", "IDA [ms]",
                   "floor [ms]"), ratios),
            table(("cell", "error", "tolerance", "steps / rejected / iterations", "of IDA",
                   "steps / rejected / iterations / Jacobians", "variant"), counts),
            " ".join(missed))


def floor_table(records):
    rows = []
    for race in (r for r in records if r["kind"] == "race" and r["target"] == 1e-5):
        rows.append([race["cell"]] + [f"{1e6 * race[part]:.0f}" for part in
                                      ("residual", "jacobian", "factor", "solve",
                                       "iteration_seconds")]
                    + [f"{1e6 * race['seconds'] / race['iterations']:.0f}"])
    return table(("cell", "residual [us]", "Jacobian", "factor", "solve", "whole",
                  "the solve an iteration"), rows)


def scan_table(records):
    rows = []
    for reference in (r for r in records if r["kind"] == "reference"):
        scans = [r for r in records if r["kind"] == "scan" and r["cell"] == reference["cell"]]
        for tolerance in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7):
            row = [reference["cell"], f"{tolerance:.0e}"]
            for method in ("sandglass", "IDA", "IDA, potentials not judged"):
                scan, = [r for r in scans if r["method"] == method
                         and abs(r["tolerance"] / tolerance - 1) < 0.01]
                error = number(scan["error"], "{:.1e}") if scan["error"] is not None else "gave up"
                row.append(f"{error}: {scan['steps']} / {scan['rejected']} / {scan['iterations']}")
            rows.append(row)
    return table(("cell", "tolerance", "this program", "IDA", "IDA, potentials not judged"), rows)


def reference_table(records):
    rows = []
    for reference in (r for r in records if r["kind"] == "reference"):
        best = min(r["error"] for r in records
                   if r["kind"] == "scan" and r["cell"] == reference["cell"]
                   and r["method"] != "sandglass" and r["error"] is not None)
        rows.append((reference["cell"], number(reference["depletion"], "{:.9g}"),
                     number(reference["space_charge"], "{:.9g}"),
                     number(reference["end"], "{:.9g}"), number(reference["voltage"], "{:.9g}"),
                     f"{best:.0e}", f"{reference['jacobian_error']:.0e}"))
    return table(("cell", "depletion [s]", "space charge [s]", "end [s]", "voltage [V]",
                  "IDA comes within", "IDA's Jacobian against differences"), rows)


def scaling(records):
    rows, worst, before = [], 0, {}
    for race in (r for r in records if r["kind"] == "scaling"):
        nodes = race["nodes"] - 1
        each = race["seconds"] / race["iterations"]
        before[nodes] = (race["seconds"], each)
        ratio = [number(None), number(None)]
        if nodes // 4 in before:
            ratio = [now / then for now, then in zip(before[nodes], before[nodes // 4])]
            worst = max(worst, ratio[0])
            ratio = [f"{r:.2f}" for r in ratio]
        rows.append((race["nodes"], f"{1e3 * race['seconds']:.0f}", *ratio, race["steps"],
                     race["iterations"], f"{1e6 * each:.0f}",
                     f"{race['seconds'] / floor_of(race):.2f}",
                     f"{race['seconds'] / race['ida_seconds']:.2f}"))
    return worst, table(("nodes", "solve [ms]", "to that of a quarter of the nodes",
                         "the same of an iteration", "steps", "iterations", "an iteration [us]",
                         "to the floor", "to IDA at the same tolerance"), rows)


# ---- the program as a whole -----------------------------------------------------------------------


def start_up():
    commands = [[SANDGLASS, "--version"], [SANDGLASS, "sand", DEMO],
                [SANDGLASS, "run", DEMO, "--quiet", "--set", "output.fields=none", "-o", "demo.h5"],
                [SANDGLASS, "run", DEMO, "--quiet", "-o", "demo.h5"]]
    names = ("`--version`: loading", "`sand`: and PETSc, the case, closed forms",
             "`run` of the demo, no fields stored", "`run` of the demo as shipped")
    rows = medians(commands, TURNS)
    return rows[-1], table(("command", "wall [ms]", "processor [ms]", "peak memory [MB]"),
                           [(name, f"{1e3 * wall:.0f}", f"{1e3 * cpu:.0f}", f"{memory:.0f}")
                            for name, (wall, cpu, memory) in zip(names, rows)])


def ranks_memory():
    """Peak memory of the largest process of the demo on two ranks, and of 12,801 nodes [MB]."""
    large = medians([[SANDGLASS, "run", DEMO, "--quiet", "--set", "mesh.nodes=12801", "--set",
                      "output.times=1", "-o", "large.h5"]], 1)[0][2]
    done = subprocess.run(
        ["mpiexec", "-n", "2", sys.executable, "-c",
         "import os, subprocess, sys, resource\n"
         f"subprocess.run([{SANDGLASS!r}, 'run', {DEMO!r}, '--quiet', '-o', 'two.h5'], "
         "stdout=subprocess.DEVNULL, check=True)\n"
         "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"],
        capture_output=True, text=True)
    two = [int(line) / 1024 for line in done.stdout.split() if line.isdigit()]
    return large, max(two) if two else None


def sweeps():
    options = ["--quiet", "--set", "sweep.protocol.0.current_ratio.count=8", "-o", "sweep.h5"]
    commands = [["mpiexec", "-n", str(n), SANDGLASS, "sweep", SWEEP, *options] for n in (1, 2)]
    one, two = medians(commands, 3)
    return one[0] / two[0], table(
        ("ranks", "32 cases, wall [s]", "cases a second", "processor time a case [ms]"),
        [(n, f"{wall:.2f}", f"{32 / wall:.1f}", f"{1e3 * cpu / 32:.0f}")
         for n, (wall, cpu, _) in ((1, one), (2, two))])


def writing():
    """A run that stores ten thousand fields less the same run that stores none, beside a copy."""
    nodes = ["--set", "output.times=10000"]
    run = [SANDGLASS, "run", DEMO, "--quiet", *nodes]
    all_fields, none = medians([[*run, "-o", "all.h5"],
                                [*run, "--set", "output.fields=none", "-o", "none.h5"]], 3)
    size = (os.path.getsize("all.h5") - os.path.getsize("none.h5")) / 1e6
    copies = []
    for _ in range(3):
        began = time.perf_counter()
        shutil.copyfile("all.h5", "copy.h5")
        copies.append(time.perf_counter() - began)
    copy = statistics.median(copies)
    spent = all_fields[0] - none[0]
    return table(("stored", "size [MB]", "wall [s]", "throughput [MB/s]", "a copy of the file [s]",
                  "processor [s]"),
                 [("10,000 fields of 401 nodes", f"{size:.0f}", f"{spent:.2f}",
                   f"{size / spent:.0f}", f"{copy:.2f}", f"{all_fields[1] - none[1]:.2f}")])


# ---- the profile ----------------------------------------------------------------------------------


def annotated(inclusive):
    """Function, share of all instructions, as callgrind_annotate lists them."""
    text = command(["callgrind_annotate", f"--inclusive={inclusive}", "--threshold=100",
                    "callgrind.out"])
    rows, seen = [], set()
    for line in text.splitlines():
        found = re.match(r"\s*[\d,]+ \(\s*([\d.]+)%\)\s+(?:\S*?):([^\s:\[]+)", line)
        if found and found[2] not in seen:
            seen.add(found[2])
            rows.append((found[2], float(found[1])))
    return rows


OURS = re.compile(r"^(main|Run|Integrator|Transport|Block|Chain|Evaluate|Add|Unpack|Newton|Weighted"
                  r"|Driving|Set|Apply|Results|Series|Wall|Store|Fire|Tell|Fill|Case|Bernoulli|Exp"
                  r"|TSStep|TSBDF|SNESSolve|KSPSolve|PetscInitialize|PetscFinalize|SpaceCharge"
                  r"|Virtual|Charge|Volume|Scale|Log|Storage|H5|exp|log|__expm1|__log1p|__exp|__log"
                  r"|mem|__mem|Vec|DMGlobal)")


def profile():
    if not shutil.which("valgrind"):
        return "No valgrind: no profile."
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=callgrind.out",
                           SANDGLASS, "run", DEMO, "--quiet", "-o", "profile.h5"],
                          capture_output=True, text=True)
    if done.returncode or not os.path.exists("callgrind.out"):
        return "valgrind failed: no profile."
    inclusive = [row for row in annotated("yes") if OURS.match(row[0]) and row[1] >= 1][:34]
    own = annotated("no")[:24]
    return ("By function with what it calls:\n\n"
            + table(("function", "instructions [%]"), [(f"`{n}`", f"{p:.1f}") for n, p in inclusive])
            + "\n\nBy function alone:\n\n"
            + table(("function", "instructions [%]"), [(f"`{n}`", f"{p:.1f}") for n, p in own]))


# ---- the report -----------------------------------------------------------------------------------


def machine():
    cpu = dict(re.findall(r"^([^:\n]+):\s*(.*)$", command(["lscpu"]), re.M))
    load = os.getloadavg()[0]
    commit = command(["git", "rev-parse", "--short", "HEAD"]).strip()
    return (f"{cpu.get('Model name', 'unknown processor')}, {cpu.get('CPU(s)', '?')} cores; load "
            f"{load:.1f} at the start; commit {commit or 'unknown'}; "
            f"{command(['gcc', '--version']).splitlines()[0]}")


def verdict(met):
    return "met" if met else "**missed**"


def targets(records, worst, run, memory, two):
    scan = [r for r in records if r["kind"] == "scan" and r["cell"] == "25 um at 5 i_lim"
            and r["method"] == "sandglass" and abs(r["tolerance"] / 1e-4 - 1) < 0.01][0]
    rows = []
    for race in (r for r in records if r["kind"] == "race" and r["target"] == 1e-5):
        to_floor, to_ida = race["seconds"] / floor_of(race), race["seconds"] / race["ida_seconds"]
        rows.append((f"{race['cell']}: solve <= 2 floors", f"{to_floor:.2f}",
                     verdict(to_floor <= 2)))
        rows.append((f"{race['cell']}: solve <= 0.5 IDA, error 1e-5", f"{to_ida:.2f}",
                     verdict(to_ida <= 0.5)))
    rows.append(("25 um at 5 i_lim, tolerance 1e-4: below 317 steps and 685 iterations",
                 f"{scan['steps']} and {scan['iterations']}",
                 verdict(scan["steps"] < 317 and scan["iterations"] < 685)))
    rows.append(("4x nodes <= 4.3x time, 200 to 12,800", f"{worst:.2f}", verdict(worst <= 4.3)))
    rows.append(("<= 60 MB a rank", f"{run[2]:.0f}; {number(two, '{:.0f}')} on two ranks; "
                 f"{memory:.0f} with 12,801 nodes", verdict(max(run[2], two or 0) <= 60)))
    rows.append(("`run` of the demo <= 0.25 s", f"{run[0]:.3f} s ({run[1]:.3f} s of the processor)",
                 verdict(run[0] <= 0.25)))
    return table(("target", "measured", ""), rows)


def main():
    date = datetime.date.today().isoformat()
    where = machine()
    records = races()
    folder = os.getcwd()
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        run, start_table = start_up()
        memory, two = ranks_memory()
        gain, sweep_table = sweeps()
        write_table = writing()
        profiled = profile()
        os.chdir(folder)
    ratios, counts, missed = race_tables(records)
    worst, scaling_table = scaling(records)
    text = f"""# Benchmarks of {date}

{where}.

Solves are timed by the processor's clock, set-up left out, in turns (benchmarks/bench.c), the
program as a whole by the wall clock; all are medians. What is below 1 is faster.

## Targets

{targets(records, worst, run, memory, two)}

## Against IDA and against the floor

{ratios}

{missed}

The floor is the measured time of one residual, Jacobian, factor and solve in a bare loop times the
Newton iterations that this program took. Error is the largest relative error of the times of
depletion, of space charge and of the limit of the voltage, or, where none ends the solve, of the
voltage at its end. Each competitor has the loosest of the tolerances scanned from which on no
tighter one misses that error; of two ways to set IDA the faster is in the race.

{counts}

## The floor's parts

{floor_table(records)}

## Tolerances

Error: steps / rejected / iterations, of every third tolerance scanned.

{scan_table(records)}

The converged reference is this program at the tolerance 1e-9.

{reference_table(records)}

## Nodes

The demo at the default tolerance.

{scaling_table}

## The program as a whole

{start_table}

Sweeps, two ranks {gain:.2f} times one:

{sweep_table}

Writing:

{write_table}

## Profile of the demo

`valgrind --tool=callgrind sandglass run configs/sand.yaml`.

{profiled}
"""
    os.makedirs("benchmarks/results", exist_ok=True)
    path = f"benchmarks/results/{date}.md"
    with open(path, "w") as file:
        file.write(text)
    print(text)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
