"""A run that a page computes again: recorded down to single numbers, and held against the engine before it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.explain.levels.again import recorded_again
from tinygrad_fr.explain.levels.parts import Absorbed
from tinygrad_fr.graph import Graph
from tinygrad_fr.lessons.model import LessonModel
from tinygrad_fr.living.lower import MOST, POOLS, StaticRunError, lowered
from tinygrad_fr.living.watch import Watch
from tinygrad_fr.locale import _
from tinygrad_fr.modes import opened, recording
from tinygrad_fr.observers import observe
from tinygrad_fr.record.mode import setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.explain import Observed
    from tinygrad_fr.living.program import Ids, Program
    from tinygrad_fr.plugins import Batch


class Guard(NamedTuple):
    """What a line of Python read of the run, and decided by: the run is another where it changes.

    Attributes:
        where: the line.
        place: of the number that it read.
        value: what it was.
    """

    where: str
    place: int
    value: float


@dataclass(frozen=True)
class Alive:
    """A run, number by number.

    Attributes:
        graph: the record, down to the equations of its operations.
        program: its numbers.
        numbers: vertex of the graph → places of its numbers.
        loss: the place of the result.
        arranged: parameters that are turned or joined: their numbers are the parameters' own, with the whole gradient.
        guards: what Python decided by.
    """

    graph: Graph
    program: Program
    numbers: dict[int, Ids]
    loss: int
    arranged: frozenset[int]
    guards: tuple[Guard, ...] = ()


def alive(run: Observed, most: int = MOST, *, batch: Batch | None = None) -> Alive:
    """Record a run again, number by number, and hold it against the engine.

    Args:
        run: a run with a loss of one number.
        most: how many numbers it may have.
        batch: another batch than the run's own.

    Raises:
        StaticRunError: why a page cannot compute it.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> alive(observed(Catalogue().load("neuron"))).program.size > 12
        True
    """
    found = again(run, batch, most)
    _hold_against_the_engine(found)
    return found


def again(run: Observed, batch: Batch | None = None, most: int = MOST) -> Alive:
    """Record a run again, number by number.

    Args:
        run: a run with a loss of one number.
        batch: another batch than the run's own.
        most: how many numbers it may have.

    Raises:
        StaticRunError: why a page cannot compute it.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> again(observed(Catalogue().load("neuron"))).loss > 0
        True
    """
    graph, decisions, asked = _recorded(run, batch if batch is not None else run.batch)
    if decisions:
        raise _decided(decisions)
    arranged = frozenset(Absorbed.of(graph).parameters)
    try:
        program, numbers = lowered(graph, most, arranged)
    except StaticRunError as error:
        if not asked or error.large:
            raise
        raise _decided([where for where, _node in asked]) from None  # what it decided by has no form on numbers
    places = numbers.get(graph.outputs[0])
    if places is None or places.size != 1:
        raise StaticRunError(lambda: _("the run does not end in one number"))
    guards = tuple(
        Guard(where, int(numbers[node.id].ravel()[0]), float(np.asarray(node.value).item()))
        for where, node in asked
        if node.id in numbers
    )
    return Alive(graph, program, numbers, int(places.ravel()[0]), arranged, guards)


def _decided(lines: Sequence[str]) -> StaticRunError:
    return StaticRunError(
        lambda: _("the run reads numbers outside the record, at {where}, and may decide otherwise for others").format(
            where=", ".join(lines[:3])
        )
    )


def _recorded(run: Observed, batch: Batch) -> tuple[Graph, list[str], list[tuple[str, Any]]]:
    """The record down to equations, the lines that depend on values outside it, and what others read of it."""
    watch = Watch(POOLS)
    with opened(), recording(), observe() as seen:
        with setting(tape=watch):
            loss: Any = _loss_again(run, watch)
            if loss is None:
                loss = run.model.loss(run.module, batch)
        loss.backward()
    run.module.zero_grad()
    asked = watch.asked(loss.current.id)
    graph = Graph.of(loss, *(node for _where, node in asked), observation=seen)
    return graph, watch.decisions(graph), asked


def _loss_again(run: Observed, watch: Watch) -> Any:
    """The loss of a script that was watched when it ran, from its record; None where it must run again."""
    moment = run.model.moment(run.module) if isinstance(run.model, LessonModel) else None
    if moment is None or not isinstance(moment.tape, Watch):
        return None
    earlier, root = moment.tape, moment.restored()
    again = recorded_again(root)
    if again is None:
        return None
    watch.forget()
    watch.told(earlier, root.id, again[1])
    return again[0]


def _hold_against_the_engine(found: Alive) -> None:
    """Compute every value and gradient from the program, and compare with what the engine recorded.

    Raises:
        StaticRunError: they differ, so the page would show wrong numbers.
    """
    values, gradients = found.program.swept(found.loss)
    largest = float(np.abs(gradients[np.isfinite(gradients)]).max(initial=0.0))
    for vertex in found.graph.nodes:
        places = found.numbers.get(vertex.id)
        if places is None or isinstance(vertex.value, tuple):
            continue
        same = _same(vertex.value, values[places], 0.0)
        if vertex.grad is not None and vertex.requires_grad and vertex.id not in found.arranged:
            same = same and _same(vertex.grad, gradients[places], largest)
        if not same:
            raise _otherwise(vertex.name or vertex.symbol)


def _otherwise(node: str) -> StaticRunError:
    return StaticRunError(
        lambda: _("number by number, {node} comes out otherwise than the engine computed it").format(node=node)
    )


def _same(recorded: Any, computed: Any, terms: float) -> bool:
    """Whether two computations agree as far as the engine's precision goes.

    Args:
        recorded: what the engine found.
        computed: what the program found.
        terms: the size of what may have cancelled out on the way.
    """
    recorded = np.asarray(recorded)
    double = recorded.dtype.itemsize == 8
    tolerance, rounding = (1e-9, 1e-14) if double else (1e-3, 1e-6)
    finite = np.abs(recorded[np.isfinite(recorded)])
    near = tolerance * float(finite.max(initial=0.0)) + rounding * terms + 1e-12
    return recorded.shape == computed.shape and np.allclose(
        computed, recorded, rtol=tolerance, atol=near, equal_nan=True
    )
