"""A step that is recorded, replayed at calls that its guards find alike, and run eagerly where it cannot be guarded."""

from __future__ import annotations

import functools
import sys
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from tinygrad_fr.errors import CompileWarning, ReplayError, UsageError
from tinygrad_fr.graph import Graph
from tinygrad_fr.locale import _
from tinygrad_fr.modes import recording
from tinygrad_fr.nn.hooks import EVERYWHERE
from tinygrad_fr.observers import observe
from tinygrad_fr.random import default
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.mode import now, setting, thread
from tinygrad_fr.record.node import Node
from tinygrad_fr.record.recorder import NOBODY
from tinygrad_fr.replay.compiled_backward import UnrecordedError, WholeCall, carried, joined
from tinygrad_fr.replay.events import OtherwiseError
from tinygrad_fr.replay.guards.environment import Environment
from tinygrad_fr.replay.guards.signature import loosened, signature
from tinygrad_fr.replay.guards.walk import Standing
from tinygrad_fr.replay.number import Source
from tinygrad_fr.replay.program import Program
from tinygrad_fr.replay.results import UnguardedError, nodes_of
from tinygrad_fr.replay.state import Reach
from tinygrad_fr.replay.tape import Recording, as_leaf
from tinygrad_fr.replay.varying import Seen, followed, followed_by_name, plain
from tinygrad_fr.replay.verify import verified
from tinygrad_fr.views import same_elements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.replay.compiled_backward import Joint

P = ParamSpec("P")
R = TypeVar("R")

IN_A_ROW = 8  # after so many recordings without a replay between them a step runs eagerly
KEPT = 64  # programs of one step
# Held while a thread records: the numbers that it follows stand in places where other threads expect plain ones.
RECORDING = threading.RLock()


