"""Views by plans: what a function of views chose for a shape and integers, it chooses again.

``x.flatten(1)`` takes longer to find out that this is ``reshape_to`` with a certain shape than to do it. A view says itself which
operation made it (its last step), so the first call is the general one, its plan is read from the result, and later calls with the
same shape and integers follow that plan. Everything else takes the general path.
"""

from __future__ import annotations

from functools import wraps
from operator import getitem
from textwrap import indent
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

import numpy as np

from tinygrad_fr.fast.generated_code import RECORD, SPACE, made, when_called, whole
from tinygrad_fr.ops.definition.structured import Structured, always
from tinygrad_fr.record.node import NO_ATTRS, clock
from tinygrad_fr.versions import Rare
from tinygrad_fr.views import ONE_OF_SEVERAL, UNRECORDED, Shared, View

if TYPE_CHECKING:
    from collections.abc import Callable

_new = object.__new__

# What `show` does, for a node that was just computed of {x} by a step; ``steps`` holds that step alone.
SHOW = """
source = {x}.rare
if source is None:
    source = {x}.rare = Rare()
storage = source.storage
storage.shown = True
rare = node.rare = new(View)
rare.storage = storage
rare.seen = storage.changed
base = source.base
if base is None:
    rare._base = {x}
    rare.steps = steps
else:
    rare._base = base
    rare.steps = (*source.steps, *steps)
if source.birth or not state.grad:
    rare.birth = source.birth or UNRECORDED
"""

SHOWN: dict[str, Any] = {"Rare": Rare, "UNRECORDED": UNRECORDED, "View": View}

_CALL = """
def call(x=missing, *args, **more):
    try:
        v = x.value
        key = args
        for each in args:
            if each.__class__ is not int:
                key = integers(args)
                break
        if more:
            key = named(key, more)
        if key is None:
            return again(x, args, more)
        plan = plans.get((v.shape, key))
    except AttributeError:
        return again(x, args, more)
    state = thread.state
    if plan is None or state.tape is not NOBODY or state.observers:
        return learned(x, args, more, key)
    if (rare := x.rare) is not None and (rare.moved is not None or rare.seen < rare.storage.changed):
        return general(x, *args, **more)
    op, function, attr, attrs, steps, sure, others = plan
    if op is None:
        return x
    value = function(v, attr)
    if not sure and (base := value.base) is not v and (base is None or base is not v.base):
        return general(x, *args, **more)
    needs = 1 if x.needs else 0
{record}
{show}
    return node if others is None else parts(node, x, others) or general(x, *args, **more)
"""

_CUT = """
def call(x, index):
    try:
        v = x.value
        if index.__class__ is int:
            if not v.ndim:
                return general(x, index)
        elif index is not None and not cuts(index, v.shape):
            return general(x, index)
    except AttributeError:
        return general(x, index)
    state = thread.state
    if state.tape is not NOBODY or v.__class__ is not array:
        return general(x, index)
    if (rare := x.rare) is not None and (rare.moved is not None or rare.seen < rare.storage.changed):
        return general(x, index)
    try:
        value = v[index]
    except IndexError:
        return general(x, index)
    if value.__class__ is not array:
        value = function(v, index)
    needs = 1 if x.needs else 0
    attrs = {{"index": index}}
    steps = ((op, attrs),)
{record}
{show}
    return node
"""


_DETACHED = """
def call(self):
    rare, value, state = self.rare, self.value, thread.state
    if value.__class__ is not array or state.tape is not NOBODY:
        return general(self)
    if rare is None:
        rare = self.rare = Rare()
    elif rare.moved is not None or rare.base is not None or rare.origin is not None or rare.seen < rare.storage.changed:
        return general(self)
    node = new(KINDS[array])
    node.value = value
    node.op = None
    node.inputs = ()
    node.needs = 0
    node.attrs = NO_ATTRS
{place}
    storage = rare.storage
    storage.shown = True
    if self.op is None:
        node.rare = Shared(storage, storage, lasting(self), ())
    else:
        storage.value = value
        node.rare = Shared(storage, storage, ref(self, storage.left), ())
    return node
"""


class Plan(NamedTuple):
    """How a view is made.

    Attributes:
        op: its operation, None where it is the tensor itself.
        function: what computes it of an array and the argument.
        attr: the one argument.
        attrs: the same by its name.
        steps: the same as the step from the base.
        sure: whether it is never a copy.
        others: those of the views that come with it, where there are several.
    """

    op: Structured | None
    function: Any
    attr: Any
    attrs: Any
    steps: Any
    sure: bool
    others: tuple[Plan, ...] | None = None


_cutters: dict[Structured, Callable[..., bool]] = {}  # what reads ``x[index]`` → which indices cut out a part
_SAME = Plan(None, None, None, None, None, True)  # the tensor itself
_KEPT = 1024  # plans of a function


