"""Scalar: a Python float in the same record as tensors; it passes for micrograd's ``Value``."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.errors import DataError
from tinygrad_fr.handles import copies, protocols
from tinygrad_fr.handles.methods import ScalarMethods
from tinygrad_fr.locale import _
from tinygrad_fr.ops import activation
from tinygrad_fr.record.backward import backward
from tinygrad_fr.record.mode import escapes, now
from tinygrad_fr.record.node import KINDS, Node
from tinygrad_fr.views import share


class Scalar(ScalarMethods):
    """A number in the record.

    Args:
        data: the number.
        requires_grad: every scalar does by default, as micrograd's.
        name: what pictures and messages call it; ``label`` is the same.

    Example:
        >>> a = Scalar(3.0)
        >>> (a * a * a).backward()
        >>> a.grad
        27.0
    """

    __slots__ = ()
    retains = True
    __array_ufunc__ = None
    __reduce_ex__ = copies.reduced
    __deepcopy__ = copies.deep

    def __init__(
        self,
        data: float | int,
        _children: tuple[Any, ...] = (),
        _op: str = "",
        label: str | None = None,
        *,
        requires_grad: bool = True,
        name: str | None = None,
    ) -> None:
        try:
            value = float(data)
        except (TypeError, ValueError):
            raise DataError(_("expected a number, got {found}").format(found=repr(data))) from None
        self._leaf(value, int(requires_grad), name or label)

    @property
    def data(self) -> float:
        """The number. Assigning changes it outside the record."""
        escapes(self)
        return self.current.value

    @data.setter
    def data(self, value: float) -> None:
        self.current.rebind(float(value))

    @property
    def grad(self) -> Any:
        """Gradient that backward accumulated; 0.0 before, as in micrograd (pictures say "not computed yet")."""
        now().tape.looked(self.current)
        gradient = self.current._grad
        return 0.0 if gradient is None else gradient

    @grad.setter
    def grad(self, gradient: float | None) -> None:
        now().tape.graded(self.current, gradient)
        self.current._grad = None if gradient is None or gradient == 0 else gradient

    @property
    def has_grad(self) -> bool:
        """Whether backward has reached this node."""
        return self.current._grad is not None

    def item(self) -> float:
        """The number."""
        return self.data

    @property
    def shape(self) -> tuple[int, ...]:
        """(), as of a tensor without dimensions."""
        return ()

    __array__ = protocols.array

    def detach(self) -> Scalar:
        """The same number as a leaf that requires no gradient."""
        source = self.current
        node = Scalar(source.value, requires_grad=False)
        share(node, source)
        return node

    def requires_grad_(self, requires_grad: bool = True) -> Scalar:
        """Ask for a gradient for this leaf, or for none; any other that requires one does so already."""
        if self.is_leaf or not requires_grad:
            self.requires_grad = requires_grad
        return self

    def backward(self, gradient: Any = None, *, create_graph: bool = False) -> None:
        """Add to the ``.grad`` of every scalar that led here the derivative of this one."""
        backward([self], [gradient], create_graph=create_graph)

    def handle_of(self, gradient: Any) -> Any:
        """The gradient as a float, or a node when the backward pass is recorded."""
        return gradient

    def seed(self, gradient: Any, *, record: bool) -> Any:
        """The number to start from, 1 by default."""
        if record:
            if isinstance(gradient, Node):
                return gradient.current
            return Scalar(1.0 if gradient is None else gradient, requires_grad=False, name="∂L/∂L")
        if gradient is None:
            return 1.0
        return float(gradient.current.value if isinstance(gradient, Node) else gradient)

    relu = activation.relu.call

    def __float__(self) -> float:
        return self.data

    def __bool__(self) -> bool:
        return self.data != 0

    @property
    def _prev(self) -> set[Node]:
        """The operands, as micrograd names them."""
        return {x for x in self.current.inputs if isinstance(x, Node)}

    @property
    def _op(self) -> str:
        """The operation's symbol, as micrograd names it."""
        op = self.current.op
        return op.symbol if op is not None else ""

    def __repr__(self) -> str:
        escapes(self)
        node = self.current
        return f"Scalar(data={node.value}, grad={self.grad if node._grad is not None else None})"


Value = Scalar

KINDS[float] = Scalar
