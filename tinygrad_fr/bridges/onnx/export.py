"""A recorded forward pass as an ONNX model.

What is written is one run, so a file tells the truth about other inputs only where nothing of it was computed outside the
record. That is tested, not trusted: the pass is recorded again on the same numbers in another order, and on their opposites,
and a constant that changed names the operation to blame. Two recordings more, of twice and three times the rows, say which
sides are the batch's.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import files
from tinygrad_fr.bridges.onnx.batch import spread
from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.writer import IR_VERSION, OPSET, PRODUCER, Writer, array_of, equal
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import opened, recording
from tinygrad_fr.nn.module import Module
from tinygrad_fr.plugins.contract import Batch
from tinygrad_fr.record.node import Node, clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tinygrad_fr.plugins.contract import Model


@dataclass(frozen=True)
class Pass:
    """A forward pass that ran.

    Attributes:
        inputs: leaves that a caller gives, by name.
        outputs: nodes that the model answers, by name.
        read: of each array that was given, whether the answers may depend on it: targets most often serve the loss alone.
    """

    inputs: dict[str, Node]
    outputs: dict[str, Node]
    read: tuple[bool, ...]


class _Function(Module):
    """A function as a module that holds nothing."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def __call__(self, *inputs: Any) -> Any:
        return self.function(*inputs)


def save(
    module: Module | Callable[..., Any],
    inputs: Any,
    path: str | Path,
    *,
    names: Sequence[str] = (),
    dynamic: bool = True,
) -> None:
    """Write a module, or a function of tensors, as an ONNX file.

    A module is run in evaluation mode on the inputs. Parameters bear their paths, nodes their scopes.

    Args:
        module: what to write.
        inputs: a tensor, or a tuple of them, to run it on.
        path: the file.
        names: of the inputs; ``x``, or ``x0``, ``x1`` …, by default.
        dynamic: whether the first dimension may be any number of rows, where the recordings say that it may.

    Raises:
        OnnxError: an operation has no counterpart, or part of the pass was computed outside the record.

    Example:
        >>> import tempfile
        >>> from tinygrad_fr import nn, tensor
        >>> from tinygrad_fr.bridges.onnx import load, save
        >>> path = Path(tempfile.mkdtemp()) / "line.onnx"
        >>> save(nn.Linear(2, 1), tensor([[1.0, 2.0]]), path)
        >>> load(path)(tensor([[1.0, 2.0], [3.0, 4.0]])).shape
        torch.Size([2, 1])
    """
    module = module if isinstance(module, Module) else _Function(module)
    given = list(inputs) if isinstance(inputs, tuple | list) else [inputs]
    titles = list(names) or (["x"] if len(given) == 1 else [f"x{i}" for i in range(len(given))])

    def run(arrays: list[Any]) -> Pass:
        leaves = [tensor(array) for array in arrays]
        found = module(*leaves)
        answers = found if isinstance(found, tuple | list) else (found,)
        nodes = [node.current for node in answers if isinstance(node, Node)]
        return Pass(dict(zip(titles, leaves, strict=True)), _numbered("y", nodes), (True,) * len(leaves))

    model = written(module, run, [array_of(x.current.value) for x in given], dynamic=dynamic)
    files.write(Path(path), model.SerializeToString())


def of_model(model: Model, settings: Any, module: Module, *, dynamic: bool = True) -> Any:
    """A plugin's model as an ONNX model: from the example's numbers to what leaves its module.

    Raises:
        OnnxError: an operation has no counterpart, or part of the pass was computed outside the record.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("neuron")
        >>> graph = of_model(model, model.settings, model.build(model.settings)).graph
        >>> [node.op_type for node in graph.node]  # f(w₁x₁ + w₂x₂ + b)
        ['Mul', 'Mul', 'Add', 'Add', 'Tanh']
    """
    run, arrays = forward(model, settings, module)
    return written(module, run, arrays, title=str(model.title), dynamic=dynamic)


def forward(model: Model, settings: Any, module: Module) -> tuple[Callable[[list[Any]], Pass], list[Any]]:
    """How a plugin's model is run on arrays, and the arrays of its example."""
    module.rename(model.name)
    example = model.example(settings)
    inputs, target = _flat(example.inputs), _flat(example.target)

    def run(arrays: list[Any]) -> Pass:
        leaves = [tensor(array, name=x.name) for array, x in zip(arrays, (*inputs, *target), strict=True)]
        read, answered = leaves[: len(inputs)], leaves[len(inputs) :]
        start = clock()
        loss: Any = model.loss(module, Batch(_as(example.inputs, read), _as(example.target, answered)))
        outputs = _leaving(loss.current, model.name)
        given = {x.id for x in leaves}
        own = {p.current.id for p in (*module.parameters(), *module.buffers())}
        before = {
            node.id: node
            for node in _ancestors(outputs)
            if node.op is None
            and node.id not in own
            and (node.id in given or (node.id > start and not node.scope.path))
        }
        missing = [x for x in read if x.id not in before]
        if len(before) < len(read):
            raise _outside(_("input “{name}” of {model}").format(name=missing[0].name, model=model.name))
        asked = (True,) * len(read) + tuple(x.id in before for x in answered)
        return Pass(_numbered("x", list(before.values())), _numbered("y", outputs), asked)

    return run, [array_of(x.current.value) for x in (*inputs, *target)]


def _flat(part: Any) -> list[Any]:
    """The tensors of one half of a batch."""
    return list(part) if isinstance(part, tuple | list) else [] if part is None else [part]


def _as(part: Any, tensors: list[Tensor]) -> Any:
    """Tensors as one half of a batch has them."""
    return tuple(tensors) if isinstance(part, tuple | list) else tensors[0] if tensors else None


