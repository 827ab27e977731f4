"""``compile``: a step is recorded, replayed at calls that its guards find alike, and run eagerly where it cannot be guarded."""

from __future__ import annotations

import functools
import sys
import warnings
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from tinygrad_fr.errors import CompileWarning, ReplayError, UsageError
from tinygrad_fr.graph import Graph
from tinygrad_fr.locale import _
from tinygrad_fr.modes import recording
from tinygrad_fr.nn.module import Module
from tinygrad_fr.observers import observe
from tinygrad_fr.random import default
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.mode import now, setting, thread
from tinygrad_fr.record.node import NO_ATTRS, Node, clock
from tinygrad_fr.record.recorder import NOBODY
from tinygrad_fr.replay.compiled_backward import UnrecordedError, WholeCall, carried, joined
from tinygrad_fr.replay.guards.environment import Environment
from tinygrad_fr.replay.guards.plain import same
from tinygrad_fr.replay.guards.signature import loosened, signature
from tinygrad_fr.replay.guards.walk import Standing
from tinygrad_fr.replay.number import Number, Source
from tinygrad_fr.replay.program import Program
from tinygrad_fr.replay.results import UnguardedError, nodes_of
from tinygrad_fr.replay.state import Reach
from tinygrad_fr.replay.tape import OtherwiseError, Recording
from tinygrad_fr.replay.verify import verified
from tinygrad_fr.views import same_elements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.replay.compiled_backward import Joint

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Module)

IN_A_ROW = 8  # after so many recordings without a replay between them a step runs eagerly

KEPT = 64  # programs of one step


class Seen:
    """The numbers of a kind of call when it was last recorded, and what is known of them.

    Attributes:
        numbers: those among the arguments.
        environment: of that call.
        followed: places of arguments that a program reads anew.
        told: names of places and spots on whose value a record depends.
    """

    def __init__(self) -> None:
        self.numbers: list[float | int] = []
        self.environment: Environment | None = None
        self.followed: set[int] = set()
        self.told: set[Any] = set()
        self.refused = 0

    def sources(
        self, numbers: list[float | int], environment: Environment
    ) -> tuple[dict[int, Source], dict[tuple[int, Any], Source]]:
        """The numbers that are followed this time: those that have been others before."""
        if self.environment is None or environment.asks_types:
            return {}, {}
        changed = {i for i, (a, b) in enumerate(zip(numbers, self.numbers, strict=True)) if not same(a, b)}
        spots = (self.environment.varied() & environment.spots.keys()) - self.told
        return (
            {i: Source(numbers[i]) for i in sorted((changed | self.followed) - self.told)},
            {name: Source(environment.spots[name].read()) for name in spots},
        )


class Replay(Standing, Generic[P, R]):
    """A step that is recorded once for each kind of call, and then replayed.

    Attributes:
        programs: lists of programs, by what tells their arguments apart.
        recordings: how many calls were recorded.
        replays: how many were replayed.
        eager: how many ran as ever.

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
        if not accelerator().compiles or key in self._refused or state.trace or state.observers:
            self.eager += 1
            return self.step(*arguments, **options)
        numbers: list[float | int] = []
        programs = self.programs.get(key)
        loose, failed = None, None
        while True:
            if programs is not None:
                for i, program in enumerate(programs):
                    if program.fits(given, numbers):
                        if not program.busy.acquire(blocking=False):  # another thread is running it
                            self.eager += 1
                            return self.step(*arguments, **options)
                        try:
                            again: Any = None  # asked for by those that go back, and by what verifies
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
        """Do the step as ever, and keep what it did, unless its kind is refused or its replay failed."""
        if kind[0] in self._refused:
            self.eager += 1
            return self.step(*arguments, **options)
        if failed is not None:
            done = self.step(*arguments, **options)  # which fails too, where the step is at fault
            self._say(key, _("its replay failed, which is our fault: please report it ({error})").format(error=failed))
            return done
        if self._row >= IN_A_ROW:
            return self._eagerly(
                key,
                _("it was recorded {count} times in a row without being replayed").format(count=self._row),
                arguments,
                options,
            )
        environment = Environment(self.step, arguments, options)
        if self.fullgraph:
            return self._wholly(environment, arguments, options, key, given, kind)
        return self._kept(environment, arguments, options, key, given, kind)

    def _wholly(
        self,
        environment: Environment,
        arguments: Any,
        options: Mapping[str, Any],
        key: Any,
        given: list[Node],
        kind: tuple[Any, list[float | int]],
    ) -> Any:
        """The same, where what cannot be kept is an error: tensors and random numbers are then as they were before."""
        leaves = [
            (leaf, leaf.value, leaf._grad) for leaf in {id(x): x for x in (*given, *environment.tensors)}.values()
        ]
        states = [(optimizer, optimizer.held()) for optimizer in environment.optimizers]
        drawn = default.get_state()
        try:
            return self._kept(environment, arguments, options, key, given, kind)
        except PartError:
            for leaf, value, gradient in leaves:
                leaf.value, leaf._grad = value, gradient
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
                    _plain(self.step(*_followed(arguments, own, 0), **_named(options, own, arguments)))
                    if own
                    else self.step(*arguments, **options)
                )
                if reached:
                    result = _plain(result)
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
            error.args = _plain(error.args)
            error.__dict__.update(_plain(vars(error)))
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
        """Have a program read the numbers anew that its step computes with and does not look at."""
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
        """Run calls of a kind eagerly from now on, and say why, once; refuse them where the whole step was to be kept."""
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
        """The record of what a call would do now, for any reader: the step as ever, and its effects undone.

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
        """What a compiled object has besides being called."""
        if name.startswith("__") or "step" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.step, name)

    def __get__(self, instance: Any, owner: type) -> Any:
        """A compiled method is bound to its object as any other."""
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        return _("<compiled {name}: {recordings} recorded, {replays} replayed, {eager} eager>").format(
            name=self.__name__, recordings=self.recordings, replays=self.replays, eager=self.eager
        )


