"""Runs the program on a case, in a process of its own with limits of time and memory."""

import json
import os
import resource
import signal
import subprocess

import case_text

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MEMORY = 4 << 30  # address space of one process [bytes]
FILE_SIZE = 1 << 30
PATIENCE = 10  # wall time allowed over processor time: the machine may be busy


class Outcome:
    """How a run ended, its JSON object and the place of its file."""

    def __init__(self, status, out_of_time, output, messages, path):
        self.status, self.out_of_time, self.path = status, out_of_time, path
        self.messages = messages.strip()
        try:
            self.result = json.loads(output)
        except ValueError:
            self.result = None

    def last_message(self):
        lines = [line for line in self.messages.splitlines() if line.strip()]
        return lines[-1][:300] if lines else "no message"


def environment(folder):
    """Open MPI refuses root and more ranks than cores unless told, and keeps its sessions below
    TMPDIR, where runs should not meet.  A program that lies elsewhere does not find the library by
    itself."""
    return dict(os.environ, TMPDIR=folder, OMPI_ALLOW_RUN_AS_ROOT="1",
                OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1",
                SANDGLASS_ELECTROLYTES=os.path.join(TREE, "configs", "electrolytes"))


def limit(seconds):
    def set_limits():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return set_limits


def execute(command, folder, seconds):
    """Exit status, whether it ran out of time, standard output and standard error."""
    process = subprocess.Popen(
        command, cwd=folder, env=environment(folder), text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True, preexec_fn=limit(int(seconds)))
    try:
        output, messages = process.communicate(timeout=PATIENCE * seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, messages = process.communicate()
        return process.returncode, True, output, messages
    late = process.returncode in (-signal.SIGXCPU, 128 + signal.SIGXCPU, -signal.SIGKILL)
    return process.returncode, late, output, messages


def write_case(case, folder, name):
    with open(os.path.join(folder, f"{name}.yaml"), "w", encoding="ascii") as file:
        file.write(case_text.to_yaml(case))


def run(program, case, folder, seconds, name="case", ranks=1):
    write_case(case, folder, name)
    command = [os.environ.get("MPIEXEC", "mpiexec"), "-n", str(ranks)] if ranks > 1 else []
    command += [program, "run", f"{name}.yaml", "-o", f"{name}.h5", "--json", "--quiet"]
    return Outcome(*execute(command, folder, seconds), os.path.join(folder, f"{name}.h5"))


def check(program, folder, name="case"):
    """Exit status and message of `sandglass check`."""
    status, _, _, messages = execute([program, "check", f"{name}.yaml"], folder, 20)
    return status, messages.strip()
