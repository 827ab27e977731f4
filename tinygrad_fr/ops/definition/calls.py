"""The short paths of element-wise operations, written out for each from its text.

A program of small tensors spends its time here: where an operation is called and where it sends back. So each operation of one
or two operands has its expression, the writing of its node and its partial derivatives in one function without calls. The
usual case alone is written out, tensors or numbers that nobody changed; anything else goes the general way, which is tried
first where a test compares the two.
"""

from __future__ import annotations

import ast
import textwrap
from sys import _getframe
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.ops.definition.op import conform
from tinygrad_fr.record.mode import thread
from tinygrad_fr.record.node import KINDS, NO_ATTRS, clock, watched
from tinygrad_fr.record.site import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tinygrad_fr.ops.definition.expression import Expression

# Below this many elements numpy's passes beat the call of a kernel. The choice depends on the size alone, so that a
# program gives the same bits at every run.
KERNEL_SIZE = 4096
CURVED_SIZE = 16_384  # for curves, which numpy vectorises too: what a kernel gains is every core

_CHEAP = frozenset(("where", "maximum", "minimum", "abs"))
_SLOW = frozenset(("erf", "erfc", "log1p", "ndtr"))  # scipy's loops and the C library's, not vectorised
_CURVED = frozenset(("exp", "log", "tanh", "sigmoid"))
NEVER = 2**62


def kernel_size(expression: Expression) -> int:
    """From how many elements on one kernel beats numpy's passes.

    It does early where the passes are several and none transcendental, for ``where``, which numpy does one element at a time,
    and for the error function and its kin, which numpy does not have, and log1p, which it takes from the C library. Others wait until the work is worth every core (two cores,
    65 536 float32, numpy against the kernel: tanh 169 µs against 70, sigmoid 130 against 83, exp 84 against 73).
    """
    calls = expression.calls
    if not calls <= _CHEAP | _SLOW | _CURVED:
        return NEVER
    if calls & _SLOW or (calls <= _CHEAP and (expression.passes >= 3 or "where" in calls)):
        return KERNEL_SIZE
    return CURVED_SIZE if calls & _CURVED else NEVER


_FILENAME = f"<{__name__}>"
INTERNAL.add(_FILENAME)

# What `record` does, for an operation of these inputs.
_RECORD = """
state = thread.state
node = new(KINDS[{kind}])
node.value = value
if (needs and state.grad) or state.trace:
    node.op = op
    node.inputs = ({inputs},)
    node.needs = needs if state.grad else 0
else:
    node.op = None
    node.inputs = ()
    node.needs = 0
node.attrs = NO_ATTRS
node.id = clock()
node.scope = state.scope
frame = getframe(1)
code = frame.f_code
while code.co_filename in INTERNAL and frame.f_back is not None:
    frame = frame.f_back
    code = frame.f_code
node.code = code
node.instruction = frame.f_lasti
node.label = node.rare = node._grad = None
if state.tape is not None or state.anomaly:
    watched(state, op, ({inputs},), node)
return node
"""

_UNARY = """
def call(input: Any) -> Any:
    try:
        {x} = input.value
        needs = 1 if input.needs else 0
        if (rare := input.rare) is not None and (rare.moved is not None or rare.seen < rare.storage.changed):
            return general(input)
    except AttributeError:
        return general(input)
    if {x}.__class__ is array:
        if {guard}:
            return general(input)
        {constants_x}
        try:
            value = {array}
        except TypeError:
            return general(input)
        if value.__class__ is not array or value.dtype is not {x}.dtype:
            return general(input)
        {record_array}
    if {x}.__class__ is not float:
        return general(input)
    value = {float}
    if value.__class__ is not float:
        value = float(value)
    {record_float}
"""

