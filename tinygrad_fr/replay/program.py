"""A step as a program: recorded at its first call, run without being recorded at the later ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

import numpy as np

from tinygrad_fr.errors import ReplayError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.record.backward import observe
from tinygrad_fr.record.graph import Graph
from tinygrad_fr.record.mode import recording, setting
from tinygrad_fr.record.node import Node
from tinygrad_fr.replay.lowering import Lowering
from tinygrad_fr.replay.probe import probed
from tinygrad_fr.replay.state import Reach
from tinygrad_fr.replay.tape import Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

P = ParamSpec("P")
R = TypeVar("R")


class Program:
    """What a tape does, ready to be run again.

    Args:
        tape: the recorded call.
        result: what the step returned.
        reach: what it reads and changes.
    """

    def __init__(self, tape: Recording, result: Any, reach: Reach) -> None:
        from tinygrad_fr.replay.assembly import Assembly  # with numba

        self.reach = reach
        lowering = Lowering(tape)
        self.fresh = Leaves(tape.fresh.values(), tape.given)
        self.grown = Leaves(tape.gradients.values(), tape.given)
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

        self.changed = list(lowering.leaves.values())
        values = [place(lowering.version[i]) for i in lowering.leaves]
        gradients = [place(leaf._grad) for leaf in graded]
        self.result = _mapped(result, place)
        self.assembly = Assembly(lowering, outputs)
        self.gradients, self.values = self.assembly.several(gradients), self.assembly.several(values)

    def fits(self, arguments: tuple[Any, ...]) -> bool:
        """Whether gradients and settings are as they were when the step was recorded."""
        return (
            all(leaf._grad is None for leaf in self.fresh(arguments))
            and all(leaf._grad is not None for leaf in self.grown(arguments))
            and all(_fixed(optimizer.param_groups[group]) == fixed for optimizer, group, fixed in self.settings)
        )

    def run(self, arguments: tuple[Any, ...]) -> Any:
        """Do the step."""
        assembly = self.assembly
        assembly.run(arguments)
        result = _made(self.result, assembly.taken)
        for leaf, gradient in zip(self.graded(arguments), self.gradients(), strict=True):
            leaf._grad = gradient if gradient.__class__ is float else np.asarray(gradient)
        for leaf in self.forgotten(arguments):
            leaf._grad = None
        for leaf, value in zip(self.changed, self.values(), strict=True):
            leaf.rebind(value)
        assembly.let_go()
        return result


class Leaves:
    """Leaves of a record as a later call has them: the same, or the arguments in their places."""

    def __init__(self, recorded: Iterable[Node], given: Mapping[int, int]) -> None:
        self.recorded = list(recorded)
        self.replaced = [(i, given[leaf.id]) for i, leaf in enumerate(self.recorded) if leaf.id in given]

    def __call__(self, arguments: tuple[Any, ...]) -> list[Node]:
        """Those of a call."""
        found = self.recorded
        if self.replaced:
            found = found.copy()
            for i, place in self.replaced:
                found[i] = arguments[place].current
        return found


class Place:
    """Where a part of the result is."""

    def __init__(self, place: Any) -> None:
        self.place = place


def _mapped(result: Any, place: Callable[[Node], Any]) -> Any:
    if isinstance(result, Node):
        return Place(place(result.current))
    if isinstance(result, tuple | list):
        return type(result)(_mapped(each, place) for each in result)
    if isinstance(result, dict):
        return {key: _mapped(each, place) for key, each in result.items()}
    return result


def _made(result: Any, taken: Callable[[Any], Any]) -> Any:
    if isinstance(result, Place):
        value = taken(result.place)
        if value.__class__ is float:
            from tinygrad_fr.handles.scalar import Scalar

            return Scalar(value, requires_grad=False)
        return Tensor.wrap(np.asarray(value))
    if isinstance(result, tuple | list):
        return type(result)(_made(each, taken) for each in result)
    if isinstance(result, dict):
        return {key: _made(each, taken) for key, each in result.items()}
    return result


def _fixed(group: dict[str, Any]) -> dict[str, Any]:
    """The settings that a program holds for ever."""
    return {key: value for key, value in group.items() if key not in ("params", "lr")}


class Replay(Generic[P, R]):
    """A step that is recorded once for each shape of its arguments, and then replayed.

    Attributes:
        programs: the programs, by what tells their arguments apart.

    Example:
        >>> from tinygrad_fr import compile, tensor
        >>> tripled = compile(lambda x: 3 * x)
        >>> tripled(tensor([1.0])), tripled(tensor([2.0])), len(tripled.programs)
        (tensor([3.]), tensor([6.]), 1)
        >>> tripled.graph(tensor([1.0])).nodes[-1].op.name
        'mul'
    """

    def __init__(self, step: Callable[P, R]) -> None:
        self.step = step
        self.programs: dict[Any, Program] = {}
        self.__name__ = getattr(step, "__name__", "step")
        self.__doc__ = step.__doc__

    def __call__(self, *arguments: P.args, **options: P.kwargs) -> R:
        """Do the step."""
        if options:
            raise ReplayError(_("a replayed step takes its arguments by position"))
        kinds = tuple(_kind(x) for x in arguments)
        program = self.programs.get(kinds)
        if program is not None and program.fits(arguments):
            return program.run(arguments)  # type: ignore[no-any-return]
        return self.record(arguments, kinds)  # type: ignore[no-any-return]

    def record(self, arguments: tuple[Any, ...], kinds: Any) -> Any:
        """Do the step as ever, and keep what it did."""
        tape, result = taped(self.step, arguments)
        reach = Reach(tape)
        probed(self.step, arguments, tape, reach)
        self.programs[kinds] = Program(tape, result, reach)
        for leaf in tape.touched.values():
            if isinstance(leaf._grad, Node):
                leaf._grad = leaf._grad.current.value
        return _made(_mapped(result, lambda node: node.value), lambda value: value)

    def graph(self, *arguments: P.args, **options: P.kwargs) -> Graph:
        """The record of what a call would do now, for any reader: the step as ever, and its effects undone.

        Shows what the program stands for: operations by name, with their lines, values and gradients.
        """
        if tuple(_kind(x) for x in arguments) not in self.programs:
            self(*arguments, **options)
        reach = self.programs[tuple(_kind(x) for x in arguments)].reach
        with reach.undone(), recording(), observe() as seen:
            result: Any = self.step(*arguments, **options)
        return Graph.of(*_nodes(result), observation=seen)  # with the leaves as they were when it ran


def _nodes(result: Any) -> list[Node]:
    if isinstance(result, Node):
        return [result]
    parts = result.values() if isinstance(result, dict) else result if isinstance(result, tuple | list) else ()
    return [node for part in parts for node in _nodes(part)]


def taped(step: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Recording, Any]:
    """Run a step with a tape."""
    tape = Recording(arguments)
    with setting(tape=tape, trace=True):
        result = step(*arguments)
    return tape, result


def _kind(x: Any) -> Any:
    if isinstance(x, Node):
        value = x.current.value
        return (type(x), value.shape, value.dtype) if isinstance(value, np.ndarray) else type(x)
    try:
        hash(x)
    except TypeError:
        raise ReplayError(
            _("a replayed step takes tensors, scalars and constants, got {found}").format(found=type(x).__name__)
        ) from None
    return x


def compile(step: Callable[P, R]) -> Replay[P, R]:
    """Record a step at its first call, and then do it again without recording: the same numbers, faster.

    The program holds what the step did: its operations forward and back, its random draws (drawn anew), its updates
    (learning rates are read anew). Dead results are dropped, common ones computed once, element-wise runs fused, memory
    planned. Arguments of another shape are recorded by themselves.

    Args:
        step: takes tensors (and constants), may go backward and step optimizers, returns tensors.

    Raises:
        ReplayError: what the step does depends on values in a way that the record does not show, such as an ``if`` on
            a loss; or it changes a tensor by numbers from outside.

    Example:
        >>> from tinygrad_fr import compile, optim, tensor
        >>> w = tensor([2.0], requires_grad=True)
        >>> optimizer = optim.SGD([w], lr=0.25)
        >>> @compile
        ... def step(x):
        ...     optimizer.zero_grad()
        ...     loss = ((w * x - 1) ** 2).sum()
        ...     loss.backward()
        ...     optimizer.step()
        ...     return loss
        >>> [round(step(tensor([1.0])).item(), 4) for _i in range(4)]
        [1.0, 0.25, 0.0625, 0.0156]
    """
    return Replay(step)
