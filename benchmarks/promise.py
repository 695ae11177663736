#!/usr/bin/python3
"""How far runs with default settings are from converged ones.

    benchmarks/promise.py SANDGLASS [--only TEXT] [--random N] [--accurate] [--mesh] [--raw]
                          [--reference FOLDER] [--set KEY=VALUE]...

Runs cells of every kind with default settings and with four times the nodes, a quarter of the first
spacing and a hundredth of the tolerance, and prints by quantity the largest difference over all
accepted steps.  `accurate` judges `--accurate` instead, against twice its nodes; `mesh` takes the
small tolerance for both, so that what is left is the mesh's.  `random` takes as many random cells
instead, `raw` prints errors at the same time, too, and `reference` keeps the converged runs for the
next time.  The settings go to both runs.

Errors are relative: of an event to its time, of a voltage to itself but at least to 0.02 R T/F, of a
concentration to itself but at least to 0.01 c_0, of a current to itself but at least to 1e-3 of the
largest in that step.  Where a quantity moves fast the time is what the error is taken in: `voltage` and
the like are the smaller of the error at the same time and the difference in time from the same
value, over the time since the step began.  `V at t_d/2` is the time at which a voltage limit would
be met that the converged run meets half way to its depletion, or to the end.
"""
import argparse
import json
import math
import os
import pickle
import random
import re
import subprocess
import sys
import tempfile

import h5py
import numpy

DILUTE = "concentration: {c}, diffusivity: 1.7694e-10 m^2/s, transference_number: 0.2594"
LIMIT = "current_ratio: {r}, for: {t} s, until: ['voltage > {v} V']"
FARADAY, THERMAL_VOLTAGE = 96485.33212, 0.025692579  # at 298.15 K
EARLY = 1e-7  # of a step: before, the integrator starts, and the mesh has little to say


def cell(protocol, thickness, c="1 mol/L", electrolyte="", anode="", more=""):
    """A case's text."""
    return (f"electrolyte: {{{DILUTE.format(c=c)}, relative_permittivity: 20{electrolyte}}}\n"
            f"separator: {{thickness: {thickness} um}}\n"
            f"anode: {{{anode or 'exchange_current_density: 100 A/m^2, interface_capacitance: 10 uF/cm^2'}}}\n"
            f"{more}\nprotocol: [{protocol}]\n")


# Thickness [um] and concentration of a lambda_D/L.
LENGTHS = {"1e-2": (0.4856, "1 mmol/L"), "1e-3": (4.856, "1 mmol/L"), "1e-4": (1.535, "1 mol/L"),
           "1e-5": (15.35, "1 mol/L"), "1e-6": (153.5, "1 mol/L")}


def diffusion_time(um):
    return (um * 1e-6) ** 2 / 1.7694e-10


def sand_time(um, ratio):
    """In units of L^2/D: pi/(16 j^2) of a cell with t_s below about 0.1."""
    return numpy.pi / 16 / ratio ** 2 * diffusion_time(um)


def currents():
    for name, (um, c) in LENGTHS.items():
        tau = diffusion_time(um)
        i0 = 2 * FARADAY * 1.7694e-10 * (1 if "mm" in c else 1000) / (0.7406 * um * 1e-6)
        for ratio in (0.1, 0.9, 1.5, 5):
            duration = 0.5 * tau if ratio < 1 else 1.15 * max(sand_time(um, ratio), 0)
            duration = 0.35 * tau if ratio == 1.5 else duration
            anode = f"exchange_current_density: {i0:.6g} A/m^2, interface_capacitance: 10 uF/cm^2"
            step = "{" + LIMIT.format(r=ratio, t=f"{duration:.6g}", v=2) + "}"
            yield f"lambda/L {name}, {ratio} i_lim", cell(step, um, c, anode=anode)


