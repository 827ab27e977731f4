"""A recorded step as a program: its instructions, its inputs, and the results, gradients and leaves that it writes."""

from __future__ import annotations

import math
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.devices.layout import laid_in, order_of
from tinygrad_fr.locale import _
from tinygrad_fr.memory import memory_of
from tinygrad_fr.modes import enable_grad
from tinygrad_fr.ops.shared.untracked import Saved
from tinygrad_fr.record.node import Node, clock
from tinygrad_fr.replay.compiled_backward import carried
from tinygrad_fr.replay.events import OtherwiseError, Question, Update
from tinygrad_fr.replay.guards.generated import Settings
from tinygrad_fr.replay.guards.plain import same
from tinygrad_fr.replay.guards.signature import root
from tinygrad_fr.replay.leaves import MOST, Leaves, Standing, given_gradients
from tinygrad_fr.replay.lowering.instructions import LARGE, View
from tinygrad_fr.replay.lowering.lowering import Lowering
from tinygrad_fr.replay.results import check_shared, made, mapped, nodes_of, own_value
from tinygrad_fr.replay.state import Reach
from tinygrad_fr.views import GIVEN, given_since, known_to_others, let_go, lives_with, same_elements

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.replay.compiled_backward import Joint, WholeCall
    from tinygrad_fr.replay.guards.environment import Spot
    from tinygrad_fr.replay.number import Source
    from tinygrad_fr.replay.tape import Recording


