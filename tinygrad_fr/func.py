"""Functions of functions under the names of ``torch.func``: derivatives, Jacobians, ``vmap``, and modules called with given weights.

Arguments and results may be tensors, or tuples, lists and dictionaries of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import GradientError, ShapeError, UsageError
from tinygrad_fr.functional import called, point, pulled, released
from tinygrad_fr.generators import mapped
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import enable_grad, is_grad_enabled
from tinygrad_fr.nn.module import Module
from tinygrad_fr.ops.reductions import sums
from tinygrad_fr.ops.shapes import joining, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "stack_module_state",
    "vjp",
    "vmap",
]

Argnums = int | tuple[int, ...]


def _flat(tree: Any) -> list[Any]:
    """What stands at the ends of a tree of tuples, lists and dictionaries."""
    if isinstance(tree, Mapping):
        return [leaf for part in tree.values() for leaf in _flat(part)]
    if isinstance(tree, tuple | list) and not isinstance(tree, Tensor):
        return [leaf for part in tree for leaf in _flat(part)]
    return [tree]


def _shaped(tree: Any, leaves: Iterator[Any]) -> Any:
    """The same tree with other ends."""
    if isinstance(tree, Mapping):
        made = {key: _shaped(part, leaves) for key, part in tree.items()}
        return OrderedDict(made) if isinstance(tree, OrderedDict) else made
    if isinstance(tree, tuple | list):
        parts = [_shaped(part, leaves) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return next(leaves)


def _mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    return _shaped(tree, iter([function(leaf) for leaf in _flat(tree)]))


def _chosen(args: tuple[Any, ...], argnums: Argnums) -> tuple[int, ...]:
    places = (argnums,) if isinstance(argnums, int) else argnums
    if not (isinstance(places, tuple) and places and all(isinstance(place, int) for place in places)):
        raise UsageError(_("argnums: expected an integer or a tuple of integers, got {found}").format(found=argnums))
    for place in places:
        if not -len(args) <= place < len(args):
            raise UsageError(
                _("argnums: there is no argument {place} among {count}").format(place=place, count=len(args))
            )
    found = tuple(place % len(args) for place in places)
    if len(set(found)) < len(found):
        raise UsageError(_("argnums: expected each argument once, got {found}").format(found=argnums))
    return found


def _with(args: tuple[Any, ...], places: Sequence[int], values: Sequence[Any]) -> list[Any]:
    """The arguments, with others at some places."""
    given = dict(zip(places, values, strict=True))
    return [given.get(i, x) for i, x in enumerate(args)]


class _Run:
    """One call of a function on points of its own, whose results can be pulled back to them."""

    def __init__(self, func: Callable[..., Any], args: Any, places: Sequence[int], options: Any, aux: bool) -> None:
        self.trees = [_mapped(point, args[i]) for i in places]
        self.points: list[Any] = [leaf for tree in self.trees for leaf in _flat(tree)]
        self.own = [p for p in self.points if p.is_leaf]
        found = called(func, *_with(args, places, self.trees), **options)
        self.aux: Any = None
        self.result = found
        if aux:
            self.result, self.aux = found

    def spread(self, gradients: Sequence[Any]) -> list[Any]:
        """Gradients of the points as trees, one an argument."""
        leaves = iter(gradients)
        return [_shaped(tree, leaves) for tree in self.trees]

    def free(self, tree: Any) -> Any:
        """A result without the record of this call alone, or without any where none is kept outside."""
        if not is_grad_enabled():
            return _mapped(lambda leaf: leaf.detach() if isinstance(leaf, Tensor) else leaf, tree)
        return _mapped(lambda leaf: released(leaf, self.own), tree)


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that gives ``(gradient, value)`` of a function that gives one number.

    Args:
        func: gives a tensor of one element, and with ``has_aux`` something beside.
        argnums: by which arguments to differentiate; a tuple gives a tuple of gradients.
        has_aux: whether ``func`` gives a pair; ``(gradient, (value, aux))`` is then returned.

    Example:
        >>> from tinygrad_fr import func, tensor
        >>> func.grad_and_value(lambda x: (x * x).sum())(tensor([1.0, 3.0]))
        (tensor([2., 6.]), tensor(10.))
    """

    @wraps(func)
    def differentiated(*args: Any, **options: Any) -> Any:
        places = _chosen(args, argnums)
        with enable_grad():
            run = _Run(func, args, places, options, has_aux)
            y = run.result
            if not isinstance(y, Tensor) or y.ndim:
                raise GradientError(
                    _("grad: expected a function that gives a tensor without dimensions, got {found}").format(
                        found=tuple(y.shape) if isinstance(y, Tensor) else type(y).__name__
                    )
                )
            gradients = run.spread(pulled(y, run.points, None))
        found = run.free(gradients[0] if isinstance(argnums, int) else tuple(gradients))
        value = run.free(y)
        return found, ((value, run.free(run.aux)) if has_aux else value)

    return differentiated


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that gives the gradient; see :func:`grad_and_value`.

    Example:
        >>> from tinygrad_fr import func, tensor
        >>> func.grad(func.grad(lambda x: x**3))(tensor(2.0))
        tensor(12.)
    """
    both = grad_and_value(func, argnums, has_aux)

    @wraps(func)
    def differentiated(*args: Any, **options: Any) -> Any:
        found, value = both(*args, **options)
        return (found, value[1]) if has_aux else found

    return differentiated


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """``(func(*primals), pull)``: ``pull(v)`` gives vᵀ J for each argument, as often as wanted.

    Example:
        >>> from tinygrad_fr import func, tensor
        >>> y, pull = func.vjp(lambda x: x * x, tensor([1.0, 3.0]))
        >>> y, pull(tensor([1.0, 10.0]))
        (tensor([1., 9.]), (tensor([ 2., 60.]),))
    """
    with enable_grad():
        run = _Run(func, primals, range(len(primals)), {}, has_aux)
    outputs = _flat(run.result)

    def pull(*cotangents: Any) -> Any:
        given = _flat(cotangents)
        if len(given) != len(outputs) or any(v.shape != y.shape for v, y in zip(given, outputs, strict=True)):
            raise ShapeError(
                _("vjp: expected one tensor for each output, of its shape: {expected}; got {found}").format(
                    expected=[tuple(y.shape) for y in outputs], found=[tuple(v.shape) for v in given]
                )
            )
        with enable_grad():
            total = _dotted(outputs, given)
            gradients = run.spread(pulled(total, run.points, None))
        return run.free(tuple(gradients))

    result = run.free(run.result)
    return (result, pull, run.free(run.aux)) if has_aux else (result, pull)


def _dotted(outputs: Sequence[Any], vectors: Sequence[Any]) -> Any:
    total: Any = None
    for y, v in zip(outputs, vectors, strict=True):
        part = sums.sum(y * v)
        total = part if total is None else total + part
    return total


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """``(func(*primals), J v)``: the derivative along directions.

    vᵀ J is linear in v; its own derivative by v, pulled back along the directions, is J times them.

    Example:
        >>> from tinygrad_fr import func, tensor
        >>> func.jvp(lambda x: x * x, (tensor([1.0, 3.0]),), (tensor([1.0, 0.0]),))
        (tensor([1., 9.]), tensor([2., 0.]))
    """
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple) or len(primals) != len(tangents):
        raise UsageError(_("jvp: expected a tuple of primals and a tuple of as many tangents"))
    with enable_grad():
        run = _Run(func, primals, range(len(primals)), {}, has_aux)
        outputs, directions = _flat(run.result), _flat(tangents)
        for p, d in zip(run.points, directions, strict=True):
            if p.shape != d.shape:
                raise ShapeError(
                    _("jvp: expected a direction of shape {expected}, got {found}").format(
                        expected=tuple(p.shape), found=tuple(d.shape)
                    )
                )
        pushed = _pushed(outputs, run.points, directions, run.own)
    result = run.free(_shaped(run.result, iter(pushed)))
    value = run.free(run.result)
    return (value, result, run.free(run.aux)) if has_aux else (value, result)


def _pushed(outputs: Sequence[Any], points: list[Any], directions: Sequence[Any], own: list[Any]) -> list[Any]:
    """J times directions."""
    dummies = [tensor(np.zeros(y.shape, y.dtype), requires_grad=True) for y in outputs]
    own.extend(dummies)
    back = pulled(_dotted(outputs, dummies), points, None)
    return pulled(_dotted(back, directions), dummies, None)


def jacrev(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, **_speed: Any
) -> Callable[..., Any]:
    """The function that gives every derivative of every output: of shape (…output, …input).

    Example:
        >>> from tinygrad_fr import func, tensor
        >>> func.jacrev(lambda x: x * x)(tensor([1.0, 3.0]))
        tensor([[2., 0.],
                [0., 6.]])
    """

    @wraps(func)
    def differentiated(*args: Any, **options: Any) -> Any:
        places = _chosen(args, argnums)
        with enable_grad():
            run = _Run(func, args, places, options, has_aux)
            blocks = []
            for y in _flat(run.result):
                rows = [pulled(part, run.points, None) for part in _elements(y)]
                found = [_stacked([row[i] for row in rows], y, p) for i, p in enumerate(run.points)]
                spread = run.spread(found)
                blocks.append(spread[0] if isinstance(argnums, int) else tuple(spread))
        result = run.free(_grown(run.result, iter(blocks)))
        return (result, run.free(run.aux)) if has_aux else result

    return differentiated


def _elements(y: Any) -> list[Any]:
    """Each number of a tensor, recorded."""
    return [y] if not y.ndim else [part for row in joining.unbind(y) for part in _elements(row)]


def _stacked(rows: list[Any], y: Any, p: Any) -> Any:
    if not rows:
        return tensor(np.zeros((*y.shape, *p.shape), y.dtype))
    return shape.reshape(joining.stack(rows), (*y.shape, *p.shape))


def _grown(tree: Any, blocks: Iterator[Any]) -> Any:
    """A tree whose ends are trees."""
    return _shaped(tree, blocks)


def jacfwd(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, **_speed: Any) -> Callable[..., Any]:
    """The same numbers as :func:`jacrev`; PyTorch's computes them column by column, which is quicker for few inputs.

    Example:
        >>> from tinygrad_fr import func, tensor
        >>> func.jacfwd(lambda x: x**3)(tensor(2.0))
        tensor(12.)
    """
    return jacrev(func, argnums, has_aux=has_aux)


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that gives second derivatives.

    Example:
        >>> from tinygrad_fr import func, tensor
        >>> func.hessian(lambda x: (x**3).sum())(tensor([1.0, 2.0]))
        tensor([[ 6.,  0.],
                [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The function that does for each slice of its arguments what ``func`` does for one, and stacks the results.

    Args:
        func: takes slices without the mapped dimension.
        in_dims: along which dimension each argument is cut; None for one that every call gets whole.
        out_dims: which dimension of the results counts the slices.
        randomness: whether random draws are ``"different"`` in each slice, the ``"same"``, or an ``"error"``.
        chunk_size: accepted for PyTorch's sake: slices come one by one.

    Raises:
        UsageError: a random number is drawn and ``randomness`` does not say how.

    Example:
        >>> from tinygrad_fr import func, tensor
        >>> rows = tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> func.vmap(lambda row: (row * row).sum())(rows)
        tensor([ 5., 25.])
    """
    if randomness not in ("error", "different", "same"):
        raise UsageError(
            _("vmap: expected randomness “error”, “different” or “same”, got {found}").format(found=randomness)
        )

    @wraps(func)
    def of_slices(*args: Any, **options: Any) -> Any:
        dims = _dims(in_dims, args, "in_dims")
        leaves = _flat(args)
        sizes = {_slices(leaf, dim) for leaf, dim in zip(leaves, dims, strict=True) if dim is not None}
        if len(sizes) != 1:
            raise ShapeError(
                _("vmap: expected arguments with one number of slices, got {found}").format(found=sorted(sizes))
            )
        (size,) = sizes
        if not size:
            raise ShapeError(_("vmap: expected one slice at least"))
        cut = [
            [leaf] * size if dim is None else joining.unbind(leaf, dim) for leaf, dim in zip(leaves, dims, strict=True)
        ]
        draws, results = _Draws(randomness, size), []
        for i in range(size):
            with draws.of_slice(i):
                results.append(func(*_shaped(args, iter([part[i] for part in cut])), **options))
        first = results[0]
        back = _dims(out_dims, first, "out_dims")
        ends = [_flat(result) for result in results]
        stacked = [
            _alike([each[k] for each in ends])
            if dim is None
            else joining.stack([_tensor(each[k]) for each in ends], dim)
            for k, dim in enumerate(back)
        ]
        return _shaped(first, iter(stacked))

    return of_slices


