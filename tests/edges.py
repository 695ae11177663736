#!/usr/bin/python3
"""Runs the smallest cases of what once was wrong and compares with the right values.

    edges.py SANDGLASS [ROW...] [--jobs N] [--markdown FILE]

A row is a case of edges/ROW.yaml; W6 and W14 take the demo, W10 and W11 are written here.  A right value is a
closed form written out here, an invariant (a conserved amount, charge = i t), a run refined in mesh
or tolerance, or a figure from an independent solution of the equations.  The last line counts; the
exit status is 1 when a row fails.
"""

import argparse
import collections
import concurrent.futures
import json
import math
import os
import subprocess
import sys
import tempfile

import h5py
import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "edges")
DEMO = os.path.join(os.path.dirname(HERE), "configs", "sand.yaml")
FARADAY, THERMAL_VOLTAGE = 96485.33212, 8.31446261815324 * 298.15 / 96485.33212
GAS_TIMES_TEMPERATURE = FARADAY * THERMAL_VOLTAGE  # [J/mol]
PERMITTIVITY, AVOGADRO = 8.8541878128e-12, 6.02214076e23
EXACT = 1e-12  # of a conserved amount
LIMIT = 60  # of one run [s]

Line = collections.namedtuple("Line", "row what right source now allowed ok")
ROWS = {}
program = ""


def row(function):
    ROWS[function.__name__] = function
    return function


class Failure(Exception):
    """A run without the result that the comparison needs."""


class Run:
    """A finished run: its JSON object, history and stored profiles."""

    def __init__(self, result, path):
        self.status, self.steps, self.final = result["status"], result["steps"], result["final"]
        self.result = result
        self.events = {}
        for event in result["events"]:
            self.events.setdefault(event["name"], event["time"])
        with h5py.File(path) as file:
            self.history = {name: data[()] for name, data in file["history"].items()}
            self.fields = {name: data[()] for name, data in file["fields"].items()}
            self.x, self.cell_width = file["x"][()], file["cell_width"][()]
        self.time = self.history["time"]

    def at(self, name, times):
        """A quantity of /history between its records, by the cubic through the four nearest."""
        first = numpy.clip(numpy.searchsorted(self.time, times) - 2, 0, len(self.time) - 4)
        times, values = numpy.asarray(times, float), 0.0
        for i in range(4):
            weight = 1.0
            for k in range(4):
                if k != i:
                    weight = weight * ((times - self.time[first + k])
                                       / (self.time[first + i] - self.time[first + k]))
            values = values + weight * self.history[name][first + i]
        return values

    def event(self, name):
        if name not in self.events:
            raise Failure(f"no event {name}: {self.status} at {self.final['time']:.9g} s, "
                          f"events {list(self.events) or 'none'}")
        return self.events[name]


