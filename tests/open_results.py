#!/usr/bin/python3
"""Opens results with h5py and ncdump, as users will: open_results.py FILE.h5...

Every data set has units, a long_name and scales that fit its shape; times grow; numbers are finite
where they have to be.  Exits non-zero on any failure.
"""
import subprocess
import sys

import h5py
import numpy as np

SAND = ("sand_time", "finite_depletion_time", "limiting_current_density", "current_ratio",
        "debye_length", "depletion_time", "space_charge_time")
RUN = ("title", "status", "reason", "steps", "rejected_steps", "newton_iterations", "seconds")
VERSIONS = ("sandglass_version", "petsc_version", "hdf5_version", "mpi_version")
REQUIRED = ("x", "cell_width", "face", "case", "history/time", "history/cell_voltage",
            "history/current_density", "history/faradaic_current_density",
            "history/charge_passed", "history/cation_concentration_anode",
            "history/cation_concentration_counter_electrode",
            "history/virtual_salt_concentration", "history/space_charge_width", "history/step",
            "events/name", "events/time", "events/step", "events/electrode")


def problems_of_data_set(data_set):
    """What is wrong with one data set by itself."""
    for attribute in ("units", "long_name"):
        if not isinstance(data_set.attrs.get(attribute), str):
            yield f"no {attribute}"
    if not h5py.h5ds.is_scale(data_set.id):
        for number, dimension in enumerate(data_set.dims):
            if len(dimension) != 1:
                yield f"dimension {number} has {len(dimension)} scales"
            elif dimension[0].shape != (data_set.shape[number],):
                yield f"dimension {number} and its scale {dimension[0].name} differ in length"
    if data_set.dtype.kind == "f":
        if not np.isfinite(data_set[...]).all():
            yield "not finite"


def problems_of_times(file):
    """Times that do not grow, and events out of the run."""
    for name in ("history/time", "time"):
        if name in file and not (np.diff(file[name]) > 0).all():
            yield f"/{name} does not grow strictly"
    if (np.diff(file["events/time"]) < 0).any():
        yield "/events/time falls"


def problems(file):
    """Everything that is wrong with the file."""
    names = []
    file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    for name in REQUIRED:
        if name not in names:
            yield f"/{name} is missing"
    for name in names:
        yield from (f"/{name}: {problem}" for problem in problems_of_data_set(file[name]))
    for place, attributes in (("/", RUN), ("sand", SAND), ("case", VERSIONS)):
        yield from (f"{place} has no attribute {a}" for a in attributes
                    if a not in file[place].attrs)
    yield from problems_of_times(file)


def summary(path, file):
    """One line on what the file holds."""
    ions = [name[:-len("_amount")] for name in file["history"] if name.endswith("_amount")]
    return (f"{path}: {file.attrs['status']}, {file['x'].size} nodes, "
            f"{file['time'].size if 'time' in file else 0} stored times, "
            f"{file['history/time'].size} steps, {file['events/time'].size} events, "
            f"ions {', '.join(ions)}, t_s = {file['sand'].attrs['sand_time']:.6g} s")


def netcdf_problems(path):
    """ncdump reads the header and all data."""
    for options in (["-h"], []):
        run = subprocess.run(["ncdump", *options, path], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode:
            yield f"ncdump {' '.join(options)}: {run.stderr.strip()}"


def check(path):
    """Prints what is in the file and what is wrong with it; True if nothing is."""
    with h5py.File(path, "r") as file:
        found = list(problems(file))
        if not found:
            print(summary(path, file))
    found += netcdf_problems(path)
    for problem in found:
        print(f"{path}: {problem}", file=sys.stderr)
    return not found


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(0 if all([check(path) for path in sys.argv[1:]]) else 1)
