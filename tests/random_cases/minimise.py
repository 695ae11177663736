"""Makes a failing case as small as it can while the same class of finding remains: leaves out
steps, conditions, ions and keys, and then rounds the numbers."""

import copy
import re
import time

import examine

NUMBER = re.compile(r"-?[0-9.]+(e[-+]?[0-9]+)?")
STEP_KEYS = {"current", "current_ratio", "voltage", "rest", "for"}  # a step needs them
KEPT = {"kind", "name", "charge", "flux_law", "closure", "library"}  # texts, not numbers


def at(case, path):
    for key in path:
        case = case[key]
    return case


def without(case, path):
    """The case without what stands at a path; sections that become empty go with it."""
    smaller = copy.deepcopy(case)
    del at(smaller, path[:-1])[path[-1]]
    for length in range(len(path) - 1, 0, -1):
        if at(smaller, path[:length]) in ({}, []):
            del at(smaller, path[:length - 1])[path[length - 1]]
    return smaller


def without_ion(case, k):
    """The ion's charge goes to the most abundant other one that can take it."""
    smaller = copy.deepcopy(case)
    ions = smaller["electrolyte"]["ions"]
    del ions[k]
    return neutral(smaller)


def neutral(case):
    """Sets one concentration so that the charges add up to zero; None where that cannot be."""
    ions = case["electrolyte"]["ions"]
    amounts = [float(ion["concentration"].split()[0]) for ion in ions]
    charges = [int(ion["charge"]) for ion in ions]
    for k in sorted(range(len(ions)), key=lambda k: -amounts[k]):
        rest = -sum(z * c for j, (z, c) in enumerate(zip(charges, amounts)) if j != k) / charges[k]
        if rest > 0:
            ions[k]["concentration"] = f"{rest:.15g} mol/m^3"
            return case
    return None


def paths(value, path=()):
    """Of everything in the case, the outer things first."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(
        value, list) else ()
    for key, inner in items:
        yield path + (key,)
        yield from paths(inner, path + (key,))


def shorter_texts(text):
    """The text with its number rounded to fewer digits, the coarsest first."""
    match = NUMBER.search(text)
    if not match:
        return
    for digits in (1, 2, 3):
        rounded = f"{float(match.group()):.{digits}g}"
        if len(rounded) < len(match.group()):
            yield text[:match.start()] + rounded + text[match.end():]


def removals(case):
    yield from (without(case, ("protocol", k)) for k in reversed(range(len(case["protocol"])))
                if len(case["protocol"]) > 1)
    ions = case["electrolyte"].get("ions", [])
    if len(ions) > 2:
        yield from (without_ion(case, k) for k in range(len(ions)))
    for path in paths(case):
        in_ions, in_steps = path[:2] == ("electrolyte", "ions"), path[0] == "protocol"
        if path in (("electrolyte",), ("separator",)) or in_ions or (in_steps and len(path) < 3):
            continue
        if path[-1] not in STEP_KEYS:
            yield without(case, path)


def roundings(case):
    for path in paths(case):
        text = at(case, path)
        if not isinstance(text, str) or path[-1] in KEPT or path[0] == "title":
            continue
        for shorter in shorter_texts(text):
            rounded = copy.deepcopy(case)
            at(rounded, path[:-1])[path[-1]] = shorter
            yield neutral(rounded) if path[-1] == "concentration" and "ions" in path else rounded


class Minimiser:
    def __init__(self, kind, options):
        self.kind, self.options, self.wanted = kind, options, set()
        self.end = time.time() + options.minimise_time

    def fails(self, case):
        with examine.scratch_folder() as folder:
            found, _ = examine.examine(case, self.options, folder, self.wanted)
        return any(finding.kind == self.kind for finding in found)

    def choose_comparison(self, case):
        """Only the comparison that the finding comes from, if from any, is made again."""
        for wanted in [set()] + [{name} for name in examine.COMPARISONS]:
            self.wanted = wanted
            if self.fails(case):
                return True
        return False

    def one_pass(self, case, candidates):
        """Each candidate once: behind one that is taken, the list is made anew from its place."""
        place, changed = 0, False
        while time.time() < self.end:
            rest = [c for c in candidates(case)][place:]
            for smaller in rest:
                if time.time() > self.end:
                    break
                if smaller is not None and smaller != case and self.fails(smaller):
                    case, changed = smaller, True
                    break
                place += 1
            else:
                break
        return case, changed

    def run(self, case):
        if not self.choose_comparison(case):
            return case  # it does not come again
        for candidates in (removals, removals, roundings):
            changed = True
            while changed and time.time() < self.end:
                case, changed = self.one_pass(case, candidates)
        return case


def minimise(case, kind, options):
    return Minimiser(kind, options).run(case)
