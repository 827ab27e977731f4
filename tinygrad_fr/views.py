"""Views: tensors that show a part of another one, whose base they change when they are written to.

The record itself never changes, so a view is kept as PyTorch's functionalization keeps one: its base, and the steps that lead from the
base to it. A write through it is recorded as a write to the base, and a view that is older than the last change of its storage is read
again, through the same steps, when it is next used.
"""

from __future__ import annotations

from sys import getrefcount
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from weakref import ref

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.locale import _
from tinygrad_fr.memory import differ, memory_of, opened, overlaps, placed, shown
from tinygrad_fr.record.mode import setting, thread
from tinygrad_fr.record.node import Node, clock
from tinygrad_fr.record.operation import Operation
from tinygrad_fr.versions import ALWAYS, Given, Rare, Storage, mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.record.recorder import Recorder


# How a view came to be, which decides whether it may be written to while gradients are recorded.
ORDINARY, UNRECORDED, ONE_OF_SEVERAL = range(3)


class Viewing(Protocol):
    """What takes a part out of a whole, and can put one back.

    Attributes:
        back: ``back(whole, part, **attrs)`` gives the whole with the part put in.
        repeats: whether elements stand several times in the part.
    """

    back: Any
    repeats: bool

    def __call__(self, whole: Any, /, **attrs: Any) -> Any:
        """The part."""


Step: TypeAlias = (
    "tuple[Viewing, Mapping[str, Any]]"  # from a base towards a view: what takes the part out, and its arguments
)


class Way:
    """What takes a part out of a whole by several operations."""

    repeats = False

    def __init__(self, call: Callable[..., Any], back: Callable[..., Any]) -> None:
        self.call, self.back = call, back

    def __call__(self, whole: Any, /, **attrs: Any) -> Any:
        """The part."""
        return self.call(whole, **attrs)


# What puts a part at places of the flattened whole; the operations enter theirs.
put_at: list[Callable[[Any, Any, Any], Any]] = []


def read(whole: Any, steps: Sequence[Step]) -> Any:
    """The part that the steps lead to: of an array, or of a node, and then recorded."""
    for op, attrs in steps:
        whole = op(whole, **attrs)
    return whole


def written(whole: Any, part: Any, steps: Sequence[Step]) -> Any:
    """The whole with a part put where the steps lead: of arrays, or of nodes, and then recorded."""
    if _repeat(steps):
        put = _changed_at if whole.__class__ is np.ndarray else put_at[0]
        return put(whole, part, _places_in(whole, steps))
    stages = [whole]
    for op, attrs in steps[:-1]:
        stages.append(op(stages[-1], **attrs))
    for stage, (op, attrs) in zip(reversed(stages), reversed(steps), strict=True):
        part = op.back(stage, part, **attrs)
    return part


def _repeat(steps: Sequence[Step]) -> bool:
    """Whether elements stand several times in the part that the steps lead to."""
    return any(op.repeats for op, _attrs in steps)


def _changed_at(whole: Any, part: Any, places: Any) -> Any:
    """A whole with what changed in a part: where an element stands several times, only one of them may have been written to."""
    result = np.array(whole, order="C")
    flat = result.reshape(-1)
    changed = differ(flat[places], part)
    flat[places[changed]] = part[changed]
    return result


def _places_in(whole: Any, steps: Sequence[Step]) -> Any:
    shape = whole.shape
    return read(np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape), steps)


_new = object.__new__


class View(Rare):
    """A part of a base, to which it gives what is written to it."""

    borrowed = False  # requires a gradient because its base does, though nothing was recorded of it

    def __init__(self, storage: Storage, base: Node, steps: tuple[Step, ...]) -> None:
        self.storage, self.seen, self._base, self.steps = storage, storage.changed, base, steps

    @property
    def base(self) -> Node:  # type: ignore[override]
        """The tensor that it is a view of."""
        base = self._base
        rare = base.rare
        if rare is not None and rare.storage is not self.storage and base.latest.extra.storage is not self.storage:
            self._base = base = _before(base, self.storage)
        return base

    def fresh(self, node: Node) -> Node:
        """The same steps from the base, again."""
        base, state = self.base.current, thread.state
        moved = self.seen >= self.storage.written  # to other memory, the same elements
        if moved or (base.needs == 0 and node.op is None and not state.trace):
            node.value = np.asarray(read(base.value, self.steps))
            self.seen, self.lost = self.storage.changed, self.lost or not moved
            if node.op is None and node.needs != (base.needs != 0) and (base.needs or self.borrowed):
                node.needs, self.borrowed = int(base.needs != 0), True  # as PyTorch has it: a leaf of its own
            return node
        lost = base.needs != 0 and self.birth != ORDINARY
        with setting(grad=(state.grad or base.needs != 0) and not lost):
            again: Node = read(base, self.steps)
        if lost:
            again.op, again.needs = Lost(node, self.birth, again.op), 1
        again.label = node.label
        again.extra.birth, again.extra.retain = self.birth, self.retain
        self.leave_to(again, self.retain)
        return again

    def rebind(self, node: Node, value: Any, time: int, tape: Recorder) -> None:
        """Write to the base, and show it."""
        base = self.base.current
        base.rebind(written(base.value, value, self.steps), time)
        node.value = read(base.current.value, self.steps) if _repeat(self.steps) else value
        self.seen = self.storage.changed


