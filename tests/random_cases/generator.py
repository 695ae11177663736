"""A random valid case for each seed, from the whole space that `sandglass keys` allows.

The scales come first (lengths, diffusivities, concentrations), because currents and times are drawn
as shares of the cell's own limiting current, Sand's time and time of diffusion: so most cases are
cheap, and depletion, space charge and reversal all happen."""

import math
import random

FARADAY, GAS, EPSILON_0, AVOGADRO = 96485.33212, 8.314462618, 8.8541878128e-12, 6.02214076e23

# Name, concentrations [mol/L] and temperatures [degC] over which every closure named is allowed.
LIBRARY = [
    ("LiClO4-PC-Fuller1994", (0.1, 2), (25, 25), "poisson electroneutral"),
    ("LiPF6-EC-DMC-1-2-Doyle1996", (0.1, 2), (25, 25), "poisson electroneutral"),
    ("LiPF6-EC-DMC-Capiglia1999", (0.1, 2), (25, 25), "poisson electroneutral"),
    ("LiPF6-EC-DMC-Landesfeind2019", (0.1, 2.9), (20, 40), "poisson electroneutral"),
    ("LiPF6-EC-EMC-Colclasure2020", (0.1, 2), (20, 38), "poisson electroneutral"),
    ("LiPF6-EC-EMC-Landesfeind2019", (0.1, 2.9), (25, 40), "poisson electroneutral"),
    ("LiPF6-EC-EMC-Nyman2008", (0.2, 2), (25, 25), "poisson electroneutral"),
    ("LiPF6-EMC-FEC-Landesfeind2019", (0.1, 1.7), (25, 25), "electroneutral"),
    ("LiPF6-PC-EC-DMC-Valoen2005", (0.1, 3.8), (0, 50), "poisson electroneutral"),
]


def log_uniform(r, low, high):
    return math.exp(r.uniform(math.log(low), math.log(high)))


def quantity(value, unit, digits=4):
    return f"{value:.{digits}g} {unit}".strip()


class Scales:
    """What the currents, times and voltages of a cell are measured by; estimates are enough."""

    def __init__(self):
        self.temperature = 298.15
        self.sizes = 0.0  # share of the volume that the ions take

    def finish(self, separator, strength, permittivity):
        """After the ions and the separator are known; `strength` is sum z^2 c."""
        thickness, porosity, factor = separator
        de = factor * self.diffusivity
        self.thickness, self.porosity = thickness, porosity
        self.thermal = GAS * self.temperature / FARADAY
        self.permittivity = factor * EPSILON_0 * permittivity
        self.debye = math.sqrt(self.permittivity / porosity * self.thermal / (FARADAY * strength))
        carried = max(1 - self.transference, 0.02)
        self.charge = self.valence * FARADAY * self.reacting
        self.limit = 2 * self.charge * de / (carried * thickness)
        self.diffusion_time = porosity * thickness**2 / de
        self.sand = lambda i: math.pi * porosity * de * (self.charge / (carried * i)) ** 2 / 4
        self.charging_time = self.diffusion_time * min(1.0, self.debye / thickness)


# ---- the electrolyte ----

def salt(r, scales, concentration):
    """Two ions by the salt's keys; the diffusivities in one of their two forms."""
    cation, anion = (1, -1) if r.random() < 0.85 else (r.randint(1, 3), -r.randint(1, 3))
    keys = {"concentration": quantity(concentration * 1e-3, "mol/L")}
    if (cation, anion) != (1, -1):
        keys.update(cation_charge=cation, anion_charge=anion)
    plus, minus = log_uniform(r, 1e-12, 3e-9), log_uniform(r, 1e-12, 3e-9)
    scales.diffusivity = (cation - anion) * plus * minus / (cation * plus - anion * minus)
    scales.transference = cation * plus / (cation * plus - anion * minus)
    if r.random() < 0.5:
        keys["cation_diffusivity"] = quantity(plus, "m^2/s")
        keys["anion_diffusivity"] = quantity(minus, "m^2/s")
    else:
        keys["diffusivity"] = quantity(scales.diffusivity, "m^2/s")
        keys["transference_number"] = quantity(scales.transference, "")
    divisor = math.gcd(cation, -anion)
    scales.valence, scales.reacting = cation, concentration * -anion / divisor
    scales.reference_known = (cation, anion) == (1, -1)
    strength = concentration * (cation**2 * -anion + anion**2 * cation) / divisor
    return keys, strength, concentration * (cation - anion) / divisor


