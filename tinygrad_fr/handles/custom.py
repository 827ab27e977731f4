"""Operations written as a pair of Python functions, under the name of ``torch.autograd.Function``."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from tinygrad_fr.errors import DtypeError, GradientError, ShapeError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import enable_grad, is_grad_enabled, no_grad
from tinygrad_fr.naming import Named
from tinygrad_fr.ops.definition.op import stale, unbroadcast
from tinygrad_fr.ops.definition.structured import outputs
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.record.mode import untaped
from tinygrad_fr.record.node import Node, record
from tinygrad_fr.record.operation import Operation
from tinygrad_fr.views import written

if TYPE_CHECKING:
    from collections.abc import Callable


class Context:
    """What forward leaves for backward; attributes of one's own may be set on it.

    Attributes:
        needs_input_grad: for each argument, whether backward must give a gradient.

    Example:
        >>> import tinygrad_fr as tg
        >>> class Doubled(tg.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.factor = 2
        ...         return x * ctx.factor
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         return g * ctx.factor
        >>> x = tg.tensor([1.0], requires_grad=True)
        >>> Doubled.apply(x).backward()
        >>> x.grad
        tensor([2.])
    """

    def __init__(self, needs: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs
        self._saved: tuple[Any, ...] = ()
        self._flat: tuple[Any, ...] = ()  # outputs without a gradient
        self._dirty: tuple[Any, ...] = ()  # arguments that forward changed
        self._zeros = True
        self._kept: Callable[[], tuple[Any, ...]] | None = None

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors, or None, for backward; whoever changes one of them in between is told so by backward.

        Raises:
            DtypeError: something else is kept, which an attribute of the context would do.
        """
        for x in tensors:
            if x is not None and not isinstance(x, Node):
                raise DtypeError(
                    _("save_for_backward: expected tensors, got {found}; set an attribute of ctx").format(
                        found=type(x).__name__
                    )
                )
        self._saved = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for a function's ``jvp``, which reads them as ``saved_tensors``: derivatives here go backward alone."""

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was kept.

        Raises:
            GradientError: the value of one was changed since.
        """
        return self._saved if self._kept is None else self._kept()

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Give these outputs no gradient."""
        self._flat = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which arguments forward changed in place; it must return them."""
        self._dirty = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros, or None, for outputs that nothing used."""
        self._zeros = value


class _Custom(Operation):
    """One call of a function, as the record knows it."""

    def __init__(self, function: type[Function], context: Context, results: tuple[Any, ...], places: list[int]) -> None:
        self.function, self.context, self.results, self.places = function, context, results, places
        self.name = self.symbol = function.__name__
        self.backward_name = f"{self.name}Backward"
        self.shown: list[Any] = []  # weak references to the outputs, by place, once there are
        self.elsewhere: list[Any] | None = None  # what hooks made of the saved tensors

    def saves(self, keep: Callable[[Node], Any]) -> None:
        """Have each saved tensor kept by somebody else."""
        self.elsewhere = [None if x is None else keep(x) for x in self.context._saved]

    def kept(self, node: Node) -> tuple[Any, ...]:
        """What forward saved, as it was: an output that it saved is this node's, so that backward can be differentiated again."""
        found = []
        parts: Any = None
        for k, x in enumerate(self.context._saved):
            place = next((i for i, r in enumerate(self.results) if r is x and x is not None), None)
            now_ = x if place is None else self.shown[place]()
            if self.elsewhere is None and isinstance(now_, Node) and now_.changed_since(node.id):
                raise stale(node, now_)
            if place is not None:
                if parts is None:
                    parts = outputs(node) if isinstance(node.value, tuple) else (node,)
                x = parts[self.places.index(place)]
            if self.elsewhere is not None and x is not None:
                x = x.snapshot()
                x.value, x.rare = self.elsewhere[k].unpacked(), None
            found.append(x)
        return tuple(found)

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Call the function's backward, on tensors; recorded where the backward pass is."""
        several = isinstance(node.value, tuple)
        parts = gradient if several else (gradient,)
        values = node.value if several else (node.value,)
        recorded = any(isinstance(part, Node) for part in parts)
        context = self.context
        upstream: list[Any] = [None] * len(self.results)
        for place, part, value in zip(self.places, parts, values, strict=True):
            if part is None and context._zeros:
                part = np.zeros_like(value)
            upstream[place] = part if part is None or isinstance(part, Node) else Tensor.wrap(np.asarray(part))
        context._kept = lambda: self.kept(node)
        try:
            with enable_grad() if recorded else no_grad():
                found = self.function.backward(context, *upstream)
        finally:
            context._kept = None
        sent = found if isinstance(found, tuple) else (found,)
        inputs, extra = node.inputs, sent[len(node.inputs) :]
        if len(sent) < len(inputs) or any(c is not None for c in extra):
            raise GradientError(
                _("{name}.backward: expected {expected} gradients, one an argument of forward, got {found}").format(
                    name=self.name, expected=len(inputs), found=len(sent)
                )
            )
        return tuple(
            self.fitted(c, x, i, bool(node.needs >> i & 1), recorded)
            for i, (c, x) in enumerate(zip(sent, inputs, strict=False))
        )

    def fitted(self, sent: Any, x: Any, place: int, needed: bool, recorded: bool) -> Any:
        """A gradient of the argument at a place, checked."""
        if sent is None:
            return None
        if not isinstance(x, Node):
            raise GradientError(
                _("{name}.backward: expected None for argument {place}, which is no tensor, got a gradient").format(
                    name=self.name, place=place
                )
            )
        if not needed:
            return None
        value = sent.current.value if isinstance(sent, Node) else np.asarray(sent)
        if not reduces(np.shape(value), np.shape(x.value)):
            raise ShapeError(
                _("{name}.backward: expected a gradient of shape {expected} for argument {place}, got {found}").format(
                    name=self.name, expected=np.shape(x.value), place=place, found=np.shape(value)
                )
            )
        return unbroadcast(sent.current if recorded and isinstance(sent, Node) else value, x)


def reduces(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a gradient can be summed over the dimensions along which its operand was broadcast.

    Example:
        >>> reduces((2, 3), (3,)), reduces((2, 3), (1, 3)), reduces((3,), (2, 3))
        (True, True, False)
    """
    if len(shape) < len(wanted):
        return False
    return all(side in (1, full) for side, full in zip(wanted[::-1], shape[::-1], strict=False))


class _Once(Operation):
    """Gradients that cannot be differentiated again."""

    symbol = "∂"

    def __init__(self, name: str) -> None:
        self.name = name

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Refuse."""
        raise GradientError(
            _("{name} is differentiable once: its backward is marked with once_differentiable").format(name=self.name)
        )


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Say that a function's ``backward`` is not recorded: what is differentiated through it again is refused.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> class Double(autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         return x * 2
        ...     @staticmethod
        ...     @autograd.once_differentiable
        ...     def backward(ctx, g):
        ...         return g * 2
        >>> x = tensor(3.0, requires_grad=True)
        >>> (dx,) = autograd.grad(Double.apply(x), x, create_graph=True)
        >>> try:
        ...     dx.backward()
        ... except RuntimeError as error:
        ...     print("is differentiable once" in str(error))
        True
    """

    @wraps(backward)
    def call(ctx: Any, *gradients: Any) -> Any:
        recorded = is_grad_enabled()
        with no_grad():
            found = backward(ctx, *gradients)
        if not recorded:
            return found
        sent = found if isinstance(found, tuple) else (found,)
        leaf = tensor(0.0, requires_grad=True)  # it stands for all that the gradients depend on
        marked = tuple(c if c is None else record(_Once(backward.__name__), (leaf,), {}, value_of(c), 1) for c in sent)
        return marked if isinstance(found, tuple) else marked[0]

    return call


class Function(Named):
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
    def forward(*args: Any) -> Any:
        """The value, of ``(ctx, *args)``, or of ``args`` alone where :meth:`setup_context` is defined."""
        raise NotImplementedError

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what backward reads, where forward is not given ``ctx``."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """One gradient an argument of forward, None where there is none."""
        raise NotImplementedError("a torch.autograd.Function whose derivative is asked for defines backward()")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run forward and record the call.

        Raises:
            GradientError: forward changed a leaf that requires a gradient, or marked as changed what it did not return.
        """
        untaped(_("it applies {name}, an operation of one’s own").format(name=cls.__name__))
        inputs: list[Any] = [x.current if isinstance(x, Node) else x for x in args]
        before = [(x, x.value) for x in inputs if isinstance(x, Node)]
        context = Context(tuple(isinstance(x, Node) and bool(x.needs) for x in inputs))
        with no_grad():
            if cls.setup_context is Function.setup_context:
                result = cls.forward(context, *inputs)
            else:
                result = cls.forward(*inputs)
                cls.setup_context(context, tuple(inputs), result)
        results = result if isinstance(result, tuple) else (result,)
        needs = sum(1 << i for i, x in enumerate(inputs) if isinstance(x, Node) and x.needs)
        dirty = [_changed(cls.__name__, x, results, before) for x in context._dirty] if is_grad_enabled() else []
        for i, x in enumerate(inputs):
            old = next((snapshot for snapshot in dirty if isinstance(x, Node) and snapshot.id == x.id), None)
            inputs[i] = x if old is None else old
        several = isinstance(result, tuple)
        places = [
            i for i, r in enumerate(results) if not several or isinstance(r, Node | np.ndarray | np.generic | float)
        ]
        values = tuple(r.current.value if isinstance(r, Node) else np.asarray(r) for r in (results[i] for i in places))
        plain = tuple(x if isinstance(x, Node | float | int) else None for x in inputs)
        op = _Custom(cls, context, results, places)
        node = record(op, plain, {}, values if several else values[0], needs)
        found = list(outputs(node)) if several else [node]
        for k, place in enumerate(places):
            if any(results[place] is x for x in context._flat):
                found[k] = Tensor.wrap(values[k])
        whole = list(results)
        for k, place in enumerate(places):
            x = results[place]
            if dirty and any(x is each for each in context._dirty):
                _put(x, found[k])
                found[k] = x
            whole[place] = found[k]
        op.shown = [ref(x) if isinstance(x, Node) else None for x in whole]
        return tuple(whole) if several else whole[0]


def _put(x: Any, node: Node) -> None:
    """Put what a call gives in the place of the argument that it changed, and so into what that is a view of."""
    base = None if x.rare is None else x.rare.base
    if base is None:
        x.move_to(node)
        return
    whole = base.current
    if node.needs:
        x._may_change(x, whole)
    whole.move_to(written(whole.snapshot(), node, x.rare.steps))


def _changed(name: str, x: Any, results: tuple[Any, ...], before: list[tuple[Node, Any]]) -> Node:
    """An argument that forward changed, as it was."""
    value = next((value for node, value in before if node is x), None)
    if value is None or not any(x is r for r in results):
        raise GradientError(_("{name}: mark_dirty expects arguments of forward that forward returns").format(name=name))
    if x.op is None and x.needs:
        x.rebind(value)
        raise GradientError(
            _("{name}: {node} is a leaf that requires a gradient, which forward may not change").format(
                name=name, node=x.describe()
            )
        )
    snapshot = x.snapshot()
    snapshot.value, snapshot.rare = value, None
    return snapshot
