"""What an ONNX graph asks for, read once: its inputs, its arrays and what they are, its nodes in order."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.functions import deep
from tinygrad_fr.bridges.onnx.meanings import MEANINGS, WEIGHTS, At, declared, plain
from tinygrad_fr.bridges.onnx.reader import array, clean, free_names
from tinygrad_fr.bridges.onnx.roles import Roles
from tinygrad_fr.bridges.onnx.scopes import modules_of
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Value:
    """An input or an output.

    Attributes:
        name: the file's.
        dtype: of its elements; None for a list of values.
        shape: its sides, None where any number will do, a name where the same number will do everywhere; None where the file
            says nothing.
    """

    name: str
    dtype: np.dtype[Any] | None
    shape: tuple[int | str | None, ...] | None


@dataclass(frozen=True)
class Body:
    """A graph inside a node: a branch, or what a loop repeats.

    Attributes:
        inputs: names of what it is given.
        outputs: names of what it gives.
        steps: its nodes.
        arrays: its own arrays, by the names that its nodes call them, as the names that the plan keeps them under.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    steps: tuple[Step, ...]
    arrays: Mapping[str, str]


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
        bodies: the graphs inside it, by attribute.
    """

    at: At
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scopes: tuple[tuple[str, str], ...]
    line: Callable[[Callable[[], Any]], Any]
    bodies: Mapping[str, Body] = field(default_factory=dict)


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


class Planner:
    """Reads one checked model into a plan.

    Args:
        model: a checked model.
        path: of its file.
        parameters: names of the arrays that are learned; None to decide by what the file does with each.
    """

    def __init__(self, model: Any, path: Path, parameters: Iterable[str] | None) -> None:
        self.model, self.path = model, path
        self.opsets = {_bare(entry.domain): entry.version for entry in model.opset_import}
        self.arrays: dict[str, Any] = {}
        self.constants: set[str] = set()  # arrays that stood in Constant nodes
        self.own: dict[Any, dict[str, str]] = {}
        self.learned: dict[str, Any] = {}
        self.chosen = None if parameters is None else frozenset(parameters)

    def plan(self, outputs: Iterable[str] | None) -> Plan:
        """The whole plan.

        Args:
            outputs: names of what is asked for; None for the outputs that are floats.
        """
        graph = self.model.graph
        asked = _answers(graph) if outputs is None else self._asked(tuple(outputs))
        self._check_known(_needed(graph, asked))
        given = {tensor.name for tensor in graph.initializer}
        inputs = tuple(_value(value, self.path) for value in graph.input if value.name not in given)
        body = self._body(graph, asked, None)
        roles = Roles(self.model, self.arrays, self.constants, self.chosen, self.path)
        learned, kept = roles.decide(body.steps, asked)
        plan = Plan(inputs, asked, body.steps, clean(graph.name or self.path.stem).replace("/", "_") or "onnx")
        plan.learned.update({name: self.learned[name] for name in self.learned})
        for name, given_array in self.arrays.items():
            place = plan.learned if name in learned else plan.kept if name in kept else plan.held
            place[name] = given_array
        return plan

    def _asked(self, outputs: tuple[str, ...]) -> tuple[str, ...]:
        known = [value.name for value in self.model.graph.output]
        for name in outputs:
            if name not in known:
                raise OnnxError(
                    _("{path}: expected outputs among {known}, got “{name}”").format(
                        path=self.path, known=", ".join(map(clean, known)), name=clean(name)
                    )
                )
        return outputs

    def _check_known(self, nodes: Iterable[Any]) -> None:
        unknown = sorted({operator(node) for node in deep(nodes) if (_bare(node.domain), node.op_type) not in MEANINGS})
        if unknown:
            raise OnnxError(
                _("{path}: no operation here means {unknown} (docs/onnx.md lists those that are known)").format(
                    path=self.path, unknown=", ".join(clean(name) for name in unknown)
                )
            )

    def _body(self, graph: Any, outputs: tuple[str, ...], line: Any) -> Body:
        """A graph's nodes as steps; its arrays go to the plan."""
        names: dict[str, str] = {}
        for tensor in graph.initializer:
            names[tensor.name] = self._keep(tensor.name, array(tensor))
        nodes = _needed(graph, outputs)
        places = {id(node): place for place, node in enumerate(graph.node, 1)}
        for node in nodes:
            if node.op_type == "Constant" and not _bare(node.domain) and node.output:
                at = self._step(node, (), None, {}).at
                names[node.output[0]] = self._keep(node.output[0], MEANINGS["", "Constant"].run(at))
                self.constants.add(names[node.output[0]])
        nodes = [node for node in nodes if node.op_type != "Constant" or _bare(node.domain)]
        modules = modules_of(nodes)
        steps = []
        for node in nodes:
            own_line = line or _line(self.path, places[id(node)])
            steps.append(self._own(self._step(node, modules[id(node)], own_line, names), names))
        return Body(tuple(value.name for value in graph.input if value.name not in names), outputs, tuple(steps), names)

    def _keep(self, name: str, given: Any) -> str:
        key = name
        while key in self.arrays:
            key += "_"
        self.arrays[key] = given
        return key

    def _own(self, step: Step, names: Mapping[str, str]) -> Step:
        """The step with parameters of its own, where it has any: an operand's rows in our order."""
        key = (step.domain, step.at.operator)
        if key not in WEIGHTS:
            return step
        # An operand that the node computes, or is given, stays an operand.
        if any(name and name not in names for name in step.inputs[1:4]) and key[1] in ("RNN", "LSTM", "GRU"):
            return step
        fixed = [self.arrays[names[name]] if name in names else None for name in step.inputs]
        prefix = ".".join(name for name, _kind in step.scopes)
        same = (key, step.inputs[1:4], prefix, repr(sorted(step.at.attributes.items(), key=lambda item: item[0])))
        if key[1] not in ("RNN", "LSTM", "GRU") or same not in self.own:
            own = {}
            for name, given in WEIGHTS[key](step.at, *fixed).items():
                own[name] = _free(f"{prefix}.{name}" if prefix else name, self.learned)
                self.learned[own[name]] = given
            self.own[same] = own
        return replace(step, at=step.at._replace(weights=self.own[same]))

    def _step(self, node: Any, scopes: tuple[tuple[str, str], ...], line: Any, names: Mapping[str, str]) -> Step:
        from onnx import AttributeProto, helper

        said: dict[str, Any] = {}
        bodies: dict[str, Body] = {}
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                inside = attribute.g
                bodies[attribute.name] = self._body(inside, tuple(value.name for value in inside.output), line)
                said[attribute.name] = attribute.name
                continue
            value = helper.get_attribute_value(attribute)
            said[attribute.name] = array(value) if attribute.type == AttributeProto.TENSOR else plain(value)
        name = f"{node.op_type} “{clean(node.name) or (clean(node.output[0]) if node.output else '')}”"
        domain = _bare(node.domain)
        opset = self.opsets.get(domain, 0)
        attributes = declared(MEANINGS[domain, node.op_type], node, name, domain, opset, said)
        used = max((i + 1 for i, output in enumerate(node.output) if output), default=1)
        at = At(node.op_type, name, attributes, opset, used, {})
        return Step(at, domain, tuple(node.input), tuple(node.output), scopes, line, bodies)