def stern():
    um = 15.35
    step = "{" + LIMIT.format(r=3, t=f"{1.1 * sand_time(um, 3):.6g}", v=2) + "}"
    for name, anode in (
            ("bare, small i_0", "exchange_current_density: 1e5 A/m^2"),
            ("C_S of the diffuse layer", "exchange_current_density: 3e3 A/m^2, interface_capacitance: 1.15 F/m^2"),
            ("C_S 10 times that", "exchange_current_density: 3e3 A/m^2, interface_capacitance: 11.5 F/m^2"),
            ("C_S 1 uF/cm^2", "exchange_current_density: 3e3 A/m^2, interface_capacitance: 1 uF/cm^2"),
            ("slow electrode", "exchange_current_density: 30 A/m^2, interface_capacitance: 10 uF/cm^2"),
            ("slow electrode, C_S of the diffuse layer",
             "exchange_current_density: 30 A/m^2, interface_capacitance: 1.15 F/m^2"),
            ("charged at rest", "exchange_current_density: 3e3 A/m^2, interface_capacitance: 50 uF/cm^2, "
             "zero_charge_potential: -0.2 V"),
            ("charged at rest, other sign", "exchange_current_density: 3e3 A/m^2, "
             "interface_capacitance: 50 uF/cm^2, zero_charge_potential: 0.2 V")):
        if name.startswith("bare"):
            anode += ", interface_capacitance: none"
        yield f"Stern: {name}", cell(step, um, anode=anode)
    step = "{current_ratio: 0.5, for: 0.3 s}"
    yield "Stern: C_S of the diffuse layer, 0.5 i_lim", cell(
        step, um, anode="exchange_current_density: 3e3 A/m^2, interface_capacitance: 1.15 F/m^2")


def voltages():
    electrode = "exchange_current_density: 3000 A/m^2, interface_capacitance: 10 uF/cm^2"
    for volts in (0.005, 0.1, 0.5, 1, 3, 10):
        yield f"voltage {volts} V, 15 um", cell(
            f"{{voltage: {volts} V, for: 0.3 s}}", 15.35, anode=electrode)
    for volts in (0.1, 0.5, 1):
        yield f"voltage {volts} V, film of 1e-2", cell(
            f"{{voltage: {volts} V, for: 5 ms}}", 0.4856, "1 mmol/L", anode="kind: selective")
    yield "voltage 20 V, 25 um, porous", cell(
        "{voltage: 20 V, until: ['space_charge']}", 25,
        more="").replace("25 um", "25 um, porosity: 0.4, bruggeman: 1.5")
    yield "voltage 2 V to space charge", cell(
        "{voltage: 2 V, for: 1 s, until: ['space_charge']}", 15.35, anode=electrode)


def blocking():
    for volts in ("5 mV", "50 mV", "0.2 V", "0.5 V", "1 V"):
        yield f"blocking {volts}, bare", cell(f"{{voltage: {volts}, for: 1e-4 s}}", 2,
                                             anode="kind: blocking")
    for volts in ("50 mV", "2 V"):
        yield f"blocking {volts}, 20 uF/cm^2", cell(
            f"{{voltage: {volts}, for: 1e-4 s}}", 2,
            anode="kind: blocking, interface_capacitance: 20 uF/cm^2")
    yield "blocking 2 V, ions of 0.6 nm", cell(f"{{voltage: 2 V, for: 1e-4 s}}", 2,
                                              electrolyte=", ion_size: 0.6 nm",
                                              anode="kind: blocking")
    yield "blocking 0.1 V, film of 1e-2", cell("{voltage: 0.1 V, for: 1e-4 s}", 0.4856, "1 mmol/L",
                                              anode="kind: blocking")


def electroneutral():
    neutral = ", closure: electroneutral"
    for ratio in (0.5, 1.2, 2.169, 20):
        um = 1000
        duration = 0.5 * diffusion_time(um) if ratio < 2 else 1.05 * sand_time(um, ratio)
        yield f"electroneutral 1 mm, {ratio} i_lim", cell(
            f"{{current_ratio: {ratio}, for: {duration:.6g} s, until: [depletion]}}", um,
            electrolyte=neutral)
    yield "electroneutral 25 um, 200 i_lim", cell(
        f"{{current_ratio: 200, for: {1.1 * sand_time(25, 200):.6g} s, until: [depletion]}}", 25,
        electrolyte=neutral)
    yield "electroneutral 25 um, 0.3 V", cell("{voltage: 0.3 V, for: 1 s}", 25, electrolyte=neutral)
    yield "electroneutral film, 2 i_lim", cell(
        f"{{current_ratio: 2, for: {1.1 * sand_time(0.4856, 2):.6g} s, until: [depletion]}}", 0.4856,
        "1 mmol/L", electrolyte=neutral)


