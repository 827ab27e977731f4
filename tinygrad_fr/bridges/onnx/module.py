"""An ONNX graph as a module: its floats are parameters, its nodes run as recorded operations under their names."""

from __future__ import annotations

import ast
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.meanings import MEANINGS, WEIGHTS, At
from tinygrad_fr.bridges.onnx.reader import array, clean, read
from tinygrad_fr.bridges.onnx.writer import CONSTANT, PRODUCER
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn.module import Module, Parameter
from tinygrad_fr.record.mode import scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SEVERAL = "Module"
DEEPEST = 12  # scopes around one node
STATISTICS = {"BatchNormalization": (3, 4)}  # operands that are kept, not learned


@dataclass(frozen=True)
class Value:
    """An input or an output.

    Attributes:
        name: the file's.
        dtype: of its elements.
        shape: its sides, None where any number will do; None where the file says nothing.
    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True)
class Step:
    """One node.

    Attributes:
        at: the operator and where it stands.
        domain: of the operator.
        inputs: names of its operands, "" for one that is left out.
        outputs: names of its values.
        scopes: the modules around it, outermost first, with what stands on their panels.
        line: calls a function as the file's n-th node would if it were code, so that records say where they come from.
    """

    at: At
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scopes: tuple[tuple[str, str], ...]
    line: Callable[[Callable[[], Any]], Any]


@dataclass
class Plan:
    """What a module runs.

    Attributes:
        inputs: what a call takes, in order.
        outputs: names of what it gives.
        steps: in an order in which they can run.
        held: arrays that nothing learns, by name.
        learned: arrays that are learned, by name.
        kept: arrays that are saved but not learned, by name.
        title: the graph's name.
    """

    inputs: tuple[Value, ...]
    outputs: tuple[str, ...]
    steps: tuple[Step, ...]
    title: str
    held: dict[str, Any] = field(default_factory=dict)
    learned: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)


class OnnxModule(Module):
    """A module that runs an ONNX graph.

    It gives the graph's outputs of floats (all of them where there are none): one, or a tuple.

    Attributes:
        inputs: what a call takes: names, types, shapes.

    Example:
        >>> import tempfile
        >>> from tinygrad_fr import nn, tensor
        >>> from tinygrad_fr.bridges.onnx import save
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(nn.Linear(2, 1), tensor([[1.0, 2.0]]), Path(folder, "line.onnx"))
        ...     module = load(Path(folder, "line.onnx"))
        >>> module.inputs[0].name, module.inputs[0].shape
        ('x', (None, 2))
        >>> sorted(name for name, _parameter in module.named_parameters())
        ['bias', 'weight']
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self.inputs = plan.inputs
        for name, given in plan.learned.items():
            self.register_parameter(name, Parameter(given))
        for name, given in plan.kept.items():
            self.register_buffer(name, Tensor(given))
        self.rename(plan.title)

    # A name out of a file is never an attribute: it might be one that means something already.

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Enter a parameter by name alone."""
        if parameter is not None:
            parameter.label = parameter.label or _short(name)
        self._parameters[name] = parameter

    def register_buffer(self, name: str, value: Tensor) -> None:
        """Enter a tensor that is saved but not learned, by name alone."""
        value.label = value.label or _short(name)
        self._buffers[name] = value

    def forward(self, *inputs: Any) -> Any:
        """Run the graph on its inputs, in the file's order.

        Raises:
            OnnxError: they are not as many as the graph has, or a node cannot take what reaches it.
        """
        if len(inputs) != len(self.inputs):
            raise OnnxError(
                _("expected {n} inputs ({names}), got {found}").format(
                    n=len(self.inputs), names=", ".join(value.name for value in self.inputs), found=len(inputs)
                )
            )
        values: dict[str, Any] = {**self.plan.held, **self._parameters, **self._buffers, "": None}
        for value, given in zip(self.inputs, inputs, strict=True):
            tensor = given if isinstance(given, Tensor) else Tensor(given)
            values[value.name] = tensor.to(value.dtype)
        for step in self.plan.steps:
            found = self._run(step, [values[name] for name in step.inputs])
            values.update(zip(step.outputs, found if isinstance(found, tuple) else (found,), strict=False))
        answers = tuple(values[name] for name in self.plan.outputs)
        return answers[0] if len(answers) == 1 else answers

    def _run(self, step: Step, operands: list[Any]) -> Any:
        own = {name: self._parameters[path] for name, path in step.at.weights.items()}
        with ExitStack() as around:
            for name, kind in step.scopes:
                around.enter_context(scope(name, kind=kind))
            try:
                at, mean = step.at._replace(weights=own), MEANINGS[step.domain, step.at.operator]
                return step.line(lambda: mean(at, *operands))
            except TinygradError:
                raise
            except (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError) as error:
                raise step.at.refuse(str(error)) from error


def _short(name: str) -> str:
    """The last part of a path, as a picture may show it."""
    return clean(name.rpartition(".")[2] or name)


def load(path: str | Path) -> OnnxModule:
    """An ONNX file as a module, its floats trainable.

    Raises:
        TinygradError: the file cannot be read.
        OnnxError: it is no whole ONNX model, or it uses operators without a counterpart; in one sentence.

    Example:
        >>> import tempfile
        >>> from tinygrad_fr import nn, tensor
        >>> from tinygrad_fr.bridges.onnx import save
        >>> layer, x = nn.Linear(2, 1), tensor([[1.0, 2.0]])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(layer, x, Path(folder, "line.onnx"))
        ...     again = load(Path(folder, "line.onnx"))
        >>> again(x).item() == layer(x).item()
        True
    """
    path = Path(path)
    model = read(path)
    return OnnxModule(_plan(model, path))


def _plan(model: Any, path: Path) -> Plan:
    graph = model.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    opset = max(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    inputs = tuple(_value(value, path) for value in graph.input if value.name not in tensors)
    outputs = _answers(graph)
    nodes = _needed(graph, outputs)
    unknown = sorted({_operator(node) for node in nodes if (_domain(node), node.op_type) not in MEANINGS})
    if unknown:
        raise OnnxError(
            _("{path}: no operation here means {unknown}; known are {known}").format(
                path=path,
                unknown=", ".join(clean(name) for name in unknown),
                known=", ".join(
                    sorted(operator if not domain else f"{domain}.{operator}" for domain, operator in MEANINGS)
                ),
            )
        )
    modules = _modules(nodes)
    plan = Plan(inputs, outputs, (), clean(graph.name or path.stem).replace("/", "_") or "onnx")
    steps = []
    places = {id(node): place for place, node in enumerate(graph.node, 1)}
    for node in nodes:
        step = _step(node, opset, modules[id(node)], _line(path, places[id(node)]))
        key = (step.domain, step.at.operator)
        if key in WEIGHTS:
            fixed = [array(tensors[name]) if name in tensors else None for name in step.inputs]
            prefix = ".".join(name for name, _kind in step.scopes)
            own = {}
            for name, given in WEIGHTS[key](step.at, *fixed).items():
                own[name] = _free(f"{prefix}.{name}" if prefix else name, plan.learned)
                plan.learned[own[name]] = given
            step = replace(step, at=step.at._replace(weights=own))
        steps.append(step)
    _share_out(tensors, steps, plan, ours=model.producer_name == PRODUCER)
    return Plan(inputs, outputs, tuple(steps), plan.title, plan.held, plan.learned, plan.kept)


def _share_out(tensors: Mapping[str, Any], steps: list[Step], plan: Plan, *, ours: bool) -> None:
    """Decide of each array of the file whether it is learned, kept, or plain."""
    uses: dict[str, list[tuple[Step, int]]] = {}
    for step in steps:
        for position, name in enumerate(step.inputs):
            uses.setdefault(name, []).append((step, position))
    for name, places in uses.items():
        if name not in tensors:
            continue
        given = array(tensors[name])
        if all((step.domain, step.at.operator) in WEIGHTS and 1 <= position <= 3 for step, position in places):
            plan.held[name] = given  # its numbers are the node's own parameters already
        elif any(position in STATISTICS.get(step.at.operator, ()) for step, position in places):
            plan.kept[name] = given
        elif given.dtype.kind == "f" and _is_weight(
            name, given, {step.at.operator for step, _position in places}, ours
        ):
            plan.learned[name] = given
        else:
            plan.held[name] = given


def _is_weight(name: str, given: Any, operators: set[str], ours: bool) -> bool:
    """Whether floats are a model's and not a formula's, such as the 2 of a square.

    Our own files call their constants so. In others a single number is a weight where it bears a module's path, or is added.
    """
    if ours:
        return not name.rpartition("/")[2].startswith(CONSTANT)
    return given.size > 1 or "." in name or (given.ndim > 0 and operators <= {"Add", "Conv", "Gemm"})


def _free(name: str, taken: Mapping[str, Any]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def _value(value: Any, path: Path) -> Value:
    from onnx import helper

    kind = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not kind.elem_type:
        raise OnnxError(_("{path}: input “{name}” is no tensor").format(path=path, name=clean(value.name)))
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(kind.elem_type))
    if dtype.kind not in "biuf":
        raise OnnxError(
            _("{path}: input “{name}” is of {dtype}, which no tensor here holds").format(
                path=path, name=clean(value.name), dtype=dtype
            )
        )
    shape = None
    if kind.HasField("shape"):
        shape = tuple(side.dim_value if side.HasField("dim_value") else None for side in kind.shape.dim)
    return Value(value.name, dtype, shape)


def _answers(graph: Any) -> tuple[str, ...]:
    """Names of the outputs that are floats: tensors, or the maps by class that are made of one."""
    from onnx import TensorProto

    floats = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, 0}
    found = tuple(
        value.name
        for value in graph.output
        if not value.type.HasField("tensor_type") or value.type.tensor_type.elem_type in floats
    )
    return found or tuple(value.name for value in graph.output)


def _needed(graph: Any, outputs: tuple[str, ...]) -> list[Any]:
    """The nodes that lead to some values, in the file's order."""
    makers = {name: node for node in graph.node for name in node.output}
    wanted: set[int] = set()
    waiting = [makers[name] for name in outputs if name in makers]
    while waiting:
        node = waiting.pop()
        if id(node) not in wanted:
            wanted.add(id(node))
            waiting.extend(makers[name] for name in node.input if name in makers)
    return [node for node in graph.node if id(node) in wanted]