class Replay(Standing, Generic[P, R]):
    """A step that is recorded once for each kind of call, and then replayed.

    Attributes:
        programs: lists of programs, by what tells their arguments apart.
        recordings: how many calls were recorded.
        replays: how many were replayed.
        eager: how many ran eagerly.

    Example:
        >>> from tinygrad_fr import compile, tensor
        >>> tripled = compile(lambda x: 3 * x)
        >>> tripled(tensor([1.0])), tripled(tensor([2.0])), len(tripled.programs)
        (tensor([3.]), tensor([6.]), 1)
        >>> tripled.graph(tensor([1.0])).nodes[-1].op.name
        'mul'
        >>> tripled
        <compiled <lambda>: 1 recorded, 1 replayed, 0 eager>
    """

    def __init__(self, step: Callable[P, R], verify: int = 0, fullgraph: bool = False) -> None:
        if verify < 0:
            raise UsageError(_("verify: expected a number of calls of at least 0, got {found}").format(found=verify))
        self.step, self.verify, self.fullgraph = step, verify, fullgraph
        self.programs: dict[Any, list[Program]] = {}
        self.recordings = self.replays = self.eager = 0
        self._refused: set[Any] = set()  # kinds of calls that run eagerly
        self._seen: dict[Any, Seen] = {}
        self._row = 0
        self._said: set[str] = set()
        self._reach: Reach | None = None
        functools.update_wrapper(self, step, ("__module__", "__name__", "__qualname__", "__doc__"), ())
        self.__name__ = getattr(step, "__name__", type(step).__name__)
        self._called = _("compiled {name}").format(name=self.__name__)

    def __call__(self, *arguments: P.args, **options: P.kwargs) -> R:
        """Do the step."""
        state = thread.state
        if state.tape is not NOBODY:  # inside another compiled step: a part of that one
            return self.step(*arguments, **options)
        key, given = signature(arguments, options)
        eagerly = state.trace or state.observers or EVERYWHERE or not accelerator().compiles
        if eagerly or (self._refused and key in self._refused):
            self.eager += 1
            return self.step(*arguments, **options)
        numbers: list[float | int] = []
        programs = self.programs.get(key)
        loose, failed = None, None
        while True:
            if programs is not None:
                for i, program in enumerate(programs):
                    if program.fits(given, numbers):
                        if not program.busy.acquire(False):  # another thread is running it
                            self.eager += 1
                            return self.step(*arguments, **options)
                        try:
                            again: Any = None  # needed by programs with a backward pass, and for verification
                            if program.back is not None or self.verify:
                                again = functools.partial(self.step, *arguments, **options)
                            looked = self.verify and (self.replays + 1) % self.verify == 0
                            result = (
                                verified(program, again, given, self.__name__) if looked else program.run(given, again)
                            )
                        except OtherwiseError as otherwise:
                            cause = otherwise.__cause__
                            failed = failed or (None if isinstance(cause, OtherwiseError | ReplayError) else cause)
                            continue
                        finally:
                            program.busy.release()
                        if i:
                            programs.insert(0, programs.pop(i))
                        self.replays += 1
                        self._row = 0
                        return result  # type: ignore[no-any-return]
            if loose is not None:
                break
            loose, numbers = loosened(key)
            programs = self.programs.get((loose,))
        return self._unreplayed(arguments, options, key, given, (loose, numbers), failed)  # type: ignore[no-any-return]

    def _unreplayed(
        self,
        arguments: Any,
        options: Mapping[str, Any],
        key: Any,
        given: list[Node],
        kind: tuple[Any, list[float | int]],
        failed: BaseException | None,
    ) -> Any:
        """Run the step eagerly and record it, unless its kind is refused or its replay failed."""
        if kind[0] in self._refused:
            self.eager += 1
            return self.step(*arguments, **options)
        if failed is not None:
            done = self.step(*arguments, **options)  # fails too, if the fault is the step's
            self._say(key, _("its replay failed, which is our fault: please report it ({error})").format(error=failed))
            return done
        if self._row >= IN_A_ROW:
            return self._eagerly(
                key,
                _("it was recorded {count} times in a row without being replayed").format(count=self._row),
                arguments,
                options,
            )
        if not RECORDING.acquire(False):
            self.eager += 1
            return self.step(*arguments, **options)
        try:
            environment = Environment(self.step, arguments, options)
            if self.fullgraph:
                return self._wholly(environment, arguments, options, key, given, kind)
            return self._kept(environment, arguments, options, key, given, kind)
        finally:
            RECORDING.release()

    def _wholly(
        self,
        environment: Environment,
        arguments: Any,
        options: Mapping[str, Any],
        key: Any,
        given: list[Node],
        kind: tuple[Any, list[float | int]],
    ) -> Any:
        """The same with ``fullgraph``: a step that cannot be recorded is an error, and tensors and random numbers are restored."""
        leaves = [
            (leaf, leaf.value, leaf._grad) for leaf in {id(x): x for x in (*given, *environment.tensors)}.values()
        ]
        gradients = [(g, g.current.value) for _leaf, _value, g in leaves if isinstance(g, Node)]
        states = [(optimizer, optimizer.held()) for optimizer in environment.optimizers]
        drawn = default.get_state()
        try:
            return self._kept(environment, arguments, options, key, given, kind)
        except PartError:
            for leaf, value, gradient in leaves:
                leaf.value, leaf._grad = value, gradient
            for gradient, value in gradients:
                gradient.rebind(value)
            for optimizer, state in states:
                optimizer.put_back(state)
            default.set_state(drawn)
            raise

    def _kept(
        self,
        environment: Environment,
        arguments: Any,
        options: Mapping[str, Any],
        key: Any,
        given: list[Node],
        kind: tuple[Any, list[float | int]],
    ) -> Any:
        why = _unkept(environment, (*given, *environment.tensors))
        if why is not None:
            return self._eagerly(key, why, arguments, options)
        loose, numbers = kind
        if len(self._seen) > 4 * KEPT:
            self._seen.clear()
        seen = self._seen.setdefault(loose, Seen())
        own, reached = seen.sources(numbers, environment)
        tape, recorded = Recording(given, environment.tensors), now().grad
        try:
            with environment.followed(reached), setting(tape=tape, trace=True):
                result = (
                    plain(self.step(*followed(arguments, own, 0), **followed_by_name(options, own, arguments)))
                    if own
                    else self.step(*arguments, **options)
                )
                if reached:
                    result = plain(result)
                why, joint = _going_back(tape, result)
            if why is None and now().grad != recorded:
                why = _("it calls set_grad_enabled() outside a with block")
            if why is None:
                why = environment.changed()
            seen.numbers, seen.environment = numbers, environment
            if why is not None:
                return self._refuse(key, why, result, tape, seen, loose)
            try:
                back = WholeCall(self._called, joint, tape, given) if joint is not None else None
                program = Program(tape, result, given, environment.holds, environment.tensors, joint, back)
            except UnguardedError as error:
                return self._refuse(key, _("it returns {what}").format(what=error), result, tape, seen, loose)
            if (shared := program.shared(given)) is not None:
                return self._refuse(key, shared, result, tape, seen, loose)
            self._follow(program, environment, seen, own, reached)
            self._keep((loose,) if seen.followed else key, program)
            return _cut(result, tape)
        except Exception as error:
            error.args = plain(error.args)
            error.__dict__.update(plain(vars(error)))
            raise
        finally:
            _put_back(tape)

    def _follow(
        self,
        program: Program,
        environment: Environment,
        seen: Seen,
        own: Mapping[int, Source],
        reached: Mapping[tuple[int, Any], Source],
    ) -> None:
        """Have a program read those numbers anew that its step computes with but does not inspect."""
        seen.told |= {name for name, source in (*own.items(), *reached.items()) if source.held}
        environment.release(name for name, source in reached.items() if not source.held)
        seen.followed = {i for i, source in own.items() if not source.held}
        program.follow(
            {i: source for i, source in own.items() if not source.held},
            {i: number for i, number in enumerate(seen.numbers) if i not in seen.followed} if seen.followed else {},
            [(environment.spots[name], source) for name, source in reached.items() if not source.held],
        )

    def _keep(self, key: Any, program: Program) -> None:
        """Keep a program under a key, and let the oldest go where there are too many."""
        self.recordings += 1
        self._row += 1
        self._reach = program.reach
        self.programs.setdefault(key, []).insert(0, program)
        while sum(map(len, self.programs.values())) > KEPT:  # the kind that came first goes first
            del self.programs[next(iter(self.programs))]

    def _eagerly(self, key: Any, why: str | None, arguments: Any, options: Mapping[str, Any]) -> Any:
        self._say(key, why)
        return self.step(*arguments, **options)

    def _refuse(self, key: Any, why: str | None, result: Any, tape: Recording, seen: Seen, loose: Any) -> Any:
        self._say(key, why)
        seen.refused += 1
        if seen.refused >= IN_A_ROW:  # whatever its numbers are
            self._refused.add(loose)
        return _cut(result, tape)

    def _say(self, key: Any, why: str | None) -> None:
        """Run calls of a kind eagerly from now on, with one warning; with ``fullgraph``, raise an error."""
        if self.fullgraph:
            raise PartError(
                _("fullgraph: the compiled step “{name}” would run eagerly: {why}").format(
                    name=self.__name__, why=why if why is not None else _("it is not one that can be recorded")
                )
            )
        self.eager += 1
        if len(self._refused) > 4 * KEPT:  # kinds of objects that are gone
            self._refused.clear()
        self._refused.add(key)
        if why is None or why in self._said:
            return
        self._said.add(why)
        warnings.warn(
            _("the compiled step “{name}” runs eagerly: {why}").format(name=self.__name__, why=why),
            CompileWarning,
            stacklevel=_outside(),
        )

    def graph(self, *arguments: P.args, **options: P.kwargs) -> Graph:
        """The record of a call now, for any reader: the step runs eagerly, and its effects are undone.

        Shows what the program stands for: operations by name, with their lines, values and gradients.
        """
        key, _given = signature(arguments, options)
        if key not in self.programs and (loosened(key)[0],) not in self.programs:
            self(*arguments, **options)
            key, _given = signature(arguments, options)
        programs = self.programs.get(key) or self.programs.get((loosened(key)[0],))
        reach = programs[0].reach if programs else self._reach if self._reach is not None else Reach(Recording([]))
        with reach.undone(), recording(), observe() as seen:
            result: Any = self.step(*arguments, **options)
        return Graph.of(*nodes_of(result), observation=seen)  # with the leaves as they were when it ran

    @property
    def standing_for(self) -> Any:
        """The step itself."""
        return self.step

    def __getattr__(self, name: str) -> Any:
        """An attribute of the step."""
        if name.startswith("__") or "step" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.step, name)

    def __get__(self, instance: Any, owner: type) -> Any:
        """A compiled method is bound to its object as any other."""
        return self if instance is None else functools.partial(self, instance)

    def __reduce__(self) -> Any:
        return type(self), (self.step, self.verify, self.fullgraph)

    def __repr__(self) -> str:
        return _("<compiled {name}: {recordings} recorded, {replays} replayed, {eager} eager>").format(
            name=self.__name__, recordings=self.recordings, replays=self.replays, eager=self.eager
        )