def ions():
    three = ("ions: [{{name: li, charge: 1, diffusivity: 2e-10 m^2/s, concentration: {0}}}, {{name: an, "
             "charge: -1, diffusivity: 3e-10 m^2/s, concentration: {1}}}, {{name: x, charge: 1, "
             "diffusivity: 4e-10 m^2/s, concentration: {2}}}]")
    for name, amounts in (("little supporting salt", ("1 mol/L", "1.01 mol/L", "0.01 mol/L")),
                          ("supporting salt", ("0.1 mol/L", "1.1 mol/L", "1 mol/L"))):
        text = cell("{current: 3000 A/m^2, for: 0.05 s, until: ['voltage > 2 V']}", 25)
        for closure in ("poisson", "electroneutral"):
            electrolyte = three.format(*amounts) + f", closure: {closure}"
            first = text.index("electrolyte: {") + len("electrolyte: {")
            body = text[:first] + electrolyte + text[text.index(", relative"):]
            body = body.replace("exchange_current_density: 100", "exchange_current_density: 1000")
            body = body.replace("3000 A", "600 A" if name[0] == "s" else "4000 A")
            yield f"three ions, {name}, {closure}", body


def reservoir():
    yield "selective against a reservoir, 3 i_lim", cell(
        "{current: 8000 A/m^2, for: 0.3 s, until: ['voltage > 1 V']}", 15.35,
        anode="kind: selective", more="counter_electrode: {kind: reservoir, concentration: 1 mol/L}")
    yield "plating, then stripping", cell(
        "{current_ratio: 3, for: 0.02 s}, {current_ratio: -3, for: 0.05 s, until: ['voltage < -1 V']}",
        15.35, anode="exchange_current_density: 3000 A/m^2, interface_capacitance: 10 uF/cm^2")
    yield "demo", open("configs/sand.yaml").read()
    yield "separator", open("configs/separator.yaml").read()


def random_cells(count, seed=1):
    """Any two ions between any two electrodes."""
    draw = random.Random(seed)

    def between(low, high):
        return math.exp(draw.uniform(math.log(low), math.log(high)))

    def electrode(i):
        kind = draw.random()
        stern = "none" if kind < 0.25 else f"{between(1, 300):.4g} uF/cm^2"
        charged = f", zero_charge_potential: {draw.uniform(-0.3, 0.3):.3g} V" if kind > 0.6 else ""
        ratio = between(2, 100) if kind < 0.25 else between(0.01, 100)
        return (f"{{exchange_current_density: {i * ratio:.4g} A/m^2, "
                f"interface_capacitance: {stern}{charged}}}")

    for number in range(count):
        c, um = between(1, 2000), between(0.2, 5000)
        plus, minus = between(1e-11, 1e-9), between(1e-11, 1e-9)
        ratio, porosity = between(0.05, 10), draw.uniform(0.3, 1)
        i = ratio * 4 * FARADAY * plus * c * porosity ** 1.5 / (um * 1e-6)
        tau = (um * 1e-6) ** 2 * (plus + minus) / (2 * plus * minus) / porosity ** 0.5
        duration = 0.5 * tau if ratio < 1 else 1.1 * numpy.pi / 16 / min(ratio, ratio ** 2) * tau
        volts = between(0.005, 5) * draw.choice((1, -1))
        step = (f"{{voltage: {volts:.4g} V, for: {duration:.6g} s}}" if draw.random() < 0.25 else
                f"{{current_ratio: {ratio:.4g}, for: {duration:.6g} s, until: ['voltage > 5 V']}}")
        yield f"random {number}: {step}", (
            f"electrolyte: {{ions: [{{name: cation, charge: 1, diffusivity: {plus:.4g} m^2/s, "
            f"concentration: {c:.4g} mol/m^3}}, {{name: anion, charge: -1, diffusivity: {minus:.4g} "
            f"m^2/s, concentration: {c:.4g} mol/m^3}}], relative_permittivity: {between(5, 80):.3g}}}\n"
            f"separator: {{thickness: {um:.4g} um, porosity: {porosity:.3f}, bruggeman: 1.5}}\n"
            f"anode: {electrode(i)}\ncounter_electrode: {electrode(i)}\nprotocol: [{step}]\n")


