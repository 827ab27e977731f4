"""Expressions of an element-wise operation as source text, and how that text is made fast: constants that are arrays already, parts computed once."""

from __future__ import annotations

import ast
from collections import Counter
from copy import deepcopy
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.devices.layout import laid_by
from tinygrad_fr.fast.generated_code import SPACE, made
from tinygrad_fr.fast.kernel_choice import NEVER, kernel_size

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tinygrad_fr.expression.expression import Expression
    from tinygrad_fr.ops.definition.elementwise import Elementwise

_LARGEST = {np.dtype(each): float(np.finfo(each).max) for each in (np.float16, np.float32, np.float64)}


def _fits(number: Any, dtype: Any) -> bool:
    """Whether a float is an element of a dtype of floats: infinities and NaN are."""
    return number.__class__ is float and dtype in _LARGEST and not _LARGEST[dtype] < abs(number) < np.inf


_SPACE: dict[str, Any] = {
    **SPACE,
    "broadcast": np.broadcast,
    "fits": _fits,
    "half": np.dtype(np.float16),
    "laid_by": laid_by,
}
# Names of the generated functions' own: an attribute of one of these names is left to the general path.
RESERVED = frozenset(
    (
        *_SPACE,
        "input",
        "other",
        "third",
        "op",
        "general",
        "reflected",
        "lifted",
        "unusual",
        "more",
        "float",
        "int",
        "constants_of",
    )
)


class ExpressionSource:
    """Expressions of an operation as source text, with what their names stand for."""

    def __init__(self, op: Elementwise, expressions: Mapping[str, Expression]) -> None:
        self.space: dict[str, Any] = {**_SPACE, "op": op, **{f"default_{a}": value for a, value in op.defaults.items()}}
        self.texts: dict[str, str] = {}
        self.numbers = _Constants()
        self.widens = any(op.kinds.widens(expression, op.forward) for expression in expressions.values())
        for field, expression in expressions.items():
            kind = field.partition("_")[0]
            tree, words = expression.spelled(kind)
            if kind == "array":
                tree = self.numbers.visit(tree)
            # A word means one thing on arrays and another on floats: each has a name of its own here.
            tree = _Renamed(kind, words).visit(tree)
            self.texts[field] = self._chosen(op, expression, tree) if kind == "array" else ast.unparse(tree)
            self.space |= {f"{kind}_{word}": function for word, function in words.items()}

    def _chosen(self, op: Elementwise, expression: Expression, tree: ast.expr) -> str:
        """The text of an expression on arrays. Where numbers alone decide between two, only the one that holds is computed."""
        attrs = frozenset(f"v_{a}" for a in op.defaults)
        text, (floats, words) = _computed_once(tree, attrs), expression.spelled("float")
        if not (
            isinstance(tree, ast.Call) and isinstance(floats, ast.Call) and len(tree.args) == len(floats.args) == 3
        ):
            return text
        decides = floats.args[0]
        deciding = {each.id for each in ast.walk(decides) if isinstance(each, ast.Name)} & set(op.inputs)
        if not isinstance(decides, ast.Compare) or not deciding or op.inputs[0] in deciding:
            return text
        self.space |= {f"float_{word}": function for word, function in words.items()}
        numbers = " and ".join(f"v_{x}.__class__ is float" for x in sorted(deciding))
        one, other = (_computed_once(part, attrs) for part in tree.args[1:])
        return (
            f"(({one} if {ast.unparse(_Renamed('float', words).visit(decides))} else {other}) if {numbers} else {text})"
        )

    def on_large(
        self,
        field: str,
        expression: Expression,
        function: Any,
        lead: str,
        operands: Sequence[str],
        number: bool = False,
    ) -> None:
        """Let ``function`` compute an expression with a kernel, from the number of elements on where a kernel is faster.

        ``lead`` is the operand whose size is looked at; it may be a ``number`` instead of an array.
        """
        enough = kernel_size(expression)
        if enough == NEVER:
            return
        self.space[f"large_{field}"] = function
        size = f"(size := {lead}.size) >= {enough}"
        if field == "array":  # of a partial derivative, the gradient leads, and has the result's size
            for other in (
                each for each in operands[:2] if each != lead
            ):  # a column and a row: the result is larger than each
                size += (
                    f" or ({other}.__class__ is array and size * {other}.size >= {enough}"
                    f" and {lead}.shape != {other}.shape and broadcast({lead}, {other}).size >= {enough})"
                )
        if number:
            size = f"{lead}.__class__ is array and ({size})"
        self.texts[field] = f"large_{field}({', '.join(operands)}) if {size} else {self.texts[field]}"

    def constants(self, dtype: str, otherwise: str) -> str:
        """The lines that look up the constants of the array's dtype, and take the general path where there are none."""
        if not self.numbers.found:
            return f"if {dtype} is half:\n            return {otherwise}" if self.widens else ""
        self.space["constants_of"] = {
            np.dtype(each): [np.array(number, each) for number in self.numbers.found]
            for each in (np.float32, np.float64)
        }
        names = ", ".join(f"constant_{i}" for i in range(len(self.numbers.found)))
        return f"""held = constants_of.get({dtype})
        if held is None:
            return {otherwise}
        ({names},) = held"""

    def made(self, source: str, name: str, **more: Any) -> Callable[..., Any]:
        """The function of a name that a source text defines."""
        return made(source, name, {**self.space, **more})