_BINARY = """
def call(input: Any, other: Any) -> Any:
    try:
        {x} = input.value
        needs = 1 if input.needs else 0
        if (rare := input.rare) is not None and (rare.moved is not None or rare.seen < rare.storage.changed):
            return general(input, other)
        if other.__class__ is float or other.__class__ is int:
            {z} = other
        else:
            {z} = other.value
            if other.needs:
                needs |= 2
            if (rare := other.rare) is not None and (rare.moved is not None or rare.seen < rare.storage.changed):
                return general(input, other)
    except AttributeError:
        return general(input, other)
    if {x}.__class__ is array:
        if {guard}:
            return general(input, other)
        {constants_x}
        try:
            value = {array}
        except (ValueError, TypeError, OverflowError):
            return general(input, other)
        dtype = {x}.dtype
        if (
            value.__class__ is not array
            or value.dtype is not dtype
            or ({z}.__class__ is array and {z}.dtype is not dtype)
        ):
            return general(input, other)
        {record_array}
    if {x}.__class__ is not float or {z}.__class__ is array:
        return general(input, other)
    value = {float}
    if value.__class__ is not float:
        value = float(value)
    {record_float}
"""

_UNARY_VJP = """
def vjp(node: Any, g: Any) -> Any:
    (input,) = node.inputs
    if (rare := node.rare) is not None and rare.storage.changed > node.id:
        return general(node, g)
    if (rare := input.rare) is not None and rare.storage.changed > node.id:
        return general(node, g)
    {x}, y = input.value, node.value
    if g.__class__ is array:
        if g.size >= {kernel_from}:
            return general(node, g)
        {constants_g}
        sent = {array_x}
        if sent.__class__ is not {x}.__class__ or sent.shape != {x}.shape or sent.dtype is not {x}.dtype:
            sent = conform(sent, input)
        return (sent,)
    if g.__class__ is not float:
        return general(node, g)
    sent = {float_x}
    return (sent if sent.__class__ is float else float(sent),)
"""

_BINARY_VJP = """
def vjp(node: Any, g: Any) -> Any:
    input, other = node.inputs
    try:
        if (rare := node.rare) is not None and rare.storage.changed > node.id:
            return general(node, g)
        if (rare := input.rare) is not None and rare.storage.changed > node.id:
            return general(node, g)
        {x} = input.value
        if other.__class__ is float or other.__class__ is int:
            {z} = other
        else:
            if (rare := other.rare) is not None and rare.storage.changed > node.id:
                return general(node, g)
            {z} = other.value
    except AttributeError:
        return general(node, g)
    y, needs = node.value, node.needs
    to_input = to_other = None
    if g.__class__ is array:
        if g.size >= {kernel_from}:
            return general(node, g)
        {constants_g}
        if needs & 1:
            to_input = {array_x}
            if to_input.__class__ is not {x}.__class__ or to_input.shape != {x}.shape or to_input.dtype is not {x}.dtype:
                to_input = conform(to_input, input)
        if needs & 2:
            to_other = {array_z}
            if to_other.__class__ is not {z}.__class__ or to_other.shape != {z}.shape or to_other.dtype is not {z}.dtype:
                to_other = conform(to_other, other)
        return to_input, to_other
    if g.__class__ is not float:
        return general(node, g)
    if needs & 1:
        to_input = {float_x}
        if to_input.__class__ is not float:
            to_input = float(to_input)
    if needs & 2:
        to_other = {float_z}
        if to_other.__class__ is not float:
            to_other = conform(to_other, other)
    return to_input, to_other
"""


# What stands for a call until it is first made: a program uses few of the operations, and compiling every one of them took as
# long as all other imports. The function stays the same one, since tensors have it as a method by then; its code is replaced.
_FIRST = """
def call({inputs}) -> Any:
    write()
    return call({plain})
"""
_FIRST_CALLS = {
    1: compile(_FIRST.format(inputs="input: Any", plain="input"), _FILENAME, "exec"),
    2: compile(_FIRST.format(inputs="input: Any, other: Any", plain="input, other"), _FILENAME, "exec"),
}