def cells(count):
    if count:
        yield from random_cells(count)
        return
    for group in (currents, stern, voltages, blocking, electroneutral, ions, reservoir):
        yield from group()


def run(program, folder, text, settings, accurate=False):
    """A run's histories, events and report."""
    case, file = os.path.join(folder, "case.yaml"), os.path.join(folder, "case.h5")
    with open(case, "w") as stream:
        stream.write(text)
    command = [program, "run", case, "-o", file, "--quiet", "--json"]
    for setting in settings:
        command += ["--set", setting]
    if accurate:
        command.append("--accurate")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        sys.stderr.write(f"{done.returncode} {done.stderr}")
    if done.returncode == 2:
        return None
    report = json.loads(done.stdout)
    with h5py.File(file) as results:
        history = {name: results["history"][name][:] for name in results["history"]}
        c_0 = next(v[0].mean() for k, v in results["fields"].items() if k.endswith("_concentration"))
        history["x"] = results["x"][:]
    return {"history": history, "events": report["events"], "steps": report["steps"],
            "seconds": report["seconds"], "c_0": c_0, "nodes": len(history["x"]),
            "status": report["status"]}


def settings_of(program, folder, text, settings):
    """The mesh and the tolerance that a case comes to."""
    case, file = os.path.join(folder, "case.yaml"), os.path.join(folder, "short.h5")
    with open(case, "w") as stream:
        stream.write(text)
    command = [program, "run", case, "-o", file, "--quiet", "--set", "solver.maximum_steps=1"]
    for setting in settings:
        command += ["--set", setting]
    subprocess.run(command, capture_output=True)
    with h5py.File(file) as results:
        resolved = results["case"][()].decode()
    return {key: float(value) for key, value in re.findall(
        "^  (nodes|first_spacing|relative_tolerance): (.*)$", resolved, re.MULTILINE)}


def scale_of(name, values, c_0):
    if name == "cell_voltage":
        return numpy.maximum(abs(values), 0.02 * THERMAL_VOLTAGE)
    if "concentration" in name:
        return numpy.maximum(abs(values), 0.01 * c_0)
    return numpy.maximum(abs(values), 1e-3 * abs(values).max()) + 1e-300


def hermite(x, xs, ys):
    """Cubic through the two neighbours with the slopes of parabolas."""
    slope = numpy.gradient(ys, xs) if len(xs) > 2 else numpy.full(len(xs), 0.)
    i = numpy.clip(numpy.searchsorted(xs, x) - 1, 0, len(xs) - 2)
    h = xs[i + 1] - xs[i]
    s = (x - xs[i]) / h
    return (ys[i] * (1 + 2 * s) * (1 - s) ** 2 + ys[i + 1] * s ** 2 * (3 - 2 * s)
            + h * s * (1 - s) * (slope[i] * (1 - s) - slope[i + 1] * s))