def ions(r, scales, concentration):
    """Three to five of them, traces among them; the last one makes the sum of charges zero."""
    count = r.choice([2, 3, 3, 3, 4, 5])
    cations = r.randint(1, count - 1)
    charges = [r.choice([1, 1, 1, 2, 3]) * (1 if k < cations else -1) for k in range(count)]
    while True:
        amounts = [float(f"{concentration * log_uniform(r, 1e-3, 1):.3g}") for _ in charges]
        rest = -sum(z * c for z, c in zip(charges[:-1], amounts))
        amounts[-1] = rest / charges[-1]
        if amounts[-1] > 1e-3 * concentration:
            break
    names = ["li", "na", "k", "mg", "al"][:cations] + ["an", "bf", "cl", "so"][:count - cations]
    mobile = [log_uniform(r, 1e-11, 5e-9) for _ in charges]
    listed = [{"name": n, "charge": z, "diffusivity": quantity(d, "m^2/s"),
               "concentration": f"{c:.15g} mol/m^3"}
              for n, z, d, c in zip(names, charges, mobile, amounts)]
    keys = {"ions": listed}
    k = r.randrange(cations)
    if k or r.random() < 0.2:
        keys["reacting_ion"] = names[k]
    conducting = sum(z * z * d * c for z, d, c in zip(charges, mobile, amounts))
    scales.diffusivity, scales.valence, scales.reacting = mobile[k], charges[k], amounts[k]
    scales.transference = charges[k] ** 2 * mobile[k] * amounts[k] / conducting
    scales.reference_known = True
    scales.ions = count
    return keys, sum(z * z * c for z, c in zip(charges, amounts)), sum(amounts)


def concentrated(r, scales, concentration):
    """Constants of the four properties; the friction between the ions may have either sign."""
    d, t, factor = log_uniform(r, 1e-11, 1e-9), r.uniform(0.05, 0.9), log_uniform(r, 0.3, 5)
    einstein = FARADAY**2 * concentration * d / (
        GAS * scales.temperature * 2 * t * (1 - t) * factor)
    scales.diffusivity, scales.transference = d, t
    scales.valence, scales.reacting, scales.reference_known = 1, concentration, True
    return {
        "flux_law": "concentrated", "concentration": quantity(concentration * 1e-3, "mol/L"),
        "diffusivity": quantity(d, "m^2/s"), "transference_number": quantity(t, ""),
        "conductivity": quantity(einstein * r.uniform(0.2, 1.1), "S/m"),
        "thermodynamic_factor": quantity(factor, "")}, 2 * concentration, 2 * concentration


def measured(r, scales):
    name, (low, high), (cold, warm), closures = r.choice(LIBRARY)
    concentration = log_uniform(r, low * 1e3, high * 1e3)
    scales.temperature = r.uniform(cold, warm) + 273.15
    scales.diffusivity, scales.transference = 2.5e-10, 0.3
    scales.valence, scales.reacting, scales.reference_known = 1, concentration, True
    keys = {"library": name, "flux_law": "concentrated",
            "concentration": quantity(concentration * 1e-3, "mol/L"),
            "closure": r.choice(closures.split())}
    return keys, 2 * concentration, 2 * concentration


