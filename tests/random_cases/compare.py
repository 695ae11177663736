"""Two runs of one cell against each other: the second one is the mirror image, on other ranks, or
much finer."""

import numpy

from judge import Finding, Run, number

PROMISE = 1e-3          # of event times, cell voltage, current and surface concentrations
RANKS = 1e-4            # of the same numbers, on one rank and on two
FIRST = 1e-3            # share of a step from which on its numbers are compared
SMALL_VOLTAGE = 0.02    # in units of R T/F: what a voltage is judged by where it is smaller
SMALL_CURRENT = 0.02    # ... a current, in units of the mean current since the step's start
SMALL_CONCENTRATION = 0.02  # ... a concentration, in units of the initial one


def cubic(t, times, values):
    """Lagrange's polynomial through the four values about t."""
    k = int(numpy.clip(numpy.searchsorted(times, t) - 2, 0, max(len(times) - 4, 0)))
    x, y = times[k:k + 4], values[k:k + 4]
    if len(x) < 4 or not (numpy.diff(x) > 0).all():
        return float(numpy.interp(t, x, y))
    result = 0.0
    for i in range(len(x)):
        others = numpy.delete(x, i)
        result += y[i] * numpy.prod((t - others) / (x[i] - others))
    return float(numpy.clip(result, y.min(), y.max()))


class Curve:
    """A number over the time since the start of a step."""

    def __init__(self, run, step, values):
        rows = run.rows(step)
        self.times, self.values = run.seconds[rows] - run.start(step), values[rows]

    def band(self, t, tolerance):
        """The values within a shift of the time by the tolerance."""
        around = [cubic(min(max(s, self.times[0]), self.times[-1]), self.times, self.values)
                  for s in (t * (1 - tolerance), t, t * (1 + tolerance))]
        return min(around), max(around)


def columns(case, run, sign):
    """Name, values and floors of what is compared; `sign` is -1 for a mirror image."""
    temperature = number(case["temperature"]) if "temperature" in case else 298.15
    thermal = 8.314462618 * temperature / 96485.33212
    near, far = ("anode", "counter_electrode")[::sign]
    yield "cell voltage", sign * run.history["cell_voltage"], SMALL_VOLTAGE * thermal
    yield "current", sign * run.history["current_density"], None
    for ion in run.ions:
        floor = SMALL_CONCENTRATION * run.initial[ion] / (run.porosity * run.cell_width.sum())
        yield f"{ion} at the anode", run.history[f"{ion}_concentration_{near}"], floor
        yield f"{ion} at the counter electrode", run.history[f"{ion}_concentration_{far}"], floor


def current_floor(run, row, step):
    before = numpy.flatnonzero(run.step < step)
    charge = run.history["charge_passed"]
    passed = charge[row] - (charge[before[-1]] if len(before) else 0)
    return SMALL_CURRENT * abs(passed) / (run.seconds[row] - run.start(step))


def compare_step(case, run, other, step, sign, tolerance):
    """The largest deviation in units of the tolerance, and its description."""
    worst, text = 0.0, ""
    rows, length = run.rows(step), 0.0
    expected = columns(case, other, sign)
    for name, values, floor in columns(case, run, 1):
        curve = Curve(other, step, next(expected)[1])
        length = min(curve.times[-1], run.seconds[rows[-1]] - run.start(step))
        for row in rows[1:]:  # the first has the mean current of a time step that a switch begins
            t = run.seconds[row] - run.start(step)
            if t < max(FIRST * length, curve.times[0]) or t > length * (1 - 1e-9):
                continue
            low, high = curve.band(t, tolerance)
            least = floor if floor is not None else current_floor(run, row, step)
            scale = max(abs(low), abs(high), least, 1e-300)
            error = max(low - values[row], values[row] - high, 0.0) / (tolerance * scale)
            if error > worst:
                worst, text = error, (f"step {step}, {t:.6g} s after its start: {name} "
                                      f"{values[row]:.8g}, {0.5 * (low + high):.8g} expected, "
                                      f"judged by {scale:.3g}")
    return worst, text


def ends_alike(run, other, tolerance):
    """How many steps may be compared: up to the first that ends at another time."""
    for step in range(int(min(run.step[-1], other.step[-1])) + 1):
        ends = [r.seconds[r.rows(step)[-1]] - r.start(step) for r in (run, other)]
        if abs(ends[0] - ends[1]) > tolerance * max(ends):
            return step + 1
    return int(min(run.step[-1], other.step[-1])) + 1


def compare_events(run, other, tolerance):
    """The events that both have, their times since their step's start; and those one of them lacks,
    unless it lies at the step's very end."""
    for name, time, step in run.events:
        # What is met at once is told at the first time step, whatever its length.
        if any(name == n and step == s and u == r.seconds[r.rows(s)[0]]
               for r in (run, other) for n, u, s in r.events):
            continue
        t = time - run.start(step)
        same = [u for n, u, s in other.events if n == name and s == step]
        if same:
            u = same[0] - other.start(step)
            yield abs(t - u) / (tolerance * max(t, u)), (
                f"{name} in step {step} {t:.9g} s after its start, {u:.9g} s expected")
        elif step in other.step:
            rows = other.rows(step)
            end = other.seconds[rows[-1]] - other.start(step)
            if t < end * (1 - tolerance):
                yield float("inf"), (f"{name} in step {step} {t:.9g} s after its start, "
                                     f"not expected before {end:.9g} s")


def deviation(case, run, other, sign, tolerance):
    """The largest deviation over the tolerance, and its description."""
    found = list(compare_events(run, other, tolerance))
    found += [(worst, text + " (the other way round)")
              for worst, text in compare_events(other, run, tolerance) if worst == float("inf")]
    for step in range(ends_alike(run, other, 10 * tolerance)):
        if len(run.rows(step)) > 3 and len(other.rows(step)) > 3:
            found.append(compare_step(case, run, other, step, sign, tolerance))
    return max(found, default=(0.0, ""))
