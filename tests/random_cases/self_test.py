#!/usr/bin/python3
"""The judge judged: self_test.py SANDGLASS runs one case that is right, falsifies its numbers one
by one, and sees that each falsehood is found, and that the minimiser and the mirror image work."""

import copy
import os
import sys
import types

import numpy

import case_text
import compare
import examine
import generator
import judge
import minimise
import program

CASE = {
    "electrolyte": {"concentration": "1 mol/L", "diffusivity": "2e-10 m^2/s",
                    "transference_number": "0.3", "closure": "electroneutral"},
    "separator": {"thickness": "25 um"},
    "anode": {"kind": "electrode", "interface_capacitance": "none"},
    "protocol": [{"current": "1500 A/m^2", "for": "1 s", "until": ["voltage > 0.32 V"]},
                 {"voltage": "0.02 V", "for": "0.5 s"}, {"rest": "0.1 s"}],
    "output": {"times": 5},
}
POISSON = dict(CASE, electrolyte=dict(CASE["electrolyte"], closure="poisson"),
               anode={"kind": "electrode"})


def scaled(name, factor, row=-1, group="history"):
    """Makes a number of a group wrong by a factor."""
    def falsify(run):
        getattr(run, group)[name][row] *= factor
    return falsify


def scaled_at_event(name, node):
    """Likewise of the fields at the first event."""
    def falsify(run):
        run.fields[name][list(run.time).index(run.events[0][1]), node] *= 1.001
    return falsify


def earlier_end(run):
    run.seconds[-1] *= 1 - 1e-6


def charge_off(run):
    run.history["charge_passed"][run.rows(0)[-1]] *= 1 + 1e-7


def swapped_times(run):
    run.seconds[[3, 5]] = run.seconds[[5, 3]]


def moved_event(run):
    name, time, step = run.events[-1]
    run.events[-1] = (name, time * (1 + 1e-9), step)


def forgotten_event(run):
    run.events = []


def condition_passed(run):
    run.history["cell_voltage"][run.rows(0)[3:]] = 0.33


FALSE = [
    ("not finite", CASE, scaled("cell_voltage", numpy.nan)),
    ("zero", CASE, scaled("anion_concentration_anode", 0)),
    ("zero", CASE, scaled("anion_concentration", 0, group="fields")),
    ("times", CASE, swapped_times),
    ("report", CASE, earlier_end),
    ("step end", CASE, earlier_end),
    ("events", CASE, moved_event),
    ("step end", CASE, forgotten_event),
    ("missed event", CASE, condition_passed),
    ("charge", CASE, charge_off),
    ("current", CASE, scaled("current_density", 1 + 1e-10, row=20)),
    ("faradaic", CASE, scaled("faradaic_current_density", 1.001, row=20)),
    ("amount", CASE, scaled("anion_amount", 1 + 4e-12)),
    ("amount", CASE, scaled("cation_amount", 1 + 4e-12)),
    ("stored amount", CASE, scaled("anion_concentration", 1 + 4e-12, group="fields")),
    ("field", CASE, scaled_at_event("potential", 5)),
    ("field", POISSON, scaled_at_event("charge_density", 0)),
    ("field", POISSON, scaled_at_event("electric_field", 0)),
]


def fail(text):
    sys.exit(f"self test of the random cases: {text}")


def check_judge(case, run, outcome):
    """What is found already in the true run (a program may have its faults) is left out."""
    known = {finding.kind for finding in judge.judge_run(case, copy.deepcopy(run), outcome)}
    for kind, of, falsify in FALSE:
        if of is not case or kind in known:
            continue
        false = copy.deepcopy(run)
        false.step, false.seconds = false.history["step"], false.history["time"]
        falsify(false)
        if kind not in {finding.kind for finding in judge.judge_run(case, false, outcome)}:
            fail(f"'{kind}' was not found")
    return known


def check_comparison(case, run):
    for name in ("current_density", "cell_voltage", "cation_concentration_anode"):
        false = copy.deepcopy(run)
        false.step, false.seconds = false.history["step"], false.history["time"]
        false.history[name] *= 1.002
        if compare.deviation(case, run, false, 1, compare.PROMISE)[0] <= 1:
            fail(f"{name} 0.2 % off was taken for the same")
    false = copy.deepcopy(run)
    false.events = [(name, time * 1.01, step) for name, time, step in run.events]
    if run.events and compare.deviation(case, run, false, 1, compare.PROMISE)[0] <= 1:
        fail("an event 1 % late was taken for the same")
    if compare.deviation(case, run, run, 1, compare.PROMISE)[0] > 0:
        fail("a run was found to differ from itself")


def check_cases():
    for seed in range(200):
        case = generator.generate(seed)
        if case != generator.generate(seed):
            fail(f"seed {seed} is not the same case again")
        twice = case_text.mirror(case_text.mirror(case))
        if twice["protocol"] != case["protocol"]:
            fail(f"seed {seed}: the mirror image of the mirror image is another protocol")


def check_minimiser():
    """Of a case whose fault is its third step that step is left."""
    smaller = minimise.Minimiser("zero", types.SimpleNamespace(minimise_time=60))
    smaller.choose_comparison = lambda case: True
    smaller.fails = lambda case: "closure" in case.get("electrolyte", {}) and any(
        "rest" in step for step in case["protocol"])
    left = smaller.run(CASE)
    if left["protocol"] != [{"rest": "0.1 s"}] or "anode" in left:
        fail(f"the minimiser left {left}")


def main():
    sandglass = os.path.abspath(sys.argv[1])
    for case in (CASE, POISSON):
        with examine.scratch_folder() as folder:
            outcome = program.run(sandglass, case, folder, 30)
            run = examine.load(case, outcome)
            if run is None:
                fail(f"exit status {outcome.status}: {outcome.last_message()}")
            known = check_judge(case, run, outcome)
            check_comparison(case, run)
        print(f"self test, {case['electrolyte']['closure']}: every falsehood is found"
              + (f" ({', '.join(sorted(known))} in the true run, too)" if known else ""))
    check_cases()
    check_minimiser()


if __name__ == "__main__":
    main()