def _free(name: str, taken: Mapping[str, Any]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def _value(value: Any, path: Path) -> Value:
    from onnx import helper

    kind = value.type.tensor_type
    if value.type.HasField("sequence_type") or value.type.HasField("optional_type"):
        return Value(value.name, None, None)
    if not value.type.HasField("tensor_type") or not kind.elem_type:
        raise OnnxError(_("{path}: input “{name}” is no tensor").format(path=path, name=clean(value.name)))
    try:
        dtype = np.dtype(helper.tensor_dtype_to_np_dtype(kind.elem_type))
    except (KeyError, TypeError):
        dtype = np.dtype(np.complex64)
    if dtype.kind == "c":
        raise OnnxError(
            _("{path}: input “{name}” is of {dtype}, which no tensor here holds").format(
                path=path, name=clean(value.name), dtype=dtype
            )
        )
    shape = None
    if kind.HasField("shape"):
        shape = tuple(_side(side) for side in kind.shape.dim)
    return Value(value.name, dtype, shape)


def _side(side: Any) -> int | str | None:
    """A declared side: some exporters write −1 for one that is free, or "?", which names nothing."""
    if side.HasField("dim_value"):
        return int(side.dim_value) if side.dim_value >= 0 else None
    return side.dim_param if any(map(str.isalpha, side.dim_param)) and side.dim_param != "None" else None


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
    makers = {name: node for node in graph.node for name in node.output if name}
    wanted: set[int] = set()
    waiting = [makers[name] for name in outputs if name in makers]
    while waiting:
        node = waiting.pop()
        if id(node) not in wanted:
            wanted.add(id(node))
            waiting.extend(makers[name] for name in free_names(node) if name in makers)
    return [node for node in graph.node if id(node) in wanted]


def _bare(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain


def operator(node: Any) -> str:
    """A node's operator with its domain, where that is not ONNX's own."""
    return f"{_bare(node.domain)}.{node.op_type}" if _bare(node.domain) else str(node.op_type)


def _line(path: Path, number: int) -> Callable[[Callable[[], Any]], Any]:
    """A function that calls another from a place of its own: a file's name and the number of a node in it."""
    tree = ast.parse("lambda run: run()", mode="eval")
    for part in ast.walk(tree):
        if isinstance(part, ast.expr | ast.arg):
            part.lineno = part.end_lineno = number
    made: Callable[[Callable[[], Any]], Any] = eval(compile(tree, path.name, "eval"), {"__name__": __name__})
    return made