def _slices(leaf: Any, dim: int) -> int:
    """How many slices a tensor has along a dimension."""
    if not isinstance(leaf, Tensor) or not -leaf.ndim <= dim < leaf.ndim:
        raise UsageError(
            _("vmap: expected a tensor with a dimension {dim} to cut, got {found}").format(
                dim=dim, found=f"Tensor{tuple(leaf.shape)}" if isinstance(leaf, Tensor) else type(leaf).__name__
            )
        )
    return int(leaf.shape[dim])


def _alike(results: list[Any]) -> Any:
    """What every slice gives alike, where no dimension of the result counts them."""
    first = _tensor(results[0]).detach().numpy()
    if not all(np.array_equal(first, _tensor(each).detach().numpy(), equal_nan=True) for each in results[1:]):
        raise UsageError(_("vmap: out_dims=None is for results that do not depend on the slice, got others"))
    return results[0]


class _Draws:
    """The random draws of a function that is called once for each slice, as PyTorch makes them, which calls it once for all.

    A draw that is another in each slice is one of all slices, with their number before its shape; where the slices give it tensors
    to draw with, they draw one after the other.
    """

    def __init__(self, randomness: str, size: int) -> None:
        self.randomness, self.size = randomness, size
        self.kept: list[tuple[Any, Any]] = []  # arguments and result of each draw, in the order of the first slice
        self.slice = self.place = 0

    @contextmanager
    def of_slice(self, i: int) -> Iterator[None]:
        """While the function runs for one slice."""
        self.slice, self.place, outer = i, 0, mapped.get()
        before = mapped.set(lambda source: _Source(self, source if outer is None else outer(source)))
        try:
            yield
        finally:
            mapped.reset(before)

    def draw(self, method: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What one draw gives for this slice."""
        if self.randomness == "error":
            raise UsageError(
                _("vmap: a random number is drawn inside: say randomness=“different” or “same”, or draw it outside")
            )
        each = self.randomness == "different"
        if each and (not isinstance(args[0], tuple) or any(np.ndim(x) for x in (*args[1:], *options.values()))):
            return method(*args, **options)
        if self.place == len(self.kept):
            whole = ((self.size, *args[0]), *args[1:]) if each else args
            self.kept.append((args, method(*whole, **options)))
        (first, found), self.place = self.kept[self.place], self.place + 1
        if not each and not all(np.array_equal(a, b) for a, b in zip(first, args, strict=True)):
            raise UsageError(_("vmap: randomness=“same” draws with the same numbers in each slice, got other ones"))
        return found[self.slice] if each else found


class _Source:
    """Stands for a generator inside a mapped function."""

    def __init__(self, draws: _Draws, source: Any) -> None:
        self._draws, self._source = draws, source

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._source, name)
        return lambda *args, **options: self._draws.draw(method, args, options)


def _tensor(leaf: Any) -> Any:
    if not isinstance(leaf, Tensor):
        raise UsageError(
            _("vmap: expected a function that gives tensors, got {found}").format(found=type(leaf).__name__)
        )
    return leaf


def _dims(dims: Any, tree: Any, what: str) -> list[int | None]:
    """A dimension for each end of a tree."""
    if dims is None or isinstance(dims, int):
        return [dims for _leaf in _flat(tree)]
    if isinstance(tree, Mapping) and isinstance(dims, Mapping):
        return [found for key, part in tree.items() for found in _dims(dims[key], part, what)]
    if isinstance(tree, tuple | list) and isinstance(dims, tuple | list) and len(dims) == len(tree):
        return [found for part, own in zip(tree, dims, strict=True) for found in _dims(own, part, what)]
    if isinstance(tree, Tensor) and isinstance(dims, tuple | list) and len(dims) == 1:
        return _dims(dims[0], tree, what)
    raise UsageError(_("vmap: {what}={dims} does not fit what it cuts").format(what=what, dims=dims))


@contextmanager
def _lent(module: Module, values: Mapping[str, Any]) -> Iterator[None]:
    """A module with other parameters and buffers inside a block."""
    before = []
    for path, value in values.items():
        owner, _dot, name = path.rpartition(".")
        part = module.get_submodule(owner)
        kept: dict[str, Any] = part._parameters if name in part._parameters else part._buffers
        before.append((part, kept, name, kept[name]))
        kept[name] = value
        object.__setattr__(part, name, value)
    try:
        yield
    finally:
        for part, kept, name, value in reversed(before):
            kept[name] = value
            object.__setattr__(part, name, value)


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with these parameters and buffers in the place of its own, which are left as they are.

    Args:
        module: what is called.
        parameter_and_buffer_dicts: values by path, or a tuple of such dictionaries.
        args: its arguments, or the only one.
        kwargs: its arguments by name.
        tie_weights: whether a tensor that stands at several places is replaced at all of them.
        strict: whether every parameter and buffer must be given.

    Example:
        >>> from tinygrad_fr import func, nn, tensor, zeros
        >>> layer = nn.Linear(1, 1)
        >>> func.functional_call(layer, {"weight": tensor([[2.0]]), "bias": tensor([1.0])}, tensor([3.0]))
        tensor([7.])
    """
    several = isinstance(parameter_and_buffer_dicts, tuple | list)
    given: dict[str, Any] = {}
    for values in parameter_and_buffer_dicts if several else (parameter_and_buffer_dicts,):
        given.update(values)
    own = {**dict(module.named_parameters(remove_duplicate=False)), **dict(module.named_buffers())}
    unknown, missing = given.keys() - own.keys(), own.keys() - given.keys()
    if unknown or (strict and missing):
        raise UsageError(
            _("functional_call: missing {missing}; unexpected {unexpected}").format(
                missing=", ".join(sorted(missing)) or "–", unexpected=", ".join(sorted(unknown)) or "–"
            )
        )
    if tie_weights:
        shared = {id(own[path]): value for path, value in given.items()}
        given.update({path: shared[id(x)] for path, x in own.items() if path not in given and id(x) in shared})
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with _lent(module, given):
        return module(*arguments, **(kwargs or {}))


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and buffers of modules alike, stacked, for :func:`vmap` over an ensemble.

    Example:
        >>> from tinygrad_fr import func, nn
        >>> parameters, _buffers = func.stack_module_state([nn.Linear(2, 1), nn.Linear(2, 1)])
        >>> parameters["weight"].shape
        torch.Size([2, 1, 2])
    """
    if not models:
        raise UsageError(_("stack_module_state: expected one module at least"))

    def stacked(read: Callable[[Module], Any]) -> dict[str, Any]:
        return {
            name: joining.stack([dict(read(model))[name].detach() for model in models]) for name, _x in read(models[0])
        }

    parameters = stacked(lambda model: model.named_parameters())
    for value in parameters.values():
        value.requires_grad_()
    return parameters, stacked(lambda model: model.named_buffers())