def _outside() -> int:
    """How far up the caller's frame is, for a warning: the first one that is not of this folder."""
    folder = str(Path(__file__).parent)
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(folder):
        level, frame = level + 1, frame.f_back
    return level


def _unkept(environment: Environment, tensors: Sequence[Node]) -> str | None:
    """The reason why a step cannot be recorded, by its environment and its arguments; None if there is none."""
    if environment.why is not None:
        return environment.why
    gradients = {id(x._grad.current) for x in tensors if isinstance(x._grad, Node)}
    if any(id(x.current) in gradients for x in tensors):
        return _("it is given the gradient of one of its tensors")
    if same_elements(tensors):
        return _("it is given two tensors of the same elements")
    if any(optimizer.shows(tensors) for optimizer in environment.optimizers):
        return _("it is given the state of an optimizer")
    return None


def _going_back(tape: Recording, result: Any) -> tuple[str | None, Joint | None]:
    """The backward pass from results that carry a gradient, or the reason why the step cannot be recorded."""
    if tape.why is not None:
        return tape.why, None
    outputs = carried(result, tape.start, tape.gone)
    try:
        return None, joined(tape, outputs) if outputs else None
    except UnrecordedError as error:
        return str(error), None


def _put_back(tape: Recording) -> None:
    """Cut the gradients that a step made from its record, and write them to the gradient tensors that users hold."""
    for leaf in (tape.touched | tape.seen).values():
        if isinstance(leaf._grad, Node):
            _cut(leaf._grad, tape)
    tape.settle()


def _cut(result: Any, tape: Recording) -> Any:
    """Results as an eager step gives them: a node that was recorded only for the tape becomes a leaf."""
    for node in nodes_of(result):
        if node.current.id >= tape.start:
            as_leaf(node)
    return result


class PartError(UsageError):
    """A step with ``fullgraph`` of which a part cannot be replayed."""
