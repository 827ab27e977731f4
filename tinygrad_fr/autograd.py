"""Gradients under the names of ``torch.autograd``."""

from typing import Any

from tinygrad_fr import functional
from tinygrad_fr.handles.custom import Function, once_differentiable
from tinygrad_fr.handles.legacy import Variable
from tinygrad_fr.record.backward import backward, grad
from tinygrad_fr.record.mode import detect_anomaly, enable_grad, no_grad, set_grad_enabled


def gradcheck(func: Any, inputs: Any, *, raise_exception: bool = True, **_tolerances: Any) -> bool:
    """Whether the gradient of a function equals central differences; see :func:`tinygrad_fr.testing.check_gradient`.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> x = tensor([0.5, 2.0], requires_grad=True, dtype="float64")
        >>> autograd.gradcheck(lambda x: x * x, x)
        True
        >>> autograd.gradcheck(lambda x: x * x.detach(), x, raise_exception=False)  # half of it hidden
        False
    """
    return _checked(func, inputs, 1, raise_exception)


def gradgradcheck(func: Any, inputs: Any, *, raise_exception: bool = True, **_tolerances: Any) -> bool:
    """Whether the second derivatives of a function equal central differences.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> x = tensor([0.5, 2.0], requires_grad=True, dtype="float64")
        >>> autograd.gradgradcheck(lambda x: x**3, x)
        True
    """
    return _checked(func, inputs, 2, raise_exception)


def _checked(func: Any, inputs: Any, order: int, raise_exception: bool) -> bool:
    from tinygrad_fr.testing.gradients import GradientMismatchError, check_gradient

    try:
        check_gradient(func, *(inputs if isinstance(inputs, tuple | list) else (inputs,)), order=order)
    except GradientMismatchError:
        if raise_exception:
            raise
        return False
    return True


__all__ = [
    "Function",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "no_grad",
    "once_differentiable",
    "set_grad_enabled",
]
