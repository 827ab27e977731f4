"""The addresses of scipy's BLAS products, without importing the other modules of its linear algebra, which takes a sixth of the time of a first result.

numba imports the same module when it first compiles or loads a function, and only checks that it is there.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from importlib.machinery import ExtensionFileLoader, PathFinder
from importlib.util import module_from_spec
from pathlib import Path

from numba.extending import get_cython_function_address

_PACKAGE, _NAME = "scipy.linalg", "scipy.linalg.cython_blas"


@cache
def products() -> dict[str, int]:
    """Addresses of the products of matrices, for float32 (``"f"``) and float64 (``"d"``)."""
    alone = _PACKAGE not in sys.modules and _load()
    try:
        importlib.import_module("numba.np.arraymath")
        return {char: get_cython_function_address(_NAME, name) for char, name in (("f", "sgemm"), ("d", "dgemm"))}
    finally:
        if alone:  # a later import of the package works as usual and gets this same module
            del sys.modules[_NAME]


def _load() -> bool:
    """Import the module without its package, if it is a file in scipy's folder."""
    import scipy  # which finds the libraries that its extensions need

    spec = PathFinder.find_spec(_NAME, [str(Path(folder) / "linalg") for folder in scipy.__path__])
    if spec is None or not isinstance(spec.loader, ExtensionFileLoader):
        return False
    sys.modules[_NAME] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return True
