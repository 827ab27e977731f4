"""A recorded step as a program: its instructions, and what they give to whom."""

from __future__ import annotations

import math
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.record.node import Node, clock, record
from tinygrad_fr.replay.environment import same
from tinygrad_fr.replay.lowering import Lowering
from tinygrad_fr.replay.signature import root
from tinygrad_fr.replay.state import Reach
from tinygrad_fr.replay.tape import OtherwiseError, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tinygrad_fr.record.number import Source
    from tinygrad_fr.replay.environment import Spot
    from tinygrad_fr.replay.tape import Recording


class Program:
    """What a tape does, ready to be run again.

    Args:
        tape: the recorded call.
        result: what the step returned.
        given: the tensors among its arguments.
        holds: whether what the step reaches beside its arguments is as it was.
        reached: tensors that it reaches by itself.
    """

    def __init__(
        self,
        tape: Recording,
        result: Any,
        given: Sequence[Node],
        holds: Callable[[], bool],
        reached: Sequence[Node] = (),
    ) -> None:
        from tinygrad_fr.replay.assembly import Assembly  # with numba

        self.holds = holds
        self.busy = Lock()  # its memory serves one call at a time
        self.reach = Reach(tape)
        self.sources: dict[int, Source] = {}
        self.fixed: dict[int, float | int] = {}
        self.spots: list[tuple[Spot, Source]] = []
        self.numbers = [(again, type(again())) for again in tape.numbers.values()]
        self.questions = tape.questions
        lowering = Lowering(tape)
        self.bare = Leaves((tape.fresh | tape.bare).values(), tape.given)
        self.grown = Leaves((tape.seen | {leaf.id: leaf for leaf in tape.gradients.values()}).values(), tape.given)
        self.settings = [
            (o, g, _fixed(o.param_groups[g])) for o, g in {(id(o), g): (o, g) for o, g in tape.live.values()}.values()
        ]
        graded = [leaf for leaf in tape.touched.values() if leaf._grad is not None]
        self.graded = Leaves(graded, tape.given)
        self.forgotten = Leaves([leaf for leaf in tape.touched.values() if leaf._grad is None], tape.given)
        outputs: list[Any] = []

        def place(node: Node) -> Any:
            node = lowering.resolved(node)
            found: Any = lowering._views.get(node.id)
            if found is None:
                found = lowering._scalars.get(node.id)
            if found is None:
                found = (lowering.cell(node),)
            outputs.append(found)
            return found

        outlive = {i: leaf for i, leaf in lowering.leaves.items() if i < tape.start}
        self.changed = Leaves(outlive.values(), tape.given)
        values = [place(lowering.version[i]) for i in outlive]
        gradients = [place(leaf._grad.current) for leaf in graded]
        mine = {id(x): x for x in (*self.reach.leaves, *tape.handles.values())}
        _check_shared(result, tape)
        slopes = {leaf._grad.current.id: i for i, leaf in enumerate(graded)}
        self.result = _mapped(result, place, tape, mine, slopes)
        self.made = [(n.latest.op.name if n.latest.op is not None else _("leaf"), n.site) for n in _nodes(result)]
        self.assembly = Assembly(lowering, outputs)
        self.gradients, self.values = self.assembly.several(gradients), self.assembly.several(values)
        # Tensors that the step reaches by itself: which of them an argument is stays as it was.
        own = {root(node).id for node in reached}
        self.captured = own | {i for leaf in self.reach.leaves if (i := root(leaf).id) not in tape.given}
        self.alike = [i if (i := root(node).id) in self.captured else None for node in given]
        asked = any(isinstance(event, Node) and isinstance(event.op, Question) for event in tape.events)
        self.generators = list({id(source): source for source in tape.sources}.values()) if asked else []

    def follow(
        self, sources: dict[int, Source], fixed: dict[int, float | int], spots: list[tuple[Spot, Source]]
    ) -> None:
        """Read plain numbers anew at each call.

        Args:
            sources: those among the arguments, by their place among the numbers there.
            fixed: the others there, which stay as they were.
            spots: those that the step reaches by itself.
        """
        self.sources, self.fixed, self.spots = sources, fixed, spots

    def _numbers_fit(self, numbers: Sequence[float | int]) -> bool:
        """Take the numbers of a call; whether what is computed of them is what it was when the step was recorded."""
        for place, source in self.sources.items():
            source.value = numbers[place]
        for place, number in self.fixed.items():
            if not same(numbers[place], number):
                return False
        for spot, source in self.spots:
            value = spot.read()
            if value.__class__ is not source.value.__class__:
                return False
            source.value = value
        try:
            for again, kind in self.numbers:
                found = again()
                if found.__class__ is not kind:
                    return False
                if LARGEST < abs(found) < math.inf:  # some operations refuse what a tensor of theirs cannot hold
                    return False
            return all(again() == answer for again, answer in self.questions)
        except (ArithmeticError, ValueError, RecursionError):  # which the step itself says
            return False

    def fits(self, given: Sequence[Node], numbers: Sequence[float | int] = ()) -> bool:
        """Whether all that the step depends on is as it was when it was recorded."""
        if not self.holds():
            return False
        if (self.sources or self.spots) and not self._numbers_fit(numbers):
            return False
        for node, alike in zip(given, self.alike, strict=True):
            own = (node if node.rare is None else root(node)).id
            if own != alike and (alike is not None or own in self.captured):
                return False
        for leaf in self.bare(given):
            if leaf._grad is not None:
                return False
        for leaf in self.grown(given):
            if leaf._grad is None:
                return False
        return all(_fixed(optimizer.param_groups[group]) == fixed for optimizer, group, fixed in self.settings)

    def run(self, given: Sequence[Node]) -> Any:
        """Do the step.

        Raises:
            OtherwiseError: values lead another way than when it was recorded; nothing was done.
        """
        assembly = self.assembly
        before = [source.get_state() for source in self.generators]
        try:
            assembly.run(tuple(given))
        except OtherwiseError:
            for source, state in zip(self.generators, before, strict=True):
                source.set_state(state)
            assembly.let_go()
            raise
        graded = self.graded(given)
        for leaf, gradient in zip(graded, self.gradients(), strict=True):
            leaf._grad = gradient if gradient.__class__ is float else np.asarray(gradient)
        result = _made(self.result, assembly.taken, given, graded)
        for leaf in self.forgotten(given):
            leaf._grad = None
        time = clock()
        for leaf, value in zip(self.changed(given), self.values(), strict=True):
            leaf.rebind(value, time)
        assembly.let_go()
        return result


