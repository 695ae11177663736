"""What must hold for any run, read from its JSON object and its file alone."""

import h5py
import numpy

from case_text import number

FARADAY = 96485.33212
CONSERVED = 1e-12   # drift of an ion's amount, relative to it
EXACT = 1e-9        # what the program computes from what it stores
INTEGRAL = 0.01     # slack of the current's integral over a voltage step
STEADY = 1e-6       # balance of the current where no charge can be stored
GAUSS = 1e-6        # Gauss's law, relative to the largest displacement
FASTEST = 5e-9      # diffusivity of any ion, at most [m^2/s]
NAMES = {"voltage": "voltage_limit", "charge": "charge_limit"}

# The classes of outcomes, the worst first.  Those below "gave up" are no wrong results.
WRONG = ["crash", "refused late", "report", "not finite", "zero", "times", "step end", "events",
         "missed event", "charge", "current", "faradaic", "amount", "field", "mirror", "ranks",
         "accuracy", "stored amount"]
UNFINISHED = ["gave up", "too long"]
CLASSES = WRONG + UNFINISHED + ["refused"]


class Finding:
    def __init__(self, kind, text):
        self.kind, self.text = kind, text


class Run:
    """The stored numbers of a run."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            self.history = {name: data[()] for name, data in file["history"].items()}
            self.fields = {name: data[()] for name, data in file["fields"].items()}
            self.time, self.x = file["time"][()], file["x"][()]
            self.cell_width = file["cell_width"][()]
            self.events = [
                (name.decode(), float(time), int(step)) for name, time, step in
                zip(file["events/name"][()], file["events/time"][()], file["events/step"][()])]
        self.ions = [name[:-len("_amount")] for name in self.history if name.endswith("_amount")]
        self.step, self.seconds = self.history["step"], self.history["time"]

    def rows(self, step):
        return numpy.flatnonzero(self.step == step)

    def start(self, step):
        """When a step of the protocol began [s]."""
        before = numpy.flatnonzero(self.step < step)
        return self.seconds[before[-1]] if len(before) else 0.0


def is_neutral(case):
    return case["electrolyte"].get("closure") == "electroneutral"


def kinds_of(case):
    """Of the anode and of the counter electrode."""
    anode = case.get("anode", {}).get("kind", "electrode")
    return anode, case.get("counter_electrode", {}).get("kind", anode)


def reacting(case):
    """The name of the reacting ion as the file has it."""
    listed = case["electrolyte"].get("ions")
    if not listed:
        return "cation"
    first = next(ion["name"] for ion in listed if int(ion["charge"]) > 0)
    return case["electrolyte"].get("reacting_ion", first)


def stores_charge(case):
    """Whether an end of an electroneutral cell has a double layer."""
    anode = case.get("anode", {})
    ends = [anode, {**anode, **case.get("counter_electrode", {})}]
    return is_neutral(case) and any(end.get("interface_capacitance") != "none" for end in ends)


def admitted(case, run):
    """The ions that some end lets through.  Of several salts in an electroneutral cell all may:
    they share the charging current, so that it does not end with the reacting ion."""
    kinds = set(kinds_of(case))
    if "reservoir" in kinds or (len(run.ions) > 2 and stores_charge(case)):
        return set(run.ions)
    return set() if kinds == {"blocking"} else {reacting(case)}


# ---- every number ----

def check_numbers(case, run):
    many = len(run.ions) > 2
    for group, name, values in [("history", n, v) for n, v in run.history.items()] + [
            ("fields", n, v) for n, v in run.fields.items()]:
        if name == "virtual_salt_concentration" and many:
            continue
        if not numpy.isfinite(values).all():
            yield Finding("not finite", f"/{group}/{name} has {values[~numpy.isfinite(values)][0]}")
        elif "_concentration" in name and not name.startswith("virtual") and not (values > 0).all():
            yield Finding("zero", f"/{group}/{name} has {values.min():g}")


# ---- times and events ----

def check_times(case, run, outcome):
    if not len(run.seconds):
        return
    if not (numpy.diff(run.time) > 0).all():
        yield Finding("times", "/time does not grow")
    if not (numpy.diff(run.seconds) >= 0).all():  # the last digits may lose a time step
        yield Finding("times", "/history/time falls")
    if not (numpy.diff(run.step) >= 0).all():
        yield Finding("times", "/history/step falls")
    if run.time[0] != 0 or run.seconds[0] <= 0:
        yield Finding("times", f"stored from {run.time[0]:g} s on, "
                      f"time steps from {run.seconds[0]:g} s")
    if outcome.status == 0 and run.time[-1] != run.seconds[-1]:
        yield Finding("times", f"the last fields are of {run.time[-1]!r} s, "
                      f"the end is {run.seconds[-1]!r} s")
    missing = [t for _, t, _ in run.events if t not in run.time]
    if missing:
        yield Finding("times", f"no fields at the event at {missing[0]!r} s")


def check_events(case, run):
    times = [time for _, time, _ in run.events]
    if sorted(times) != times:
        yield Finding("events", f"out of order: {run.events}")
    for name, time, step in run.events:
        if step not in run.step:
            yield Finding("events", f"{name} in step {step}, of which there is no time step")
            continue
        end = run.seconds[run.rows(step)[-1]]
        if not run.start(step) <= time <= end or time not in run.seconds:
            yield Finding("events", f"{name} at {time!r} s is no time step of step {step}, "
                          f"{run.start(step)!r} s to {end!r} s")


def duration_of(step):
    text = step.get("rest", step.get("for", "none"))
    return None if text == "none" else number(text)


def check_step_ends(case, run):
    """Each step ends by one of its conditions, at that event's time, or after its duration."""
    last = int(run.step[-1])
    for k, step in enumerate(case["protocol"][:last + 1]):
        rows = run.rows(k)
        if not len(rows):
            yield Finding("step end", f"step {k} has no time step")
            continue
        start, end = run.start(k), run.seconds[rows[-1]]
        named = {NAMES.get(c.split()[0], c) for c in step.get("until", [])}
        if is_neutral(case):
            named.add("depletion")
        met = [time for name, time, of in run.events if of == k and name in named]
        duration = duration_of(step)
        if met:
            if met[0] != end and not is_neutral(case):
                yield Finding("step end", f"step {k} met its condition at {met[0]!r} s "
                              f"and ended at {end!r} s")
        elif duration is None or abs(end - start - duration) > 1e-12 * (end + duration):
            yield Finding("step end", f"step {k} lasted {end - start!r} s, not {duration} s, "
                          "without any of its conditions")