def written_call(op: Any, general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of an operation of one or two operands without attributes; ``general`` takes what is not usual.

    It is written when it is first called.
    """
    template = _UNARY if len(op.inputs) == 1 else _BINARY

    def write() -> None:
        written: Any = _made(template, op, general, {"array": op.forward, "float": op.forward})
        space.update({name: value for name, value in written.__globals__.items() if name != "call"})
        function.__code__ = written.__code__  # last: another thread may call it meanwhile

    space: dict[str, Any] = {"write": write, "__name__": __name__}
    exec(_FIRST_CALLS[len(op.inputs)], space)
    function: FunctionType = space["call"]
    return function


def written_vjp(op: Any, general: Callable[..., Any]) -> Callable[..., Any]:
    """What the same operation sends back, where every operand has a derivative."""
    texts = {
        f"{kind}_{place}": partial
        for kind in ("array", "float")
        for place, partial in zip("xz", op.partials.values(), strict=False)
    }
    return _made(_UNARY_VJP if len(op.inputs) == 1 else _BINARY_VJP, op, general, texts)


def _made(
    template: str, op: Any, general: Callable[..., Any], expressions: Mapping[str, Expression]
) -> Callable[..., Any]:
    names = dict(zip("xz", op.inputs, strict=False))
    space: dict[str, Any] = {
        "INTERNAL": INTERNAL, "KINDS": KINDS, "NO_ATTRS": NO_ATTRS, "array": np.ndarray, "clock": clock, "conform": conform,
        "general": general, "getframe": _getframe, "new": object.__new__, "op": op, "thread": thread, "watched": watched,
        "__name__": __name__,
    }  # fmt: skip
    texts = {}
    constants = _Constants()
    for field, expression in expressions.items():
        kind = field.partition("_")[0]
        tree, words = expression.spelled(kind)
        if kind == "array":
            tree = constants.visit(tree)
        # A word means one thing on arrays and another on floats: each has a name of its own here.
        texts[field] = ast.unparse(_Renamed(kind, words).visit(tree))
        space |= {f"{kind}_{word}": function for word, function in words.items()}
    inputs = ("input", "other")[: len(op.inputs)]
    space["constants_of"] = {
        np.dtype(each): [np.array(number, each) for number in constants.numbers] for each in (np.float32, np.float64)
    }
    texts["constants_x"] = constants.read(names["x"], f"general({', '.join(inputs)})")
    texts["constants_g"] = constants.read("g", "general(node, g)")
    record = {
        f"record_{kind}": textwrap.indent(
            _RECORD.format(kind=kind, inputs=", ".join(inputs)).strip(), " " * depth
        ).strip()
        for kind, depth in (("array", 8), ("float", 4))
    }
    kernel_from = min(kernel_size(expression) for expression in expressions.values())
    guard = f"{names['x']}.size >= {kernel_from}"
    usual = op.kinds.operands == op.kinds.common == "biuf"
    if op.kinds.integers is not None or (len(inputs) == 1 and not usual and not constants.numbers):
        guard += f" or {names['x']}.dtype.kind != 'f'"  # integers go by another function
    exec(
        compile(template.format(**names, **texts, **record, kernel_from=kernel_from, guard=guard), _FILENAME, "exec"),
        space,
    )
    function: Callable[..., Any] = space["call" if "record_array" in template else "vjp"]
    return function


class _Constants(ast.NodeTransformer):
    """Give the numbers of expressions on arrays names, under which they are arrays of the same type already.

    numpy takes as long to make an array of a Python number as to multiply two small arrays. Exponents stay numbers:
    numpy squares where it sees a 2.
    """

    def __init__(self) -> None:
        self.numbers: list[float | int] = []

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        number = node.value
        if isinstance(number, bool) or not isinstance(number, int | float):
            return node
        if number not in self.numbers:
            self.numbers.append(number)
        return ast.Name(f"constant_{self.numbers.index(number)}", ast.Load())

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if isinstance(node.op, ast.Pow):
            node.left = self.visit(node.left)
            return node
        return self.generic_visit(node)

    def read(self, array: str, otherwise: str) -> str:
        """The lines that take them for the type of an array; of another type than usual the general way is taken."""
        if not self.numbers:
            return ""
        names = ", ".join(f"constant_{i}" for i in range(len(self.numbers)))
        return f"""held = constants_of.get({array}.dtype)
        if held is None:
            return {otherwise}
        ({names},) = held"""


class _Renamed(ast.NodeTransformer):
    """Give the words of an expression the names that they have among the function's own."""

    def __init__(self, kind: str, words: Mapping[str, Any]) -> None:
        self.kind, self.words = kind, words

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(f"{self.kind}_{node.id}", node.ctx) if node.id in self.words else node
