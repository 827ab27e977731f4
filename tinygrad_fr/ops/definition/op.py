"""What every operation is, whatever the way it was said."""

from __future__ import annotations

import inspect
from collections import namedtuple
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import DataError, DtypeError, GradientError, RangeError, ShapeError, TinygradError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.definition.accepts import RULES, check
from tinygrad_fr.ops.definition.arguments import Arguments
from tinygrad_fr.record.accelerator import LazyGradient, accelerator
from tinygrad_fr.record.memory import apart
from tinygrad_fr.record.mode import escapes, thread
from tinygrad_fr.record.node import KINDS, Node
from tinygrad_fr.record.number import plain
from tinygrad_fr.record.site import caller
from tinygrad_fr.record.views import used

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

Array: TypeAlias = npt.NDArray[Any]  # the annotation that marks a parameter of an operation as an input
Arrays: TypeAlias = "Sequence[Array]"  # the annotation of an operation on any number of inputs

registry: dict[str, Op] = {}

# Names of the engine's own, which nobody may give to another; one's own may be said again, as a notebook's cell is run again.
built_in: set[str] = set()

# Names in the public namespace that choose among operations, such as max(x), max(x, dim) and max(a, b).
fronts: dict[str, Callable[..., Any]] = {}
methods: dict[str, Callable[..., Any]] = {}  # those of them that are methods of Tensor too

F = TypeVar("F", bound="Callable[..., Any]")


def front(choose: F) -> F:
    """Enter a function that only chooses among operations into the namespace and among Tensor's methods."""
    function(choose)
    methods[choose.__name__] = fronts[choose.__name__]
    return choose


def function(choose: F) -> F:
    """Enter a function that only chooses among operations into the namespace alone."""
    spoken = fronts[choose.__name__] = _in_words(choose)
    return spoken


# numpy's names of arguments, which PyTorch takes for its own: theirs → ours.
SYNONYMS = {"axis": "dim", "keepdims": "keepdim"}