def call(command, case, settings):
    arguments = [program, command, case, "--json"]
    for key, value in settings.items():
        arguments += ["--set", f"{key}={value}"]
    with tempfile.TemporaryDirectory(prefix="edges") as folder:
        if command == "run":
            arguments += ["--quiet", "-o", "run.h5"]
        try:
            done = subprocess.run(arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, errors="replace",
                                  timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise Failure(f"goes on for more than {LIMIT} s") from None
        if done.returncode or command != "run":
            return done
        return Run(json.loads(done.stdout), os.path.join(folder, "run.h5"))


def run(case, **settings):
    """A run of edges/CASE.yaml, of a file or of a case's text; double underscores stand for dots."""
    settings = {key.replace("__", "."): value for key, value in settings.items()}
    if "\n" in case:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(case)
            file.flush()
            done = call("run", file.name, settings)
    else:
        done = call("run", case if os.sep in case else os.path.join(CASES, case + ".yaml"), settings)
    if not isinstance(done, Run):
        message = (done.stderr.strip().splitlines() or ["no message"])[-1].replace(CASES + os.sep, "")
        raise Failure(f"exit status {done.returncode}: {message}")
    return done


# ---- what a row is made of ----

def close(what, right, source, now, allowed, unit="", scale=None):
    """Agreement relative to the right value, or to a scale of its own."""
    error = abs(now - right) / (abs(right) if scale is None else scale)
    return (what, f"{right:.8g} {unit}".strip(), source, f"{now:.8g} (off by {error:.1e})",
            f"{allowed:.0e}", bool(error <= allowed))


def small(what, source, error, allowed):
    """The largest of some errors; a NaN among them is one."""
    return (what, "0", source, f"{error:.1e}", f"{allowed:.0e}", bool(error <= allowed))


def below(what, now, most):
    return (what, f"fewer than {most}", "audit", str(now), f"{most}", now < most)


def ends(what, found, *allowed):
    return (what, allowed[0], "the case", found, " or ".join(allowed), found in allowed)


def largest(errors):
    """NaN counts as infinite, for max() may pass it over."""
    errors = numpy.abs(numpy.asarray(errors, float))
    return math.inf if not errors.size or numpy.isnan(errors).any() else float(errors.max())


def kept(found, thickness, porosity=1.0, **concentrations):
    """The amounts of the ions that nothing lets through, over all records and stored profiles."""
    for ion, concentration in concentrations.items():
        stored = found.fields[f"{ion}_concentration"] @ found.cell_width * porosity
        for where, amounts in (("/history", found.history[f"{ion}_amount"]), ("/fields", stored)):
            error = amounts / (concentration * thickness * porosity) - 1
            yield small(f"amount of {ion} over {where}", "conservation", largest(error), EXACT)


def accounted(found, ion):
    amount, entered = (found.history[f"{ion}_amount{more}"] for more in ("", "_entered"))
    rest = amount - entered
    return small(f"amount of {ion} less what entered", "conservation",
                 largest(rest / rest[0] - 1), EXACT)


def passed(found, current, until=math.inf):
    """Charge of a step of constant current from t = 0, at each record."""
    rows = found.time <= until * (1 + 1e-12)
    error = found.history["charge_passed"][rows][1:] / (current * found.time[rows][1:]) - 1
    return small("charge passed at every record", "i t", largest(error), 1e-9)


def finite(found):
    numbers = [*found.history.values(), *found.fields.values()]
    bad = sum(int((~numpy.isfinite(values)).sum()) for values in numbers
              if numpy.issubdtype(values.dtype, numpy.floating))
    negative = sum(int((values <= 0).sum()) for name, values in found.fields.items()
                   if name.endswith("concentration"))
    return ("stored numbers that are not finite, concentrations not above 0", "0, 0", "the model",
            f"{bad}, {negative}", "0, 0", bad == 0 and negative == 0)


# ---- closed forms ----

def bisect(function, low, high):
    """A root of an increasing function."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if function(middle) > 0 else (middle, high)
    return (low + high) / 2


ODD = numpy.arange(1, 20001, 2.0) ** 2


def surface(ratio, tau):
    """c(0)/c_0 of a symmetric cell at i = ratio i_lim, tau = D t/L^2."""
    return 1 - ratio * (1 - 8 / math.pi ** 2 * numpy.sum(numpy.exp(-ODD * math.pi ** 2 * tau) / ODD))


def depletion_time(ratio, diffusion_time):
    return diffusion_time * bisect(lambda tau: -surface(ratio, tau), 1e-9, 100)


def limiting_current(diffusivity, transference, thickness, concentration=1000.0):
    return 2 * FARADAY * diffusivity * concentration / ((1 - transference) * thickness)


def conductivity(diffusivity, transference, concentration=1000.0):
    """Of a dilute 1:1 salt: F^2 c (D_+ + D_-)/(R T), with D_+ + D_- = D/(2 t_+ (1 - t_+))."""
    both = diffusivity / (2 * transference * (1 - transference))
    return FARADAY * concentration * both / THERMAL_VOLTAGE


# ---- wrong results ----

@row
def W1():
    current, event = 110268.951, run("W1", protocol__0__for="3e-4 s").event("depletion")
    fine = run("W1", protocol__0__for="3e-4 s", solver__relative_tolerance=1e-8)
    charges, voltages = [], []
    for exponent in numpy.linspace(-6, -1.2, 8):
        end = event * (1 + 10 ** exponent)
        found = run("W1", protocol__0__for=f"{end:.17g} s")
        charges.append(found.history["charge_passed"][-1] / (current * end) - 1)
        voltages.append(found.final["cell_voltage"] / fine.at("cell_voltage", end) - 1)
    yield small("charge at 8 ends 1e-6 to 6 % after an event", "i t", largest(charges), 1e-9)
    yield small("voltage at these ends", "tolerance 1e-8, a longer step", largest(voltages), 1e-3)
    found = run("W1")
    yield close("charge of the case", current * 2.4359956e-4, "i t",
                found.history["charge_passed"][-1], 1e-9, "C/m^2")
    found = run(DEMO, protocol="[{current: 100 A/m^2, for: 236.04 s}]")
    yield close("voltage of the demo at 236.04 s", 0.6200, "audit", found.final["cell_voltage"], 1e-3,
                "V")


@row
def W2():
    found = run("W2")
    current = -0.35 * limiting_current(1.7694e-10, 0.2594, 20e-6)
    # The salt is uniform to 2e-3 at the switch, as slow kinetics let 4 A/m^2 pass.
    voltage = (4 * THERMAL_VOLTAGE * math.asinh(current / (2 * 0.2))
               + current * 20e-6 / conductivity(1.7694e-10, 0.2594))
    after = found.history["step"] == 1
    yield ends("end", found.status, "done")
    yield ("events", "none", "the case", ", ".join(found.events) or "none", "none", not found.events)
    yield close("voltage of the first record after the switch", voltage,
                "4 (R T/F) asinh(i/(2 i_0)) + i L/kappa", found.history["cell_voltage"][after][0],
                1e-3, "V")
    yield small("i_F against i after the switch", "no double layer", largest(
        found.history["faradaic_current_density"][after] / current - 1), 1e-6)


@row
def W3():
    found = run("W3")
    yield ends("end", found.status, "done")
    yield from kept(found, 100e-6, an=930, h=30)
    yield accounted(found, "li")
    yield passed(found, 4000)
    yield finite(found)


@row
def W4():
    found = run("W4")
    yield ends("end", found.status, "done")
    yield accounted(found, "cation")
    yield accounted(found, "anion")


@row
def W5():
    found = run("W5")
    # The anions rest, so that 2 ln(c(0)/c_0) = -F V/(R T).
    right = (2 * FARADAY * 1.33e-9 * 10 / 100e-6) * (1 - math.exp(-0.4 / (2 * THERMAL_VOLTAGE)))
    source = "(2 F D_+ c_0/L) (1 - exp(-F V/(2 R T)))"
    steady = found.time > 45
    for what, name in (("i", "current_density"), ("i_F", "faradaic_current_density")):
        values = found.history[name]
        yield close(f"{what} at the end", right, source, values[-1], 1e-6, "A/m^2")
        yield small(f"{what} of every record after 45 s against it", "steady state",
                    largest(values[steady] / right - 1), 1e-6)
    yield below("time steps", found.steps, 1000)


@row
def W6():
    yield from kept(run(DEMO), 1e-3, anion=1000)


@row
def W7():
    lithium = {"anode__kind": "electrode", "anode__exchange_current_density": "100 A/m^2"}
    for what, settings in (("5 mV", {}), ("50 mV", {"protocol__0__voltage": "50 mV"}),
                           ("5 mV, lithium", lithium)):
        fine = run("W7", solver__relative_tolerance=1e-8, **settings)
        found = run("W7", **settings)
        rows = slice(2, None)  # t = 0 and the first step, whose current is the mean of the jump
        for name, scale in (("current_density", abs(fine.history["current_density"][2:]).max()),
                            ("charge_passed", None)):
            right = fine.at(name, found.time[rows])
            error = (found.history[name][rows] - right) / (abs(right) if scale is None else scale)
            yield small(f"{name.split('_')[0]}, {what}", "tolerance 1e-8, the same mesh",
                        largest(error), 1e-3)


@row
def W8():
    end = run("W8", protocol="[{current: 167.4 A/m^2, for: 1e6 s}]").final["cell_voltage"]
    found = run("W8", protocol__1__voltage=f"{end:.17g} V")
    currents = found.history["current_density"][found.history["step"] == 1]
    yield small(f"current of the held voltage from its second record on (the first has "
                f"{currents[0]:.6g} A/m^2) against 167.4 A/m^2", "steady state",
                largest(currents[1:] / 167.4 - 1), 1e-3)


BINARY = """
electrolyte:
  ions:
    - {{name: li, charge: 1, diffusivity: 1.4e-10 m^2/s, concentration: 1 mol/L}}
    - {{name: an, charge: -1, diffusivity: 3.3e-10 m^2/s, concentration: 1 mol/L}}{trace}
separator: {{thickness: 25 um}}
protocol: [{{current: 5060 A/m^2, for: 0.15 s{until}}}]
"""


@row
def W9():
    traced, binary = run("W9"), run(BINARY.format(trace="", until=""))
    for name in ("depletion", "space_charge"):
        yield close(f"{name} with two traces", binary.event(name), "the salt alone",
                    traced.event(name), 1e-5, "s")
    yield close("voltage at the end", binary.final["cell_voltage"], "the salt alone",
                traced.final["cell_voltage"], 1e-5, "V")


@row
def W10():
    trace = "\n    - {name: p, charge: 1, diffusivity: 9e-10 m^2/s, concentration: 1e-9 mol/m^3}"
    times = [run(BINARY.format(trace=ion, until=", until: [space_charge]"),
                 solver__relative_tolerance=1e-6).event("space_charge") for ion in ("", trace)]
    yield close("space_charge with a trace of 1e-12 c_0", times[0], "the salt alone", times[1], 1e-6,
                "s")


FILM = """
electrolyte: {{concentration: {c}, diffusivity: 1.7694e-10 m^2/s, transference_number: 0.2594, relative_permittivity: 20}}
separator: {{thickness: {um} um}}
anode: {{exchange_current_density: {i0} A/m^2, interface_capacitance: 10 uF/cm^2}}
protocol: [{{current_ratio: {ratio}, for: {time} s}}]
"""


def time_of_half(found, fine, time):
    """How far the time is off at which a run meets the other's voltage of half the time."""
    early, half, late = fine.at("cell_voltage", time * numpy.array([0.499, 0.5, 0.501]))
    return (found.at("cell_voltage", time / 2) - half) / (late - early) * 0.002


@row
def W11():
    # Thickness, concentration, i_0 [A/m^2], i/i_lim, duration [L^2/D].
    cells = ((1.535, "1 mol/L", 100, 0.9, 0.5), (15.35, "1 mol/L", 100, 1.5, 0.06),
             (4.856, "1 mmol/L", 0.1, 5, 0.006), (0.4856, "1 mmol/L", 100, 0.9, 0.3))
    for um, concentration, exchange, ratio, share in cells:
        time = share * (um * 1e-6) ** 2 / 1.7694e-10
        case = FILM.format(c=concentration, um=um, i0=exchange, ratio=ratio, time=f"{time:.6g}")
        found = run(case)
        first = (found.x[1] - found.x[0]) / found.result["debye_length"]
        fine = run(case, mesh__nodes=4 * len(found.x) - 3, mesh__first_spacing=f"{first / 4:.6g}")
        times = time * numpy.geomspace(1e-2, 0.999, 60)
        cell = f"{um} um, {concentration}, {ratio} i_lim"
        for name in ("cell_voltage", "cation_concentration_anode",
                     "cation_concentration_counter_electrode"):
            yield small(f"{name.replace('_', ' ')}, {cell}", "four times the nodes, a quarter of the spacing",
                        largest(found.at(name, times) / fine.at(name, times) - 1), 1e-3)
        yield small(f"time at which the voltage of half the time is met, {cell}",
                    "four times the nodes, a quarter of the spacing", largest([time_of_half(found, fine, time)]), 1e-3)


@row
def W12():
    right = depletion_time(1.0001, 25e-6 ** 2 / 1e-10)
    yield close("t_d at 1.0001 i_lim", right, "the series of a finite cell",
                run("W12").event("depletion"), 1e-4, "s")


@row
def W13():
    # 2 F D c_0/((1 - t_+) L), and D/(1 - t_+) is 2 D_+ whatever D_- is.
    right = 4 * FARADAY * 5.3e-13 * 20000 / 20e-6
    for diffusivity in ("1e-16", "1e-28", "1e-50"):
        done = call("sand", os.path.join(CASES, "W13.yaml"),
                    {"electrolyte.ions.1.diffusivity": f"{diffusivity} m^2/s"})
        what, source = f"i_lim, D_- = {diffusivity} m^2/s", "4 F D_+ c_0/L"
        if done.returncode:
            yield (what, f"{right:.8g} A/m^2", source, f"{done.returncode}: {done.stderr.strip()}",
                   "1e-09", False)
        else:
            found = json.loads(done.stdout)["limiting_current_density"] or math.nan  # null: none
            yield close(what, right, source, found, 1e-9, "A/m^2")


@row
def W14():
    diffusivity, transference, thickness = 1.7694e-10, 0.2594, 1e-3
    ratio = 100 / limiting_current(diffusivity, transference, thickness)
    found = run(DEMO, electrolyte__closure="electroneutral",
                protocol="[{current: 100 A/m^2, for: 5 min, until: [depletion]}]")
    yield close("t_d of the demo, electroneutral",
                depletion_time(ratio, thickness ** 2 / diffusivity), "the series of a finite cell",
                found.event("depletion"), 1e-4, "s")


# ---- what gave up, stalled or hung ----

@row
def G1():
    found, long = run("G1"), run("G1", protocol__0__for="1e30 s")
    for what, one in (("0.1 s", found), ("1e30 s", long)):
        yield ends(f"end, for {what}", one.status, "done")
        yield below(f"time steps, for {what}", one.steps, 2000)
        yield accounted(one, "cation")
        yield accounted(one, "anion")
    charges = [one.history["charge_passed"][-1] for one in (found, long)]
    yield close("charge after 1e30 s", charges[0], "that after 0.1 s, at rest", charges[1], 1e-3,
                "C/m^2")


@row
def G2():
    diffusivity, transference, thickness = 7e-12, -0.1, 500e-6
    ratio = 1 / limiting_current(diffusivity, transference, thickness, 2600)
    right = 2600 * surface(ratio, diffusivity * 10 / thickness ** 2)
    found = run("G2").final["cation_concentration_anode"]
    yield close("c(0)", right, "the series of a finite cell, t_+ = -0.1", found, 1e-4, "mol/m^3")
    yield close("c(0) - c_0", right - 2600, "the same", found - 2600, 1e-3, "mol/m^3")


def supported_limit(reacting, supporting, diffusivity, thickness):
    """Steady current at which a cation a is gone at one end beside a resting cation b and anion x:
    b x = K and N_a = -2 D_a dx/dx, x linear from sqrt(K) on, and b amounts to what there was."""
    mean = reacting + supporting

    def lack(start):
        other = 2 * mean - start
        return start ** 2 / (other - start) * math.log(other / start) - supporting

    start = bisect(lack, 1e-9 * mean, mean * (1 - 1e-9))
    return 2 * FARADAY * diffusivity * (2 * mean - 2 * start) / thickness


@row
def G3a():
    found = run("G3a")
    yield ends("end", found.status, "done")
    yield close("current at 0.5 V", supported_limit(100, 500, 2e-10, 50e-6),
                "limit beside a supporting salt, b x uniform, x linear",
                found.history["current_density"][-1], 1e-3, "A/m^2")


@row
def G3b():
    found = run("G3b")
    yield ends("end", found.status, "depleted")
    yield close("depletion of copper beside acid", 0.8459, "audit", found.event("depletion"), 1e-3,
                "s")
    found = run("W3", electrolyte__closure="electroneutral",
                protocol="[{current: 4000 A/m^2, for: 0.08 s, until: [depletion]}]")
    yield ends("end of W3, electroneutral", found.status, "depleted")


@row
def G4():
    found = run("G4")
    kappa = FARADAY * 20000 * 5.3e-13 / THERMAL_VOLTAGE  # of the lithium alone
    right = 4 * THERMAL_VOLTAGE * math.asinh(0.5) + 10 * 20e-6 / kappa
    yield close("voltage", right, "4 (R T/F) asinh(i/(2 i_0)) + i L/kappa",
                found.final["cell_voltage"], 1e-5, "V")
    yield below("time steps", found.steps, 500)


def packed_layer(potential, concentration, permittivity, ion_size):
    """Charge [C/m^2] and excess of salt [mol/m^2] of a packed layer at rest that takes a potential
    [R T/F] (Kilic, Bazant and Ajdari, Phys. Rev. E 75 (2007) 021502)."""
    volume = AVOGADRO * ion_size ** 3
    share = 2 * volume * concentration
    u = numpy.linspace(0, potential, 200001)[1:]
    field = numpy.sqrt(2 * GAS_TIMES_TEMPERATURE / (permittivity * volume)
                       * numpy.log1p(2 * share * numpy.sinh(u / 2) ** 2))
    salt = concentration * (numpy.cosh(u) / (1 + share * (numpy.cosh(u) - 1)) - 1)
    density = numpy.concatenate(([0], salt * THERMAL_VOLTAGE / field))
    return permittivity * field[-1], numpy.sum((density[1:] + density[:-1]) / 2) * (u[1] - u[0])


@row
def G5():
    permittivity, ion_size, thickness = 78.5 * PERMITTIVITY, 0.8e-9, 20e-9
    potential = 1.5 / THERMAL_VOLTAGE

    def total(concentration):
        return concentration * thickness - 1000 * thickness + 2 * packed_layer(
            potential, concentration, permittivity, ion_size)[1]

    middle = bisect(total, 1e-3, 1000)
    right = packed_layer(potential, middle, permittivity, ion_size)[0]
    found = run("G5")
    yield ends("end", found.status, "done")
    yield close("charge at 3 V", right, "packed layers at rest, salt conserved",
                found.history["charge_passed"][-1], 1e-4, "C/m^2")
    yield from kept(found, thickness, cation=1000, anion=1000)


@row
def G6():
    found = run("G6")
    bare = run("G6", anode__interface_capacitance="none")
    both = run("G6", counter_electrode__interface_capacitance="10 uF/cm^2")
    yield ends("end", found.status, "done")
    for what, other in (("bare", bare), ("with 10 uF/cm^2", both)):
        yield close("voltage at 1 ms, the interfaces charged", other.final["cell_voltage"],
                    f"both {what}", found.final["cell_voltage"], 1e-3, "V")
    yield passed(found, 2668)
    yield from kept(found, 25e-6, anion=1000)


@row
def G7():
    found = run("G7")
    yield ends("end", found.status, "done")
    yield passed(found, -70)
    yield from kept(found, 1e-3, 0.3833, an=450, x=250)
    yield finite(found)


@row
def G8():
    for command in ("check", "run"):
        done = call(command, os.path.join(CASES, "G8.yaml"), {})
        if isinstance(done, Run):
            raise Failure(f"not refused: {done.status}")
        named = "exchange_current_density" in done.stderr
        yield (f"{command} of bare lithium above its exchange current", "2, names the key",
               "dissolution cannot exceed i_0", f"{done.returncode}, "
               + ("names the key" if named else done.stderr.strip()), "2, names the key",
               done.returncode == 2 and named)


@row
def G9():
    found = run("G9")
    yield ends("end", found.status, "done")
    yield passed(found, 2000)
    yield from kept(found, 25e-6, 0.4, anion=1000)
    yield finite(found)


@row
def G10():
    found = run("G10")
    yield ends("end", found.status, "done")
    yield passed(found, 2 * limiting_current(2.2e-10 * 0.4 ** 1.5, 0.3, 25e-6), until=0.25)
    yield from kept(found, 25e-6, 0.4, anion=1000)
    yield finite(found)


@row
def G11():
    found = run("G11")
    yield ends("end", found.status, "done")
    yield from kept(found, 100e-9, cation=1000, anion=1000)
    yield finite(found)


# ---- the table ----

def judge(name):
    """The lines of a row; a run without a result is one that fails."""
    lines = []
    try:
        for line in ROWS[name]():
            lines.append(Line(name, *line))
    except Failure as failure:
        lines.append(Line(name, "run", "a result", "the case", str(failure), "", False))
    return lines


def verdict(line):
    return "ok" if line.ok else "NOT"


def show(line):
    print(f"{line.row:4} {verdict(line):3} {line.what}: right {line.right} ({line.source}), "
          f"now {line.now}, allowed {line.allowed}", flush=True)


def commit():
    tree = os.path.dirname(os.path.abspath(program))
    done = subprocess.run(["git", "-C", tree, "rev-parse", "--short", "HEAD"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.strip() or "an unknown commit"


def write_markdown(path, lines):
    head = Line("row", "what", "right", "from", "now", "allowed", "")
    with open(path, "w", encoding="utf-8") as file:
        file.write("# What once was wrong, now\n\n`tests/edges.py ./sandglass --markdown "
                   f"benchmarks/edges.md`, program of {commit()}. Numbers allowed are relative.\n\n")
        file.write("| " + " | ".join(head[:6]) + " | |\n" + "| --- " * 7 + "|\n")
        for line in lines:
            cells = [text.replace("|", "\\|") for text in line[:6]] + [verdict(line)]
            file.write("| " + " | ".join(cells) + " |\n")
        file.write(f"\n{count(lines)}\n")


def count(lines):
    good = sum(line.ok for line in lines)
    return f"{good} passed, {len(lines) - good} failed"


def main():
    global program
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("program")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="rows at a time")
    parser.add_argument("--markdown", metavar="FILE", help="write the table, too")
    options = parser.parse_args()
    unknown = [name for name in options.rows if name not in ROWS]
    if unknown:
        parser.error(f"found {unknown[0]}, allowed: {', '.join(ROWS)}")
    program = os.path.abspath(options.program)
    lines = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for found in pool.map(judge, options.rows or ROWS):
            lines += found
            for line in found:
                show(line)
    if options.markdown:
        write_markdown(options.markdown, lines)
    print(count(lines))
    sys.exit(any(not line.ok for line in lines))


if __name__ == "__main__":
    main()
