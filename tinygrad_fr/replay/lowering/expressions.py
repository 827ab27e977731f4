"""Expressions of element-wise operations as instructions, opcode by opcode.

An element-wise operation is lowered by its own text, so a new operation is fused without a rule of its own.
"""

from __future__ import annotations

import ast
from math import prod
from typing import TYPE_CHECKING, Any

from tinygrad_fr.expression.vocabulary import OPERATORS
from tinygrad_fr.kernels.interpreter import OPCODES
from tinygrad_fr.kernels.runtime.constant_folding import folded
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.record.node import Node
from tinygrad_fr.replay.events import Partial
from tinygrad_fr.replay.lowering.instructions import Buffer, Element, Number, View, broadcast, whole

if TYPE_CHECKING:
    from tinygrad_fr.replay.lowering.lowering import Lowering


def lower_expression(lowering: Lowering, node: Node) -> bool:
    """Lower an element-wise operation, or a derivative of one, by its expression; False if it has to stay a call."""
    op = node.op
    if isinstance(op, Partial):
        tree = op.expression.tree
    elif isinstance(op, Elementwise):
        tree = op.forward.tree
    else:
        return False
    values = {**node.attrs, **dict(zip(op.inputs, node.inputs, strict=True))}  # of the names in the expression
    tree = folded(tree, {name: float(x) for name, x in values.items() if isinstance(x, float | int)})
    if not _has_opcodes(tree) or not _can_read(lowering, node):
        return False
    (_of_number if node.value.__class__ is float else _of_array)(lowering, node, tree, values)
    return True


def _can_read(lowering: Lowering, node: Node) -> bool:
    """Whether a result and all that it is computed from are numbers and arrays that the program holds."""
    floats = node.value.__class__ is float
    if not floats and not lowering.takes(node.value):
        return False
    for x in node.inputs:
        if not isinstance(x, Node) or x.value.__class__ is float or x.value.__class__ is int:
            continue
        if floats or not lowering.takes(x.value):
            return False
    return all(isinstance(v, float | int) for v in node.attrs.values())


def _of_array(lowering: Lowering, node: Node, tree: ast.expr, values: dict[str, Any]) -> None:
    shape = node.value.shape

    def constant(value: float) -> View:
        return lowering.constant(value, shape)

    def emit(opcode: str, arguments: tuple[View, ...]) -> View:
        if opcode == "le":  # sign of a ReLU's operand: the result has the same sign, and is kept anyway
            arguments = (lowering.shared.get(("maximum", arguments), arguments[0]), arguments[1])
        key = (opcode, arguments)
        if key not in lowering.shared:
            lowering.shared[key] = out = whole(Buffer(prod(shape)), shape)
            lowering.instructions.append(Element(opcode, out, arguments))
        return lowering.shared[key]  # type: ignore[no-any-return]

    def read(x: Any) -> View:
        return broadcast(lowering.view(x), shape) if isinstance(x, Node) else constant(float(x))

    names = {name: (lambda x=x: read(x)) for name, x in values.items()}
    lowering.keep(node, _walk(tree, names, constant, emit))


def _of_number(lowering: Lowering, node: Node, tree: ast.expr, values: dict[str, Any]) -> None:
    def emit(opcode: str, arguments: tuple[int, ...]) -> int:
        key = (opcode, arguments)
        if key not in lowering.shared:
            lowering.shared[key] = out = lowering.new_number()
            lowering.instructions.append(Number(opcode, out, arguments))
        return lowering.shared[key]  # type: ignore[no-any-return]

    def read(x: Any) -> int:
        return lowering.scalar(x) if isinstance(x, Node) else lowering.constant_number(float(x))

    names = {name: (lambda x=x: read(x)) for name, x in values.items()}
    lowering.keep_number(node, _walk(tree, names, lowering.constant_number, emit))


def _has_opcodes(tree: ast.AST) -> bool:
    """Whether the interpreter has an opcode for every part of an expression."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) not in OPCODES:
            return False
        if isinstance(node, ast.operator | ast.cmpop) and type(node) not in OPERATORS:
            return False
        if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.USub):
            return False
    return True


def _walk(tree: ast.expr, names: Any, constant: Any, emit: Any) -> Any:
    def walk(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value):
                return constant(float(value))  # type: ignore[arg-type]
            case ast.Name(name):
                return names[name]()
            case ast.UnaryOp(ast.USub(), ast.Constant(value)):
                return constant(-float(value))  # type: ignore[arg-type]
            case ast.UnaryOp(_op, operand):
                return emit("neg", (walk(operand),))
            case ast.BinOp(left, ast.Pow(), ast.Constant(2)):
                return emit("square", (walk(left),))
            case ast.BinOp(left, operator, right):
                return emit(OPERATORS[type(operator)].opcode, (walk(left), walk(right)))
            case ast.Compare(left, [operator], [right]):
                return emit(OPERATORS[type(operator)].opcode, (walk(left), walk(right)))
            case ast.Call(ast.Name(name), arguments):
                return emit(name, tuple(walk(each) for each in arguments))
        raise ValueError(ast.unparse(node))

    return walk(tree)
