#!/usr/bin/python3
"""Kills a sweep at random instants and goes on with it on other numbers of ranks.

kill_sweep.py SANDGLASS [KILLS] [SEED]: with one rank a case, the rows that come out in the end are
those of a sweep that nobody has disturbed, bit by bit except seconds and rank; and the file can be
opened after every kill.  What is killed: one rank, all ranks or mpirun, by SIGKILL or SIGTERM.
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

from mpi_ranks import has_ended, ranks_of

CASE = """\
title: Ninety-six cells to be killed
electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: 0.3}
separator: {thickness: 25 um}
protocol: [{current_ratio: 3, until: [space_charge]}]
mesh: {nodes: 201}
sweep:
  separator.thickness: {from: 10 um, to: 100 um, count: 16, spacing: log}
  protocol.0.current_ratio: [1.5, 2, 3, 5, 10, 20]
"""
NOT_COMPARED = {"seconds", "rank", "rows"}  # rows: the numbers of all columns


def start(sandglass, ranks, *options):
    command = ["mpirun", "-n", str(ranks), sandglass, "sweep", "cell.yaml", "--quiet", "--json"]
    return subprocess.Popen(
        command + list(options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kill(mpirun, what, number):
    targets = ranks_of(mpirun)
    if what == "mpirun" or not targets:
        targets = [mpirun.pid]
    elif what == "one rank":
        targets = [random.choice(targets)]
    for pid in targets:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def wait(mpirun, seconds):
    if not has_ended(mpirun, seconds):
        sys.exit("a sweep did not end after it was killed")
    for _ in range(100):  # the ranks of a killed mpirun end by themselves
        if not any(b"sandglass" in open(f"/proc/{p}/cmdline", "rb").read()
                   for p in mpirun.ranks if os.path.exists(f"/proc/{p}")):
            return
        time.sleep(0.1)
    sys.exit("a rank has outlived its mpirun")


def columns(path):
    with h5py.File(path) as file:
        return {name: data[()] for name, data in file.items()
                if data.shape and name not in NOT_COMPARED}


def count_done(path):
    with h5py.File(path) as file:
        return int(numpy.count_nonzero(file["status"][:]))


def compare(expected, found):
    for name, values in expected.items():
        if values.dtype == object:
            same = list(values) == list(found[name])
        else:
            same = values.tobytes() == found[name].tobytes()
        if not same:
            sys.exit(f"{name} differs:\n{values}\n{found[name]}")


def disturb(sandglass, seconds, number):
    """Starts or goes on with sweep.h5 and kills it; True when it was finished before."""
    what = random.choice(["one rank", "all ranks", "mpirun"])
    sent = random.choice([signal.SIGKILL, signal.SIGTERM])
    ranks = random.choice([1, 2, 3])
    mpirun = start(sandglass, ranks, "-o", "sweep.h5", "--resume")
    time.sleep(random.uniform(0.2, seconds))
    mpirun.ranks = ranks_of(mpirun)
    finished = mpirun.poll() is not None
    kill(mpirun, what, sent)
    wait(mpirun, 60)
    done = count_done("sweep.h5") if os.path.exists("sweep.h5") else 0
    print(f"{number:2}: {sent.name} to {what} of {ranks}: {done} of 96 cases done, "
          f"exit status {mpirun.returncode}", flush=True)
    return finished


def main():
    sandglass = os.path.abspath(sys.argv[1])
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    random.seed(seed)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("cell.yaml", "w") as file:
            file.write(CASE)
        began = time.time()
        undisturbed = start(sandglass, 1, "-o", "undisturbed.h5")
        if undisturbed.communicate(timeout=600) and undisturbed.returncode:
            sys.exit(f"exit status {undisturbed.returncode} of the sweep that nobody killed")
        seconds = time.time() - began
        expected = columns("undisturbed.h5")
        for number in range(1, kills + 1):
            if disturb(sandglass, seconds / 4, number):
                # It had come to its end: what follows is to be killed from the start again.
                compare(expected, columns("sweep.h5"))
                os.remove("sweep.h5")
        last = start(sandglass, 2, "-o", "sweep.h5", "--resume")
        _, messages = last.communicate(timeout=600)
        if last.returncode:
            sys.exit(f"exit status {last.returncode} at last: {messages}")
        compare(expected, columns("sweep.h5"))
        print(f"{kills} kills: {len(expected['status'])} rows are those of the undisturbed sweep")
        os.chdir("/")


if __name__ == "__main__":
    main()
