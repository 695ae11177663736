"""A case run and judged, and compared with its mirror image, two ranks and a finer run."""

import copy
import os
import tempfile

import case_text
import compare
import judge
import program
from judge import Finding

COMPARISONS = ("mirror", "ranks", "accuracy")
REFERENCE_TIME = 5  # a finer run may take so many times the limit


def scratch_folder():
    return tempfile.TemporaryDirectory(prefix="rc", dir=os.environ.get("TMPDIR", "/tmp"))


def load(case, outcome):
    """The run's numbers, or None where it did not come to its end."""
    if outcome.status != 0 or outcome.out_of_time or outcome.result is None:
        return None
    run = judge.Run(outcome.path)
    judge.complete(case, run)
    return run if len(run.seconds) else None


def compare_with(kind, case, run, outcome, sign, tolerance):
    """The finding that the second run makes, as a list."""
    if outcome.out_of_time:
        return [Finding("too long", f"{kind}: stopped at its limit of time")]
    other = load(case, outcome)
    if other is None:
        unfinished = "gave up" if outcome.status == 3 else "crash"
        message = f"exit status {outcome.status}: {outcome.last_message()}"
        return [Finding(unfinished, f"{kind}: {message}")]
    worst, text = compare.deviation(case, run, other, sign, tolerance)
    if worst <= 1:
        return []
    return [Finding(kind, f"{text}: {worst:.3g} times the {tolerance:g} allowed")]


def finer(case, factor):
    """So many times the nodes; the tolerance smaller by a factor of 100 at 4 times, 1000 at 8."""
    fine = copy.deepcopy(case)
    tolerance = {4: 1e-7, 8: 1e-8}[factor]
    fine["mesh"] = {"nodes": 600 * factor + 1, "first_spacing": f"{0.2 / factor:g}"}
    fine["solver"] = {"relative_tolerance": f"{tolerance:g}"}
    return fine


def accuracy(case, run, options, folder):
    """Against a finer run, and where that differs, against a still finer one, which has to agree
    with the first: then the fault is the default's."""
    if "mesh" in case or "solver" in case:
        return [], ["not compared with a finer run: the case has numerics of its own"]
    worst, text, reference = 0.0, "", None
    for factor in (4, 8):
        fine = finer(case, factor)
        outcome = program.run(options.program, fine, folder, REFERENCE_TIME * options.time_limit,
                              name=f"fine{factor}")
        other = load(fine, outcome)
        if other is None:
            return [], ["not compared with a finer run: it did not come to its end"]
        if reference is not None:
            doubt, _ = compare.deviation(case, reference, other, 1, compare.PROMISE)
            if doubt > 0.3 * worst:
                return [], ["not compared with a finer run: a still finer one disagrees"]
        worst, text = compare.deviation(case, run, other, 1, compare.PROMISE)
        if worst <= 1:
            return [], []
        reference = other
    return [Finding("accuracy", f"{text}: {worst:.3g} times the {compare.PROMISE:g} promised")], []


def examine(case, options, folder, wanted):
    """Findings and notes."""
    outcome = program.run(options.program, case, folder, options.time_limit)
    if outcome.status == 2:
        status, message = program.check(options.program, folder)
        kind = "refused" if status == 2 else "refused late"
        return [Finding(kind, message or outcome.last_message())], []
    found = judge.judge(case, outcome)
    run = load(case, outcome)
    if run is None or any(f.kind in ("not finite", "report") for f in found):
        return found, []
    notes = [f"compared: {kind}" for kind in ("mirror", "ranks") if kind in wanted]
    if "mirror" in wanted:
        image = case_text.mirror(case)
        second = program.run(options.program, image, folder, 2 * options.time_limit, name="mirror")
        found += compare_with("mirror", case, run, second, -1, compare.PROMISE)
    if "ranks" in wanted:
        second = program.run(options.program, case, folder, 3 * options.time_limit, "two", ranks=2)
        found += compare_with("ranks", case, run, second, 1, compare.RANKS)
    if "accuracy" in wanted:
        more, doubts = accuracy(case, run, options, folder)
        found, notes = found + more, notes + (doubts or ["compared: accuracy"])
    return found, notes
