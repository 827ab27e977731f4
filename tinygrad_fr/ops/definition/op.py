"""What every operation is, however it was defined, and how its gradients are made to fit its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.arguments.fits import UNFIT, here, misfit
from tinygrad_fr.arguments.results import several
from tinygrad_fr.errors import DtypeError, GradientError, TinygradError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shared.large import sum_to
from tinygrad_fr.record.accelerator import LazyGradient, accelerator
from tinygrad_fr.record.node import KINDS, Node
from tinygrad_fr.record.operation import Operation
from tinygrad_fr.record.recorder import Followed
from tinygrad_fr.views import used

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.explanation import Facts
    from tinygrad_fr.sampling import Draw, Sample

Array: TypeAlias = npt.NDArray[Any]  # the annotation that marks a parameter of an operation as an input
Arrays: TypeAlias = "Sequence[Array]"  # the annotation of an operation on any number of inputs

registry: dict[str, Op] = {}

# Names of the engine's own operations, which no other may have. A user's own may be defined again, when a cell is run again.
built_in: set[str] = set()


class Op(Operation):
    """An operation: computes arrays, records nodes, and sends gradients back.

    Called with nodes it records; called with arrays or floats alone it just computes. A derivative written with
    operations therefore serves both the fast first order (on arrays) and any higher order (on nodes).
    """

    inputs: tuple[str, ...]
    variadic: ClassVar[bool] = False
    differentiable: bool = True
    back: Callable[..., Any] | None = None  # an operation whose results are views has one
    call: Callable[..., Any]
    general: Callable[..., Any]  # the call without an accelerator
    sampler: Callable[[Draw], Sample] | None = None

    def __init__(self, name: str, facts: Facts, doc: str) -> None:
        self.name = self.__name__ = name
        self.facts, self.explained = facts, facts.explained
        self.symbol, self.latex = facts.symbol, facts.latex
        self.several: Callable[[Any], Any] = several(name, facts.fields)
        self.__doc__ = doc
        if name in (built_in or registry):
            raise ValueError(_("two operations are named {name}: choose another name").format(name=name))
        registry[name] = self

    @property
    def derivative_latex(self) -> dict[str, str]:
        """Input name → local derivative in LaTeX, where the operation has a formula for it."""
        return {}

    def __call__(self, *args: Any, **attrs: Any) -> Any:
        """Compute, and record when an argument is a node."""
        if not attrs:
            return (self.call_on_arrays if args and args[0].__class__ is np.ndarray else self.call)(*args)
        if "out" in attrs:
            from tinygrad_fr.outputs import written_out

            return written_out(self.name, self.call, args, attrs)
        return self.call(*args, **attrs)

    def call_on_arrays(self, *args: Any) -> Any:
        """Compute, with an array first and everything else by place."""
        return self.call(*args)

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """What the node sends back to each input for the gradient that reached it; None where none is needed."""
        raise NotImplementedError

    def reads_value(self, node: Node, position: int) -> bool:
        """Whether what the node has to send back depends on the elements of an input, or on its own for -1."""
        return True

    def sample(self, draw: Draw) -> Sample:
        """Arguments to prove the operation on, as its own sampler draws them."""
        if self.sampler is None:
            raise ValueError(f"{self.name} says no sample")
        return self.sampler(draw)

    def _call(self, *args: Any, **attrs: Any) -> Any:
        raise NotImplementedError

    def as_function(self) -> Callable[..., Any]:
        """The operation as a plain function, which a class can take as a method."""

        def call(*args: Any, **attrs: Any) -> Any:
            return self._call(*args, **attrs)

        call.__name__, call.__doc__ = self.name, self.__doc__
        return call

    def accelerated(self) -> None:
        """Take the accelerator's paths, now that the definition is complete."""
        fast, self.general = accelerator(), self.as_function()
        self.call = fast.call(self, self.general)
        self.call_on_arrays = fast.call_on_arrays(self, self.general)  # type: ignore[method-assign]
        self.vjp = fast.vjp(self, type(self).vjp.__get__(self))  # type: ignore[method-assign]

    def computed(self, function: Callable[..., Any], operands: Sequence[Any], attrs: Mapping[str, Any]) -> Any:
        """What a function gives for operands; what numpy and Python raise of those that do not fit becomes one sentence."""
        try:
            result = function(*operands, **attrs)
        except TinygradError:
            raise
        except UNFIT as error:
            raise misfit(self, values_of(operands), error) from error
        return np.asarray(result) if isinstance(result, np.generic) else result

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return registered, (self.name,)


def registered(name: str) -> Op:
    """The operation of a name, for what was pickled: the whole registry would go with its own method."""
    return registry[name]