def _followed(arguments: Any, sources: Mapping[int, Source], start: int) -> list[Any]:
    """Arguments, with the numbers that are followed in the place of plain ones."""
    found, place = [], start
    for x in arguments:
        number = x.__class__ is float or x.__class__ is int
        found.append(Number.of(sources[place]) if number and place in sources else x)
        place += number
    return found


def _named(options: Mapping[str, Any], sources: Mapping[int, Source], arguments: Any) -> dict[str, Any]:
    """The same of arguments by name, which are counted after the others."""
    before = sum(x.__class__ is float or x.__class__ is int for x in arguments)
    return dict(zip(options, _followed(options.values(), sources, before), strict=True))


def _plain(result: Any) -> Any:
    """A result without numbers that were followed: they are plain ones there."""
    if type(result) is Number:
        return result.read()
    if type(result) is tuple:
        return tuple([_plain(part) for part in result])
    if isinstance(result, tuple) and hasattr(result, "_make"):
        return result._make([_plain(part) for part in result])
    if type(result) is list:
        result[:] = [_plain(part) for part in result]
    elif type(result) is dict:
        for key, part in result.items():
            result[key] = _plain(part)
    return result


def _outside() -> int:
    """How far up the caller's frame is, for a warning."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        level, frame = level + 1, frame.f_back
    return level


def _unkept(environment: Environment, tensors: Sequence[Node]) -> str | None:
    """Why a step is not kept, by what it reaches and is given; None where nothing speaks against it."""
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
    """What goes back from results that carry a gradient; or why a step cannot be kept."""
    if tape.why is not None:
        return tape.why, None
    outputs = carried(result, tape.start, tape.gone)
    try:
        return None, joined(tape, outputs) if outputs else None
    except UnrecordedError as error:
        return str(error), None


def _put_back(tape: Recording) -> None:
    """Free the gradients that a step made from its record, and let those be seen where they were held."""
    for leaf in (tape.touched | tape.seen).values():
        if isinstance(leaf._grad, Node):
            _cut(leaf._grad, tape)
    for leaf, before in tape.held.values():
        if leaf.id not in tape.reset and isinstance(leaf._grad, Node):
            before.current.move_to(leaf._grad.current, clock())
            leaf._grad = before


def _cut(result: Any, tape: Recording) -> Any:
    """Results as an eager step gives them: what was recorded for the tape alone is a leaf."""
    for node in nodes_of(result):
        made = node.current
        if made.id >= tape.start and made.op is not None and not made.needs:
            made.op, made.inputs, made.attrs = None, (), NO_ATTRS
    return result


class PartError(UsageError):
    """A step of which ``fullgraph`` asked that all of it is replayed, and part of it cannot be."""


class CompiledModule(Standing):
    """A compiled module in its own place: a module with the same parameters, attributes and methods, whose calls are replayed.

    It has the very attributes of the module that it stands for, so that what is set on one is set on both. Its class is made when it is:
    this one, and the module's own.
    """

    __slots__ = ("_replay",)
    _replay: Replay[..., Any]

    @staticmethod
    def of(module: Module, replay: Replay[..., Any]) -> Any:
        """Stand for a module."""
        kind = type(f"Compiled{type(module).__name__}", (CompiledModule, type(module)), {})
        made: Any = object.__new__(kind)
        object.__setattr__(made, "__dict__", module.__dict__)
        object.__setattr__(made, "_replay", replay)
        return made

    @property
    def standing_for(self) -> Any:
        """The module itself."""
        return self._replay.step

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Do what the module does."""
        return self._replay(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        """What a compiled step has, such as its counts, where the module has nothing of that name."""
        if name in ASKED:
            return getattr(self._replay, name)
        inherited = getattr(super(), "__getattr__", None)
        if inherited is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return inherited(name)

    def copy(self) -> Any:
        """A compiled copy of the module."""
        return compile(self._replay.step.copy(), verify=self._replay.verify, fullgraph=self._replay.fullgraph)

    def __reduce__(self) -> Any:
        return compile, (self._replay.step,)

    def __repr__(self) -> str:
        return repr(self._replay)


ASKED = frozenset(("eager", "graph", "programs", "recordings", "replays", "step", "verify"))


MODES = ("default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")
BACKENDS = ("inductor", "eager", "aot_eager", "cudagraphs")


@overload
def compile(  # type: ignore[overload-overlap]
    step: M,
    *,
    verify: int = 0,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str = "inductor",
    mode: str | None = None,
    options: Mapping[str, Any] | None = None,
    disable: bool = False,
) -> M: ...


@overload
def compile(
    step: Callable[P, R],
    *,
    verify: int = 0,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str = "inductor",
    mode: str | None = None,
    options: Mapping[str, Any] | None = None,
    disable: bool = False,
) -> Replay[P, R]: ...


@overload
def compile(
    step: None = None,
    *,
    verify: int = 0,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str = "inductor",
    mode: str | None = None,
    options: Mapping[str, Any] | None = None,
    disable: bool = False,
) -> Callable[[Any], Any]: ...


def compile(
    step: Any = None,
    *,
    verify: int = 0,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str = "inductor",
    mode: str | None = None,
    options: Mapping[str, Any] | None = None,
    disable: bool = False,
) -> Any:
    """Record a step at its first call, and then do it again without recording: the same numbers, faster.

    The program holds what the step did: its operations forward and back, its random draws (drawn anew), its updates
    (learning rates are read anew). Dead results are dropped, common ones computed once, element-wise runs fused, memory
    planned. What the step depends on beside the values of tensors is looked at before each replay: kinds of arguments,
    numbers and modules that it reaches, modes. Where something changed it is recorded again; where that cannot be known
    (a value that Python reads, an effect on a Python object) it runs eagerly, and a :class:`CompileWarning` says why.

    Args:
        step: takes tensors and constants, may go backward and step optimizers, returns tensors.
        verify: every so many replayed calls the step runs eagerly too, on copies, and the first number that differs is an
            error that names what made it, a gradient that goes back from a result too; 0 for never.
        fullgraph: refuse a step that would run eagerly.
        dynamic: PyTorch's, which changes no number: here each shape has its program.
        backend: PyTorch's names are taken, and mean the same here.
        mode: PyTorch's, which changes no number either.
        options: PyTorch's for its backend; none of them counts here.
        disable: give the step back as it is.

    Raises:
        ReplayError: a verified call differs from the eager one.
        UsageError: there is no such mode or backend, or a step of ``fullgraph`` would run eagerly.

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
    if mode is not None and options is not None:
        raise UsageError(_("compile: expected a mode or options, got both"))
    if mode is not None and mode not in MODES:
        raise UsageError(
            _("compile: expected a mode among {known}, got {found}").format(known=", ".join(MODES), found=mode)
        )
    if backend not in BACKENDS:
        raise UsageError(
            _("compile: expected a backend among {known}, got {found}").format(known=", ".join(BACKENDS), found=backend)
        )
    if step is None:  # as a decorator with arguments
        return functools.partial(compile, verify=verify, fullgraph=fullgraph, disable=disable)
    if disable:
        return step
    replay: Replay[..., Any] = Replay(step, verify, fullgraph)
    return CompiledModule.of(step, replay) if isinstance(step, Module) else replay