def electrolyte(r, scales):
    if r.random() < 0.4:
        scales.temperature = r.uniform(240, 400)
    concentration = log_uniform(r, 1, 5000) if r.random() < 0.6 else log_uniform(r, 300, 2000)
    scales.ions = 2
    kind = r.choices(["salt", "ions", "concentrated", "measured"], [5, 3, 1, 1.5])[0]
    if kind == "measured":
        keys, strength, total = measured(r, scales)
    else:
        make = {"salt": salt, "ions": ions, "concentrated": concentrated}[kind]
        keys, strength, total = make(r, scales, concentration)
        keys["closure"] = r.choice(["poisson", "poisson", "electroneutral"])
    permittivity = r.choice([20, 20, log_uniform(r, 2, 100), log_uniform(r, 100, 1e5)])
    if permittivity != 20:
        permittivity = float(f"{permittivity:.4g}")
        keys["relative_permittivity"] = quantity(permittivity, "")
    if r.random() < 0.12:
        largest = (0.2 / (AVOGADRO * total)) ** (1 / 3)
        size = min(log_uniform(r, 0.2e-9, 1e-9), largest)
        keys["ion_size"] = quantity(size * 1e9, "nm", 3)
        scales.sizes = AVOGADRO * total * size**3
    return keys, strength, permittivity


def separator(r):
    thickness = log_uniform(r, 1e-7, 1e-2)
    keys, porosity, factor = {}, 1.0, 1.0
    unit, scale = min((("nm", 1e9), ("um", 1e6), ("mm", 1e3)),
                      key=lambda u: abs(math.log10(thickness * u[1]) - 1))
    keys["thickness"] = quantity(thickness * scale, unit)
    if r.random() < 0.5:
        porosity = float(f"{r.uniform(0.15, 0.95):.3g}")
        keys["porosity"] = quantity(porosity, "")
        factor = porosity**1.5
        if r.random() < 0.4:
            exponent = float(f"{r.uniform(0.5, 3):.3g}")
            keys["bruggeman"] = quantity(exponent, "")
            factor = porosity**exponent
        elif r.random() < 0.4:
            tortuosity = float(f"{log_uniform(r, 1, 10):.3g}")
            keys["tortuosity"] = quantity(tortuosity, "")
            factor = porosity / tortuosity
    return keys, (thickness, porosity, factor)


# ---- the ends ----

def film(r, scales):
    """Its layers together take millivolts to volts at the limiting current."""
    layers = {}
    for layer in r.choice([["inner"], ["outer"], ["inner", "outer"]]):
        thickness = log_uniform(r, 1e-9, 1e-7)
        resistance = log_uniform(r, 1e-3, 1) / scales.limit
        layers[layer] = {"thickness": quantity(thickness * 1e9, "nm"),
                         "conductivity": quantity(thickness / resistance, "S/m")}
        if r.random() < 0.2:
            layers[layer]["activation_energy"] = quantity(r.uniform(1e4, 8e4), "J/mol")
    return layers


def electrode(r, scales, poisson):
    keys = {"kind": "electrode"}
    bare = r.random() < 0.2
    rate = log_uniform(r, 1e-3, 1e4) * scales.limit if r.random() < 0.7 else log_uniform(r, 1, 1e4)
    if bare and poisson:
        # At a bare metal eta is 0: nothing dissolves faster than i_0.
        rate = max(rate, log_uniform(r, 20, 1e4) * scales.limit)
    keys["exchange_current_density"] = quantity(rate, "A/m^2")
    keys["interface_capacitance"] = "none" if bare else (
        quantity(log_uniform(r, 0.1, 1000), "uF/cm^2") if r.random() < 0.4 else "10 uF/cm^2")
    if r.random() < 0.3:
        keys["cathodic_transfer_coefficient"] = quantity(r.uniform(0.1, 0.9), "", 2)
    if r.random() < 0.15 and not (bare and poisson):
        keys["activation_energy"] = quantity(r.uniform(1e4, 8e4), "J/mol")
    keys["reference"] = r.random() < 0.15 and scales.reference_known
    return keys, bare