def operand(x: Any) -> Any:
    """A node or a plain number for any argument of an operation: arrays and lists become leaf tensors."""
    if isinstance(x, Node):
        rare = x.rare
        return x if rare is None or (rare.moved is None and rare.seen >= rare.storage.changed) else used(x)
    if isinstance(x, np.generic):  # before floats: numpy's float64 is one
        return x.item()
    if x is None or isinstance(x, float | int | bool):
        return x.read() if isinstance(x, Followed) else x
    if isinstance(x, np.ndarray | list | tuple):
        tensor: Any = KINDS[list]
        return tensor(x)
    raise DtypeError(
        _("expected a tensor, a scalar or a number, got {found} ({where})").format(found=type(x).__name__, where=here())
    )


def stale(node: Node, changed: Node) -> GradientError:
    """The error for a value that the record still needs and that was changed."""
    return GradientError(
        _("the value of {changed} was changed after {node} used it; its gradient would be wrong").format(
            changed=changed.describe(), node=node.describe()
        )
    )


def no_derivative(node: Node) -> GradientError:
    """The error for a gradient that reaches an operation without a derivative."""
    return GradientError(_("{node} has no derivative; detach() what it is computed of").format(node=node.describe()))


def touched(node: Node, x: Node) -> bool:
    """Whether an input was changed after a node used it; what an in-place operation started from is kept for it."""
    return x.rare is not None and x.rare.storage.written > node.id and not x.rare.snapshot


def inputs_of(node: Node, reads: Callable[[Node, int], bool] | None = None) -> tuple[Any, ...]:
    """The node's inputs as they were when it ran.

    Args:
        node: what is sent back from.
        reads: whether an input's value is read; by default what the operation itself says.

    Raises:
        GradientError: a value that is read was changed since.
    """
    if not any(_later(x, node.id) for x in node.inputs):
        return node.inputs
    for position, x in enumerate(node.inputs):
        if isinstance(x, Node) and touched(node, x) and (reads or node.op.reads_value)(node, position):  # type: ignore[union-attr]
            raise stale(node, x)
    return tuple([x.recorded if isinstance(x, Node) else x for x in node.inputs])


def _later(x: Any, time: int) -> bool:
    """Whether an input stands for something else since a time, or shows other elements."""
    return isinstance(x, Node) and x.rare is not None and (x.rare.moved is not None or x.rare.storage.changed > time)


# What an operation computes on without recording; anything else is read as an operand, or refused.
VALUES = (np.ndarray, np.generic, float, int, type(None))


def unrecorded(operands: Sequence[Any]) -> bool:
    """Whether no operand is a node, nor anything that becomes one."""
    return all(isinstance(x, VALUES) for x in operands)


def values_of(inputs: Sequence[Any]) -> tuple[Any, ...]:
    """The arrays and numbers that inputs are."""
    return tuple([x.value if isinstance(x, Node) else x for x in inputs])


def needed(inputs: Sequence[Any]) -> int:
    """Which inputs need a gradient: bit i is set for input i."""
    return sum([1 << i for i, x in enumerate(inputs) if isinstance(x, Node) and x.needs])


def is_recorded(gradient: Any) -> bool:
    """Whether a gradient, or one of several, is a node: the backward pass is recorded itself."""
    return any(isinstance(part, Node) for part in (gradient if gradient.__class__ is tuple else (gradient,)))


def unbroadcast(sent: Any, x: Node) -> Any:
    """Make a contribution fit the input it goes to: undo broadcasting, dtype and kind.

    Args:
        sent: an array, a float, or a node when the backward pass is recorded.
        x: the input.
    """
    value = x.value
    if sent.__class__ is value.__class__ is np.ndarray and sent.dtype is value.dtype and sent.shape == value.shape:
        return sent
    if isinstance(sent, Node):
        return _unbroadcast_node(sent, x)
    if isinstance(sent, LazyGradient):
        if accelerator().stays_lazy(sent, x):
            return sent
        sent = sent.materialize()
    if value.__class__ is float:
        return float(np.add.reduce(sent, axis=None))
    if sent.__class__ is not np.ndarray:
        sent = np.asarray(sent, dtype=value.dtype)
    if sent.shape != value.shape:
        sent = sum_to(sent, value.shape)
    if sent.dtype is not value.dtype:
        sent = sent.astype(value.dtype)
    return sent


def unbroadcast_all(sent: Sequence[Any], inputs: Sequence[Any], needs: int) -> tuple[Any, ...]:
    """Contributions made to fit the inputs that they go to, as :func:`unbroadcast` does; None where none is needed."""
    return tuple([None if c is None or not needs >> i & 1 else unbroadcast(c, inputs[i]) for i, c in enumerate(sent)])


def _unbroadcast_node(sent: Node, x: Node) -> Node:
    value, x_value = sent.value, x.value
    if x_value.__class__ is float:
        if value.__class__ is float:
            return sent
        return registry["to_scalar"](registry["sum_to"](sent, shape=()))
    if value.__class__ is float:
        sent = registry["stack"]([sent])
        value = sent.value
    if value.shape != x_value.shape:
        sent = registry["sum_to"](sent, shape=x_value.shape)
    if value.dtype is not x_value.dtype:
        sent = registry["cast"](sent, dtype=x_value.dtype)
    return sent
