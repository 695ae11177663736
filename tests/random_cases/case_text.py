"""Cases as nested dictionaries and lists of texts and whole numbers, and what is done to them:
writing them as YAML, reading the number of a quantity, taking the mirror image."""

import copy

MIRRORED = ("current", "current_ratio", "voltage")  # what changes its sign with the sides
# What an end has where it says nothing: the counter electrode would take the anode's instead.
BOUNDARY_DEFAULTS = {
    "exchange_current_density": ("electrode", "100 A/m^2"),
    "activation_energy": ("electrode", "0 J/mol"),
    "cathodic_transfer_coefficient": ("electrode", "0.5"),
    "zero_charge_potential": ("electrode blocking", "0 V"),
    "sei": ("electrode blocking", {"inner": {"thickness": "0 nm"}, "outer": {"thickness": "0 nm"}}),
}


def scalar(value):
    text = str(value)
    plain = text and text[0] not in "-<>" and not set(text) & set(",:{}[]#\"'&*!|%@`")
    number = text.lstrip("-").replace(".", "", 1).split(" ")[0].replace("e-", "").isalnum()
    return text if plain or (text[:1] == "-" and number) else f'"{text}"'


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return scalar(value)


def to_yaml(case):
    """One line a section, one a step of the protocol and one an ion."""
    lines = []
    for key, value in case.items():
        if key == "protocol":
            lines += ["protocol:"] + [f"  - {flow(step)}" for step in value]
        elif key == "electrolyte" and "ions" in value:
            rest = {k: v for k, v in value.items() if k != "ions"}
            lines += ["electrolyte:"] + [f"  {k}: {flow(v)}" for k, v in rest.items()]
            lines += ["  ions:"] + [f"    - {flow(ion)}" for ion in value["ions"]]
        else:
            lines.append(f"{key}: {flow(value)}")
    return "\n".join(lines) + "\n"


SCALES = {"nm": 1e-9, "um": 1e-6, "mm": 1e-3, "cm": 1e-2, "mol/L": 1e3, "mmol/L": 1.0,
          "uF/cm^2": 1e-2, "mA/cm^2": 10.0, "mV": 1e-3, "C/m^2": 1.0, "ms": 1e-3, "us": 1e-6}


def number(text):
    """The SI value of a quantity as the generator writes it (temperatures: in K)."""
    value, _, unit = str(text).partition(" ")
    return float(value) * SCALES.get(unit, 1.0)


def negated(text):
    return text[1:] if text.startswith("-") else "-" + text


def mirrored_condition(condition):
    if not condition.startswith("voltage"):
        return condition
    _, sense, value = condition.split(" ", 2)
    return f"voltage {'<' if sense == '>' else '>'} {negated(value)}"


def merged(base, keys):
    """`keys`, and of `base` what they do not give."""
    result = copy.deepcopy(base)
    for key, value in keys.items():
        nested = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if nested else copy.deepcopy(value)
    return result


def takes(kind, key):
    """Whether a key of the anode has a meaning for a counter electrode of this kind."""
    if key == "concentration":
        return kind in ("reservoir", "selective")
    if key in ("interface_capacitance", "sei", "zero_charge_potential", "reference_temperature"):
        return kind in ("electrode", "blocking")
    return key == "kind" or kind == "electrode"


def explicit_end(case, end):
    """The keys of one end; what it takes from the anode or by default is written out."""
    keys = copy.deepcopy(case[end])
    kind = keys.setdefault("kind", case.get("anode", {}).get("kind", "electrode"))
    if end == "counter_electrode":
        keys = merged({k: v for k, v in case.get("anode", {}).items() if takes(kind, k)}, keys)
    bare = keys.get("interface_capacitance", "none" if kind == "blocking" else "") == "none"
    for key, (kinds, default) in BOUNDARY_DEFAULTS.items():
        if kind in kinds.split():
            keys.setdefault(key, copy.deepcopy(default))
    if bare:
        keys.pop("zero_charge_potential", None)
    for layer in ("inner", "outer"):
        if "sei" in keys:
            keys["sei"].setdefault(layer, {"thickness": "0 nm"})
    return keys


def mirror(case):
    """The same cell seen from behind: the ends change places, currents and voltages their signs."""
    image = copy.deepcopy(case)
    if "counter_electrode" in case:
        image["anode"] = explicit_end(case, "counter_electrode")
        image["counter_electrode"] = explicit_end({"anode": {}, **case}, "anode")
    for step in image["protocol"]:
        for key in MIRRORED:
            if key in step:
                step[key] = negated(step[key])
        if "until" in step:
            step["until"] = [mirrored_condition(c) for c in step["until"]]
    return image