def metal(r, scales, kind, poisson):
    if kind == "electrode":
        keys, bare = electrode(r, scales, poisson)
    else:
        bare = poisson and r.random() < 0.6
        keys = {"kind": kind, "interface_capacitance":
                "none" if bare else quantity(log_uniform(r, 0.3, 300), "uF/cm^2")}
    if not bare and r.random() < 0.15:
        keys["zero_charge_potential"] = quantity(r.choice([-1, 1]) * log_uniform(r, 5e-3, 0.5), "V")
    if r.random() < 0.2:
        keys["sei"] = film(r, scales)
    return keys


def open_end(r, scales, kind, concentration):
    keys = {"kind": kind}
    if r.random() < 0.5:
        base = scales.reacting if kind == "selective" else concentration
        keys["concentration"] = quantity(base * log_uniform(r, 0.4, 2.5) * 1e-3, "mol/L")
    return keys


def ends(r, scales, poisson, concentration):
    """Anode and counter electrode; half the cells are symmetric and give the anode only."""
    kinds = r.choices(["electrode", "blocking", "reservoir", "selective"], [6, 1, 1.5, 1], k=2)
    if r.random() < 0.5:
        kinds = [kinds[0]]

    def make(kind):
        if kind in ("electrode", "blocking"):
            return metal(r, scales, kind, poisson)
        return open_end(r, scales, kind, concentration)

    made = [make(kind) for kind in kinds]
    with_reference = any(end.get("reference") for end in made)
    for end in made:
        wanted = end.pop("reference", False)
        if with_reference and end["kind"] == "electrode":
            value = scales.reacting * (log_uniform(r, 0.2, 5) if wanted else 1)
            end["reference_concentration"] = quantity(value, "mol/m^3", 15 if not wanted else 4)
    return dict(zip(("anode", "counter_electrode"), made))


# ---- the protocol ----

def flows_freely(boundaries):
    """Whether a steady current can pass both ends."""
    return all(end["kind"] != "blocking" for end in boundaries.values())


def has_limit(scales, boundaries):
    kinds = [end["kind"] for end in boundaries.values()]
    if scales.ions > 2:
        return False
    if set(kinds) == {"electrode"}:
        return True
    return set(kinds) == {"electrode", "reservoir"} and not any(
        "concentration" in end for end in boundaries.values())


def layer_charge(scales, boundaries):
    """What a volt puts into the double layers of blocking ends, at most [C/m^2]."""
    smallest = scales.permittivity / scales.debye
    for end in boundaries.values():
        if end["kind"] == "blocking" and end["interface_capacitance"] != "none":
            smallest = min(smallest, float(end["interface_capacitance"].split()[0]) * 1e-2)
    return smallest


def conditions(r, scales, sign, charge, poisson):
    found = []
    if r.random() < 0.35:
        sense = ">" if sign > 0 else "<"
        found.append(f"voltage {sense} {quantity(sign * log_uniform(r, 0.01, 20), 'V')}")
    if r.random() < 0.1:
        found.append(f"charge > {quantity(charge * log_uniform(r, 0.05, 2), 'C/m^2')}")
    if poisson and r.random() < 0.2:
        found.append("space_charge")
    if scales.ions == 2 and r.random() < 0.2:
        found.append("depletion")
    return found


def current_step(r, scales, boundaries, poisson):
    sign = 1 if r.random() < 0.7 else -1
    ratio = log_uniform(r, 0.01, 1) if r.random() < 0.55 else log_uniform(r, 1, 10)
    current = ratio * scales.limit
    if not flows_freely(boundaries):
        duration = log_uniform(r, 1e-3, 1) * layer_charge(scales, boundaries) / current
    elif ratio > 1:
        share = log_uniform(r, 0.01, 1) if r.random() < 0.4 else r.uniform(0.9, 1.5)
        duration = share * scales.sand(current)
    else:
        duration = log_uniform(r, 1e-3, 5) * scales.diffusion_time
    if has_limit(scales, boundaries) and r.random() < 0.5:
        step = {"current_ratio": quantity(sign * ratio, "")}
    elif r.random() < 0.5:
        step = {"current": quantity(sign * current, "A/m^2")}
    else:
        step = {"current": quantity(sign * current * 0.1, "mA/cm^2")}
    until = conditions(r, scales, sign, current * duration, poisson)
    depletes = ratio > 1 and duration > 0.8 * scales.sand(current)
    runs_away = depletes or not flows_freely(boundaries)
    if runs_away and not any(c.startswith("voltage") for c in until) and r.random() < 0.8:
        limit = quantity(sign * log_uniform(r, 0.5, 20), "V")
        until.append(f"voltage {'>' if sign > 0 else '<'} {limit}")
    return step, duration, until


