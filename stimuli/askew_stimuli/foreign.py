"""Files of other programs, MATLAB and Excel, read without trusting them. Needs scipy and openpyxl."""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from openpyxl import load_workbook
from scipy.io import loadmat

from askew.errors import BadInput, brief
from askew.files import refuse_special

Matrix = npt.NDArray[np.float64]


def matrix(path: Path) -> Matrix:
    """The one matrix of finite numbers in a .mat file."""
    refuse_special(path)
    try:
        variables = loadmat(path, appendmat=False)
        found = [value for name, value in variables.items() if not name.startswith("__")]
        values = np.asarray(found[0]) if len(found) == 1 else np.empty(0)
    except Exception as error:  # noqa: BLE001  a damaged file makes scipy raise whatever its parsers do
        raise BadInput(f"{path}: is not a MATLAB file that can be read: {_line(error)}") from None
    if values.ndim != 2 or not values.size or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise BadInput(f"{path}: does not hold one matrix of numbers")
    return values.astype(np.float64)


def sheet(path: Path) -> list[tuple[Any, ...]]:
    """The rows of the first sheet of an Excel workbook, empty ones included; an empty cell is None."""
    refuse_special(path)
    try:
        with closing(load_workbook(path, read_only=True, data_only=True)) as workbook:
            return list(workbook.worksheets[0].iter_rows(values_only=True))
    except Exception as error:  # noqa: BLE001  a damaged workbook makes openpyxl raise whatever its parsers do
        raise BadInput(f"{path}: is not an Excel workbook that can be read: {_line(error)}") from None


def _line(error: Exception) -> str:
    return brief((str(error) or type(error).__name__).partition("\n")[0])
