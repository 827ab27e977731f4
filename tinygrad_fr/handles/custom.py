"""Operations written as a pair of Python functions, under the name of ``torch.autograd.Function``."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops.definition.op import conform
from tinygrad_fr.ops.definition.structured import outputs
from tinygrad_fr.record.mode import enable_grad, no_grad, untaped
from tinygrad_fr.record.node import Node, record


class Context:
    """What forward leaves for backward.

    Attributes:
        needs_input_grad: for each argument, whether backward must give a gradient.
    """

    def __init__(self, needs: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs
        self._saved: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward."""
        self._saved = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was kept."""
        return self._saved

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Accepted for PyTorch's sake: integers and booleans never get a gradient here."""


class _Custom:
    """One call of a function, as the record knows it."""

    def __init__(self, function: type[Function], context: Context, result: Any) -> None:
        self.function, self.context, self.result = function, context, result
        self.name = self.symbol = function.__name__

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Call the function's backward, on tensors; recorded where the backward pass is."""
        parts = gradient if isinstance(node.value, tuple) else (gradient,)
        recorded = any(isinstance(part, Node) for part in parts)
        upstream = [p if p is None or isinstance(p, Node) else Tensor.wrap(np.asarray(p)) for p in parts]
        context = self.context
        if recorded:  # a kept result is this node, so that backward can be differentiated again
            context = Context(context.needs_input_grad)
            context.__dict__.update(self.context.__dict__)
            context._saved = tuple(node if kept is self.result else kept for kept in self.context._saved)
        with enable_grad() if recorded else no_grad():
            found = self.function.backward(context, *upstream)
        sent = found if isinstance(found, tuple) else (found,)
        if len(sent) != len(node.inputs):
            raise GradientError(
                _("{name}.backward: expected {expected} gradients, one an argument of forward, got {found}").format(
                    name=self.name, expected=len(node.inputs), found=len(sent)
                )
            )
        return tuple(
            None if c is None or not isinstance(x, Node) else conform(c if recorded else np.asarray(c), x)
            for c, x in zip(sent, node.inputs, strict=True)
        )


class Function:
    """An operation of one's own: a static ``forward(ctx, *args)`` and a static ``backward(ctx, *gradients)``.

    An operation said by :func:`tinygrad_fr.ops.definition.elementwise` gets its drawing, its formula, its proof and its
    higher derivatives for nothing; this is for what cannot be said so, and for programs that come from PyTorch.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> class Double(autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         return x * 2
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         return g * 2
        >>> x = tensor(3.0, requires_grad=True)
        >>> Double.apply(x).backward()
        >>> x.grad
        tensor(2.)
    """

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """The value; ``ctx.save_for_backward`` keeps what backward reads."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """One gradient an argument of forward, None where there is none."""
        raise NotImplementedError

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run forward and record the call."""
        untaped(_("it applies {name}, an operation of one’s own").format(name=cls.__name__))
        inputs = tuple(x.current if isinstance(x, Node) else x for x in args)
        needs = sum(1 << i for i, x in enumerate(inputs) if isinstance(x, Node) and x.needs)
        context = Context(tuple(isinstance(x, Node) and bool(x.needs) for x in inputs))
        with no_grad():
            result = cls.forward(context, *args)
        several = isinstance(result, tuple)
        values = tuple(
            r.current.value if isinstance(r, Node) else np.asarray(r) for r in (result if several else (result,))
        )
        plain = tuple(x if isinstance(x, Node | float | int) else None for x in inputs)
        node = record(_Custom(cls, context, result), plain, {}, values if several else values[0], needs)
        return outputs(node) if several else node
