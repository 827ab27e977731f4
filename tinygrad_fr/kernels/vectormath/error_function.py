"""Error function, its complement, and the normal distribution function."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.vectormath.exponential import exp32, exp64
from tinygrad_fr.kernels.vectormath.options import INLINE, by_dtype

# erf x is its Taylor series up to ½, and 1 − e^(−t²) K(t) beyond, with t = |x|. K(t) (t + 3) is a polynomial in
# u = (t − 3) / (t + 3), interpolated at Chebyshev's points of [½, 27.5] in 40 digits; beyond, e^(−t²) is 0.


@njit(cache=True, **INLINE)
def _erf_series(x: Any) -> Any:
    s = x * x
    p = 9.422759064650411e-11
    p = p * s - 1.2290555301717926e-09
    p = p * s + 1.4807192815879218e-08
    p = p * s - 1.6365844691234924e-07
    p = p * s + 1.6462114365889246e-06
    p = p * s - 1.492565035840625e-05
    p = p * s + 0.00012055332981789664
    p = p * s - 0.0008548327023450852
    p = p * s + 0.005223977625442188
    p = p * s - 0.026866170645131252
    p = p * s + 0.11283791670955126
    p = p * s - 0.37612638903183754
    p = p * s + 1.1283791670955126
    return p * x


@njit(cache=True, **INLINE)
def _erfc_tail(z: Any, h: Any, root: Any) -> Any:
    """e^(−h z²) K(root · z), where root² = h: the square is taken of z itself, whose digits are all there."""
    z = 42.0 if z > 42.0 else z
    t = z * root
    near = np.float64(np.float32(z))  # its square is exact, so that the exponential loses nothing to its rounding
    rest = (z - near) * (z + near) * h
    e = exp64(-near * near * h) * (1.0 - rest * (1.0 - rest * (0.5 - rest / 6.0)))
    u = (t - 3.0) / (t + 3.0)
    p = -8.985841327881437e-09
    p = p * u + 3.200260756174793e-08
    p = p * u + 6.378242096586163e-08
    p = p * u - 2.1409861488809633e-07
    p = p * u - 4.265535398176191e-07
    p = p * u + 9.872540218513573e-07
    p = p * u + 2.7765031753525645e-06
    p = p * u - 4.744899233073382e-06
    p = p * u - 1.74746342131012e-05
    p = p * u + 3.0397138088624926e-05
    p = p * u + 0.0001075624160113078
    p = p * u - 0.000276777692019861
    p = p * u - 0.0005483098218259338
    p = p * u + 0.0030340619869510897
    p = p * u - 0.0012124166167030706
    p = p * u - 0.026827234623733834
    p = p * u + 0.1195277612868581
    p = p * u - 0.3104672619005861
    p = p * u + 0.5902283571041087
    p = p * u - 0.8833944531698835
    p = p * u + 1.0740069070883398
    return e * p / (t + 3.0)


@njit(cache=True, **INLINE)
def _erf64(x: Any) -> Any:
    t = abs(x)
    far = 1.0 - _erfc_tail(t, 1.0, 1.0)
    return _erf_series(x) if t < 0.5 else (-far if x < 0.0 else far)


@njit(cache=True, **INLINE)
def _erfc64(x: Any, h: Any, root: Any) -> Any:
    """erfc(root · x), where root² = h."""
    t = abs(x) * root
    far = _erfc_tail(abs(x), h, root)
    return 1.0 - _erf_series(x * root) if t < 0.5 else (2.0 - far if x < 0.0 else far)


# In float32 the same two pieces with fewer terms. e^(−h z²) is exact to the last digits because the square of ``near``,
# which keeps 12 bits of z, is.


@njit(cache=True, **INLINE)
def _bell32(z: Any, h: Any) -> Any:
    near = np.int32(np.float32(z).view(np.int32) & np.int32(-4096)).view(np.float32)
    r = (z - near) * (z + near) * h
    left = np.float32(1 / 6) - r * np.float32(1 / 24)
    return exp32(-near * near * h) * (np.float32(1) - r * (np.float32(1) - r * (np.float32(0.5) - r * left)))


@njit(cache=True, **INLINE)
def _erf_series32(x: Any) -> Any:
    s = x * x
    p = np.float32(-1.492565035840625e-05)
    p = p * s + np.float32(0.00012055332981789664)
    p = p * s - np.float32(0.0008548327023450852)
    p = p * s + np.float32(0.005223977625442188)
    p = p * s - np.float32(0.026866170645131252)
    p = p * s + np.float32(0.11283791670955126)
    p = p * s - np.float32(0.37612638903183754)
    return x + x * (p * s + np.float32(0.1283791670955126))


@njit(cache=True, **INLINE)
def _scaled_tail32(t: Any) -> Any:
    """K(t), interpolated on [½, 10.6]; beyond, e^(−t²) is 0."""
    t = np.float32(10.6) if t > np.float32(10.6) else t
    u = (t - np.float32(3)) / (t + np.float32(3))
    p = np.float32(-0.000304621142)
    p = p * u - np.float32(0.000472088928)
    p = p * u + np.float32(0.00306467969)
    p = p * u - np.float32(0.00123264843)
    p = p * u - np.float32(0.0268355067)
    p = p * u + np.float32(0.119530052)
    p = p * u - np.float32(0.310466481)
    p = p * u + np.float32(0.590228261)
    p = p * u - np.float32(0.883394473)
    p = p * u + np.float32(1.07400691)
    return p / (t + np.float32(3))


# erf itself needs no digits of its distance from 1, so that one exponential of a polynomial is enough beyond 475/512: two minimax
# polynomials of N. Juffa's, whose result is off by less than one unit in the last place.


@njit(cache=True, **INLINE)
def _erf32(x: Any) -> Any:
    t = abs(x)
    t = np.float32(10) if t > np.float32(10) else t
    s = t * t
    p = np.float32(3.83197126e-4) - np.float32(1.72853470e-5) * t
    p = p * s + (np.float32(2.42546219e-2) - np.float32(3.88396438e-3) * t)
    p = p * t - np.float32(1.06777877e-1)
    p = p * t - np.float32(6.34846687e-1)
    p = p * t - np.float32(1.28717512e-1)
    far = np.float32(1) - exp32(p * t - t)
    q = np.float32(4.99119423e-3) - np.float32(5.96761703e-4) * s
    q = q * s - np.float32(2.67681349e-2)
    q = q * s + np.float32(1.12819925e-1)
    q = q * s - np.float32(3.76125336e-1)
    q = q * s + np.float32(1.28379166e-1)
    return q * x + x if t < np.float32(0.927734375) else np.copysign(far, x)


@njit(cache=True, **INLINE)
def _erfc32(x: Any, h: Any, root: Any) -> Any:
    """erfc(root · x), where root² = h."""
    z = abs(x)
    z = np.float32(20) if z > np.float32(20) else z
    t = z * root
    far = _bell32(z, h) * _scaled_tail32(t)
    near = np.float32(1) - _erf_series32(np.copysign(t, x))
    return near if t < np.float32(0.5) else (np.float32(2) - far if x < np.float32(0) else far)


def erf(x: Any) -> Any:
    """Error function of Gauss, of a float32 or float64 inside a kernel."""
    raise NotImplementedError


by_dtype(erf, _erf32, _erf64)


def erfc(x: Any) -> Any:
    """1 − erf x, exact where erf is near 1; of a float32 or float64 inside a kernel."""
    raise NotImplementedError


def _erfc_single(x: Any) -> Any:
    return _erfc32(x, np.float32(1), np.float32(1))


def _erfc_double(x: Any) -> Any:
    return _erfc64(x, 1.0, 1.0)


by_dtype(erfc, _erfc_single, _erfc_double)


def ndtr(x: Any) -> Any:
    """Φ(x) = ½ erfc(−x/√2), of a float32 or float64 inside a kernel."""
    raise NotImplementedError


def _ndtr_single(x: Any) -> Any:
    return np.float32(0.5) * _erfc32(-x, np.float32(0.5), np.float32(0.7071067811865476))


def _ndtr_double(x: Any) -> Any:
    return 0.5 * _erfc64(-x, 0.5, 0.7071067811865476)


by_dtype(ndtr, _ndtr_single, _ndtr_double)