def check_protocol_end(case, run, outcome):
    if outcome.status == 0 and outcome.result["status"] == "done":
        if run.step[-1] != len(case["protocol"]) - 1:
            yield Finding("step end", f"done after step {run.step[-1]} of {len(case['protocol'])}")


def condition_values(condition, run, rows):
    """Positive where a condition is not met yet; by its own scale."""
    what, _, value = condition.partition(" ")
    if what == "depletion":
        return None
    sense, _, threshold = value.partition(" ")
    threshold = number(threshold)
    if what == "voltage":
        values = run.history["cell_voltage"][rows]
    else:
        before = rows[0] - 1
        charge = run.history["charge_passed"]
        values = abs(charge[rows] - (charge[before] if before >= 0 else 0))
    return (threshold - values if sense == ">" else values - threshold) / abs(threshold)


def check_missed(case, run):
    """No state but the last one of a step meets one of its conditions."""
    for k, step in enumerate(case["protocol"]):
        rows = run.rows(k)
        for condition in step.get("until", []):
            if condition == "space_charge" or len(rows) < 2:
                continue
            left = condition_values(condition, run, rows)
            if left is None:
                if len(run.ions) > 2:
                    continue
                left = run.history["virtual_salt_concentration"][rows]
            late = numpy.flatnonzero(left[:-1] < -1e-9)
            if len(late):
                yield Finding("missed event", f"step {k}: {condition} was met at "
                              f"{run.seconds[rows[late[0]]]:.9g} s, but the step went on")


