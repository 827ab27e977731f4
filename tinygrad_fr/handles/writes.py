"""Changes in place: the handle then stands for the result; the old value stays in the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.errors import AbsentError, DataError, DtypeError, GradientError, ShapeError
from tinygrad_fr.handles.attributes import TensorAttributes
from tinygrad_fr.handles.reading import filled, new_array, stranger
from tinygrad_fr.locale import _
from tinygrad_fr.memory import memory_of, overlaps
from tinygrad_fr.ops import arithmetic, comparison, conversion
from tinygrad_fr.ops.indexing import subscripts
from tinygrad_fr.ops.indexing.rules import cuts
from tinygrad_fr.ops.shared.overloads import overloaded
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.promotion.dtype import castable
from tinygrad_fr.record.mode import escapes, now, setting
from tinygrad_fr.record.node import KINDS, Node
from tinygrad_fr.views import (
    ORDINARY,
    alone,
    as_it_was,
    clash,
    give,
    moved,
    refused,
    same_places,
    shows_a_part,
    touching,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def _tensor(data: Any, dtype: Any) -> Any:
    """A tensor out of data, by the class that is registered for lists."""
    make: Any = KINDS[list]
    return make(data, dtype=dtype)


def in_place(op: Any) -> Callable[..., Any]:
    """The operation as ``x += y`` calls it."""

    def change(self: Any, other: Any) -> Any:
        if stranger(other):
            return NotImplemented
        return self._replace(lambda me: op(me, me if other is self else other), other)

    return change


def _fitted(result: Any, me: Any) -> Any:
    """The result of an in-place operation, as a tensor of a shape and a dtype can hold it."""
    value = result.value
    if value.shape != me.value.shape:
        raise ShapeError(
            _("an in-place operation must keep shape {expected}, it would give {found}").format(
                expected=me.value.shape, found=value.shape
            )
        )
    if not castable(value.dtype, me.value.dtype):
        raise DataError(
            _("an in-place operation cannot turn {expected} into {found}").format(
                expected=me.value.dtype, found=value.dtype
            )
        )
    return conversion.cast(result, me.value.dtype)


class Writes(TensorAttributes, plain=True):
    """What changes a tensor in place."""

    __slots__ = ()

    def __setitem__(self, index: Any, value: Any) -> None:
        value = value if isinstance(value, Node | float | int) else _tensor(value, self.dtype)
        me = self.current
        if shows_a_part(me) or (me.rare is not None and isinstance(value, TensorAttributes) and value.rare is not None):
            part: Any = subscripts.at(self, index)
            shows = part.rare is not None and part.rare.base is not None
            if shows and (
                overlaps(me.value) or (isinstance(value, TensorAttributes) and clash(part, value.current, copied=True))
            ):
                part.copy_(value) if isinstance(value, Node) else part.fill_(value)  # which refuse what overlaps there
                return
        repeated = not isinstance(value, TensorAttributes)
        if repeated and overlaps(me.value) and not cuts(index, me.value.shape):
            nowhere = _tensor(np.zeros(me.value.shape, np.bool_), np.bool_)
            self.masked_fill_(subscripts.with_written(nowhere, index, True), value)
            return
        self._replace(lambda me: subscripts.with_written(me, index, value), repeated=repeated)

    def _replace(self, compute: Callable[[Any], Any], *others: Any, copied: Any = False, repeated: Any = False) -> Self:
        """Put the result of an operation in this tensor's place.

        Args:
            compute: the operation, on a second handle on what is there now.
            others: its other operands, which may show the same elements.
            copied: whether it writes their elements as they are.
            repeated: whether it writes the same everywhere, and so may write to an element twice.
        """
        me: Any = self.current
        base = me.rare.base.current if me.rare is not None and me.rare.base is not None else None
        if not repeated and shows_a_part(me) and overlaps(me.value):
            raise DataError(
                _(
                    "{node} shows some elements more than once, as expand() gives them: it cannot be changed in place; clone() it first"
                ).format(node=me.describe())
            )
        for other in others:
            if isinstance(other, TensorAttributes) and other is not self and clash(me, other.current, copied=copied):
                raise DataError(
                    _(
                        "{node} and what is written into it share some elements at different places; clone() one of them first"
                    ).format(node=me.describe())
                )
        me.extra  # noqa: B018 - made, so that the second handle shares it
        snapshot: Any = me.snapshot() if base is None else as_it_was(me)
        result = compute(snapshot)
        if result is snapshot:
            return self
        value = result.value
        if value.shape != me.value.shape or value.dtype != me.value.dtype:
            result = _fitted(result, me)
        elif result.rare is not None and (result.rare.base is not None or result.rare.origin is not None):
            result = conversion.cast(result, value.dtype)  # the result keeps nothing in common with another tensor
        state = now()
        if state.grad and (me.needs or result.needs or (base is not None and base.needs)):
            self._may_change(me, base)
            if me.needs and not result.needs:  # what was there before has no part in the result
                result = subscripts.setitem(snapshot, result, Ellipsis)
        changed = result.id
        whole = me
        if base is not None:
            whole, result = base, written(base.snapshot(), result, me.rare.steps)
        if result.op is not None and (
            result.needs or (not whole.needs and (not state.tape.keeps_arrays or whole.op is not None))
        ):
            whole.move_to(result, changed)
        else:
            whole.rebind(result.value, changed)
        return self

    def _turned(self, turn: Callable[[Any], Any]) -> Self:
        """Put another view of the same elements, of another shape, in this tensor's place."""
        me: Any = self.current
        escapes(self)
        base = me.rare.base.current if me.rare is not None and me.rare.base is not None else None
        if base is None and (not alone(me) or memory_of(me.value) is not None):
            raise DataError(
                _(
                    "{node} shares its elements with other tensors or arrays: its shape cannot be changed in place; use the operation that gives a view"
                ).format(node=me.describe())
            )
        if now().grad and me.needs:
            self._may_change(me, base)
        snapshot: Any = me.snapshot() if base is None else as_it_was(me)
        storage = me.extra.storage
        shown = storage.shown
        with setting(grad=now().grad or me.op is not None):  # the same elements keep their gradient
            result = turn(snapshot)
        storage.shown = shown  # nobody keeps that view
        if result is snapshot:
            return self
        if base is not None:
            moved(me, result)
        elif me.op is None or not result.needs:
            me.rebind(np.asarray(result.value))
        else:
            result.rare = None
            me.move_to(result)
        return self

    def t_(self) -> Self:
        """In place: exchange the two dimensions of a matrix."""
        return self._turned(lambda me: me.t())

    def transpose_(self, dim0: int, dim1: int) -> Self:
        """In place: exchange two dimensions."""
        return self._turned(lambda me: me.transpose(dim0, dim1))

    def swapaxes_(self, axis0: int, axis1: int) -> Self:
        """In place: exchange two dimensions."""
        return self.transpose_(axis0, axis1)

    def swapdims_(self, dim0: int, dim1: int) -> Self:
        """In place: exchange two dimensions."""
        return self.transpose_(dim0, dim1)

    def squeeze_(self, dim: Any = None) -> Self:
        """In place: leave out dimensions of one element."""
        return self._turned(lambda me: me.squeeze() if dim is None else me.squeeze(dim))

    def unsqueeze_(self, dim: int) -> Self:
        """In place: put in a dimension of one element."""
        return self._turned(lambda me: me.unsqueeze(dim))

    @staticmethod
    def _may_change(me: Any, base: Any) -> None:
        """Refuse, while gradients are recorded, to change a leaf that requires one, or a view that may not be written to."""
        if base is not None and me.rare.birth != ORDINARY:
            raise refused(me, me.rare.birth, indirect=False)
        whole = me  # or what it is a view of, as far as that is recorded
        while whole.op is not None and whole.rare is not None and whole.rare.base is not None and whole.inputs:
            whole = whole.inputs[0]
        leaf = whole.op is None and whole.needs
        if (leaf and whole is not me) or (base is not None and base.op is None and base.needs):
            raise GradientError(
                _(
                    "{node} is a view of a leaf that requires a gradient: it cannot be changed in place while it is recorded; use no_grad()"
                ).format(node=me.describe())
            )
        if leaf:
            raise GradientError(
                _(
                    "{node} is a leaf that requires a gradient: it cannot be changed in place while it is recorded; use no_grad()"
                ).format(node=me.describe())
            )

    __iadd__ = in_place(arithmetic.add)

    __isub__ = in_place(arithmetic.sub)

    __imul__ = in_place(arithmetic.mul)

    __itruediv__ = in_place(arithmetic.div)

    __ipow__ = in_place(arithmetic.pow)

    __imod__ = in_place(arithmetic.remainder)

    __ifloordiv__ = in_place(comparison.floor_divide)

    __iand__ = in_place(comparison.bitwise_and)

    __ior__ = in_place(comparison.bitwise_or)

    __ixor__ = in_place(comparison.bitwise_xor)

    __ilshift__ = in_place(comparison.bitwise_left_shift)

    __irshift__ = in_place(comparison.bitwise_right_shift)

    def zero_(self) -> Self:
        """Set every element to 0."""
        return self.fill_(0)

    def fill_(self, value: Any) -> Self:
        """Set every element to a number."""
        if getattr(value, "ndim", 0):
            raise ShapeError(
                _("fill_: expected a number, got a tensor of shape {found}").format(found=tuple(value.shape))
            )
        return self._replace(lambda me: subscripts.setitem(me, value, Ellipsis), repeated=True)

    def set_(self, source: Any) -> Self:
        """Take over the elements of another tensor, outside the record."""
        if isinstance(source, TensorAttributes) and source.dtype == self.dtype:
            give(self.current, source.current)
        else:
            self.current.rebind(new_array(source, self.dtype))
        return self

    @in_words
    def resize_(self, *sides: Any, memory_format: Any = None) -> Self:
        """Take another size, outside the record: the first elements stay, and further ones are 0 here.

        Raises:
            GradientError: the tensor requires a gradient.
            AbsentError: other tensors show the same elements, which would no longer be the same.
        """
        shape = filled(np.empty, sides, np.bool_).shape
        if self.requires_grad:
            raise GradientError(_("resize_: a tensor that requires a gradient cannot take another size"))
        if shape == self.shape:
            return self
        if not alone(self.current):
            raise AbsentError(
                _("resize_: other tensors show the elements of this one, which keep their size here: use reshape()")
            )
        kept = self.current.value
        resized = np.zeros(int(np.prod(shape)), kept.dtype)
        count = min(resized.size, kept.size)
        resized[:count] = kept.ravel()[:count]
        self.current.rebind(resized.reshape(shape))
        return self

    @in_words
    def resize_as_(self, other: Any, *, memory_format: Any = None) -> Self:
        """Take the size of another tensor: see :meth:`resize_`."""
        return self.resize_(*other.shape)

    def apply_(self, function: Callable[[Any], Any]) -> Self:
        """Apply a Python function to each element, outside the record."""
        escapes(self)
        kept = self.current.value
        made = [function(each) for each in kept.ravel().tolist()]
        for each in made:
            if not isinstance(each, int | float | np.generic | Node):
                raise DtypeError(
                    _("apply_: expected a function that gives numbers, got {found}").format(found=repr(each))
                )
        self.current.rebind(np.array(made, kept.dtype).reshape(kept.shape))
        return self

    def fill_diagonal_(self, value: Any, wrap: bool = False) -> Self:
        """Write one number on the diagonal; with ``wrap``, it begins anew one row below its end in a tall matrix."""
        if self.ndim < 2:
            raise ShapeError(
                _("fill_diagonal_: expected at least two dimensions, got shape {found}").format(found=tuple(self.shape))
            )
        if self.ndim > 2 and len(set(self.shape)) > 1:
            raise ShapeError(
                _("fill_diagonal_: expected dimensions of one length, got shape {found}").format(
                    found=tuple(self.shape)
                )
            )
        places: Any = (np.arange(min(self.shape)),) * self.ndim
        if wrap and self.ndim == 2:
            places = divmod(np.arange(0, self.numel(), self.shape[1] + 1), self.shape[1])
            places = tuple(at[: self.shape[1]] for at in places) if self.shape[0] <= self.shape[1] else places
        return self._replace(lambda me: subscripts.setitem(me, value, places))

    def masked_fill_(self, mask: Any, value: Any) -> Self:
        """In place: a number where the mask holds."""
        if overlaps(self.current.value):
            escapes(self)
            mask = touching(self.current, np.asarray(value_of(mask)))
        return self._replace(lambda me: comparison.masked_fill(me, mask, value), mask, repeated=True)

    def index_fill_(self, dim: int, index: Any, value: Any) -> Self:
        """In place: a number at the indices along ``dim``."""
        if not overlaps(self.current.value):
            return self._replace(lambda me: overloaded["index_fill"](me, dim, index, value), index)
        filled = overloaded["index_fill"](_tensor(np.zeros(self.shape, np.bool_), np.bool_), dim, index, True)
        return self.masked_fill_(filled, value)

    def copy_(self, source: Any, non_blocking: bool = False) -> Self:
        """Take over the elements of ``source``, which broadcasts to this shape."""
        source = source if isinstance(source, Node) else _tensor(source, None)
        if overlaps(self.current.value) and same_places(self.current, source.current):
            return self
        return self._replace(lambda me: subscripts.setitem(me, source, Ellipsis), source, copied=True)
