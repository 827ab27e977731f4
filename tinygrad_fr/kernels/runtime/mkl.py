"""Intel's MKL, whose products take two thirds of the time of OpenBLAS's for the sizes of a layer, where it is installed.

``pip install 'tinygrad_fr[mkl]'`` brings it for x86-64. It is not part of the plain install: its files take a gigabyte.
"""

from __future__ import annotations

import ctypes
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ENOUGH = 500_000  # multiplications: with fewer, OpenBLAS is as fast
_SEQUENTIAL = 1  # MKL_THREADING_SEQUENTIAL: our own threads share the work
_SAME_DIGITS = 2  # MKL_CBWR_AUTO: the last digits do not depend on where an array lies in memory
_LIBRARY = re.compile(r"(lib)?mkl_rt(\.\d+)?\.(so|dylib|dll)(\.\d+)?$")


@cache
def library() -> Path | None:
    """The file of MKL that chooses the code for this processor, if the package ``mkl`` is installed."""
    try:
        files = distribution("mkl").files or ()
    except PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in files if _LIBRARY.match(file.name)), None)


@cache
def products() -> dict[str, int] | None:
    """Addresses of the products of matrices, for float32 (``"f"``) and float64 (``"d"``); None without MKL."""
    if (file := library()) is None:
        return None
    try:
        loaded = ctypes.CDLL(str(file))
        loaded.MKL_Set_Threading_Layer(_SEQUENTIAL)
        loaded.MKL_CBWR_Set(_SAME_DIGITS)
        functions = {"f": loaded.sgemm_, "d": loaded.dgemm_}
    except (OSError, AttributeError):  # of another processor or system, or without these functions
        return None
    return {char: ctypes.cast(each, ctypes.c_void_p).value or 0 for char, each in functions.items()}