def differences(run_, reference):
    """By quantity, the worst error and when."""
    worst = {}
    history, fine = run_["history"], reference["history"]
    for step in numpy.unique(history["step"]):
        own, other = history["step"] == step, fine["step"] == step
        t, t_fine = history["time"][own], fine["time"][other]
        if len(t) < 3 or len(t_fine) < 5:
            continue
        start = t_fine[0] if step == 0 else fine["time"][fine["step"] < step][-1]
        t_fine, keep_fine = numpy.unique(t_fine, return_index=True)
        keep = (t > t_fine[2]) & (t <= t_fine[-1]) & (t - start > EARLY * (t_fine[-1] - start))
        t = t[keep]
        if not len(t):
            continue
        for name in ("cell_voltage", "current_density", "faradaic_current_density",
                     "cation_concentration_anode", "cation_concentration_counter_electrode"):
            if name not in history:
                name = next((k for k in history if k.endswith(name[7:])), name)
            if name not in history:
                continue
            values, fine_values = history[name][own][keep], fine[name][other][keep_fine]
            expected = hermite(t, t_fine, fine_values)
            scale = scale_of(name, expected, reference["c_0"])
            error = abs(values - expected) / scale
            slope = numpy.interp(t, t_fine, abs(numpy.gradient(fine_values, t_fine)))
            shift = abs(values - expected) / (slope * (t - start) + 1e-300)
            judged = numpy.minimum(error, shift)
            for label, array in ((name, judged), (name + " raw", error)):
                at = numpy.nanargmax(array)
                if array[at] >= worst.get(label, (0, 0))[0]:
                    worst[label] = (array[at], t[at])
            if name == "cell_voltage" and step == 0 and (name, "half") and len(numpy.unique(
                    history["step"])) == 1:
                end = next((e["time"] for e in reference["events"] if e["name"] == "depletion"),
                           t_fine[-1])
                at = numpy.argmin(abs(t - 0.5 * end))
                if slope[at] > 1e-6 * abs(expected[at]) / t[at]:
                    worst["V limit"] = (shift[at], t[at])
    for event in reference["events"]:
        found = [e["time"] for e in run_["events"] if e["name"] == event["name"]
                 and e["step"] == event["step"]]
        same = [e["time"] for e in reference["events"] if e["name"] == event["name"]
                and e["step"] == event["step"]]
        here = same.index(event["time"])
        start = 0 if event["step"] == 0 else fine["time"][fine["step"] < event["step"]][-1]
        if here < len(found):
            error = abs(found[here] - event["time"]) / max(event["time"] - start, 1e-300)
        else:
            error = numpy.inf
        if error >= worst.get(event["name"], (0, 0))[0]:
            worst[event["name"]] = (error, event["time"])
    return worst


SHORT = {"cell_voltage": "V", "current_density": "i", "faradaic_current_density": "i_F",
         "cation_concentration_anode": "c_anode", "cation_concentration_counter_electrode": "c_counter",
         "depletion": "t_depl", "space_charge": "t_space", "voltage_limit": "t_Vlim"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--only", default="")
    parser.add_argument("--accurate", action="store_true")
    parser.add_argument("--mesh", action="store_true")
    parser.add_argument("--reference", default=None, help="folder that keeps the converged runs")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--raw", action="store_true")
    options = parser.parse_args()
    overall, all_errors = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in cells(options.random):
            if options.only not in name:
                continue
            found = settings_of(options.program, folder, text, options.set)
            factor, less = (20, 5e-4) if options.accurate else (4, 0.01)
            tolerance = max(found["relative_tolerance"] * less, 1e-11)
            kept = options.reference and os.path.join(
                options.reference, re.sub("[^A-Za-z0-9.-]+", "_", name) + ".pickle")
            if kept and os.path.exists(kept):
                reference = pickle.load(open(kept, "rb"))
            else:
                finer = [f"mesh.nodes={int((found['nodes'] - 1) * factor + 1)}",
                         f"solver.relative_tolerance={tolerance}"]
                if "first_spacing" in found:
                    finer.append(f"mesh.first_spacing={found['first_spacing'] / factor}")
                reference = run(options.program, folder, text, options.set + finer)
                if kept:
                    os.makedirs(options.reference, exist_ok=True)
                    pickle.dump(reference, open(kept, "wb"))
            own = options.set + ([f"solver.relative_tolerance={tolerance}"] if options.mesh else [])
            judged = run(options.program, folder, text, own, options.accurate)
            if not reference or not judged:
                print(f"{name}: no run")
                continue
            worst = differences(judged, reference)
            line = []
            for key, (error, time) in worst.items():
                if key.endswith(" raw") and not options.raw:
                    continue
                label = SHORT.get(key, key)
                line.append(f"{label} {error:.1e}")
                if options.raw and error > 5e-4:
                    line[-1] += f" at {time / judged['history']['time'][-1]:.1e}"
                if error >= overall.get(label, (0, ""))[0]:
                    overall[label] = (error, name)
                all_errors.setdefault(label, []).append(error)
            print(f"{name}: {judged['nodes']} nodes, {judged['steps']} steps, "
                  f"{judged['seconds']:.2f} s; " + ", ".join(line), flush=True)
    print("\nworst:")
    for label, (error, name) in overall.items():
        errors = numpy.array(all_errors[label])
        print(f"  {label:10s} {error:.2e}  median {numpy.median(errors):.1e}  over 1e-3: "
              f"{(errors > 1e-3).sum()} of {len(errors)}  ({name})")


if __name__ == "__main__":
    main()
