"""Whether a step does the same whatever the values are: it is run once more on others, and both tapes are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import ReplayError, TinygradError
from tinygrad_fr.locale import _
from tinygrad_fr.record.mode import setting
from tinygrad_fr.record.node import Node
from tinygrad_fr.replay.tape import Change, Recording

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.replay.state import Reach


def probed(step: Callable[..., Any], arguments: tuple[Any, ...], tape: Recording, reach: Reach) -> None:
    """Raise if the step, on other values of the same signs and shapes, does something else.

    Raises:
        ReplayError: what the step does depends on values.
    """
    source = np.random.default_rng(0)
    other = Recording(arguments)
    with reach.undone():
        for leaf in reach.leaves:
            leaf.value = _other(leaf.value, source)
        try:
            with setting(tape=other, trace=True):
                step(*arguments)
        except TinygradError as error:
            raise ReplayError(_("the step cannot be replayed: on other values, {error}").format(error=error)) from error
    _compare(_signature(tape), _signature(other), tape)


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
            attrs = tuple(
                (key, said(value) if isinstance(value, Node) else _plain(value)) for key, value in event.attrs.items()
            )
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
            _(
                "the step cannot be replayed: on other values it does {other} operations instead of {one}, after {node}"
            ).format(one=len(a), other=len(b), node=longer.describe() if isinstance(longer, Node) else "")
        )
