"""Whether a step does the same whatever the values are: it is run once more on others, and both tapes are compared."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import ReplayError, TinygradError
from tinygrad_fr.locale import _
from tinygrad_fr.record.mode import setting
from tinygrad_fr.record.node import Node
from tinygrad_fr.replay.tape import Change, Recording, Update

if TYPE_CHECKING:
    from collections.abc import Callable


def probed(step: Callable[..., Any], arguments: tuple[Any, ...], tape: Recording) -> None:
    """Raise if the step, on other values of the same signs and shapes, does something else.

    The state of leaves and optimizers is put back afterwards; random generators go on from other numbers and are put
    back as well.

    Raises:
        ReplayError: what the step does depends on values.
    """
    from tinygrad_fr.random import default

    leaves = _leaves(tape)
    optimizers = {id(e.optimizer): e.optimizer for e in tape.events if isinstance(e, Update)}
    kept = [(leaf, leaf.value, leaf._grad) for leaf in leaves]
    states = [(optimizer, copy.deepcopy(optimizer.state)) for optimizer in optimizers.values()]
    drawn = copy.deepcopy(default.numpy.bit_generator.state)
    source = np.random.default_rng(0)
    other = Recording(arguments)
    try:
        for leaf in leaves:
            leaf.value = _other(leaf.value, source)
            leaf._grad = _before(leaf, tape)
        with setting(tape=other, trace=True):
            step(*arguments)
    except TinygradError as error:
        raise ReplayError(_("the step cannot be replayed: on other values, {error}").format(error=error)) from error
    finally:
        for leaf, value, gradient in kept:
            leaf.value, leaf._grad = value, gradient
        for optimizer, state in states:
            optimizer.state = state
        default.numpy.bit_generator.state = drawn
    _compare(_signature(tape), _signature(other), tape)


def _before(leaf: Node, tape: Recording) -> Any:
    """A gradient where the recorded call found one."""
    grown = {each.id for each in tape.gradients.values()}
    return leaf._grad if leaf.id in grown else None


def _leaves(tape: Recording) -> list[Node]:
    """What was there before the step and is read by it."""
    found: dict[int, Node] = {}
    for event in tape.events:
        nodes = event.inputs if isinstance(event, Node) else (event[0],) if isinstance(event, Change) else (event.parameter,)
        for x in nodes:
            while isinstance(x, Node) and x.op is None and x.rare is not None and x.rare.alias is not None:
                x = x.rare.alias
            if isinstance(x, Node) and x.op is None and x.id < tape.start:
                found.setdefault(x.id, tape.handles.get(x.id, x))
    return list(found.values())


def _other(value: Any, source: np.random.Generator) -> Any:
    """Other values of the same signs: floats a little nearer to 0, so that none leaves an interval, integers moved round."""
    if value.__class__ is float:
        return value * float(source.uniform(0.7, 0.99))
    if not isinstance(value, np.ndarray) or not value.size:
        return value
    if value.dtype.kind == "f":
        return np.asarray(value * source.uniform(0.7, 0.99, value.shape), value.dtype)
    return np.roll(value, 1)


def _signature(tape: Recording) -> list[tuple[Any, ...]]:
    """What a tape did, without its values, one entry an event."""
    places: dict[int, int] = {}
    rows: list[tuple[Any, ...]] = []

    def said(x: Any) -> Any:
        if not isinstance(x, Node):
            return x if x is None or isinstance(x, float | int | bool | str) else _plain(x)
        if x.id in places:
            return ("event", places[x.id])
        if x.id in tape.given:
            return ("argument", tape.given[x.id])
        if x.id in tape.live:
            return ("rate",)
        if x.id in tape.gradients:
            return ("gradient", tape.gradients[x.id].id)
        if x.op is None and x.id >= tape.start:
            source = tape.made.get(id(x.value)) if isinstance(x.value, np.ndarray) else None
            if source is not None and source.id in places:
                return ("event", places[source.id])
            if id(x.value) in tape.draws:
                return ("draw", list(tape.draws).index(id(x.value)))
            if x.rare is not None and x.rare.alias is not None:
                return said(x.rare.alias)
            return ("constant", _plain(x.value))
        return ("leaf", x.id)

    for i, event in enumerate(tape.events):
        if isinstance(event, Node):
            name = event.op.name if event.op is not None else ""
            attrs = tuple((key, said(value) if isinstance(value, Node) else _plain(value)) for key, value in event.attrs.items())
            shape = getattr(event.value, "shape", None)
            rows.append((name, attrs, shape, tuple(said(x) for x in event.inputs)))
            places[event.id] = i
        elif isinstance(event, Change):
            rows.append(("change", event.leaf.id, said(event.node)))
        else:
            rows.append(("update", event.place, event.parameter.id, said(event.gradient)))
    return rows


def _plain(value: Any) -> Any:
    """A value that can be compared with ``==``."""
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        return (array.shape, array.dtype.str, array.tobytes())
    if isinstance(value, tuple | list):
        return tuple(_plain(each) for each in value)
    return repr(value) if isinstance(value, slice) else value


def _compare(a: list[tuple[Any, ...]], b: list[tuple[Any, ...]], tape: Recording) -> None:
    for i, (one, other) in enumerate(zip(a, b, strict=False)):
        if one != other:
            event = tape.events[i]
            where = event.describe() if isinstance(event, Node) else event[0] if isinstance(event, str) else ""
            raise ReplayError(
                _(
                    "the step cannot be replayed: what it does depends on values that the record does not show, at {node}; give them as arguments, or compute with operations"
                ).format(node=where)
            )
    if len(a) != len(b):
        longer = tape.events[min(len(a), len(b)) - 1]
        raise ReplayError(
            _("the step cannot be replayed: on other values it does {other} operations instead of {one}, after {node}").format(
                one=len(a), other=len(b), node=longer.describe() if isinstance(longer, Node) else ""
            )
        )