# References to the elements that a tensor shares with nobody: of its storage, as the shared one and of the call.
OWN = 3


class Shared(Rare):
    """The elements of another tensor, or of a part of it, without its record: of ``detach()``."""

    def __init__(
        self, storage: Storage, owned: Storage, origin: Callable[[], Node | None] | None, steps: tuple[Step, ...]
    ) -> None:
        self.storage, self.seen, self._origin, self.steps = storage, storage.changed, origin, steps
        self.owned = owned  # the storage of the one that it shares them with

    given = False  # by ``x.data = other``
    before: Node | None = None  # who then has the elements that it had

    @property
    def origin(self) -> Callable[[], Node | None] | None:  # type: ignore[override]
        """Finds the tensor that this one shares its elements with."""
        find = self._origin
        if find is not None:
            found = find()
            if found is not None and found.latest.extra.storage is not self.owned:
                before = _before(found, self.owned)
                self._origin = find = lambda: before
        return find

    def fresh(self, node: Node) -> Node:
        """The same node with the elements as they are now."""
        origin = self.origin() if self.origin is not None else None
        moved = self.seen >= self.storage.written
        self.seen = self.storage.changed
        whole = self.owned.value if origin is None else origin.current.value
        if self.origin is not None and whole is not None:
            value = read(whole, self.steps)
            node.value = value if value.__class__ is float else np.asarray(value)
            self.seen, self.lost = self.storage.changed, self.lost or not moved
            if origin is None and not self.others():
                self.alone()
        return node

    def hand_on(self, node: Node, time: int) -> None:
        """Give the value to the tensor whose elements they are."""
        if self.origin is None:
            super().hand_on(node, time)
            return
        self.seen = time
        origin = self.origin()
        if origin is None and self.others():
            whole = self.owned.value
            self.owned.value = placed(written(whole, node.value, self.steps) if self.steps else node.value, whole)
            if self.steps:
                node.value = np.asarray(read(self.owned.value, self.steps))
            return
        if origin is None:  # nothing is left to share with
            self.alone()
            self.seen = ALWAYS
            if node.rare is self and self.before is None:
                node.rare = alone = Rare(self.storage)
                alone.hooks, alone.retain, alone.saved, alone.lost = self.hooks, self.retain, self.saved, self.lost
                self.storage = Storage()  # whoever compares with this one has nothing of the tensor any more
            return
        origin = origin.current
        origin.rebind(node.value if not self.steps else written(origin.value, node.value, self.steps), time)
        if self.steps:
            node.value = np.asarray(read(origin.current.value, self.steps))

    def others(self) -> bool:
        """Whether others have elements of the tensor that this one shares them with, which is gone."""
        return self._origin is not None and self.owned.value is not None and getrefcount(self.owned) > OWN

    def alone(self) -> None:
        """Have the elements for itself."""
        self._origin, self.steps, self.owned.value = None, (), None

    def heir(self) -> Rare:
        """What takes its place shares too."""
        heir = Shared(self.storage, self.owned, self.origin, self.steps)
        heir.seen, heir.given = self.seen, self.given
        return heir


def show(node: Node, whole: Node, step: Step) -> None:
    """Make a node that was just computed a view of another."""
    source = whole.rare
    if source is None:
        source = whole.rare = Rare()
    storage = source.storage
    storage.shown = True
    rare = _new(View)  # as View(…) does, written out: views are many
    rare.storage, rare.seen = storage, storage.changed
    base = source.base
    if base is None:
        rare._base, rare.steps = whole, (step,)
    else:
        rare._base, rare.steps = base, (*source.steps, step)
    node.rare = rare
    if source.birth or not thread.state.grad:
        rare.birth = source.birth or UNRECORDED


