#!/usr/bin/python3
"""Kills a run at random instants and goes on with it on other numbers of ranks.

kill_run.py SANDGLASS [KILLS] [SEED]: what comes out in the end has the events of a run that nobody
has disturbed to 1e-4 of their times and the same stored times, its times only grow, and each ion's
amount is what it was at the start plus what has entered, to 1e-12; and the file can be opened after
every kill.  A process by itself is stopped by SIGINT or SIGTERM, too, with its exit status.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy

from mpi_ranks import has_ended, ranks_of

CASE = """\
title: A cell to be killed
electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: 0.3}
separator: {thickness: 25 um}
anode: {exchange_current_density: 100 A/m^2, interface_capacitance: 10 uF/cm^2}
protocol:
  - {current_ratio: 2, until: [space_charge]}
  - {rest: 1 s}
  - {current_ratio: -1.5, until: [depletion]}
  - {voltage: 0.1 V, until: ["charge > 0.01 mAh/cm^2"]}
mesh: {nodes: 1201}
output: {times: 50}
"""


def start(sandglass, ranks, *options):
    command = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    command += [sandglass, "run", "cell.yaml", "--quiet", "--json", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def processes_of(process, ranks):
    """Of the program itself."""
    return [process.pid] if ranks == 1 else ranks_of(process)


def kill(process, ranks, number):
    """The whole of it, by a signal to one of its ranks: mpirun ends the others."""
    target = random.choice(processes_of(process, ranks) or [process.pid])
    try:
        os.kill(target, number)
        time.sleep(0.002)
        os.kill(target, number)  # `timeout` sends a signal twice
    except ProcessLookupError:
        pass
    if ranks == 1:
        process.communicate(timeout=60)
    elif not has_ended(process, 60):
        sys.exit("a run did not end after it was killed")


def rows(path):
    if not os.path.exists(path):
        return 0
    with h5py.File(path) as file:
        return len(file["history/time"])


def disturb(sandglass, seconds, number):
    """Starts or goes on with run.h5 and kills it; True when it was finished before."""
    ranks = random.choice([1, 1, 2, 3])
    sent = random.choice([signal.SIGKILL] + [signal.SIGINT, signal.SIGTERM] * (ranks == 1))
    process = start(sandglass, ranks, "-o", "run.h5", "--resume")
    time.sleep(random.uniform(0.1, seconds))
    finished = process.poll() is not None
    before = rows("run.h5")
    kill(process, ranks, sent)
    print(f"{number:2}: {sent.name} to a rank of {ranks}: {rows('run.h5')} time steps, "
          f"exit status {process.returncode}", flush=True)
    expected = {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}[sent]
    # Before the program has set its handlers a signal is the system's.
    allowed = (expected, 0) if rows("run.h5") != before else (expected, 0, -sent)
    if not finished and ranks == 1 and process.returncode not in allowed:
        sys.exit(f"expected exit status {expected}")
    return finished


def check(result, expected, path):
    """The run that was disturbed against the one that was not."""
    if result["status"] != "done":
        sys.exit(f"ended as {result['status']}")
    names = [[(e["name"], e["step"]) for e in run["events"]] for run in (result, expected)]
    if names[0] != names[1]:
        sys.exit(f"events {names[0]}, undisturbed {names[1]}")
    worst = max(abs(a["time"] / b["time"] - 1)
                for a, b in zip(result["events"], expected["events"]))
    with h5py.File(path) as file, h5py.File("undisturbed.h5") as other:
        for name in ("time", "history/time"):
            if not (numpy.diff(file[name][:]) > 0).all():
                sys.exit(f"/{name} does not grow")
        if file["time"].shape != other["time"].shape:
            sys.exit(f"{file['time'].shape} stored times, undisturbed {other['time'].shape}")
        difference = abs(file["time"][1:] / other["time"][1:] - 1).max()
        own = [file[f"history/{ion}_amount"][:] - file[f"history/{ion}_amount_entered"][:]
               for ion in ("cation", "anion")]
        drift = max(numpy.ptp(amount) / amount[0] for amount in own)
    print(f"events differ by {worst:.1e}, stored times by {difference:.1e}; amounts drift by "
          f"{drift:.1e}; {result['steps']} steps, undisturbed {expected['steps']}")
    if worst > 1e-4 or difference > 1e-4 or drift > 1e-12:
        sys.exit("too much")


def run(sandglass, *options):
    process = start(sandglass, *options)
    output, messages = process.communicate(timeout=600)
    if process.returncode:
        sys.exit(f"exit status {process.returncode}: {messages}")
    return json.loads(output)


def main():
    sandglass = os.path.abspath(sys.argv[1])
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    random.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("cell.yaml", "w") as file:
            file.write(CASE)
        began = time.time()
        expected = run(sandglass, 1, "-o", "undisturbed.h5")
        seconds = time.time() - began
        for number in range(1, kills + 1):
            if disturb(sandglass, seconds / 2, number):
                # It had come to its end: what follows is to be killed from the start again.
                check(run(sandglass, 1, "-o", "run.h5", "--resume"), expected, "run.h5")
                os.remove("run.h5")
        check(run(sandglass, 2, "-o", "run.h5", "--resume"), expected, "run.h5")
        os.chdir("/")


if __name__ == "__main__":
    main()
