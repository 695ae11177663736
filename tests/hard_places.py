#!/usr/bin/python3
"""Runs the program where it is hard: full disks, closed streams, no memory, input without measure.

hard_places.py SANDGLASS: each trial has its exit status, and its one line on standard error.
"""

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

LIMIT = 60  # [s], of what has to end by itself

CASE = """\
electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: 0.3}
separator: {thickness: 25 um, porosity: 0.4}
protocol: [{current: 10 mA/cm^2, for: 1 s}]
mesh: {nodes: 51}
output: {times: 5}
"""
SWEEP = CASE + "sweep: {protocol.0.current: [5 mA/cm^2, 10 mA/cm^2]}\n"
STEPS = CASE.replace("[{current: 10 mA/cm^2, for: 1 s}]", "\n"
                     + "  - {current: 1 mA/cm^2, for: 1 s, until: [space_charge]}\n" * 20000)
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi"))

sandglass = ""


def run(*arguments, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    began = time.time()
    try:
        done = subprocess.run([sandglass, *arguments], timeout=LIMIT, **options)
    except subprocess.TimeoutExpired:
        sys.exit(f"{arguments}: goes on for more than {LIMIT} s")
    done.seconds = time.time() - began
    return done


def expect(what, done, status, *words):
    """Exit status, and one line with the words."""
    message = (done.stderr or b"").decode(errors="replace")
    lines = message.splitlines()
    if done.returncode != status or len(lines) != 1 or not all(w in lines[0] for w in words):
        sys.exit(f"{what}: exit status {done.returncode}, expected {status} and {words}: {message}")
    if any(ord(c) < 32 for c in lines[0]):
        sys.exit(f"{what}: a control character in {message!r}")
    print(f"{what}: {status}, {done.seconds:.1f} s", flush=True)


def limit(which, bytes_):
    return lambda: resource.setrlimit(which, (bytes_, bytes_))


def check_streams():
    """Full, closed and broken."""
    commands = (["--help"], ["--version"], ["keys"], ["electrolytes"], ["check", "cell.yaml"],
                ["sand", "cell.yaml", "--json"], ["run", "cell.yaml", "--json", "--quiet"],
                ["sweep", "sweep.yaml", "--quiet"])
    for command in commands:
        with open("/dev/full", "w") as full:
            expect(f"{command} > /dev/full", run(*command, stdout=full), 4, "standard output")
        closed = run(*command, stdout=None, preexec_fn=lambda: os.close(1))
        expect(f"{command} >&-", closed, 4, "standard output")
    with open("/dev/full", "w") as full:  # where there is something to say
        done = run("run", "cell.yaml", "-o", "none/file.h5", stderr=full)
    if done.returncode != 4:
        sys.exit(f"2> /dev/full: exit status {done.returncode}")
    reading, writing = os.pipe()
    os.close(reading)
    expect("run | true", run("run", "cell.yaml", "--quiet", stdout=writing), 4, "standard output")
    filtered = run("keys", stdout=writing)
    os.close(writing)
    if filtered.returncode != -signal.SIGPIPE or filtered.stderr:
        sys.exit(f"keys | true: {filtered.returncode}, {filtered.stderr}")


def content(path):
    with open(path, "rb") as file:
        return file.read()


def check_disk():
    """A file that may not grow is told like a full disk."""
    run("run", "cell.yaml", "--quiet", "-o", "old.h5")
    run("sweep", "sweep.yaml", "--quiet", "-o", "old-sweep.h5")
    old, old_sweep, old_xdmf = content("old.h5"), content("old-sweep.h5"), content("old.xdmf")
    for most in (4096, len(old) // 2):
        full = {"preexec_fn": limit(resource.RLIMIT_FSIZE, most)}
        expect(f"run, files of {most} bytes", run("run", "cell.yaml", "--quiet", "-o", "new.h5",
                                                  **full), 4, "new.h5", "File too large")
        expect("... over an old one", run("run", "cell.yaml", "--quiet", "-o", "old.h5", **full), 4,
               "old.h5", "File too large")
        expect("... sweep", run("sweep", "sweep.yaml", "--quiet", "-o", "old-sweep.h5",
                                preexec_fn=limit(resource.RLIMIT_FSIZE, 4096)), 4, "old-sweep.h5",
               "File too large")
        if (content("old.h5"), content("old-sweep.h5"), content("old.xdmf")) != (old, old_sweep,
                                                                                 old_xdmf):
            sys.exit("an old file has been changed")
    left = [n for n in os.listdir() if n.endswith((".lock", ".before", "-sweep.h5.part"))]
    if left:
        sys.exit(f"left over: {left}")
    # What the run had is a file that can be gone on with.
    if os.path.exists("old.h5.part"):
        os.replace("old.h5.part", "part.h5")
        if run("run", "cell.yaml", "--quiet", "-o", "part.h5", "--resume").returncode:
            sys.exit("what a full disk has left cannot be gone on with")


def check_input():
    expect("nested aliases", run("check", "bomb.yaml", preexec_fn=limit(resource.RLIMIT_AS, 2 << 30)),
           2, "bomb.yaml:", "allowed: 1000000")
    done = run("check", "steps.yaml")
    if done.returncode or done.seconds > 20:
        sys.exit(f"20,000 steps: {done.returncode}, {done.seconds} s")
    print(f"20,000 steps: {done.seconds:.1f} s")
    for setting, words in ((["protocol.0.current=1e300 A/m^2"], ["protocol.0.current"]),
                           (["protocol.0.current=1e20 A/m^2"], ["protocol.0.current", "1e12"]),
                           (["separator.porosity=1e-300"], ["separator.porosity"]),
                           (["separator.porosity=1e-20"], ["separator.porosity", "1e-12"]),
                           (["separator.bruggeman=1e6"], ["separator.bruggeman"]),
                           (["separator.bruggeman=99"], ["porosity^bruggeman"]),
                           (["separator.tortuosity=1e13"], ["separator.tortuosity"]),
                           (['title=["a\\0b"]'], ["zero byte"])):
        for command in ("check", "run"):
            expect(f"{command} {setting[0]}", run(command, "cell.yaml", "--set", *setting), 2,
                   *words)
    expect("-o ''", run("run", "cell.yaml", "-o", ""), 2, "-o")
    expect("a long name", run("run", "cell.yaml", "-o", "x" * 5000), 2, "name")
    expect("a zero byte", run("check", "zero.yaml"), 2, "zero.yaml:2", "zero byte")
    expect("control characters", run("sweep", "control.yaml"), 2, "unknown key")
    expect("10^9 cases", run("sweep", "cell.yaml", "--set", "sweep.protocol.0.current={from: 1 A/m^2,"
                             " to: 9 A/m^2, count: 2000000000}"), 2, "cases", "allowed")
    expect("plot of nothing", run("plot", "nosuch.h5"), 4, "nosuch.h5", "No such file")
    expect("plot of a text", run("plot", "cell.yaml"), 4, "cell.yaml", "no HDF5 file")


def check_memory():
    few = {"preexec_fn": limit(resource.RLIMIT_AS, 1200 << 20)}
    for setting in ("mesh.nodes=1000000", "mesh.nodes=400000",
                    "output.times=1000000000"):
        done = run("run", "cell.yaml", "--quiet", "-o", "large.h5", "--set", setting, **few)
        if setting.startswith("output") and done.returncode == 0:
            continue
        expect(f"{setting} in 1.2 GB", done, 3, "memory")
    expect("3e8 cases in 1.2 GB", run("sweep", "cell.yaml", "--set", "sweep.protocol.0.current={from:"
                                      " 1 A/m^2, to: 9 A/m^2, count: 300000000}", **few), 3,
           "memory")


def check_signals():
    """While the case is read: it comes through a pipe that nobody writes."""
    os.mkfifo("pipe.yaml")
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        for command in ("check", "sand", "run", "sweep"):
            begun = subprocess.Popen([sandglass, command, "pipe.yaml"], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE)
            time.sleep(1)
            begun.send_signal(number)
            try:
                begun.wait(timeout=10)
            except subprocess.TimeoutExpired:
                begun.kill()
                sys.exit(f"{command}: {number.name} is not looked at")
            if begun.returncode != status:
                sys.exit(f"{command}: {number.name}: exit status {begun.returncode}")
    print("signals while reading: 130, 143")


def main():
    global sandglass
    sandglass = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, text in (("cell.yaml", CASE), ("sweep.yaml", SWEEP), ("steps.yaml", STEPS),
                           ("bomb.yaml", BOMB),
                           ("zero.yaml", CASE.replace("25 um", '"25 um\\0 junk"')),
                           ("control.yaml", CASE + 'sweep: {"sw\\x1b[31mred\\n": [5]}\n')):
            with open(name, "w") as file:
                file.write(text)
        for trial in (check_streams, check_disk, check_input, check_memory, check_signals):
            trial()
        os.chdir("/")


if __name__ == "__main__":
    main()
