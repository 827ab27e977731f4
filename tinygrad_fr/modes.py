"""The modes that people switch on and off around their code, under PyTorch's names where it has them."""

from __future__ import annotations

from functools import wraps
from inspect import isgeneratorfunction
from typing import Any

from tinygrad_fr.record.mode import setting, thread
from tinygrad_fr.record.recorder import NOBODY
from tinygrad_fr.record.scope import Scope


class Mode(setting):
    """Settings that hold inside a ``with`` block, or inside every call of a function or generator that they decorate."""

    def __call__(self, function: Any) -> Any:
        """The function in this mode. A generator is in it while it runs, not while it waits for its caller."""

        @wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            with setting(**self.changes):
                return function(*args, **options)

        @wraps(function)
        def generator(*args: Any, **options: Any) -> Any:
            running = function(*args, **options)
            step, given = running.send, None
            while True:
                try:
                    with setting(**self.changes):
                        found = step(given)
                except StopIteration as end:
                    return end.value
                try:
                    step, given = running.send, (yield found)
                except GeneratorExit:
                    with setting(**self.changes):
                        running.close()
                    raise
                except BaseException as error:
                    step, given = running.throw, error

        return generator if isgeneratorfunction(function) else call


class CalledOrEntered(Mode):
    """A mode that holds from the call on, until a ``with`` block that takes it over ends."""

    _entered = False

    def call(self) -> None:
        """Put the mode in force."""
        super().__enter__()
        self._entered = True

    def __enter__(self) -> None:
        if not self._entered:
            super().__enter__()
        self._entered = False

    def __call__(self, function: Any) -> Any:
        """Decorate a function; the mode is as it was before until that is called."""
        if self._entered:
            self.__exit__(None, None, None)
            self._entered = False
        return super().__call__(function)


class no_grad(Mode):  # noqa: N801 - PyTorch's name
    """Record nothing for backpropagation: in a ``with`` block, or in a function decorated by ``@no_grad()`` or ``@no_grad``.

    Example:
        >>> from tinygrad_fr import no_grad, tensor
        >>> w = tensor([1.0], requires_grad=True)
        >>> with no_grad():
        ...     (w * 2).requires_grad
        False
    """

    def __new__(cls, function: Any = None) -> Any:
        """The mode, or a function decorated by it."""
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self) -> None:
        super().__init__(grad=False)


class enable_grad(Mode):  # noqa: N801 - PyTorch's name
    """Record again, inside a :func:`no_grad` block.

    Example:
        >>> import tinygrad_fr as tg
        >>> w = tg.tensor([1.0], requires_grad=True)
        >>> with tg.no_grad():
        ...     with tg.enable_grad():
        ...         inside = w * 2
        ...     (w * 2).requires_grad, inside.requires_grad
        (False, True)
    """

    def __new__(cls, function: Any = None) -> Any:
        """The mode, or a function decorated by it."""
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self) -> None:
        super().__init__(grad=True)


class set_grad_enabled(CalledOrEntered):  # noqa: N801 - PyTorch's name
    """Record or not, by a flag: from the call on, or inside a ``with`` block or a decorated function alone.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> x = tensor([1.0], requires_grad=True)
        >>> for training in (True, False):
        ...     with autograd.set_grad_enabled(training):
        ...         print((2 * x).requires_grad)
        True
        False
        >>> _mode = autograd.set_grad_enabled(False)  # until it is called again
        >>> (2 * x).requires_grad
        False
        >>> _mode = autograd.set_grad_enabled(True)
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(grad=bool(mode))
        self.call()


def is_grad_enabled() -> bool:
    """Whether operations are recorded for backpropagation.

    Example:
        >>> import tinygrad_fr as tg
        >>> with tg.no_grad():
        ...     print(tg.is_grad_enabled())
        False
        >>> tg.is_grad_enabled()
        True
    """
    return thread.state.grad


class inference_mode(Mode):  # noqa: N801 - PyTorch's name
    """:func:`no_grad` under another name of PyTorch's.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0], requires_grad=True)
        >>> with tg.inference_mode():
        ...     y = 2 * x
        >>> y.requires_grad
        False
    """

    def __new__(cls, mode: Any = True) -> Any:
        """The mode, or a function decorated by it."""
        return cls()(mode) if callable(mode) else super().__new__(cls)

    def __init__(self, mode: bool = True) -> None:
        super().__init__(**({"grad": False} if mode else {}))


def unseen() -> Mode:
    """Leave what is computed out of the record and its pictures, though not off a tape."""
    return Mode(grad=False, trace=thread.state.tape is not NOBODY)


def recording() -> Mode:
    """Keep every operation in the record, even where no gradient is required, so that it can be drawn.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0])
        >>> with tg.recording():
        ...     y = 2 * x
        >>> y.op.name, (2 * x).op  # the second left no trace
        ('mul', None)
    """
    return Mode(trace=True)


def opened(*distances: str) -> Mode:
    """Record composite operations as their equations.

    Args:
        distances: ``"op"`` opens sequences and cells into gates; ``"equation"`` opens every composite too.
            Without any, nothing is opened. The equations of one operation lie in a scope of its name.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
        >>> tg.logsumexp(x, 0).op.name
        'logsumexp'
        >>> with tg.opened("equation"):
        ...     y = tg.logsumexp(x, 0)
        >>> y.op.name != "logsumexp"
        True
    """
    here = thread.state.scope  # outside of every module the names given are counted from here on, not for ever
    return Mode(opened=frozenset(distances), scope=here if here.parent is not None else Scope(None, ""))


class scope(setting):  # noqa: N801 - used as a context manager, named as one
    """Record what runs inside under a name, as a module does.

    Args:
        name: one step of the path, such as ``"encoder"``.
        step: the time step, from 1, when this scope is one.
        kind: what stands there, such as a module's class name.
    """

    def __init__(self, name: str, *, step: int | None = None, kind: str = "") -> None:
        super().__init__()
        self.name, self.step, self.kind = name, step, kind

    def __enter__(self) -> None:
        self.changes = {"scope": Scope(thread.state.scope, self.name, step=self.step, kind=self.kind)}
        super().__enter__()


def time_step(t: int) -> scope:
    """Record what runs inside as time step ``t``, counted from 1.

    Example:
        >>> from tinygrad_fr import tensor, time_step
        >>> h = tensor([0.5], requires_grad=True)
        >>> for t in (1, 2):
        ...     with time_step(t):
        ...         h = h.tanh()
        >>> h.scope.path
        't=2'
    """
    return scope(f"t={t}", step=t)