def written(
    module: Module, run: Callable[[list[Any]], Pass], arrays: list[Any], *, title: str = "", dynamic: bool = True
) -> Any:
    """The ONNX model of what ``run`` does with some arrays."""
    from onnx import checker, shape_inference

    with evaluating(module):
        first, writer = _recorded(module, run, arrays)
        for change in (stirred, reflected):
            given = [change(x) if read else x for x, read in zip(arrays, first.read, strict=True)]
            _same(writer, _recorded(module, run, given)[1])
        symbols: dict[str, Any] = {}
        if dynamic:
            try:
                (double, wider), (_triple, widest) = (_recorded(module, run, grown(arrays, n)) for n in (2, 3))
            except (TinygradError, ValueError):  # it does not take more rows: they are as many as in the example
                pass
            else:
                symbols = spread(wider, widest, list(double.inputs))
                first, writer = (double, wider) if symbols else (first, writer)
    model = _model(first, writer, symbols, title or type(module).__name__)
    checker.check_model(model, full_check=True)
    return shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)


@contextmanager
def evaluating(module: Module) -> Iterator[None]:
    """The behaviour of evaluation, for as long as it takes."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode


def _recorded(module: Module, run: Callable[[list[Any]], Pass], arrays: list[Any]) -> tuple[Pass, Writer]:
    """One pass, written."""
    with opened(), recording():
        done = run(arrays)
    weights = {tensor.current.id: name for name, tensor in _weights(module)}
    writer = Writer({node.id: name for name, node in done.inputs.items()}, weights)
    for name, node in done.inputs.items():
        writer.shown[name] = array_of(node.value)
    writer.write(done.outputs.values())
    return replace(done, outputs={writer.answer(node, name): node for name, node in done.outputs.items()}), writer


def _weights(module: Module) -> Any:
    for path, part in module.named_modules():
        for name, held in {**part._parameters, **part._buffers}.items():
            if held is not None:
                yield (f"{path}.{name}" if path else name), held


def _numbered(letter: str, nodes: Sequence[Node]) -> dict[str, Node]:
    """Nodes by their names, or by a letter where they have none."""
    found: dict[str, Node] = {}
    for i, node in enumerate(nodes):
        name = (node.name if letter == "x" else node.label) or (letter if len(nodes) == 1 else f"{letter}{i}")
        found[name if name not in found else f"{name}_{i}"] = node
    return found


def _ancestors(outputs: Sequence[Node]) -> list[Node]:
    """Everything that led to some nodes, oldest first."""
    found: dict[int, Node] = {}
    waiting = list(outputs)
    while waiting:
        node = waiting.pop()
        if node.id not in found:
            found[node.id] = node
            waiting.extend(x for x in node.inputs if isinstance(x, Node))
    return [found[key] for key in sorted(found)]


def _leaving(loss: Node, name: str) -> list[Node]:
    """The values of a module's scope that something outside uses; the loss itself where there are none."""
    nodes = _ancestors([loss])
    inside = {node.id: node for node in nodes if node.op is not None and node.scope.path.split("/")[0] == name}
    used = {
        x.id: x
        for node in nodes
        if node.id not in inside
        for x in node.inputs
        if isinstance(x, Node) and x.id in inside
    }
    return [used[key] for key in sorted(used)] or [loss]


def stirred(array: Any) -> Any:
    """The same numbers in another order."""
    return np.random.default_rng(0).permutation(array.reshape(-1)).reshape(array.shape)


def reflected(array: Any) -> Any:
    """The same numbers, the smallest where the largest was."""
    found, places = np.unique(array, return_inverse=True)
    return found[::-1][places].reshape(array.shape)


def grown(arrays: list[Any], times: int) -> list[Any]:
    """So many times as many rows."""
    return [np.concatenate([array] * times) if array.ndim else array for array in arrays]


def _same(first: Writer, second: Writer) -> None:
    """Raise unless two recordings of different numbers wrote the same graph."""
    for a, b, origin in zip(first.nodes, second.nodes, first.origins, strict=False):
        same = (a.op_type, a.attribute, len(a.input)) == (b.op_type, b.attribute, len(b.input))
        if not same or any(
            x in first.constants and not equal(first.constants[x], second.constants.get(y, np.zeros(0)))
            for x, y in zip(a.input, b.input, strict=True)
        ):
            raise _outside(origin.describe())
    if len(first.nodes) != len(second.nodes):
        raise _outside(first.origins[-1].describe())


def _outside(what: str) -> OnnxError:
    return OnnxError(
        _(
            "{operation}: part of it was computed outside the record from the inputs’ numbers, so an ONNX file would hold for these numbers alone; compute it with operations on tensors"
        ).format(operation=what)
    )


def _model(done: Pass, writer: Writer, symbols: dict[str, Any], title: str) -> Any:
    from onnx import helper, numpy_helper

    from tinygrad_fr.installed import version

    def described(name: str) -> Any:
        array = writer.shown[name]
        shape = symbols.get(name, array.shape)
        return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), shape)

    used = {name for node in writer.nodes for name in node.input} | set(done.outputs)
    ends = {*done.inputs, *done.outputs}
    graph = helper.make_graph(
        writer.nodes,
        title,
        [described(name) for name in done.inputs],
        [described(name) for name in done.outputs],
        [numpy_helper.from_array(array, name) for name, array in writer.constants.items() if name in used],
        value_info=[described(name) for name in writer.shown if name not in ends and name not in writer.constants],
    )
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name=PRODUCER,
        producer_version=version(),
    )
