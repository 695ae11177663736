#!/usr/bin/python3
"""Many runs at once on one host, and two that write one file.

many_runs.py SANDGLASS [RUNS] [AT_ONCE]: so many checks and short runs, eight at a time and in one
folder, all end with 0 and say nothing on standard error.  Of two runs, or two sweeps, that are to
write one file the second is refused with one line and exit status 4, also where it is to go on with
it, and the first is not disturbed; what a killed one has left keeps nobody out.
"""

import concurrent.futures
import os
import signal
import subprocess
import sys
import tempfile
import time

CASE = """\
electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: 0.3}
separator: {thickness: 25 um, porosity: 0.4}
protocol: [{current: 10 mA/cm^2, for: 1 s}]
mesh: {nodes: 51}
output: {times: 5}
"""
SWEEP = CASE + "sweep: {protocol.0.current: [5 mA/cm^2, 10 mA/cm^2]}\n"
# Steps enough to go on for a minute or two: nobody waits for its end.
LONG = CASE.replace("[{current: 10 mA/cm^2, for: 1 s}]", "["
                    + ", ".join(["{current_ratio: 0.5, for: 100 s}, {rest: 100 s}"] * 400) + "]")
LONG = LONG.replace("nodes: 51", "nodes: 4001").replace("times: 5", "fields: none")
LONG_SWEEP = LONG + "sweep: {electrolyte.transference_number: [0.2, 0.3]}\n"


def run(sandglass, *arguments):
    return subprocess.run([sandglass, *arguments], capture_output=True, text=True, timeout=120)


def one_of_many(sandglass, number):
    """A check, a run or a sweep in turn, each of its own file."""
    command = [["check", "cell.yaml"],
               ["run", "cell.yaml", "--quiet", "-o", f"run-{number}.h5"],
               ["check", "cell.yaml", "--json"],
               ["sweep", "sweep.yaml", "--quiet", "-o", f"sweep-{number}.h5"]][number % 4]
    done = run(sandglass, *command)
    return (command[0], done.returncode, done.stderr)


def check_many(sandglass, runs, at_once):
    began = time.time()
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        results = list(pool.map(lambda n: one_of_many(sandglass, n), range(runs)))
    bad = [result for result in results if result[1] != 0 or result[2]]
    print(f"{runs} runs, {at_once} at a time: {len(bad)} bad, {time.time() - began:.1f} s")
    if bad:
        sys.exit(f"the first: {bad[0]}")
    left = [name for name in os.listdir() if name.endswith((".lock", ".part", ".before"))]
    if left:
        sys.exit(f"left over: {left}")


def refused(sandglass, *command):
    done = run(sandglass, *command)
    lines = done.stderr.splitlines()
    if done.returncode != 4 or len(lines) != 1 or "another run is writing it" not in lines[0]:
        sys.exit(f"{command}: exit status {done.returncode}, {done.stderr!r}")


def check_two(sandglass, command, case):
    """One goes on, the second is refused; the first is killed, and the third is let in."""
    begun = [sandglass, command, case, "--quiet", "-o", "one.h5"]
    first = subprocess.Popen(begun, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.time() + 60
    while not os.path.exists("one.h5") and time.time() < deadline:
        time.sleep(0.02)
    refused(sandglass, command, case, "--quiet", "-o", "one.h5")
    refused(sandglass, command, case, "--quiet", "-o", "one.h5", "--resume")
    os.symlink("one.h5", "link.h5")
    refused(sandglass, command, case, "--quiet", "-o", "link.h5")
    if first.poll() is not None:
        sys.exit(f"the first {command} has ended: {first.communicate()}")
    first.send_signal(signal.SIGKILL)
    first.communicate()
    third = subprocess.Popen(begun + ["--resume"], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
    time.sleep(1)
    third.send_signal(signal.SIGINT)
    status = (third.wait(timeout=60), third.stderr.read().decode())
    if status[0] != 130:
        sys.exit(f"after a kill: {status}")
    for name in ("one.h5", "link.h5"):
        os.remove(name)
    print(f"two of one file ({command}): the second is refused")


def main():
    sandglass = os.path.abspath(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    at_once = int(sys.argv[3]) if len(sys.argv) > 3 else 8
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, text in (("cell.yaml", CASE), ("sweep.yaml", SWEEP), ("long.yaml", LONG),
                           ("long-sweep.yaml", LONG_SWEEP)):
            with open(name, "w") as file:
                file.write(text)
        check_many(sandglass, runs, at_once)
        check_two(sandglass, "run", "long.yaml")
        check_two(sandglass, "sweep", "long-sweep.yaml")
        os.chdir("/")


if __name__ == "__main__":
    main()