def enriches(boundaries, sign):
    """Whether a voltage draws salt out of a bath without end: the concentration at the electrode
    that dissolves then grows by a factor e each R T/F."""
    kinds = [end["kind"] for end in boundaries.values()]
    return len(kinds) == 2 and kinds[0 if sign > 0 else 1] in ("reservoir", "selective")


def voltage_step(r, scales, boundaries, poisson):
    sign = 1 if r.random() < 0.7 else -1
    size = log_uniform(r, 1e-3, 0.3) if r.random() < 0.65 else log_uniform(r, 0.3, 20)
    if enriches(boundaries, sign):
        size = min(size, 4 * scales.thermal)
    duration = log_uniform(r, 1e-3, 5) * scales.diffusion_time
    if poisson and (not flows_freely(boundaries) or r.random() < 0.2):
        duration = log_uniform(r, 0.1 * scales.charging_time, 2 * scales.diffusion_time)
    charge = scales.limit * min(1, size / scales.thermal) * duration
    until = [c for c in conditions(r, scales, sign, charge, poisson) if "voltage" not in c]
    return {"voltage": quantity(sign * size, "V")}, duration, until


def protocol(r, scales, boundaries, poisson):
    steps = []
    for number in range(r.choices([1, 2, 3, 4], [5, 3, 1.5, 0.5])[0]):
        kind = r.choices(["current", "voltage", "rest"], [5, 4, 1.5 if number else 0.3])[0]
        if kind == "rest":
            duration = log_uniform(r, 1e-3, 3) * scales.diffusion_time
            steps.append({"rest": quantity(duration, "s", 7)})
            continue
        make = current_step if kind == "current" else voltage_step
        step, duration, until = make(r, scales, boundaries, poisson)
        step["for"] = quantity(duration, "s", 7)
        if until:
            step["until"] = until
        steps.append(step)
    return steps


# ---- the numerics ----

def numerics(r):
    """Mostly none: the promise of accuracy is that of the defaults."""
    keys = {}
    if r.random() < 0.12:
        keys["mesh"] = {"nodes": int(log_uniform(r, 21, 2001))}
        if r.random() < 0.5:
            keys["mesh"]["first_spacing"] = quantity(log_uniform(r, 0.02, 1), "", 2)
    if r.random() < 0.08:
        keys["solver"] = {"relative_tolerance": f"1e-{r.randint(3, 8)}"}
    if r.random() < 0.1:
        keys["onset"] = {"distance": quantity(r.uniform(0.5, 5), "", 2)}
    keys["output"] = {"times": r.choice([5, 20, 50])}
    return keys


def generate(seed):
    r = random.Random(seed)
    scales = Scales()
    solution, strength, permittivity = electrolyte(r, scales)
    keys, shape = separator(r)
    scales.finish(shape, strength, permittivity)
    poisson = solution["closure"] == "poisson"
    concentration = scales.reacting
    if "concentration" in solution:
        concentration = float(solution["concentration"].split()[0]) * 1e3
    boundaries = ends(r, scales, poisson, concentration)
    case = {"title": f"random case {seed}"}
    if abs(scales.temperature - 298.15) > 1e-9:
        case["temperature"] = quantity(scales.temperature, "K", 6)
    case.update(electrolyte=solution, separator=keys, **boundaries)
    case["protocol"] = protocol(r, scales, boundaries, poisson)
    case.update(numerics(r))
    return case