# ---- current and charge ----

def imposed(step, outcome):
    """The current density of a step; None in a voltage step."""
    if "rest" in step:
        return 0.0
    if "current" in step:
        return number(step["current"])
    if "current_ratio" in step:
        return number(step["current_ratio"]) * outcome.result["limiting_current_density"]
    return None


def check_current_step(k, run, rows, current):
    found = run.history["current_density"][rows]
    error = abs(found - current).max()
    if error > 1e-12 * abs(current):
        yield Finding("current", f"step {k}: {found[abs(found - current).argmax()]!r} A/m^2, "
                      f"imposed {current!r} A/m^2")
    charge = run.history["charge_passed"]
    before = charge[rows[0] - 1] if rows[0] else 0.0
    expected = current * (run.seconds[rows] - run.start(k))
    error = abs(charge[rows] - before - expected)
    # The charge is a sum of amounts, which carries their rounding.
    allowed = EXACT * abs(expected) + 1e-13 * run.charge_scale
    worst = (error / allowed).argmax()
    if error[worst] > allowed[worst]:
        yield Finding("charge", f"step {k}: {charge[rows][worst] - before!r} C/m^2 at "
                      f"{run.seconds[rows][worst]:.9g} s, i t is {expected[worst]!r} C/m^2 "
                      f"(off by {error[worst] / abs(expected[worst] or 1):.2g})")


def check_voltage_step(k, run, rows, voltage):
    found = run.history["cell_voltage"][rows]
    if abs(found - voltage).max() > 1e-12 * abs(voltage):
        yield Finding("current", f"step {k}: {found[abs(found - voltage).argmax()]!r} V, "
                      f"imposed {voltage!r} V")
    current, spans = run.history["current_density"][rows], numpy.diff(run.seconds[rows])
    passed = numpy.sum(numpy.diff(run.history["charge_passed"][rows]))
    # Between a time step and the next the current lies between its values there.
    low = numpy.sum(numpy.minimum(current[1:], current[:-1]) * spans)
    high = numpy.sum(numpy.maximum(current[1:], current[:-1]) * spans)
    slack = INTEGRAL * numpy.sum(abs(current[1:]) * spans) + 1e-13 * run.charge_scale
    if not low - slack <= passed <= high + slack:
        yield Finding("charge", f"step {k}: {passed!r} C/m^2 passed, the current's integral is "
                      f"{low!r} to {high!r} C/m^2")


def check_charge(case, run, outcome):
    for k, step in enumerate(case["protocol"]):
        rows = run.rows(k)
        if not len(rows):
            continue
        current = imposed(step, outcome)
        if current is None:
            yield from check_voltage_step(k, run, rows, number(step["voltage"]))
        else:
            yield from check_current_step(k, run, rows, current)


def check_faradaic(case, run):
    """Where the anode stores no charge all the current is faradaic; a metal without reaction has
    none."""
    kind, found = kinds_of(case)[0], run.history["faradaic_current_density"]
    anode = case.get("anode", {})
    if kind == "blocking" and abs(found).max() > 0:
        yield Finding("faradaic", f"{abs(found).max():g} A/m^2 at a blocking anode")
    if kind != "electrode" or not is_neutral(case) or anode.get("interface_capacitance") != "none":
        return
    total = run.history["current_density"]
    scale = numpy.array([abs(total[run.step == k]).max() for k in run.step])
    scale = numpy.maximum(scale, number(anode.get("exchange_current_density", "100")))
    error = abs(found - total) / scale
    worst = error.argmax()
    if error[worst] > STEADY:
        yield Finding("faradaic", f"{found[worst]:.9g} A/m^2 of {total[worst]:.9g} A/m^2 at "
                      f"{run.seconds[worst]:.9g} s, without any capacitance")


# ---- amounts ----

def worst_drift(values, scale):
    return float(abs(values).max() / scale) if len(values) else 0.0