class _Constants(ast.NodeTransformer):
    """Give the numbers of expressions on arrays names, under which they are arrays of the same type already.

    numpy takes as long to make an array of a Python number as to multiply two small arrays. Exponents stay numbers:
    numpy squares where it sees a 2.
    """

    def __init__(self) -> None:
        self.found: list[float | int] = []

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        number = node.value
        if isinstance(number, bool) or not isinstance(number, int | float):
            return node
        if number not in self.found:
            self.found.append(number)
        return ast.Name(f"constant_{self.found.index(number)}", ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "Pow":
            node.args[0] = self.visit(node.args[0])
            return node
        return self.generic_visit(node)


class _ByOne(ast.NodeTransformer):
    """Leave out a product with an attribute that is 1.0, or a quotient by it: the result is the other operand, bit for bit."""

    def __init__(self, attrs: Collection[str]) -> None:
        self.attrs = attrs

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """The other operand where the attribute is 1.0, and the product else."""
        self.generic_visit(node)
        sides = [(node.right, node.left)] if isinstance(node.op, ast.Div) else []
        if isinstance(node.op, ast.Mult):
            sides = [(node.left, node.right), (node.right, node.left)]
        for attr, other in sides:
            if isinstance(attr, ast.Name) and attr.id in self.attrs and not isinstance(other, ast.Constant):
                test = ast.parse(f"{attr.id}.__class__ is float and {attr.id} == 1.0", mode="eval").body
                return ast.IfExp(test, other, node)
        return node


def _computed_once(tree: ast.expr, attrs: Collection[str]) -> str:
    """The text of an expression in which a part that occurs several times is computed once, at its first place."""
    tree = deepcopy(tree)
    for i in count():
        parts = Counter(ast.dump(each) for each in ast.walk(tree) if isinstance(each, _COMPUTED))
        several = [part for part, times in parts.items() if times > 1]
        if not several:
            return ast.unparse(_ByOne(attrs).visit(tree))  # last: names are given in no branch that is left out
        tree = _Shared(max(several, key=len), f"shared_{i}").visit(tree)
    raise AssertionError


_COMPUTED = (ast.BinOp, ast.Call, ast.Compare, ast.UnaryOp)


class _Shared(ast.NodeTransformer):
    """Keep a part of an expression under a name where it first stands, and read it there afterwards."""

    def __init__(self, part: str, name: str) -> None:
        self.part, self.name, self.kept = part, name, False

    def visit(self, node: ast.AST) -> Any:
        """The node, or the name that stands for it."""
        if not isinstance(node, _COMPUTED) or ast.dump(node) != self.part:
            return self.generic_visit(node)
        if self.kept:
            return ast.Name(self.name, ast.Load())
        self.kept = True
        return ast.NamedExpr(ast.Name(self.name, ast.Store()), node)


class _Renamed(ast.NodeTransformer):
    """Give the words of an expression the names that they have among the function's own, and a prefix to its operands."""

    def __init__(self, kind: str, words: Mapping[str, Any]) -> None:
        self.kind, self.words = kind, words

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id.startswith("constant_"):
            return node
        return ast.Name(f"{self.kind}_{node.id}" if node.id in self.words else f"v_{node.id}", node.ctx)