class Leaves:
    """Leaves of a record as a later call has them: the same, or the arguments in their places."""

    def __init__(self, recorded: Iterable[Node], given: Mapping[int, int]) -> None:
        self.recorded = list(recorded)
        self.replaced = [(i, given[leaf.id]) for i, leaf in enumerate(self.recorded) if leaf.id in given]

    def __call__(self, given: Sequence[Node]) -> list[Node]:
        """Those of a call."""
        found = self.recorded
        if self.replaced:
            found = found.copy()
            for i, place in self.replaced:
                found[i] = given[place]
        return found


class Place:
    """Where a part of the result is, and what kind of tensor it becomes."""

    def __init__(self, place: Any, kind: type[Node], *, grown: bool) -> None:
        self.place, self.kind, self.grown = place, kind, grown


class Itself:
    """A part of the result that is a tensor from outside the step: an argument, by its place, or one that is captured."""

    def __init__(self, place: int | None, node: Node | None) -> None:
        self.place, self.node = place, node


class Slope:
    """A part of the result that is the gradient of a leaf, by its place among those that get one."""

    def __init__(self, place: int) -> None:
        self.place = place


LARGEST = 65504.0  # what a half float holds


class UnguardedError(Exception):
    """What a step returns cannot be made again from its record."""


FIXED = (int, float, complex, str, bytes, type(None), np.generic, np.dtype)


def _nodes(result: Any) -> list[Node]:
    if isinstance(result, Node):
        return [result]
    parts = result.values() if isinstance(result, dict) else result if isinstance(result, tuple | list) else ()
    return [node for part in parts for node in _nodes(part)]


def _check_shared(result: Any, tape: Recording) -> None:
    """Refuse results that share elements with a tensor from outside, or with one another: who writes to one writes to both.

    Raises:
        UnguardedError: some do.
    """
    seen: dict[int, int] = {}
    nodes = _nodes(result)
    if len({id(node.latest) for node in nodes}) < len(nodes):
        raise UnguardedError(_("one tensor twice"))
    for node in nodes:
        whole = root(node.latest)
        if whole is not node.latest and whole.id < tape.start:
            raise UnguardedError(_("a view of a tensor from outside"))
        if seen.setdefault(whole.id, node.latest.id) != node.latest.id:
            raise UnguardedError(_("views of one another"))


def _mapped(
    result: Any,
    place: Callable[[Node], Any],
    tape: Recording,
    own: Mapping[int, Node],
    slopes: Mapping[int, int],
) -> Any:
    if isinstance(result, Node):
        node = result.current
        if node.id < tape.start or id(result) in own:
            if node.id in tape.given:
                return Itself(tape.given[node.id], None)
            return Itself(None, result)
        if node.id in slopes:
            return Slope(slopes[node.id])
        return Place(place(node), type(result), grown=node.needs != 0)
    if isinstance(result, tuple) and hasattr(result, "_make"):
        return result._make([_mapped(each, place, tape, own, slopes) for each in result])
    if type(result) in (tuple, list):
        return type(result)(_mapped(each, place, tape, own, slopes) for each in result)
    if type(result) is dict:
        return {key: _mapped(each, place, tape, own, slopes) for key, each in result.items()}
    if isinstance(result, FIXED):
        return result
    raise UnguardedError(_("an object, {kind}").format(kind=type(result).__name__))


def _made(result: Any, taken: Callable[[Any], Any], given: Sequence[Node], graded: Sequence[Node]) -> Any:
    if result.__class__ is Slope:
        return graded[result.place].gradient
    if result.__class__ is Place:
        value = taken(result.place)
        if result.grown:
            value = value if value.__class__ is float else np.asarray(value)
            return record(_SPENT, (), {}, value, 1)
        if value.__class__ is float:
            from tinygrad_fr.handles.scalar import Scalar

            return Scalar(value, requires_grad=False)
        return Tensor.wrap(np.asarray(value))
    if result.__class__ is Itself:
        return result.node if result.place is None else given[result.place]
    if isinstance(result, tuple) and hasattr(result, "_make"):
        return result._make([_made(each, taken, given, graded) for each in result])
    if isinstance(result, tuple | list):
        return type(result)(_made(each, taken, given, graded) for each in result)
    if isinstance(result, dict):
        return {key: _made(each, taken, given, graded) for key, each in result.items()}
    return result


class Spent:
    """What made a result of a step that went backward itself: nothing goes back through it once more."""

    name = symbol = "compiled"

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Refuse.

        Raises:
            GradientError: always.
        """
        raise GradientError(
            _(
                "this value comes out of a compiled step that went backward itself, and its record was not kept; go backward inside the step, or detach() the value"
            )
        )


_SPENT = Spent()


def _fixed(group: dict[str, Any]) -> dict[str, Any]:
    """The settings that a program holds for ever."""
    return {key: (type(value), repr(value)) for key, value in group.items() if key not in ("params", "lr")}