class Program:
    """A tape as a program that can be run again.

    Args:
        tape: the recorded call.
        result: what the step returned.
        given: the tensors among its arguments.
        holds: whether the guards of what the step reaches besides its arguments hold.
        reached: tensors that it reaches by itself.
        joint: the backward pass from results that carry a gradient.
        back: the same as an operation of the record.
    """

    def __init__(
        self,
        tape: Recording,
        result: Any,
        given: Sequence[Node],
        holds: Callable[[], bool],
        reached: Sequence[Node] = (),
        joint: Joint | None = None,
        back: WholeCall | None = None,
    ) -> None:
        from tinygrad_fr.replay.execution.assembly import Assembly  # with numba

        self.holds = holds
        self.busy = Lock()  # its memory is used by one call at a time
        self.reach = Reach(tape)
        self.sources: dict[int, Source] = {}
        self.fixed: dict[int, float | int] = {}
        self.spots: list[tuple[Spot, Source]] = []
        self.numbers = [(again, type(again())) for again in tape.numbers.values()]
        self.questions = tape.questions
        self.back, outputs = back, joint.outputs if joint is not None else []
        kept: list[Any] = back.saved if back is not None else []
        lowering = Lowering(
            tape,
            tape.events if joint is None else tape.events[: joint.since],
            {x.of.id for x in kept if isinstance(x, Saved)},
        )
        self.bare = Leaves((tape.fresh | tape.bare).values(), tape.given)
        self.grown = Leaves((tape.seen | {leaf.id: leaf for leaf in tape.gradients.values()}).values(), tape.given)
        self.settings = [
            (o, g, Settings(o.param_groups[g], _fixed))
            for o, g in {(id(o), g): (o, g) for o, g in tape.live.values()}.values()
        ]
        graded = [leaf for leaf in tape.touched.values() if leaf._grad is not None]
        self.graded = Leaves(graded, tape.given)
        self.adds = [
            i not in tape.reset and i not in tape.fresh for i in (leaf.id for leaf in graded)
        ]  # added to the gradient that was there
        self.adds_to_some = any(self.adds)
        self.reached = [node.current for node in reached]
        self.lent = [node for node in (*self.reached, *self.reach.leaves) if node.id not in tape.given and _lent(node)]
        self.cleared = Leaves([leaf for leaf in tape.cleared.values() if np.size(leaf.value) > LARGE], tape.given)
        outgrown, grew = zip(*tape.outgrown.values(), strict=True) if tape.outgrown else ((), ())
        self.outgrown = Leaves(outgrown, tape.given)
        self.forgotten = Leaves([leaf for leaf in tape.touched.values() if leaf._grad is None], tape.given)
        places: list[Any] = []
        self.orders: dict[int, tuple[Any, list[int]]] = {}  # strides of results that are not contiguous

        def place(node: Node) -> Any:
            found = lowering.place(node)
            places.append(found)
            value = node.value
            if isinstance(value, np.ndarray) and value.ndim > 1 and not value.flags.c_contiguous:
                self.orders[id(found)] = found, order_of(value.shape, value.strides)
            return found

        outlive = {i: leaf for i, leaf in lowering.leaves.items() if i < tape.start}
        self.changed = Leaves(outlive.values(), tape.given)
        self.given_others = Leaves([x for x in outlive.values() if given_since(x, tape.start)], tape.given)
        values = [place(lowering.version[i]) for i in outlive]
        gradients = [place(leaf._grad.current) for leaf in graded]
        last = [place(gradient.current) for gradient in grew]
        mine = {id(x): x for x in (*self.reach.leaves, *tape.handles.values())}
        check_shared(result, tape)
        slopes = {leaf._grad.current.id: i for i, leaf in enumerate(graded)}
        places_of = {node.id: k for k, node in enumerate(outputs)}
        self.result = mapped(result, place, tape, mine, slopes, places_of)
        for leaf in self.given_others.recorded:
            let_go(leaf)
        self.outputs = [place(node) for node in outputs]
        saved = [(lowering.left[x.of.id],) if isinstance(x, Saved) else lowering.place(x) for x in kept]
        self.made = [(n.latest.op.name if n.latest.op is not None else _("leaf"), n.site) for n in nodes_of(result)]
        new = {id(p.buffer): x for p, x in zip(values, outlive.values(), strict=True) if isinstance(p, View) and p.full}
        self.assembly = Assembly(lowering, [*places, *saved], new)
        self.saved = self.assembly.several(saved)
        # Generated functions for all leaves at once, if the same leaves get numbers or arrays of their own at every call.
        plain = not self.graded.replaced and not self.adds_to_some and 0 < len(graded) <= MOST
        self.grade = given_gradients(graded) if plain and self.assembly.gives_own(gradients) else None
        numbers = all(isinstance(place, int) for place in values)
        self.standing = Standing(self.changed.recorded) if numbers and not self.changed.replaced else None
        self.changes = bool(values)
        self.gradients, self.values = self.assembly.several(gradients), self.assembly.several(values)
        self.last = self.assembly.several(last)
        # Tensors that the step reaches by itself; which of them are arguments must not change.
        own = {root(node).id for node in reached}
        self.captured = own | {i for leaf in self.reach.leaves if (i := root(leaf).id) not in tape.given}
        self.alike = [i if (i := root(node).id) in self.captured else None for node in given]
        self.known = [*self.reached, *(leaf for leaf in self.reach.leaves if leaf.id not in tape.given)]
        self.itself = [self._known(node) for node in given]
        asked = any(isinstance(event, Node) and isinstance(event.op, Question) for event in tape.events)
        # Whether the step is pure: no effects besides its results, which depend on its operands and its code alone.
        self.pure = not (
            tape.touched or tape.draws or tape.gradients or tape.bare or tape.seen or lowering.leaves
        ) and not any(isinstance(event, Update) for event in tape.events)
        self.draws = bool(tape.draws)
        # Optimizers whose state would have changed if something after their step fails.
        moved = next((i for i, event in enumerate(tape.events) if isinstance(event, Update)), len(tape.events))
        self.given = -1  # the count of shared tensors at the last check
        self.fragile = self.reach.optimizers if any(isinstance(e, Node) for e in tape.events[moved:]) else []
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

    def taken(self, place: Any) -> Any:
        """The value of a result after the run, with the memory layout that it had when the step was recorded."""
        found = self.assembly.taken(place)
        asked = self.orders.get(id(place))
        return found if asked is None else laid_in(found, asked[1])

    def _numbers_fit(self, numbers: Sequence[float | int]) -> bool:
        """Take the numbers of a call; whether the comparisons and sizes computed from them are the recorded ones."""
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
                if (
                    LARGEST < abs(found) < math.inf
                ):  # some operations refuse a number that a half-precision tensor cannot hold
                    return False
            return all(again() == answer for again, answer in self.questions)
        except (ArithmeticError, ValueError, RecursionError):  # the step itself reports the error
            return False

    def fits(self, given: Sequence[Node], numbers: Sequence[float | int] = ()) -> bool:
        """Whether everything that the step depends on is unchanged since the recording."""
        if not self.holds():
            return False
        if (self.sources or self.spots) and not self._numbers_fit(numbers):
            return False
        if not self._meet(given):
            return False
        if self.bare.recorded:
            for leaf in self.bare(given):
                if leaf._grad is not None:
                    return False
        if self.grown.recorded:
            for leaf in self.grown(given):
                if leaf._grad is None:
                    return False
        if self.given_others.recorded and self._has_others(given):
            return False
        return self.shared(given) is None and (not self.settings or self._settings_fit())

    def _meet(self, given: Sequence[Node]) -> bool:
        """Whether the arguments that are tensors which the step reaches by itself, or views of them, are the same ones."""
        for i, (node, alike) in enumerate(zip(given, self.alike)):  # noqa: B905 - the signature says how many there are
            own = (node if node.rare is None else root(node)).id
            if own != alike and (alike is not None or own in self.captured):
                return False
            if alike is not None and self._known(node) != self.itself[i]:
                return False
        return True

    def _known(self, node: Node) -> int | None:
        """Which of the tensors that the step reaches by itself an argument is; None for another one, as another view of the same base."""
        return next((i for i, own in enumerate(self.known) if own.current is node.current), None)

    def _has_others(self, given: Sequence[Node]) -> bool:
        """Whether somebody else has the elements of a tensor that is given others, as by ``x.data = other``; a program writes to them."""
        return any(_lent(leaf) or known_to_others(leaf) for leaf in self.given_others(given))

    def _settings_fit(self) -> bool:
        """Whether optimizers have the settings that they had."""
        for optimizer, group, settings in self.settings:
            found = optimizer.param_groups[group]
            if not (settings.hold() if found is settings.group else _fixed(found) == settings.then):
                return False
        return True

    def shared(self, given: Sequence[Node]) -> str | None:
        """A reason to refuse the step: something shares elements with a tensor that the step changes, unknown to the record."""
        if self.adds_to_some:
            gradients = {id(leaf._grad.current) for leaf in self.graded(given) if isinstance(leaf._grad, Node)}
            if any(id(node) in gradients for node in (*given, *self.reached)):
                return _("it is given the gradient of one of its tensors")
        if self.given != GIVEN[0] or any(lives_with(node) for node in given if node.rare is not None):
            if same_elements((*given, *self.reached)):
                return _("it is given two tensors of the same elements")
            self.given = GIVEN[0]
        for optimizer in self.reach.optimizers:
            if optimizer.shows(given):
                return _("it is given the state of an optimizer")
        lent = [node for node in given if node.value.__class__ is not float and _lent(node)]
        if lent or self.lent:
            lent += self.lent
            for leaf in self.changed(given):
                if _lent(leaf) and any(
                    root(node) is not root(leaf) and np.may_share_memory(node.value, leaf.value) for node in lent
                ):
                    return _("it changes elements that two of its tensors share, as an array of numpy")
        return None

    def run(self, given: Sequence[Node], again: Callable[[], Any]) -> Any:
        """Do the step.

        Args:
            given: the tensors among its arguments.
            again: runs the step eagerly.

        Raises:
            OtherwiseError: a decision by values differs from the recording; nothing was done.
        """
        assembly = self.assembly
        states = [source.get_state() for source in self.generators] if self.generators else ()
        before = [optimizer.held() for optimizer in self.fragile] if self.fragile else ()
        try:
            self._clear(given)
            assembly.run(tuple(given))
        except Exception as error:
            moved = assembly.arena.moved
            assembly.let_go()
            if moved or (self.draws and not self.generators):
                raise
            self._put_back(states, before)
            raise OtherwiseError from error  # the step itself runs as far as it can, and reports where it fails
        if self.changes:
            time, values = clock(), self.values()
            if self.standing is None or not self.standing.write(values, time):
                for leaf, value in zip(self.changed(given), values, strict=True):
                    leaf.rebind(value, time)
        if self.outgrown.recorded:
            self._outgrow(given)
        graded: Sequence[Node] = ()
        if self.grade is not None:
            graded = self.graded.recorded
            self.grade(self.gradients())
        elif self.adds:
            graded = self.graded(given)
            self._grade(graded)
        if self.forgotten.recorded:
            for leaf in self.forgotten(given):
                leaf._grad = None
        outputs: tuple[Node, ...] = ()
        if self.back is not None:
            values = [own_value(self.taken(place)) for place in self.outputs]
            outputs = self.back.record(given, values, self.saved(), partial(self._again, given, again))
        result = made(self.result, self.taken, given, graded, outputs)
        assembly.let_go()
        return result

    def _clear(self, given: Sequence[Node]) -> None:
        """Free the gradients that the step resets at its start: the run reuses their memory."""
        if self.cleared.recorded:
            for leaf in self.cleared(given):
                leaf._grad = None

    def _put_back(self, states: Sequence[Any], before: Sequence[Any]) -> None:
        """Restore generators and optimizers."""
        for source, state in zip(self.generators, states, strict=True):
            source.set_state(state)
        for optimizer, held in zip(self.fragile, before, strict=True):
            optimizer.put_back(held)

    def _outgrow(self, given: Sequence[Node]) -> None:
        """Show the gradients from before that the step sets or forgets once they grew."""
        for leaf, gradient in zip(self.outgrown(given), self.last(), strict=True):
            _shown(leaf, gradient)

    def _grade(self, graded: Sequence[Node]) -> None:
        """Give leaves their gradients, or the sums with what they have."""
        for leaf, gradient, adds in zip(graded, self.gradients(), self.adds, strict=True):
            if not (adds and _shown(leaf, gradient)):
                leaf._grad = gradient if gradient.__class__ is float else own_value(gradient)

    def _again(self, given: Sequence[Node], step: Callable[[], Any], time: int) -> Sequence[Node] | None:
        """The nodes of the results that carry a gradient, from an eager run of the step as of a time; None if it would not be the same step."""
        leaves = [*self.reach.leaves, *given]
        if not self.pure or self.spots or any(leaf.changed_since(time) for leaf in leaves) or not self.holds():
            return None
        start = clock()
        with enable_grad():
            found = carried(step(), start)
        return found if len(found) == len(self.outputs) else None


def _shown(leaf: Node, gradient: Any) -> bool:
    """Show a gradient that grew to whoever holds what it was; False where nobody is shown."""
    before = leaf._grad
    if not isinstance(before, Node) or before.current.needs:
        return False
    before.current.rebind(own_value(gradient))
    return True


def _lent(node: Node) -> bool:
    """Whether a tensor's elements are shared with somebody outside."""
    value = node.value
    return value.__class__ is np.ndarray and value.base is not None and memory_of(value) is not None


LARGEST = 65504.0  # the largest float16


def _fixed(group: dict[str, Any]) -> dict[str, Any]:
    """The settings that are constants of a program."""
    return {key: (type(value), repr(value)) for key, value in group.items() if key not in ("params", "lr")}