def alias(node: Node) -> Node | None:
    """The tensor whose value a detached one has as its own."""
    rare = node.rare
    return rare.origin() if rare is not None and rare.origin is not None and not rare.steps else None


def shown_by(node: Node) -> list[Node]:
    """The tensors whose elements a leaf has as its own, which get every value that it is given."""
    found: list[Node] = []
    while (whole := alias(node)) is not None:
        node = whole.current
        found.append(node)
    return found


def outside(node: Node) -> Any:
    """An array for code outside, on the very elements of a tensor, its views and what it is a view of."""
    node = node.current
    if memory_of(node.value) is None:
        _open(node)
    return shown(node.value)


def _open(node: Node) -> None:
    rare: Any = node.rare
    if memory_of(node.value) is not None:
        return
    whole = None
    if rare is not None:
        whole = rare.base if rare.base is not None else rare.origin() if rare.origin is not None else None
    if whole is None and rare.__class__ is Shared and rare.others():
        node.value = None
        if memory_of(rare.owned.value) is None:
            opened(rare.owned)
            rare.storage.changed = clock()
        node.value, rare.seen = np.asarray(read(rare.owned.value, rare.steps)), rare.storage.changed
        return
    if whole is None:
        kept = rare is not None and rare.storage.value is not None
        if kept:
            rare.storage.value = None
        opened(node)
        if rare is not None:  # who shares the elements may have an array of its own, with the same numbers
            rare.storage.changed = clock()
            if rare.seen != ALWAYS:
                rare.seen = rare.storage.changed
        if kept:
            rare.storage.value = node.value
        return
    node.value = None  # it is read again, and only who else holds the array may keep it from staying where it is
    whole = whole.current
    _open(whole)
    node.value = np.asarray(read(whole.value, rare.steps))
    rare.seen = rare.storage.changed


def storage_of(node: Node) -> Any:
    """The array whose elements a view, or a detached tensor, shows; None for a tensor that is neither."""
    rare, whole = node.rare, None
    if rare is not None:
        whole = rare.base if rare.base is not None else rare.origin() if rare.origin is not None else None
    if whole is None:
        return None
    below = storage_of(whole.current)
    return whole.current.value if below is None else below


def as_it_was(view: Node) -> Node:
    """A second handle on a view, and on what it is a view of, for an operation whose result will change them."""
    rare: Any = view.rare
    snapshot = node = view.snapshot()
    while node.inputs and node.id != rare.base.id:
        source: Any = node.inputs[0]
        whole = source.snapshot()
        node.inputs = (whole, *node.inputs[1:])
        node = whole
    return snapshot


