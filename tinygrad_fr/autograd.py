"""Gradients under the names of ``torch.autograd``."""

import sys
from typing import Any

from tinygrad_fr import functional
from tinygrad_fr.errors import UsageError
from tinygrad_fr.gradients import grad
from tinygrad_fr.handles import saved as graph
from tinygrad_fr.handles.custom import Context as FunctionCtx
from tinygrad_fr.handles.custom import Function, once_differentiable
from tinygrad_fr.handles.legacy import Variable
from tinygrad_fr.locale import _
from tinygrad_fr.modes import enable_grad, no_grad, set_grad_enabled
from tinygrad_fr.observers import detect_anomaly, set_detect_anomaly
from tinygrad_fr.record.backward import backward as _backward
from tinygrad_fr.record.node import Node


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add to the ``.grad`` of leaves the gradient of the tensors' (weighted) sum, with PyTorch's arguments.

    Args:
        tensors: what to differentiate: one or several.
        grad_tensors: an upstream gradient for each, of the tensor's shape; 1 where the tensor is a single number.
        retain_graph: accepted for PyTorch's sake: a record may always be gone through again.
        create_graph: record the backward pass too, so that it can be drawn and differentiated again.
        grad_variables: the old name of ``grad_tensors``.
        inputs: give gradients to these nodes only.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> autograd.backward([x * x, 3 * x], grad_tensors=[tensor([1.0, 1.0]), tensor([1.0, 0.0])])
        >>> x.grad  # 2x, and 3 for the first
        tensor([5., 4.])
    """
    if grad_tensors is not None and grad_variables is not None:
        raise UsageError(_("backward: grad_tensors and grad_variables are one argument; give one of them"))
    given = grad_tensors if grad_variables is None else grad_variables
    if isinstance(tensors, Node):
        tensors, given = [tensors], given if given is None or isinstance(given, list | tuple) else [given]
    _backward(tensors, given, create_graph=create_graph, inputs=inputs)


def gradcheck(
    func: Any,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **options: Any,
) -> bool:
    """Whether the gradient of a function equals central differences; see :func:`tinygrad_fr.testing.check_gradient`.

    Args:
        func: takes the inputs and gives a tensor, or several.
        inputs: a tensor, or several; those that require a gradient are differentiated.
        eps, atol, rtol: accepted where they are no stricter than what is proven here: differences of 1e-5, and 2e-6 of
            the largest number.
        raise_exception: whether a difference is an error; False gives False instead.
        options: those of PyTorch that ask for no more than is proven.

    Raises:
        GradientMismatchError: the gradient is wrong.
        UsageError: no input requires a gradient, or an option asks for what is not proven.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> x = tensor([0.5, 2.0], requires_grad=True, dtype="float64")
        >>> autograd.gradcheck(lambda x: x * x, x)
        True
        >>> autograd.gradcheck(lambda x: x * x.detach(), x, raise_exception=False)  # half of it hidden
        False
    """
    _understood("gradcheck", options, eps, atol, rtol)
    return _checked("gradcheck", func, inputs, 1, raise_exception, bool(options.get("check_forward_ad")))


def gradgradcheck(
    func: Any,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **options: Any,
) -> bool:
    """Whether the second derivatives of a function equal central differences; see :func:`gradcheck`.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> x = tensor([0.5, 2.0], requires_grad=True, dtype="float64")
        >>> autograd.gradgradcheck(lambda x: x**3, x)
        True
    """
    if grad_outputs is not None:
        raise UsageError(_("gradgradcheck: expected grad_outputs to be left out: weights of its own are used"))
    _understood("gradgradcheck", options, eps, atol, rtol)
    return _checked("gradgradcheck", func, inputs, 2, raise_exception, True)


# What PyTorch may be asked beside the check, and the answers that ask for nothing more than is proven here.
_OPTIONS: dict[str, tuple[Any, ...]] = {
    "nondet_tol": (0, 0.0),
    "check_undefined_grad": (True, False),
    "check_grad_dtypes": (False,),
    "check_batched_grad": (False,),
    "check_batched_forward_grad": (False,),
    "check_forward_ad": (True, False),
    "check_backward_ad": (True,),
    "check_fwd_over_rev": (False,),
    "check_rev_over_rev": (True,),
    "gen_non_contig_grad_outputs": (False,),
    "fast_mode": (True, False),
    "masked": (None, False),
}
_STRICTEST = 2e-6  # relative, of what is proven


def _understood(name: str, options: dict[str, Any], eps: float, atol: float, rtol: float) -> None:
    """Refuse by name what is not known, or asks for more than is proven."""
    for option, value in options.items():
        if option not in _OPTIONS:
            raise TypeError(f"{name}() got an unexpected keyword argument '{option}'")
        if value not in _OPTIONS[option]:
            raise UsageError(
                _("{name}: {option}={value} is not supported").format(name=name, option=option, value=value)
            )
    if eps <= 0 or max(atol, rtol) < _STRICTEST:
        raise UsageError(
            _("{name}: expected eps over 0 and a tolerance of at least {least}, got eps={eps}, atol={atol}, rtol={rtol}").format(
                name=name, least=_STRICTEST, eps=eps, atol=atol, rtol=rtol
            )
        )  # fmt: skip


def _checked(name: str, func: Any, inputs: Any, order: int, raise_exception: bool, forward: bool) -> bool:
    from tinygrad_fr.testing.proving.gradients import GradientMismatchError, check_gradient

    given = list(inputs) if isinstance(inputs, tuple | list) else [inputs]
    places = [i for i, x in enumerate(given) if getattr(x, "requires_grad", False)]
    if not places:
        raise UsageError(_("{name}: expected at least one input that requires a gradient, got none").format(name=name))

    def of_leaves(*leaves: Any) -> Any:
        every = list(given)
        for place, leaf in zip(places, leaves, strict=True):
            every[place] = leaf
        return func(*every)

    owner = getattr(func, "__self__", None)  # of Function.apply, whose own name says nothing
    title = f"{owner.__name__}.apply" if isinstance(owner, type) else getattr(func, "__name__", type(func).__name__)
    try:
        check_gradient(of_leaves, *(given[i] for i in places), order=order, name=title, forward=forward)
    except GradientMismatchError:
        if raise_exception:
            raise
        return False
    return True


__all__ = [
    "Function",
    "FunctionCtx",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "no_grad",
    "once_differentiable",
    "set_detect_anomaly",
    "set_grad_enabled",
]


def __getattr__(name: str) -> Any:
    if name in ("function", "variable"):  # files of PyTorch's own
        return sys.modules[__name__]
    if name == "profiler":  # what lessons time themselves with, loaded when they do
        from tinygrad_fr.lessons.companions import profiler

        return profiler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
