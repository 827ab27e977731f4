"""Whether numbers are equal but for rounding, under PyTorch's name and with its tolerances."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shared.untracked import value_of

# dtype → relative and absolute tolerance; of two dtypes the looser counts.
TOLERANCES = {"float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}

# Those of the function that assert_close took the place of.
_FORMER = {"float16": (1e-3, 1e-3), "float32": (1e-4, 1e-5), "float64": (1e-5, 1e-8)}


def assert_close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_dtype: bool = True,
    msg: Any = None,
    **_devices: Any,
) -> None:
    """Raise AssertionError unless two tensors, numbers, or lists and dictionaries of them are equal but for rounding.

    Args:
        actual: what was found.
        expected: what should be.
        rtol: relative tolerance; by the dtype unless told, with ``atol``.
        atol: absolute tolerance.
        equal_nan: whether NaN equals NaN.
        check_dtype: whether the dtypes must be equal.
        msg: what to say instead, or a function of what would be said.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.testing import assert_close
        >>> assert_close(tg.tensor([1.0]) / 3 * 3, tg.tensor([1.0]))
        >>> try:
        ...     assert_close(tg.tensor([1.0, 2.0]), tg.tensor([1.0, 2.5]))
        ... except AssertionError as error:
        ...     print(str(error).splitlines()[0])
        Tensor-likes are not close!
    """
    if (rtol is None) != (atol is None):
        raise UsageError(_("assert_close: expected both rtol and atol, or neither"))
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping) or actual.keys() != expected.keys():
            _fail("The keys of the mappings do not match.", msg)
        pairs = [(actual[key], expected[key]) for key in expected]
    elif isinstance(expected, tuple | list):
        if not isinstance(actual, tuple | list) or len(actual) != len(expected):
            _fail("The length of the sequences mismatch.", msg)
        pairs = list(zip(actual, expected, strict=True))
    else:
        return _compare(actual, expected, rtol, atol, equal_nan, check_dtype, msg)
    for found, wanted in pairs:
        assert_close(
            found, wanted, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, msg=msg, **_devices
        )
    return None


def _compare(
    actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool, check_dtype: bool, msg: Any
) -> None:
    numbers = not hasattr(actual, "dtype") and not hasattr(expected, "dtype")
    a, b = (np.asarray(value_of(x)) for x in (actual, expected))
    if a.shape != b.shape:
        _fail(f"The values for attribute 'shape' do not match: {a.shape} != {b.shape}.", msg)
    if not numbers and check_dtype and a.dtype != b.dtype:
        _fail(f"The values for attribute 'dtype' do not match: torch.{a.dtype} != torch.{b.dtype}.", msg)
    if rtol is None or atol is None:
        rtol, atol = _tolerances(TOLERANCES, a, b)
    wide = np.float64 if "f" in a.dtype.kind + b.dtype.kind else None
    x, y = (a.astype(wide), b.astype(wide)) if wide is not None else (a, b)
    close = np.isclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan) if wide is not None else x == y
    wrong = int(np.sum(~close))
    if not wrong:
        return
    if numbers or not a.ndim:
        _fail(
            f"{'Scalars' if numbers or not a.ndim else 'Tensor-likes'} are not close!\n\nExpected {y} but got {x}.", msg
        )
    gap = np.abs(x.astype(np.float64) - y.astype(np.float64))
    lines = [
        "Tensor-likes are not close!",
        "",
        f"Mismatched elements: {wrong} / {a.size} ({wrong / a.size:.1%})",
        f"Greatest absolute difference: {np.nanmax(np.where(close, 0, gap))} (up to {atol} allowed)",
    ]
    _fail("\n".join(lines), msg)


def _tolerances(table: Mapping[str, tuple[float, float]], *arrays: Any) -> tuple[float, float]:
    """The looser ones of the dtypes of arrays."""
    relative, absolute = zip(*(table.get(x.dtype.name, (0.0, 0.0)) for x in arrays), strict=True)
    return max(relative), max(absolute)


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """:func:`assert_close` as it was before 2022: looser, of any dtypes, and NaN equals NaN.

    Example:
        >>> import warnings
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.testing import assert_allclose
        >>> with warnings.catch_warnings(action="ignore", category=FutureWarning):
        ...     assert_allclose(tg.tensor([1.0, float("nan")]), [1.00001, float("nan")])
    """
    warnings.warn(_("assert_allclose is the older form of assert_close: use that one"), FutureWarning, stacklevel=2)
    a = actual if hasattr(actual, "dtype") else np.asarray(actual)
    b = expected if hasattr(expected, "dtype") else np.asarray(expected)
    if rtol is None and atol is None:
        rtol, atol = _tolerances(_FORMER, *(np.asarray(value_of(x)) for x in (a, b)))
    assert_close(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None)


def _fail(text: str, msg: Any) -> None:
    raise AssertionError(msg(text) if callable(msg) else text if msg is None else msg)
