"""``compile``, and a module that stands for its compiled step."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar, overload

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.nn.module import Module
from tinygrad_fr.replay.guards.walk import Standing
from tinygrad_fr.replay.replay import P, R, Replay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

M = TypeVar("M", bound=Module)


class CompiledModule(Standing):
    """A compiled module: it has the parameters, attributes and methods of the module that it stands for, and its calls are replayed.

    Both objects share one dictionary of attributes, so an attribute that is set on one is set on both. Its class is
    created for it and inherits from this one and from the module's class.
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

    @property
    def _orig_mod(self) -> Any:
        """PyTorch's name of the module itself."""
        return self._replay.step

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Do what the module does."""
        return self._replay(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        """An attribute of the compiled step, such as its counts."""
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
    model: M,
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
    model: Callable[P, R],
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
    model: None = None,
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
    model: Any = None,
    *,
    verify: int = 0,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str = "inductor",
    mode: str | None = None,
    options: Mapping[str, Any] | None = None,
    disable: bool = False,
) -> Any:
    """Record a step at its first call, and replay it at later calls: the same numbers, faster.

    The program contains the operations of the step, forward and backward, its random draws (drawn anew at each call)
    and its updates (learning rates are read anew). Dead code is removed, common subexpressions are computed once,
    element-wise operations are fused, and memory is planned. Before each replay, guards check what the step depends on
    besides the values of tensors: kinds of arguments, numbers and modules that it reaches, modes. If a guard fails, the
    step is recorded again. A step that cannot be guarded (Python reads a value, or a Python object is changed) runs
    eagerly, and a :class:`CompileWarning` says why.

    Args:
        model: a step, or a module. It takes tensors and constants, may go backward and step optimizers, and returns
            tensors. Of a class, the objects are compiled, and the class stays itself.
        verify: after so many replayed calls, the step also runs eagerly, on copies. The first number that differs, of a
            result or of a gradient, is an error that names its operation. 0 means never.
        fullgraph: refuse a step that would run eagerly.
        dynamic: accepted as in PyTorch, without effect: each shape has its own program.
        backend: accepted as in PyTorch, without effect.
        mode: accepted as in PyTorch, without effect.
        options: accepted as in PyTorch, without effect.
        disable: return the step as it is.

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
    if model is None:  # as a decorator with arguments
        return functools.partial(compile, verify=verify, fullgraph=fullgraph, disable=disable)
    if disable:
        return model
    if isinstance(model, type):
        return _of_class(model, functools.partial(Replay, verify=verify, fullgraph=fullgraph))
    if isinstance(model, CompiledModule):
        model = model.standing_for
    replay: Replay[..., Any] = Replay(model, verify, fullgraph)
    return CompiledModule.of(model, replay) if isinstance(model, Module) else replay


def _of_class(cls: type, compiled: Callable[..., Replay[..., Any]]) -> type:
    """A class itself, whose objects are compiled ones from now on: their ``forward``, or what they do when they are called."""
    name = "forward" if issubclass(cls, Module) else "__call__"
    if any(name in vars(base) for base in cls.__mro__):
        setattr(cls, name, compiled(getattr(cls, name)))
    return cls
