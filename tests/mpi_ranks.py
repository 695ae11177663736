"""The ranks of a program that mpirun has started, for the tests that kill them."""

import subprocess


def ranks_of(mpirun):
    """Their processes, without those that have ended and are not waited for."""
    children = subprocess.run(
        ["ps", "-o", "pid=,stat=", "--ppid", str(mpirun.pid)], capture_output=True, text=True)
    states = [line.split() for line in children.stdout.splitlines()]
    return [int(pid) for pid, state in states if not state.startswith("Z")]


def has_ended(mpirun, seconds):
    """Waits for it; one that waits without ranks, which were killed as they started, is ended."""
    try:
        mpirun.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        if ranks_of(mpirun):
            return False
        mpirun.kill()
        mpirun.communicate()
    return True
