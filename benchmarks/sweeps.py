#!/usr/bin/python3
"""What a sweep takes on two ranks: benchmarks/sweeps.py SANDGLASS (benchmarks/scheduler.md).

1. configs/sand-sweep.yaml on one rank and on two, in turn;
2. 600 cases whose costs differ a hundredfold, by their meshes: the idle share of two ranks;
3. 10^5 cases of closed forms, and how long h5py takes to read them.
On a machine that others use, too, the wall times say little: the processor's are given beside.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import h5py

HUNDREDFOLD = """\
title: Cells whose costs differ a hundredfold
electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: 0.3}
separator: {thickness: 25 um}
protocol: [{current_ratio: 3, until: [depletion]}]
sweep:
  protocol.0.current_ratio: [2, 3, 5, 10]
  mesh.nodes: {from: 21, to: 2101, count: 150, spacing: log}
"""


def sweep(sandglass, ranks, case, *options):
    """The summary of a sweep, with the processor time of all ranks [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["mpirun", "-n", str(ranks), sandglass, "sweep", case, "--quiet", "--json", "-o",
         "sweep.h5", *options], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stderr)
    summary = json.loads(done.stdout)
    summary["processor"] = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return summary


def read_everything(path):
    began = time.time()
    with h5py.File(path) as file:
        for data in file.values():
            if isinstance(data, h5py.Dataset):
                data[()]
    return time.time() - began


def main():
    sandglass = os.path.abspath(sys.argv[1])
    case = os.path.abspath("configs/sand-sweep.yaml")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        one, two = sweep(sandglass, 1, case), sweep(sandglass, 2, case)
        print(f"{one['cases']} cases: {one['seconds']:.2f} s on one rank, {two['seconds']:.2f} s on "
              f"two: {two['seconds'] / one['seconds']:.3f}; of the processor {one['processor']:.1f} "
              f"and {two['processor']:.1f} s; idle {100 * two['idle_share']:.1f} %", flush=True)
        with open("cell.yaml", "w") as file:
            file.write(HUNDREDFOLD)
        many = sweep(sandglass, 2, "cell.yaml")
        with h5py.File("sweep.h5") as file:
            seconds = file["seconds"][:]
        print(f"{many['cases']} cases of {1e3 * seconds.min():.1f} to {1e3 * seconds.max():.0f} ms "
              f"on two ranks: {many['seconds']:.1f} s, idle {100 * many['idle_share']:.2f} %",
              flush=True)
        began = time.time()
        dry = sweep(sandglass, 2, case, "--dry", "--set",
                    "sweep.protocol.0.current_ratio.count=25000")
        print(f"{dry['cases']} dry cases: {time.time() - began:.1f} s, "
              f"{os.path.getsize('sweep.h5') / 1e6:.1f} MB, read whole by h5py in "
              f"{read_everything('sweep.h5'):.2f} s")
        os.chdir("/")


if __name__ == "__main__":
    main()
