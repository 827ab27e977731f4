"""A record written as an ONNX graph: names, values, and one rule per operation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.operators import RULES
from tinygrad_fr.locale import _
from tinygrad_fr.modes import recording
from tinygrad_fr.ops.definition import Composite, Elementwise, registry
from tinygrad_fr.record.mode import setting
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OPSET = 23  # the first with Attention and RMSNormalization
IR_VERSION = 11  # of the same release
PRODUCER = "tinygrad_fr"
CONSTANT = "constant"  # what the names of arrays that nothing learns begin with, after their scope


class Rows(NamedTuple):
    """A side that is so many times the number of rows."""

    times: int

    def __str__(self) -> str:
        return "N" if self.times == 1 else f"{self.times}*N"


Shape: TypeAlias = "tuple[int | Rows, ...]"


def array_of(value: Any) -> Any:
    """A node's value, or a plain number, as an array of a type that ONNX has."""
    return np.asarray(value)


def equal(a: Any, b: Any) -> bool:
    """Whether two arrays hold the same, of the same type; NaN is NaN."""
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


class Writer:
    """Collects nodes and constants while it walks a record.

    Args:
        leaves: node id → name, of the graph's inputs.
        weights: node id → name, of parameters and buffers.

    Attributes:
        nodes: ONNX nodes in an order in which they can be computed.
        origins: what each of them was written for, an equation's operation where one was opened.
        constants: arrays by name, parameters first of all.
        names: node id → name of its value; several for a node of several outputs.
        shown: name → the array that it was in this run, for shapes.
    """

    def __init__(self, leaves: Mapping[int, str], weights: Mapping[int, str]) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.names: dict[int, Any] = dict(leaves)
        self.shown: dict[str, Any] = {}
        self.weights = dict(weights)
        self._taken = Counter(dict.fromkeys((*leaves.values(), *weights.values()), 1))
        self._held: dict[tuple[Any, ...], str] = {}
        self.origins: list[Node] = []
        self._answers: set[str] = set()
        self.node: Node | None = None  # whose rule is at work

    def _value(self, result: Any) -> str:
        """What equations gave: a node, or an array that they computed themselves."""
        return self.write([result])[0] if isinstance(result, Node) else self.constant(result)

    def write(self, outputs: Iterable[Node]) -> list[str]:
        """Write what leads to some nodes, and give the names of their values."""
        wanted = list(outputs)
        found: dict[int, Node] = {}
        waiting = [node for node in wanted if node.id not in self.names]
        while waiting:
            node = waiting.pop()
            if node.id not in found:
                found[node.id] = node
                waiting.extend(x for x in node.inputs if isinstance(x, Node) and x.id not in self.names)
        for key in sorted(found):
            self.names[key] = self._leaf(found[key]) if found[key].op is None else self._operation(found[key])
        return [self.names[node.id] for node in wanted]

    # What rules call

    def add(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Write one ONNX node, and give the name of its value, or of each."""
        from onnx import helper

        node = self.node
        assert node is not None
        assert node.op is not None
        where = f"{node.scope.path}/" if node.scope.path else ""
        names = [self.unique(f"{where}{node.label or node.op.name}") for _output in range(outputs)]
        given = list(inputs)
        while given and not given[-1]:  # operands that are left out stand at the end
            given.pop()
        self.nodes.append(
            helper.make_node(operator, given, names, name=self.unique(f"{where}{operator}"), **attributes)
        )
        self.origins.append(node)
        return names[0] if outputs == 1 else tuple(names)

    def operand(self, x: Any, dtype: Any = None) -> str:
        """The name of an operand's value, in another type where one is asked for; nothing for None."""
        if x is None:
            return ""
        if not isinstance(x, Node):
            return self.constant(np.asarray(x, dtype))
        name: str = self.names[x.id]
        own = array_of(x.value).dtype
        return name if dtype is None or own == dtype else self.cast(name, dtype)

    def cast(self, name: str, dtype: Any) -> str:
        """The value in another type."""
        from onnx import helper

        result: str = self.add("Cast", name, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
        return result

    def constant(self, array: Any, name: str = CONSTANT) -> str:
        """The name of an array that every run shares; equal ones are written once."""
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._held:
            self._held[key] = self.unique(name)
            self.constants[self._held[key]] = array
        return self._held[key]

    def whole(self, *numbers: int) -> str:
        """A list of whole numbers, as ONNX takes shapes and axes."""
        return self.constant(np.array(numbers, np.int64))

    def fixed(self, x: Any) -> Any:
        """The array of an operand that no input changes, or None."""
        return array_of(x.value) if isinstance(x, Node) and self.names.get(x.id) in self.constants else None

    def unique(self, name: str) -> str:
        """A name that no value bears yet: the name itself, then with a number."""
        self._taken[name] += 1
        return name if self._taken[name] == 1 else self.unique(f"{name}_{self._taken[name]}")

    def answer(self, node: Node, title: str) -> str:
        """Give a node's value, which is written already, the name that it leaves under, and say which that is."""
        from onnx import helper

        name, title = self.names[node.id], self.unique(title)
        if any(name in entry.output for entry in self.nodes) and name not in self._answers:
            for entry in self.nodes:
                for names in (entry.input, entry.output):
                    names[:] = [title if each == name else each for each in names]
            self.shown.pop(name, None)
            self.names[node.id] = title
        else:  # an input, a weight, or a value that leaves twice
            self.nodes.append(helper.make_node("Identity", [name], [title], name=self.unique("Identity")))
            self.origins.append(node)
        self._answers.add(title)
        self.shown[title] = array_of(node.value)
        return title

    def resize(self, shapes: Mapping[int, Shape], rows_of: str) -> None:
        """Give some nodes a shape whose free sides are computed when the graph runs.

        Args:
            shapes: place of a Reshape or an Expand among the nodes → its shape.
            rows_of: the input whose first side is the number of rows.
        """
        from onnx import helper

        before: list[Any] = []
        for place, shape in shapes.items():
            node = self.nodes[place]
            free = [side for side in shape if isinstance(side, Rows)]
            if node.op_type == "Reshape" and len(free) == 1:
                node.input[1] = self.whole(*(-1 if isinstance(side, Rows) else side for side in shape))
                continue
            if not before:
                before.append(helper.make_node("Shape", [rows_of], ["rows"], name="rows", start=0, end=1))
            sides = []
            for side in shape:
                if isinstance(side, Rows) and side.times != 1:
                    name = self.unique("rows_times")
                    before.append(helper.make_node("Mul", ["rows", self.whole(side.times)], [name], name=name))
                    sides.append(name)
                else:
                    sides.append("rows" if isinstance(side, Rows) else self.whole(side))
            node.input[1] = name = self.unique("sides")
            before.append(helper.make_node("Concat", sides, [name], name=name, axis=0))
        self.nodes[:0] = before

    # How a node is written

    def _leaf(self, node: Node) -> str:
        if node.id in self.weights:
            name = self.weights[node.id]
            self.constants[name] = array_of(node.value)
            return name
        where = f"{node.scope.path}/" if node.scope.path else ""
        if not node.needs:
            return self.constant(array_of(node.value), f"{where}{CONSTANT}")
        name = self.unique(f"{where}{node.name or 'weight'}")  # learned, though no module holds it
        self.constants[name] = array_of(node.value)
        return name

    def _operation(self, node: Node) -> Any:
        before, self.node = self.node, node
        names = self._by_rule(node)
        self.node = before
        several = isinstance(names, tuple)
        for name, value in zip(names, node.value, strict=True) if several else ((names, node.value),):
            if name:
                self.shown[name] = array_of(value)
        return names

    def _by_rule(self, node: Node) -> Any:
        op: Any = node.op
        rule = RULES.get(op.name)
        names = rule(self, node) if rule is not None else None
        written_out = isinstance(op, Composite) or (isinstance(op, Elementwise) and op.forward.calls <= registry.keys())
        if names is None and written_out:
            with recording(), setting(scope=node.scope):
                result = op.equations(*(x.snapshot() if isinstance(x, Node) else x for x in node.inputs), **node.attrs)
            if isinstance(result, tuple):
                names = tuple(self._value(y) for y in result)
            elif not isinstance(result, Node) or result.op is not op:  # else its text is nothing but its own word
                names = self._value(result)
        if names is None:
            raise OnnxError(
                _("ONNX has no counterpart of {operation}, and this bridge no rule that writes it with others").format(
                    operation=node.describe()
                )
            )
        return names