def check_amounts(case, run):
    for ion in run.ions:
        amount, entered = run.history[f"{ion}_amount"], run.history[f"{ion}_amount_entered"]
        initial = run.initial[ion]
        # What comes and goes is added up in amounts of the size of what has passed.
        scale = max(initial, amount.max(), abs(entered).max())
        drift = worst_drift(amount - entered - (amount[0] - entered[0]), scale)
        if drift > CONSERVED:
            yield Finding("amount", f"{ion}: drift {drift:.2g} of what has not entered")
        if ion not in admitted(case, run):
            drift = worst_drift(amount - initial, initial)
            if drift > CONSERVED:
                yield Finding("amount", f"{ion}: drift {drift:.2g}, and nothing lets it through")


def check_stored_amounts(case, run):
    """Of the ions that nothing lets through, in the stored profiles."""
    for ion in run.ions:
        fields = run.fields[f"{ion}_concentration"]
        stored = fields @ run.cell_width * run.porosity
        if ion in admitted(case, run):
            known = numpy.isin(run.time, run.seconds)
            rows = numpy.searchsorted(run.seconds, run.time[known])
            errors = stored[known] - run.history[f"{ion}_amount"][rows]
        else:
            errors = stored - run.initial[ion]
        drift = worst_drift(errors, max(run.initial[ion], stored.max()))
        if drift > CONSERVED:
            at = run.time[abs(errors).argmax()] if ion not in admitted(case, run) else float("nan")
            yield Finding("stored amount", f"{ion}: /fields differ by {drift:.2g} at {at:.9g} s")


# ---- the fields against each other ----

def check_fields(case, run):
    potential, field = run.fields["potential"], run.fields["electric_field"]
    spacing = numpy.diff(run.x)
    rounding = 1e-13 * abs(field) * run.x[-1]  # of x, a sum of spacings
    error = (abs(numpy.diff(potential, axis=1) + field * spacing) - rounding).max()
    scale = abs(potential).max() + 1e-3
    if error > 1e-12 * scale:
        yield Finding("field", f"-dphi/dx and the potential differ by {error:.2g} V "
                      f"of {scale:.2g} V")
    charges = run.charges
    if charges is None:
        return
    known = numpy.isin(run.time, run.seconds)  # between time steps the profiles are interpolated
    terms = [FARADAY * z * run.fields[f"{ion}_concentration"][known] for ion, z in charges.items()]
    # Where hardly an ion is left the charge is nothing against what else it could be.
    scale = sum(abs(t) for t in terms)
    scale += 1e-6 * sum(abs(z) * FARADAY * run.initial[ion] for ion, z in charges.items()) / (
        run.porosity * run.cell_width.sum())
    error = abs(sum(terms) - run.fields["charge_density"][known]) / scale
    if error.max() > 1e-9:
        yield Finding("field", f"F sum z c and the charge density differ by {error.max():.2g} "
                      "of F sum |z| c")
    if is_neutral(case):
        return
    displaced = run.transport * 8.8541878128e-12 * run.permittivity * field[known]
    inner = run.fields["charge_density"][known, 1:-1] * run.cell_width[1:-1] * run.porosity
    error = abs(numpy.diff(displaced, axis=1) - inner).max(axis=1)
    scale = abs(displaced).max(axis=1) + 1e-6
    worst = (error / scale).argmax()
    if error[worst] > GAUSS * scale[worst]:
        yield Finding("field", f"Gauss's law is off by {error[worst] / scale[worst]:.2g} of the "
                      f"largest displacement at {run.time[known][worst]:.9g} s")


# ---- all of it ----

