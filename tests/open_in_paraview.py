"""Opens FILE.xdmf and FILE-sheet.xdmf in ParaView: xvfb-run -a pvbatch open_in_paraview.py FILE.h5

Every reader that ParaView offers for them, from their own folder and from another, has to show the
points, times, arrays and ranges of the HDF5 file; the sheet, drawn, has to show something.  Exits
non-zero on any failure.
"""
import os
import sys
import tempfile

import h5py
import numpy as np
from paraview import simple

NODE_FIELDS = ("cation_concentration", "anion_concentration", "potential", "charge_density")
READERS = ("OpenDataFile", "Xdmf3ReaderS", "Xdmf3ReaderT", "XDMFReader")


def open_with(reader, path):
    """A ParaView source for the file."""
    if reader == "OpenDataFile":
        return simple.OpenDataFile(path)
    key = "FileNames" if reader == "XDMFReader" else "FileName"
    return getattr(simple, reader)(**{key: [path]})


def output_of(source):
    """The data set that a source shows."""
    data = source.GetClientSideObject().GetOutputDataObject(0)
    while data.IsA("vtkMultiBlockDataSet"):
        data = data.GetBlock(0)
    return data


def expect(what, found, expected):
    """Ends the script unless the numbers agree."""
    if np.shape(found) != np.shape(expected) or not np.allclose(found, expected, rtol=1e-14, atol=0):
        sys.exit(f"{what}: found {found}, expected {expected}")


def expect_array(what, arrays, name, values):
    """The array `name` of point or cell data holds these values."""
    array = arrays.GetArray(name)
    if array is None:
        sys.exit(f"{what}: no array {name}")
    flat = values.ravel()
    expect(f"{what}: number of {name}", array.GetNumberOfTuples(), flat.size)
    expect(f"{what}: {name}", [array.GetValue(i) for i in range(flat.size)], flat)
    expect(f"{what}: range of {name}", array.GetRange(), (flat.min(), flat.max()))


def check_line(what, source, file):
    """One line at each stored time."""
    times = file["time"][...]
    x = file["x"][...]
    source.UpdatePipelineInformation()
    expect(f"{what}: times", np.atleast_1d(source.TimestepValues), times)
    for row in sorted({0, len(times) // 2, len(times) - 1}):
        source.UpdatePipeline(times[row])
        data = output_of(source)
        at = f"{what}, t = {times[row]:g} s"
        expect(f"{at}: points", data.GetNumberOfPoints(), x.size)
        expect(f"{at}: cells", data.GetNumberOfCells(), x.size - 1)
        expect(f"{at}: bounds", data.GetBounds(), (x[0], x[-1], 0, 0, 0, 0))
        for name in NODE_FIELDS:
            expect_array(at, data.GetPointData(), name, file["fields"][name][row])
        expect_array(at, data.GetCellData(), "electric_field", file["fields/electric_field"][row])


def check_sheet(what, source, file):
    """One surface over x/L and t/t_s."""
    x = file["x_over_thickness"][...]
    time = file["time_over_sand_time"][...]
    source.UpdatePipeline()
    data = output_of(source)
    expect(f"{what}: points", data.GetNumberOfPoints(), x.size * time.size)
    expect(f"{what}: cells", data.GetNumberOfCells(), (x.size - 1) * (time.size - 1))
    expect(f"{what}: bounds", data.GetBounds(), (x[0], x[-1], time[0], time[-1], 0, 0))
    for name in NODE_FIELDS:
        expect_array(what, data.GetPointData(), name, file["fields"][name][...])


def check_picture(path, picture):
    """The sheet, coloured by the cation's concentration, is more than a background."""
    source = simple.OpenDataFile(path)
    view = simple.CreateView("RenderView")
    view.ViewSize = [400, 400]
    view.OrientationAxesVisibility = 0
    display = simple.Show(source, view)
    simple.ColorBy(display, ("POINTS", "cation_concentration"))
    simple.ResetCamera(view)
    simple.SaveScreenshot(picture, view)
    image = simple.PNGSeriesReader(FileNames=[picture])
    image.UpdatePipeline()
    pixels = output_of(image).GetPointData().GetScalars()
    colours = {pixels.GetTuple(i) for i in range(0, pixels.GetNumberOfTuples(), 7)}
    if len(colours) < 10:
        sys.exit(f"{path}: the picture has {len(colours)} colours only")


def main(results):
    """Checks both files with every reader from two folders."""
    folder, name = os.path.split(os.path.abspath(results))
    stem = name[:-len(".h5")]
    with h5py.File(results, "r") as file, tempfile.TemporaryDirectory() as elsewhere:
        for current, prefix in ((folder, "."), (elsewhere, os.path.relpath(folder, elsewhere)),
                                (elsewhere, folder)):
            os.chdir(current)
            for reader in READERS:
                for suffix, check in (("", check_line), ("-sheet", check_sheet)):
                    path = os.path.join(prefix, f"{stem}{suffix}.xdmf")
                    source = open_with(reader, path)
                    check(f"{path} ({reader})", source, file)
                    simple.Delete(source)
        check_picture(os.path.join(folder, f"{stem}-sheet.xdmf"), os.path.join(elsewhere, "sheet.png"))
        os.chdir(folder)
    print(f"{results}: ParaView shows both XDMF files as they are")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
