"""What backward reads, packed when an operation runs and unpacked when its gradient is asked for, under the names of ``torch.autograd.graph``.

The record keeps its operands for the pictures in any case, so packing saves no memory here: a program that packs runs as in PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import AbsentError, DtypeError, GradientError
from tinygrad_fr.handles.backward_hooks import register_multi_grad_hook
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.observers import observing
from tinygrad_fr.ops.definition.composite import Composite
from tinygrad_fr.ops.definition.elementwise import Elementwise
from tinygrad_fr.ops.definition.op import touched
from tinygrad_fr.ops.definition.structured import Structured
from tinygrad_fr.record.mode import thread, untaped
from tinygrad_fr.record.node import Node
from tinygrad_fr.record.operation import Operation
from tinygrad_fr.record.recorder import Recorder
from tinygrad_fr.versions import Rare
from tinygrad_fr.views import share

if TYPE_CHECKING:
    from collections.abc import Callable


class Kept:
    """One value that was packed.

    Attributes:
        value: what was packed.
    """

    def __init__(self, node: Node, pack: Callable[[Any], Any], unpack: Callable[[Any], Any]) -> None:
        self.value, self.unpack = node.value, unpack
        given = Tensor.wrap(node.value)
        share(given, node)
        version = given.extra.storage.version
        with no_grad():
            self.packed = pack(given)
        if given.extra.storage.version != version:
            raise GradientError(_("saved_tensors_hooks: pack_hook changed its tensor in place; clone() it first"))

    def unpacked(self) -> Any:
        """The array that unpacking gives.

        Raises:
            DtypeError: it is no tensor.
        """
        with no_grad():
            found = self.unpack(self.packed)
        if not isinstance(found, Tensor):
            raise DtypeError(
                _("saved_tensors_hooks: expected a tensor from unpack_hook, got {found}").format(
                    found=type(found).__name__
                )
            )
        return found.current.value


class Packing(Recorder):
    """Packs what the derivative of each operation reads."""

    def __init__(self, pack: Callable[[Any], Any], unpack: Callable[[Any], Any]) -> None:
        self.pack, self.unpack = pack, unpack

    def recorded(self, node: Node, op: Any) -> None:
        """Pack the operands, and the result, that the derivative reads."""
        if node.op is None or not node.needs:
            return
        saves = getattr(op, "saves", None)
        if saves is not None:  # it says itself what it keeps
            saves(lambda x: Kept(x, self.pack, self.unpack))
            return
        kept = {
            place: Kept(x, self.pack, self.unpack)
            for place, x in enumerate((*node.inputs, node))
            if isinstance(x, Node) and isinstance(x.value, np.ndarray) and _reads(op, node, place)
        }
        if kept:
            node.op = Packed(op, kept)


class Packed(Operation):
    """An operation whose derivative reads what is unpacked."""

    def __init__(self, op: Any, kept: dict[int, Kept]) -> None:
        self.op, self.kept = op, kept
        self.name, self.symbol, self.explained = op.name, op.symbol, op.explained

    def __getattr__(self, name: str) -> Any:
        if name == "op":  # while it is copied
            raise AttributeError(name)
        return getattr(self.op, name)

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Send back what the operation does, of the values that are unpacked now."""
        values = {place: kept.unpacked() for place, kept in self.kept.items()}
        if not all(_equal(values[place], kept.value) for place, kept in self.kept.items()):
            raise GradientError(
                _(
                    "saved_tensors_hooks: unpack_hook gives other numbers than {node} had; only a function of one’s own can go backward with them"
                ).format(node=node.describe())
            )
        later = any(touched(node, x) for x in node.inputs if isinstance(x, Node)) or node.changed_since(node.id)
        sent: tuple[Any, ...] = self.op.vjp(self.as_read(node, values) if later else node, gradient)
        return sent

    def as_read(self, node: Node, values: dict[int, Any]) -> Node:
        """A second handle on the node whose operands, and result, were not changed since."""
        again = node.snapshot()
        saved = node.rare.saved if node.rare is not None else None
        again.rare, again.op = Rare(), self.op
        if not (
            isinstance(saved, tuple) and any(isinstance(part, Node) for part in saved)
        ):  # those of equations are on the operands as they are now
            again.rare.saved = saved
        inputs = list(node.inputs)
        for place, value in values.items():
            x: Any = again if place == len(inputs) else node.inputs[place].snapshot()  # type: ignore[union-attr]  # only nodes are packed
            x.value = value
            if x is not again:
                x.rare = None
                inputs[place] = x
        again.inputs = tuple(inputs)
        return again


def _reads(op: Any, node: Node, place: int) -> bool:
    """Whether a derivative reads an operand, or the result, which stands after them. Equations may read any operand."""
    result = place == len(node.inputs)
    if isinstance(op, Composite):
        return not result
    return isinstance(op, Elementwise | Structured) and op.reads_value(node, -1 if result else place)


def _equal(one: Any, other: Any) -> bool:
    """Whether two arrays are the same bits."""
    return one is other or (
        one.shape == other.shape
        and one.dtype == other.dtype
        and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    )


class saved_tensors_hooks(observing):  # noqa: N801 - PyTorch's name
    """Pack what operations inside keep for their derivatives, and unpack it when backward reads it.

    Args:
        pack_hook: takes a tensor, gives anything.
        unpack_hook: takes what that gave, gives the tensor.

    Raises:
        AbsentError: :class:`disable_saved_tensors_hooks` forbids it here.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> with autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), lambda packed: tensor(packed)):
        ...     y = (x * x).sum()
        >>> y.backward()
        >>> x.grad
        tensor([2., 4.])
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        super().__init__(Packing(pack_hook, unpack_hook))

    def __enter__(self) -> None:
        untaped(_("it packs what backward reads"))
        others = []
        for each in thread.state.observers:
            if isinstance(each, Forbidden):
                raise AbsentError(each.why)
            if not isinstance(each, Packing):  # the innermost hooks alone are called
                others.append(each)
        self.changes = {"observers": (*others, self.observer)}
        super(observing, self).__enter__()


class save_on_cpu(saved_tensors_hooks):  # noqa: N801 - PyTorch's name
    """Keep on the CPU what backward reads, where it is in any case."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda x: x, lambda x: x)


class Forbidden(Recorder):
    """No hooks may be set.

    Attributes:
        why: what whoever sets them is told.
    """

    def __init__(self, why: str) -> None:
        self.why = why


class disable_saved_tensors_hooks(observing):  # noqa: N801 - PyTorch's name
    """Refuse, inside, :class:`saved_tensors_hooks`.

    Args:
        error_message: the sentence of the error.

    Example:
        >>> from tinygrad_fr import autograd
        >>> with autograd.graph.disable_saved_tensors_hooks("not here"):
        ...     try:
        ...         with autograd.graph.save_on_cpu():
        ...             pass
        ...     except RuntimeError as error:
        ...         print(error)
        not here
    """

    def __init__(self, error_message: str) -> None:
        super().__init__(Forbidden(error_message))


__all__ = ["Node", "disable_saved_tensors_hooks", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks"]