def in_own_names(options: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Arguments given by numpy's names, under those that the function has.

    Example:
        >>> in_own_names({"axis": 0, "out": 1}, ("x", "dim", "out"))
        {'dim': 0, 'out': 1}
    """
    return {
        own if word not in names and (own := SYNONYMS.get(word, word)) in names and own not in options else word: value
        for word, value in options.items()
    }


def _in_words(choose: F) -> F:
    """The function, with what goes wrong in its own arithmetic of shapes said in one sentence."""

    rule = RULES.get(choose.__name__)
    arguments = Arguments(choose.__name__, choose)
    names = frozenset(inspect.signature(choose).parameters)

    @wraps(choose)
    def call(*args: Any, **options: Any) -> Any:
        if options and not SYNONYMS.keys().isdisjoint(options):
            options = in_own_names(options, names)
        if rule is not None:
            check(choose.__name__, rule, (*args, *options.values()))
        if arguments.kinds:
            arguments.check(args, options)
        try:
            return choose(*args, **options)
        except TinygradError:
            raise
        except (ValueError, IndexError, ZeroDivisionError, AttributeError, TypeError, OverflowError) as error:
            raise unfit(choose.__name__, (*args, *options.values()), error) from error

    return cast(F, call)


def named(name: str, *fields: str) -> Callable[[Any], Any]:
    """Several results under names, as PyTorch's: a tuple all the same."""
    factory: Any = namedtuple  # the checker wants names that it can read
    make: Callable[[Any], Any] = factory(name, fields)._make
    return make


def with_example(doc: str, example: Mapping[str, str]) -> str:
    """A docstring with an example under its heading: what is written, and what it shows."""
    lines = [line for call, shown in example.items() for line in (f"    >>> {call}", f"    {shown}")]
    return "\n".join([doc, "", "Example:", "    >>> import tinygrad_fr as tg", *lines]) if lines else doc


class Draw(Protocol):
    """Where an operation's sample inputs come from: hypothesis in a proof, a seeded generator elsewhere."""

    def integer(self, low: int, high: int) -> int:
        """An integer, both bounds included."""

    def choice(self, options: Sequence[Any]) -> Any:
        """One of the options."""

    def shape(self, min_dims: int = 0, max_dims: int = 3, *, min_side: int = 1, max_side: int = 4) -> tuple[int, ...]:
        """A shape."""

    def array(self, shape: tuple[int, ...], low: float = -2.0, high: float = 2.0) -> Array:
        """A float64 array."""

    def indices(self, shape: tuple[int, ...], size: int) -> Array:
        """An int64 array of indices under ``size``."""


@dataclass(frozen=True)
class Sample:
    """Arguments on which an operation is proven.

    Attributes:
        inputs: float64 arrays (differentiated), other arrays and numbers (held).
        attrs: keyword arguments.
    """

    inputs: tuple[Any, ...]
    attrs: Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What an operation says of itself besides its value and derivative.

    Attributes:
        symbol: what stands large on its card.
        latex: the forward formula.
        domain: input name → open interval where it is defined and smooth.
        kinks: expressions whose zeros are the points without a derivative.
        at_kink: the choice made there, in words.
        method: whether it is a method of Tensor too.
        expects: the shapes that it takes, for the message when others come.
        fields: names of its outputs, where it has several.
        symmetric: whether it takes symmetric matrices: it reads one triangle, and its gradient is symmetric.
    """

    symbol: str
    latex: str
    domain: Mapping[str, tuple[float, float]]
    kinks: tuple[str, ...]
    at_kink: str
    method: bool
    expects: str = ""
    fields: tuple[str, ...] = ()
    symmetric: bool = False


class Op:
    """An operation: computes arrays, records nodes, and sends gradients back.

    Called with nodes it records; called with arrays or floats alone it just computes. A derivative written with
    operations therefore serves both the fast first order (on arrays) and any higher order (on nodes).
    """

    inputs: tuple[str, ...]
    variadic: ClassVar[bool] = False
    differentiable: bool = True
    back: Callable[..., Any] | None = None  # an operation whose results are views has one
    call: Callable[..., Any]

    def __init__(self, name: str, facts: Facts, doc: str) -> None:
        self.name = self.__name__ = name
        self.facts = facts
        self.several: Callable[[Any], Any] = named(name, *facts.fields) if facts.fields else tuple
        self.__doc__ = doc
        if name in (built_in or registry):
            raise ValueError(_("two operations are named {name}: choose another name").format(name=name))
        registry[name] = self

    @property
    def symbol(self) -> str:
        """What stands large on the operation's card."""
        return self.facts.symbol

    @property
    def latex(self) -> str:
        """The forward formula in LaTeX."""
        return self.facts.latex

    @property
    def derivative_latex(self) -> dict[str, str]:
        """Input name → local derivative in LaTeX, where the operation has a formula for it."""
        return {}

    def __call__(self, *args: Any, **attrs: Any) -> Any:
        """Compute, and record when an argument is a node."""
        if not attrs and args and args[0].__class__ is np.ndarray:
            return self.call_on_arrays(*args)
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
        """Arguments to prove the operation on."""
        raise NotImplementedError

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
        return plain(x)
    if isinstance(x, np.ndarray | list | tuple):
        tensor: Any = KINDS[list]
        return tensor(x)
    raise DtypeError(
        _("expected a tensor, a scalar or a number, got {found} ({where})").format(found=type(x).__name__, where=here())
    )


def value_of(x: Any) -> Any:
    """The array or number behind an operand, for what is computed outside the record: indices, masks, counts.

    Example:
        >>> from tinygrad_fr import tensor
        >>> value_of(tensor([1.0, 2.0])), value_of(3.0)
        (array([1., 2.], dtype=float32), 3.0)
    """
    if not isinstance(x, Node):
        return x
    escapes(x)
    return x.current.value


def lent(x: Any) -> Any:
    """The array behind an operand, for an argument of an operation that is not an input: an index for example.

    Whoever takes it hands it on as it is; a step that is replayed gives the operation the newest one.

    Example:
        >>> from tinygrad_fr import tensor
        >>> lent(tensor([1, 0]))
        array([1, 0])
    """
    if not isinstance(x, Node):
        return x
    tape = thread.state.tape
    if tape is not None:
        tape.lent(x.current)
    return apart(x.current.value)


def dtype_of(x: Any) -> np.dtype[Any]:
    """The dtype of an operand.

    Example:
        >>> from tinygrad_fr import tensor
        >>> dtype_of(tensor([1.0]))
        dtype('float32')
    """
    return np.asarray(x.current.value if isinstance(x, Node) else x).dtype


def computed(function: Callable[..., Any], *operands: Any) -> Any:
    """What a function of arrays gives for the values of operands: a step that is replayed computes it again.

    Its shape may not depend on values.

    Example:
        >>> from tinygrad_fr import tensor
        >>> computed(np.negative, tensor([1, 2]))
        array([-1, -2])
    """
    array = np.asarray(function(*[x.current.value if isinstance(x, Node) else x for x in operands]))
    tape = thread.state.tape
    if tape is not None:
        tape.computed(function, operands, array)
    return array


def assumed(predicate: Callable[..., Any], *operands: Any) -> bool:
    """What a question about the values of operands is answered: a step is replayed only where the answer is the same.

    Example:
        >>> from tinygrad_fr import tensor
        >>> assumed(np.any, tensor([0, 1]))
        True
    """
    answer = bool(predicate(*[x.current.value if isinstance(x, Node) else x for x in operands]))
    tape = thread.state.tape
    if tape is not None:
        tape.assumed(predicate, operands, answer)
    return answer


def constant(array: Any) -> Any:
    """An array that was computed outside the record, as a tensor."""
    tensor: Any = KINDS[np.ndarray]
    return tensor.wrap(np.asarray(array))


def here() -> str:
    """The user's line, for a message."""
    return caller().where


def dimension(dim: int, ndim: int) -> int:
    """A dimension counted from the first one.

    Raises:
        RangeError: there is no such dimension.
    """
    sides = ndim if ndim > 1 else 1  # a tensor without dimensions lets itself be called by its only one, as PyTorch's
    if not -sides <= dim < sides:
        raise RangeError(
            _("expected a dimension from {low} to {high}, got {found} ({where})").format(
                low=-sides, high=sides - 1, found=dim, where=here()
            )
        )
    return dim % sides


def shapes_of(values: Sequence[Any]) -> str:
    """The operands' shapes, for a message."""
    return ", ".join(str(value.shape) for value in values if isinstance(value, np.ndarray))


UNFIT = (ValueError, IndexError, TypeError, AttributeError)  # what numpy and Python raise of operands that do not fit


def misfit(op: Op, values: Sequence[Any], cause: Exception) -> TinygradError:
    """The error for operands that do not fit."""
    if op.facts.expects and not isinstance(cause, np.linalg.LinAlgError | AttributeError | TypeError):
        return refusal(op.name, op.facts.expects, shapes_of(values), _KINDS.get(type(cause), ShapeError))
    return unfit(op.name, values, cause)


_KINDS: dict[type[Exception], type[ShapeError]] = {IndexError: RangeError}


def unfit(name: str, values: Sequence[Any], cause: Exception) -> TinygradError:
    """The error for arguments that do not fit together, for a cause that numpy or Python names."""
    if isinstance(cause, np.linalg.LinAlgError):
        return DataError(_("{op}: {cause} ({where})").format(op=name, cause=cause, where=here()))
    if isinstance(cause, AttributeError):
        found = ", ".join(type(x).__name__ for x in values)
        return DtypeError(_("{op}: expected tensors, got {found} ({where})").format(op=name, found=found, where=here()))
    if isinstance(cause, TypeError):
        found = ", ".join(type(x).__name__ if x is None else str(np.asarray(value_of(x)).dtype) for x in values)
        return DtypeError(_("{op}: not for elements of {found} ({where})").format(op=name, found=found, where=here()))
    kind = RangeError if isinstance(cause, IndexError) else ShapeError
    return kind(
        _("{op}: shapes {shapes} do not fit together: {cause} ({where})").format(
            op=name, shapes=shapes_of([value_of(x) for x in values]), cause=cause, where=here()
        )
    )


def refusal(name: str, expected: str, found: Any, kind: type[ShapeError] = ShapeError) -> ShapeError:
    """The error for an argument of an operation that is not what it expects."""
    return kind(
        _("{op}: expected {expected}, got {shapes} ({where})").format(
            op=name, expected=expected, shapes=found, where=here()
        )
    )


def stale(node: Node, changed: Node) -> GradientError:
    """The error for a value that the record still needs and that was changed."""
    return GradientError(
        _("the value of {changed} was changed after {node} used it; its gradient would be wrong").format(
            changed=changed.describe(), node=node.describe()
        )
    )


def touched(node: Node, x: Node) -> bool:
    """Whether an input was changed after a node used it; what an in-place operation started from is kept for it."""
    return x.rare is not None and x.rare.storage.written > node.id and not x.rare.frozen


def checked_inputs(node: Node, reads: Callable[[Node, int], bool] | None = None) -> Iterator[Any]:
    """The node's inputs as they were when it ran; raise if a value that its derivative reads was changed since."""
    op: Any = node.op
    reads = reads if reads is not None else op.reads_value
    for position, x in enumerate(node.inputs):
        if not isinstance(x, Node) or x.rare is None:
            yield x
            continue
        if touched(node, x) and reads(node, position):
            raise stale(node, x)
        yield x.recorded


def inputs_of(node: Node, reads: Callable[[Node, int], bool] | None = None) -> tuple[Any, ...]:
    """The same as a tuple, and at once where no input was changed."""
    for x in node.inputs:
        if isinstance(x, Node) and x.rare is not None and x.rare.storage.changed > node.id:
            return tuple(checked_inputs(node, reads))
    return node.inputs


def needed(inputs: Sequence[Any]) -> int:
    """Which inputs need a gradient: bit i is set for input i."""
    needs, bit = 0, 1
    for x in inputs:
        if isinstance(x, Node) and x.needs:
            needs |= bit
        bit <<= 1
    return needs


def conform(sent: Any, x: Node) -> Any:
    """Make a contribution fit the input it goes to: undo broadcasting, dtype and kind.

    Args:
        sent: an array, a float, or a node when the backward pass is recorded.
        x: the input.
    """
    value = x.value
    if sent.__class__ is value.__class__ is np.ndarray and sent.dtype is value.dtype and sent.shape == value.shape:
        return sent
    if isinstance(sent, Node):
        return _conform_node(sent, x)
    if isinstance(sent, LazyGradient):
        if accelerator().stays_lazy(sent, x):
            return sent
        sent = sent.materialize()
    if value.__class__ is float:
        return float(np.sum(sent))
    if sent.__class__ is not np.ndarray:
        sent = np.asarray(sent, dtype=value.dtype)
    if sent.shape != value.shape:
        sent = sum_to(sent, value.shape)
    if sent.dtype is not value.dtype:
        sent = sent.astype(value.dtype)
    return sent


def conformed(sent: Sequence[Any], values: Sequence[Any], inputs: Sequence[Any], needs: int) -> tuple[Any, ...]:
    """Contributions made to fit the inputs that they go to, as :func:`conform` does; None where none is needed."""
    found: list[Any] = list(sent)
    for i, c in enumerate(found):
        if c is None:
            continue
        if not needs >> i & 1:
            found[i] = None
            continue
        v = values[i]
        if not (c.__class__ is np.ndarray is v.__class__ and c.dtype is v.dtype and c.shape == v.shape):
            found[i] = conform(c, inputs[i])
    return tuple(found)


def _conform_node(sent: Node, x: Node) -> Node:
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


def sum_to(array: Array, shape: tuple[int, ...]) -> Array:
    """Sum an array over the dimensions along which ``shape`` was broadcast to its shape."""
    lead = array.ndim - len(shape)
    if lead < 0:
        return np.broadcast_to(array, shape)
    axes = tuple(range(lead)) + tuple(
        i + lead for i, side in enumerate(shape) if side == 1 and array.shape[i + lead] != 1
    )
    result = array.sum(axis=axes).reshape(shape) if axes else array
    return result if result.shape == shape else np.broadcast_to(result, shape)