def _domain(node: Any) -> str:
    return "" if node.domain == "ai.onnx" else node.domain


def _operator(node: Any) -> str:
    return f"{_domain(node)}.{node.op_type}" if _domain(node) else node.op_type


def _scopes(node: Any) -> tuple[str, ...]:
    """The modules that a node's name tells: all but its last part."""
    return tuple(clean(part, 60) for part in node.name.split("/") if part)[:-1][:DEEPEST]


def _modules(nodes: list[Any]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Id of a node → the modules around it, without one that holds them all: that is this one.

    On the panel of a module stands its operator, or that it holds several.
    """
    scopes = {id(node): _scopes(node) for node in nodes}
    named = [scopes[id(node)] for node in nodes if node.name and node.op_type != "Constant"]
    shared = int(bool(named) and all(named) and len({parts[0] for parts in named}) == 1)
    held: dict[tuple[str, ...], set[str]] = {}
    for node in nodes:
        parts = scopes[id(node)]
        for depth in range(len(parts)):
            held.setdefault(parts[: depth + 1], set()).add(node.op_type if depth + 1 == len(parts) else "")
    kinds = {path: next(iter(inside)) or SEVERAL if len(inside) == 1 else SEVERAL for path, inside in held.items()}
    return {
        key: tuple((name, kinds[parts[: depth + 1]]) for depth, name in enumerate(parts))[shared:]
        for key, parts in scopes.items()
    }


def _line(path: Path, number: int) -> Callable[[Callable[[], Any]], Any]:
    """A function that calls another from a place of its own: a file's name and the number of a node in it."""
    tree = ast.parse("lambda run: run()", mode="eval")
    for part in ast.walk(tree):
        if isinstance(part, ast.expr | ast.arg):
            part.lineno = part.end_lineno = number
    made: Callable[[Callable[[], Any]], Any] = eval(compile(tree, path.name, "eval"), {"__name__": __name__})
    return made


def _step(node: Any, opset: int, scopes: tuple[tuple[str, str], ...], line: Callable[[Callable[[], Any]], Any]) -> Step:
    from onnx import AttributeProto, helper

    attributes: dict[str, Any] = {}
    for attribute in node.attribute:
        if attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS):
            continue  # of operators that have no meaning here anyway
        value = helper.get_attribute_value(attribute)
        if attribute.type == AttributeProto.TENSOR:
            value = array(value)
        elif isinstance(value, bytes):
            value = value.decode(errors="replace")
        elif attribute.type == AttributeProto.STRINGS:
            value = [part.decode(errors="replace") for part in value]
        elif attribute.type in (AttributeProto.INTS, AttributeProto.FLOATS):
            value = list(value)
        attributes[attribute.name] = value
    used = max((i + 1 for i, name in enumerate(node.output) if name), default=1)
    name = clean(node.name) or (clean(node.output[0]) if node.output else "")
    at = At(node.op_type, f"{node.op_type} “{name}”", attributes, opset, used, {})
    return Step(at, _domain(node), tuple(node.input), tuple(node.output), scopes, line)


__all__ = ["OnnxModule", "Plan", "Step", "Value", "load"]