def views_call(choose: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of a function that gives views by the shape of what it is given, and integers."""
    plans: dict[Any, Plan] = {}

    def again(x: Any, args: tuple[Any, ...], more: dict[str, Any]) -> Any:
        return general(*args, **more) if x is SPACE["missing"] else general(x, *args, **more)

    def learned(x: Any, args: tuple[Any, ...], more: dict[str, Any], key: tuple[Any, ...]) -> Any:
        y = again(x, args, more)
        x = x.current  # what the handle stands for by now, whose shape may be another
        plan = _read(x, y)
        if plan is not None:
            if len(plans) >= _KEPT:
                plans.clear()
            plans[x.value.shape, key] = plan
        return y

    space = {"plans": plans, "general": general, "again": again, "learned": learned}
    return wraps(choose)(when_called(lambda: _written(space), choose.__name__, choose.__doc__))


def cut_call(op: Structured, cuts: Callable[..., bool], general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of what reads ``x[index]``, for what ``cuts``: integers, slices and None, which numpy takes as they stand, for a view."""
    _cutters[op] = cuts
    space = {"cuts": cuts, "general": general, "op": op, "function": op.function}
    return wraps(general)(when_called(lambda: _written(space, _CUT), general.__name__, general.__doc__))


def detached_call(general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of ``detach()``, of a tensor whose elements are its own."""
    place = RECORD[RECORD.index("node.id =") : RECORD.index("if state.tape")]
    space = {"general": general, "Shared": Shared, "lasting": _lasting, "ref": ref}

    def make() -> Callable[..., Any]:
        return made(_DETACHED.format(place=indent(place, "    ").rstrip()), "call", {**SPACE, **SHOWN, **space})

    return wraps(general)(when_called(make, general.__name__, general.__doc__))


def _lasting(x: Any) -> Callable[[], Any]:
    """Finds a leaf, and keeps it."""
    return lambda: x


def _integers(args: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The arguments as a key, where each is an integer, or a tuple or a list of integers; else None."""
    found: list[Any] = []
    for each in args:
        if each.__class__ is list and whole(tuple(each)):
            found.append((list, *each))
        elif each.__class__ is int or whole(each):
            found.append(each)
        else:
            return None
    return tuple(found)


def _named(key: tuple[Any, ...] | None, more: dict[str, Any]) -> tuple[Any, ...] | None:
    """A key with the arguments that are given by their names, too."""
    values = _integers(tuple(more.values()))
    return None if key is None or values is None else (*key, *zip(more, values, strict=True))


def _parts(first: Any, x: Any, plans: tuple[Plan, ...]) -> tuple[Any, ...] | None:
    """A first view and those that come with it, recorded where it was; None where one is a copy."""
    own = first.rare
    own.birth = ONE_OF_SEVERAL
    found, kind, v, recorded = [first], type(first), x.value, first.op is not None
    base, before, storage, seen = own._base, own.steps[:-1], own.storage, own.storage.changed
    needs, inputs, scope, code, instruction = first.needs, first.inputs, first.scope, first.code, first.instruction
    for op, function, attr, attrs, steps, sure, _others in plans:
        value = function(v, attr)
        if not sure and value.base is not v and (value.base is None or value.base is not v.base):
            return None
        node = _new(kind)
        node.value = value
        node.needs = needs
        node.id = clock()
        node.op = op if recorded else None
        node.inputs = inputs
        node.attrs = attrs if recorded else NO_ATTRS
        node.scope = scope
        node.code = code
        node.instruction = instruction
        node.label = node._grad = None
        rare = node.rare = _new(View)
        rare.storage = storage
        rare.seen = seen
        rare._base = base
        rare.birth = ONE_OF_SEVERAL
        rare.steps = (*before, *steps) if before else steps
        found.append(node)
    return tuple(found)


def _written(space: dict[str, Any], text: str = _CALL) -> Callable[..., Any]:
    record = RECORD.format(handle="Tensor", inputs="x", attrs="attrs")
    source = text.format(record=indent(record, "    "), show=indent(SHOW.format(x="x"), "    "))
    return made(source, "call", {**SPACE, **SHOWN, **space, "parts": _parts, "integers": _integers, "named": _named})


def _read(x: Any, y: Any) -> Plan | None:
    """The plan that a view, or several, were made by, None where no plan says it."""
    if y is x:
        return _SAME
    if y.__class__ is not tuple:
        return _step(x, y)
    plans = [_step(x, part) for part in y]
    if not plans or any(plan is None or part.rare.birth != ONE_OF_SEVERAL for plan, part in zip(plans, y, strict=True)):
        return None
    return plans[0]._replace(others=tuple(plans[1:]))  # type: ignore[union-attr, arg-type]  # none is None


def _step(x: Any, y: Any) -> Plan | None:
    rare, own = getattr(y, "rare", None), x.rare
    if rare.__class__ is not View or x.value.__class__ is not np.ndarray:
        return None
    before = own.steps if own is not None and own.base is not None else ()
    op, attrs = rare.steps[-1]
    if not isinstance(op, Structured) or len(op.inputs) != 1 or len(op.signature.attrs) != 1 or not op.sends & 1:
        return None
    if len(rare.steps) != len(before) + 1 or len(attrs) != 1:
        return None
    (attr,) = attrs.values()
    cuts = _cutters.get(op)
    if cuts is not None and y.value.ndim and cuts(attr, x.value.shape):  # numpy gives a view of it by itself
        return Plan(op, getitem, attr, attrs, rare.steps[-1:], True)
    return Plan(op, op.function, attr, attrs, rare.steps[-1:], op.shares is always)
