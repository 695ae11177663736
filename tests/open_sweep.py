#!/usr/bin/python3
"""Opens the file of a sweep with h5py and with ncdump: open_sweep.py FILE.h5 SECONDS

Every column has one value a case, units and a long_name, and belongs to the scale case_number; a
file of any number of cases is read whole by h5py within SECONDS.
"""

import subprocess
import sys
import time

import h5py
import numpy

COLUMNS = ["status", "sand_time", "finite_depletion_time", "limiting_current_density",
           "current_ratio", "debye_length", "depletion_time", "space_charge_time", "steps",
           "seconds", "rank"]


def check_columns(file):
    cases = len(file["case_number"])
    for name in COLUMNS + list(file.attrs["swept_keys"]):
        column = file[name]
        assert column.shape == (cases,), f"{name}: {column.shape} of {cases} cases"
        assert isinstance(column.attrs["units"], str) and column.attrs["long_name"], name
        assert column.dims[0][0] == file["case_number"], f"{name} has no scale"
    meanings = file["status"].attrs["flag_meanings"].split()
    for number, name in zip(file["status"].attrs["flag_values"], meanings):
        count = numpy.count_nonzero(file["status"][:] == number)
        print(f"  {name}: {count}")
    failed = numpy.flatnonzero(file["status"][:] == meanings.index("failed"))
    for case in failed:
        assert file["reason"][case].tobytes().rstrip(b"\0").decode(), f"case {case}: no reason"


def read_whole(path):
    began = time.perf_counter()
    with h5py.File(path) as file:
        bytes_read = sum(data[()].nbytes for data in file.values()
                         if isinstance(data, h5py.Dataset) and data.shape)
    return time.perf_counter() - began, bytes_read


def main():
    path, limit = sys.argv[1], float(sys.argv[2])
    seconds, bytes_read = read_whole(path)
    with h5py.File(path) as file:
        print(f"{path}: {len(file['case_number'])} cases, {bytes_read / 1e6:.1f} MB read in "
              f"{seconds:.2f} s")
        check_columns(file)
    assert seconds < limit, f"{seconds:.2f} s to read it, allowed: {limit:g}"
    for arguments in (["-h", path], ["-v", "depletion_time,reason", path]):
        dumped = subprocess.run(["ncdump", *arguments], capture_output=True, text=True)
        assert dumped.returncode == 0, f"ncdump: {dumped.stderr}"
        assert "double depletion_time(case_number)" in dumped.stdout


if __name__ == "__main__":
    main()