def complete(case, run):
    """Numbers of the case that several checks need."""
    keys, shape = case["electrolyte"], case["separator"]
    run.porosity = float(shape.get("porosity", 1))
    run.transport = run.porosity ** float(shape.get("bruggeman", 1.5))
    if "tortuosity" in shape:
        run.transport = run.porosity / float(shape["tortuosity"])
    permittivity = keys.get("relative_permittivity", None if "library" in keys else 20)
    run.permittivity = None if permittivity is None else float(permittivity)
    if "ions" in keys:
        start = {ion["name"]: number(ion["concentration"]) for ion in keys["ions"]}
        run.charges = {ion["name"]: int(ion["charge"]) for ion in keys["ions"]}
    else:
        plus, minus = int(keys.get("cation_charge", 1)), -int(keys.get("anion_charge", -1))
        divisor = numpy.gcd(plus, minus)
        salt = number(keys["concentration"])
        start = {"cation": salt * minus / divisor, "anion": salt * plus / divisor}
        run.charges = {"cation": plus, "anion": -minus}
    if set(run.charges) != set(run.ions):  # a list of two may go by other names
        start = dict(zip(sorted(run.ions), [start[k] for k in sorted(start)]))
        run.charges = None
    if run.permittivity is None:
        run.charges = None
    length = run.cell_width.sum()
    run.initial = {ion: c * run.porosity * length for ion, c in start.items()}
    run.charge_scale = FARADAY * sum(max(run.initial[ion], run.history[f"{ion}_amount"].max(),
                                         abs(run.history[f"{ion}_amount_entered"]).max())
                                     for ion in run.ions)
    run.charge_scale = max(run.charge_scale, abs(run.history["charge_passed"]).max())
    if "reservoir" in kinds_of(case):
        # Both ions of the salt may pass a bath, unseen by the current, at most by diffusion.
        diffusivity = FASTEST * run.transport / run.porosity
        run.charge_scale *= 1 + diffusivity * run.seconds[-1] / length**2


def check_report(case, run, outcome):
    result = outcome.result
    final = result["final"]
    events = [(e["name"], e["time"], e["step"]) for e in result["events"]]
    if events != run.events:
        yield Finding("report", f"events {events} in the JSON, {run.events} in the file")
    told = (final["time"], final["cell_voltage"])
    stored = (run.seconds[-1], run.history["cell_voltage"][-1])
    if told != stored or result["steps"] < len(run.seconds):
        yield Finding("report", f"{result['steps']} steps to {told[0]!r} s, {told[1]!r} V in the "
                      f"JSON; {len(run.seconds)} to {stored[0]!r} s, {stored[1]!r} V in the file")


def judge_file(case, outcome):
    try:
        run = Run(outcome.path)
    except (OSError, KeyError) as error:
        return [Finding("report", f"no results can be read: {error}")]
    if not len(run.seconds):
        return [Finding("report", "no time step in the file")] if outcome.status == 0 else []
    complete(case, run)
    return judge_run(case, run, outcome)


def judge_run(case, run, outcome):
    found = list(check_numbers(case, run))
    if any(finding.kind == "not finite" for finding in found):
        return found
    found += check_report(case, run, outcome)
    found += check_times(case, run, outcome)
    found += check_events(case, run)
    if outcome.status == 0:
        found += check_step_ends(case, run)
        found += check_protocol_end(case, run, outcome)
    found += check_missed(case, run)
    found += check_charge(case, run, outcome)
    found += check_faradaic(case, run)
    found += check_amounts(case, run)
    found += check_stored_amounts(case, run)
    found += check_fields(case, run)
    return found


def judge(case, outcome):
    """The findings of one run that `check` accepts; none: all is well."""
    if outcome.out_of_time:
        return [Finding("too long", "stopped at its limit of time")]
    if outcome.status not in (0, 3):
        return [Finding("crash", f"exit status {outcome.status}: {outcome.last_message()}")]
    if outcome.result is None:
        kind = "gave up" if outcome.status == 3 else "report"
        text = f"exit status {outcome.status} without JSON: {outcome.last_message()}"
        return [Finding(kind, text)]
    status = outcome.result["status"]
    if status not in (("failed",) if outcome.status == 3 else ("done", "depleted")):
        return [Finding("report", f"status {status} with exit status {outcome.status}")]
    found = judge_file(case, outcome)
    if status == "failed":
        found.append(Finding("gave up", outcome.last_message()))
    return found
