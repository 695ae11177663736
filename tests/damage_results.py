#!/usr/bin/python3
"""Damages copies of a run's and a sweep's file and reads them again.

damage_results.py SANDGLASS [COPIES] [SEED]: in each copy some bytes are zeroed, flipped or cut off.
Whatever reads it ends within seconds with 0, 2 or 4 and without a traceback; a run's file that is
not as it was is refused (4) by `plot` and by `run --resume`, and a sweep's is refused or comes to
the same rows as one that nobody has damaged.  What a run's file says is checked against the file
itself: its seal covers all of it.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy

LIMIT = 30  # [s]

CASE = """\
title: A cell whose results are damaged
electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: 0.3}
separator: {thickness: 25 um, porosity: 0.4}
protocol:
  - {current_ratio: 2, until: [space_charge]}
  - {rest: 1 s}
  - {current_ratio: -0.5, for: 2 s}
  - {voltage: 0.1 V, for: 100 s}
mesh: {nodes: 201}
output: {times: 20}
"""
SWEEP = CASE + """\
sweep:
  title: [one, another]
  protocol.0.current_ratio: [1.5, 2, 3]
  fields: last
"""


def run(sandglass, *arguments):
    try:
        return subprocess.run([sandglass, *arguments], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        sys.exit(f"{arguments}: goes on for more than {LIMIT} s")


def damage(content):
    """Zeroes half a kilobyte, flips a few bytes or cuts the end off."""
    content = bytearray(content)
    kind = random.choice(["zero", "zero", "flip", "cut"])
    place = random.randrange(len(content))
    if kind == "zero":
        place -= place % 512
        content[place:place + 512] = bytes(len(content[place:place + 512]))
    elif kind == "flip":
        for _ in range(random.choice([1, 1, 10])):
            content[random.randrange(len(content))] ^= random.randrange(1, 256)
    else:
        del content[place:]
    return f"{kind} at {place}", bytes(content)


def judge(what, command, done, allowed):
    message = done.stderr.decode(errors="replace")
    if done.returncode not in allowed or "PETSC ERROR" in message or "mistake" in message:
        sys.exit(f"{what}: {command}: exit status {done.returncode}: {message}")
    if done.returncode == 4 and len(message.splitlines()) != 1:
        sys.exit(f"{what}: {command}: not one line: {message}")


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def damage_runs(sandglass, copies):
    """A run that was stopped half-way, where it has met an event."""
    wait = 0.4
    for _ in range(20):
        begun = subprocess.Popen([sandglass, "run", "cell.yaml", "--quiet", "-o", "run.h5"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        begun.send_signal(signal.SIGINT)
        if begun.wait() == 130 and os.path.exists("run.h5"):
            with h5py.File("run.h5") as file:
                if len(file["events/time"]) > 0:
                    break
            wait *= 1.2
        else:
            wait *= 1.2 if begun.returncode else 0.8
    else:
        sys.exit("no run could be stopped behind its first event")
    with open("run.h5", "rb") as file:
        good = file.read()
    told = 0
    for _ in range(copies):
        what, content = damage(good)
        write("copy.h5", content)
        for command in (["plot", "copy.h5"],
                        ["run", "cell.yaml", "--quiet", "-o", "copy.h5", "--resume"]):
            done = run(sandglass, *command)
            judge(what, command, done, [0] if content == good else [4])
            told += done.returncode == 4
        if content != good:
            with open("copy.h5", "rb") as file:
                if file.read() != content:
                    sys.exit(f"{what}: a file that was refused has been changed")
    write("copy.h5", good)
    judge("nothing", "resume", run(sandglass, "run", "cell.yaml", "--quiet", "-o", "copy.h5",
                                   "--resume"), [0])
    print(f"{copies} copies of a run's file damaged: {told} of {2 * copies} readings refused")


def rows(path):
    with h5py.File(path) as file:
        columns = {name: file[name][:] for name in
                   ("status", "steps", "depletion_time", "space_charge_time", "end_time",
                    "end_voltage", "sand_time")}
        return columns


def same(one, other):
    return all(numpy.array_equal(one[name], other[name], equal_nan=True) for name in one)


def damage_sweeps(sandglass, copies):
    if run(sandglass, "sweep", "sweep.yaml", "--quiet", "-o", "sweep.h5").returncode:
        sys.exit("the sweep does not run")
    with open("sweep.h5", "rb") as file:
        good = file.read()
    expected = rows("sweep.h5")
    counts = {0: 0, 2: 0, 4: 0}
    for _ in range(copies):
        what, content = damage(good)
        write("copy.h5", content)
        command = ["plot", "copy.h5"]
        judge(what, command, run(sandglass, *command), [0, 2, 4])
        command = ["sweep", "sweep.yaml", "--quiet", "-o", "copy.h5", "--resume"]
        done = run(sandglass, *command)
        judge(what, command, done, [0, 2, 4])
        counts[done.returncode] += 1
        if done.returncode == 0 and not same(rows("copy.h5"), expected):
            sys.exit(f"{what}: gone on with, and other rows have come out")
    print(f"{copies} copies of a sweep's file damaged: {counts[4]} refused, {counts[0]} gone on "
          "with to the same rows")


def main():
    sandglass = os.path.abspath(sys.argv[1])
    copies = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    random.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write("cell.yaml", CASE.encode())
        write("sweep.yaml", SWEEP.encode())
        damage_runs(sandglass, copies)
        damage_sweeps(sandglass, copies)
        os.chdir("/")


if __name__ == "__main__":
    main()