def several(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """The views that one operation gave together, which may not be written to while gradients are recorded."""
    for part in parts:
        rare = getattr(part, "rare", None)
        if rare is not None and rare.base is not None:
            rare.birth = ONE_OF_SEVERAL
    return parts


def used(node: Node) -> Node:
    """The node that an operation takes for an operand.

    Raises:
        GradientError: it is a view of which no gradient can be recorded any more.
    """
    node = node.current
    if node.op.__class__ is Lost and thread.state.grad:
        raise node.op.error()
    return node


def share(node: Node, source: Node, *, keeps: bool = False) -> None:
    """Make a leaf share the elements of another tensor, but not its record; what ``keeps`` a leaf has it live as long."""
    rare = source.extra
    storage = rare.storage
    storage.shown = True
    alone = rare.base is None and rare.origin is None
    node.rare = _sharing(storage, *((source, ()) if alone else _owner(source)), keeps)


def _owner(node: Node) -> tuple[Node, tuple[Step, ...]]:
    """Whose the elements are that a tensor shows, and the steps that lead there: who stands between may be gone before."""
    steps: tuple[Step, ...] = ()
    if thread.state.tape.keeps_arrays:
        return node, steps
    while (whole := whole_of(node)) is not None:
        steps = (*node.rare.steps, *steps)  # type: ignore[union-attr]
        node = whole
    return node, steps


def _sharing(storage: Storage, owner: Node, steps: tuple[Step, ...], keeps: bool) -> Shared:
    rare: Any = owner.extra
    if rare.__class__ is Shared and rare.origin is not None and rare.origin() is None:  # the owner's own is gone
        if rare.others():
            return Shared(storage, rare.owned, rare.origin, (*rare.steps, *steps))
        rare.alone()
    owned = rare.storage
    if (keeps and owner.op is None) or thread.state.tape.keeps_arrays:
        return Shared(storage, owned, lambda: owner, steps)
    owned.value = owner.value
    if owner.op is None:
        mark()
    return Shared(storage, owned, ref(owner, owned.left), steps)  # no record is kept for this


def give(node: Node, source: Node) -> None:
    """Let a tensor have the elements of another from now on, and leave its views those that it had."""
    old, value, given = node.extra, source.value, source.extra.storage
    mine = given.whole is old.storage.whole
    if value is node.value and mine:
        return
    thread.state.tape.changed(node, value)
    if source.op is None or mine:
        thread.state.tape.stopped(_("it gives a tensor the elements of another"))
    before = None
    if mine or getrefcount(old.storage) > 2:
        before = node.snapshot()
        before.value = node.value  # also where numpy shows it
        before.op, before.inputs, before.attrs, before.needs, before._grad = None, (), {}, 0, None
        before.rare = Rare(old.storage) if old.__class__ is Rare else old
    given.shown = True
    owner, steps = _owner(source)
    if owner is node and before is not None:  # a part of itself
        owner = before
    node.rare = new = _sharing(Given(given.whole, clock(), old.storage.version), owner, steps, owner is before)
    new.hooks, new.retain, new.saved, new.lost, new.given = old.hooks, old.retain, old.saved, True, True
    new.before = (
        getattr(old, "before", None) if before is None else before
    )  # who has those of earlier times goes on having them
    node.value = source.value
    new.seen = new.storage.changed
    GIVEN[0] += 1
    mark()


def _before(node: Node, storage: Storage) -> Node:
    """Who has the elements that a tensor had before it was given others."""
    found: Any = node.latest
    while found.rare.storage is not storage:
        found = found.rare.before
    return found  # type: ignore[no-any-return]


GIVEN = [0]  # how often a tensor was given the elements of another


def whole_of(node: Node) -> Node | None:
    """The tensor of which a view, or one that shares its elements with another, shows a part or all."""
    rare = node.rare
    if rare is None:
        return None
    return rare.base if rare.base is not None else rare.origin() if rare.origin is not None else None


def share_as(snapshot: Node, whole: Node, node: Node) -> None:
    """Let a tensor show of a whole what another shows of its own."""
    steps: Any = node.rare and node.rare.steps
    storage = whole.extra.storage
    storage.shown, storage.value = True, whole.value
    snapshot.value, snapshot.rare = read(whole.value, steps), Shared(storage, storage, ref(whole, storage.left), steps)


def lives_with(node: Node) -> bool:
    """Whether a tensor was given the elements of another one, which is still there."""
    rare: Any = node.latest.rare
    if rare.__class__ is not Shared or not rare.given or rare.origin is None:
        return False
    return rare.origin() is not None or rare.others()


def given_since(node: Node, time: int) -> bool:
    """Whether a tensor was given other elements after a time."""
    rare = node.latest.rare
    return rare is not None and isinstance(rare.storage, Given) and rare.storage.time >= time


def let_go(node: Node) -> None:
    """Let a tensor alone have the elements that it was given, where whoever gave them is not used any more."""
    rare = node.latest.rare
    if rare.__class__ is Shared:
        rare.alone()
        rare.seen = ALWAYS


def known_to_others(node: Node) -> bool:
    """Whether somebody else has the elements of a tensor, and goes on having them when it is given others."""
    rare = node.latest.rare
    if rare.__class__ is Shared and rare.origin is not None and (rare.origin() is not None or rare.others()):
        return True
    own = 2 + (rare.__class__ is Shared and rare.owned is rare.storage)
    return rare is not None and (rare.base is not None or getrefcount(rare.storage) > own)


def same_elements(nodes: Sequence[Node]) -> bool:
    """Whether one of several tensors was given elements that another of them shows, too."""
    latest: list[Any] = [node.latest for node in nodes]
    storages = [node.rare.storage.whole for node in latest if lives_with(node)]
    return bool(storages) and any(
        len({id(node) for node in latest if node.rare is not None and node.rare.storage.whole is storage}) > 1
        for storage in storages
    )


class Lost(Operation):
    """Stands for the operation of a view whose base was changed in a way that its kind allows no record of."""

    symbol = "∅"

    def __init__(self, node: Node, birth: int, op: Any) -> None:
        self.node, self.birth, self._op = node, birth, op
        self.name = node.op.shown_as if node.op is not None else "view"

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Refuse."""
        raise self.error()

    def error(self) -> GradientError:
        """Why nothing can be recorded of the view."""
        return refused(self.node, self.birth, indirect=True)

    def reads_value(self, node: Node, position: int) -> bool:
        """No."""
        return False

    def _compute(self, values: Sequence[Any], attrs: Mapping[str, Any]) -> Any:
        """The elements, which a compiled step reads again."""
        return self._op(*values, **attrs)


def shows_a_part(node: Node) -> bool:
    """Whether a tensor shows elements of another one by steps, or has those of one that does."""
    found: Any = node
    while found is not None and (rare := found.rare) is not None:
        if rare.base is not None or rare.steps:
            return True
        found = rare.origin() if rare.origin is not None else None
    return False


def clash(node: Node, other: Node, *, copied: bool) -> bool:
    """Whether writing to a tensor changes elements that are still to be read from another.

    Args:
        node: the tensor that is written to.
        other: an operand, which broadcasts to it.
        copied: the operand's elements are written as they are, so that one which is written over itself stays.
    """
    a, b = node.rare, other.rare
    if a is None or b is None or a.storage.whole is not b.storage.whole or other is node:
        return False
    # What ``x[i, j] += 1`` writes is what it read.
    if np.shape(node.value) == np.shape(other.value) and _same_steps(a, b):
        return False
    mine = _places(node)
    try:
        theirs = np.broadcast_to(_places(other), mine.shape)
    except ValueError:
        return True
    if copied:
        return bool((np.isin(mine, theirs) & (mine != theirs)).any())
    return bool((np.isin(theirs, mine) & (mine != theirs)).any())


def _same_steps(a: Any, b: Any) -> bool:
    """Whether two views were taken in the same way; False where that is not plain to see, as with arrays of indices."""
    try:
        return a.base is not None and a.base is b.base and bool(a.steps == b.steps)
    except ValueError:  # of arrays, which have no truth
        return False


def moved(view: Node, result: Node) -> None:
    """Let a handle on a view stand for another view of the same elements, which was just computed of it."""
    old: Any = view.rare
    turned: Any = result.rare
    new = View(old.storage, old.base, (*old.steps, *turned.steps))
    new.birth, new.retain = old.birth, old.retain
    result.rare, result.label = new, view.label
    thread.state.tape.moved(view)
    old.leave_to(result, old.retain)


def alone(node: Node) -> bool:
    """Whether no other tensor shows any of these elements."""
    rare = node.rare
    if rare is None:
        return True
    if rare.base is not None or rare.origin is not None:
        return False
    return not rare.storage.shown or getrefcount(rare.storage) <= 2


def same_places(node: Node, other: Node) -> bool:
    """Whether two tensors show the same elements in the same order."""
    a, b = node.rare, other.rare
    if node is other:
        return True
    if a is None or b is None or a.storage.whole is not b.storage.whole:
        return False
    return np.array_equal(_places(node), _places(other))


def touching(node: Node, mask: Any) -> Any:
    """A mask that holds wherever a tensor shows an element of its memory that the given one holds at, here or elsewhere."""
    places = _places(node)
    return np.isin(places, places[np.broadcast_to(mask, places.shape)])


def _places(node: Node) -> Any:
    """Where in its storage a tensor has each of its elements."""
    rare: Any = node.rare
    source = whole_of(node)
    if source is not None:
        return read(_places(source.latest), rare.steps)
    if rare.__class__ is Shared and rare.origin is not None:
        return read(_numbered(rare.owned.value), rare.steps)
    return _numbered(node.value)


def _numbered(value: Any) -> Any:
    """A number for each element of an array, the same where it shows one more than once, as another library's may."""
    shape = np.shape(value)
    if not overlaps(value):
        return np.arange(np.size(value)).reshape(shape)
    steps = [np.arange(side) * step for side, step in zip(shape, value.strides, strict=True)]
    return sum(np.ix_(*steps), np.zeros(shape, np.int64))


def refused(node: Node, birth: int, *, indirect: bool) -> GradientError:
    """The error for a view that was changed, itself or through its base, though its kind allows no record of that."""
    if birth == ONE_OF_SEVERAL:
        text = (
            _(
                "{node} is one of several views that one operation gave, and its base was changed in place; clone() it first"
            )
            if indirect
            else _(
                "{node} is one of several views that one operation gave: it cannot be changed in place while it is recorded"
            )
        )
    else:
        text = (
            _("{node} is a view taken under no_grad(), and its base was changed in place while it is recorded")
            if indirect
            else _("{node} is a view taken under no_grad(): it cannot be changed in place while it is recorded")
        )
    return GradientError(text.format(node=node.describe()))
