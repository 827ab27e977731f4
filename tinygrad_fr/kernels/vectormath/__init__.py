"""Functions of a number that LLVM can vectorise: no branch, no call into libm.

In a numba loop a call of libm costs 10-12 ns per element, because it stops vectorisation; these polynomials cost well
under 1 ns. Sine and cosine are imported from :mod:`tinygrad_fr.kernels.vectormath.trigonometry`.
"""

from tinygrad_fr.kernels.vectormath.error_function import erf, erfc, ndtr
from tinygrad_fr.kernels.vectormath.exponential import exp, expm1, sigmoid, tanh
from tinygrad_fr.kernels.vectormath.logarithm import log, log1p
from tinygrad_fr.kernels.vectormath.selection import maximum, minimum, sign, where

__all__ = [
    "erf",
    "erfc",
    "exp",
    "expm1",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "ndtr",
    "sigmoid",
    "sign",
    "tanh",
    "where",
]
