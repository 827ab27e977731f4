"""Element-wise operations as generated code: one function forward and one backward for each, which call nothing else.

A program of small tensors spends its time on the calls around the arithmetic. So code is generated from the text of each operation of
one to three operands: its expression, the creation of its node, and its partial derivatives. The code serves the usual case, tensors
of one dtype or numbers; anything else takes the core's general path.
"""

from __future__ import annotations

import ast
from collections import Counter
from copy import deepcopy
from inspect import Parameter, Signature
from itertools import count
from textwrap import indent
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.devices.layout import laid_by
from tinygrad_fr.fast.generated_code import OPERAND, RECORD, SPACE, UNCHANGED, made, when_called
from tinygrad_fr.fast.kernel_choice import NEVER, kernel_size
from tinygrad_fr.ops.definition.op import operand
from tinygrad_fr.record.mode import thread
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tinygrad_fr.expression.expression import Expression
    from tinygrad_fr.ops.definition.elementwise import Elementwise

_OPERANDS = ("input", "other", "third")
_FITS_ALL = 65504.0  # a number up to here fits in every dtype of floats

_RECORD = f"{RECORD}return node\n"

_FLOATS_ALONE = """
if value.dtype.kind != "f":
    needs = 0
"""

_CALL = """
def call({parameters}):
{given}
    try:
        needs = 0
{operands}
    except AttributeError:
        return {otherwise}
    if {lead}.__class__ is array:
        dtype = {lead}.dtype
        if {guard}:
            return {general}
        {constants}
        try:
            value = {array}
        except (ValueError, TypeError, OverflowError):
            return {general}
        if value.__class__ is not array:
            value = asarray(value)
        if {other_dtype}:
            return {general}
{beside}
{record_array}
    if {lead}.__class__ is not float{arrays}:
        return {general}
    value = {float}
{record_float}
"""

_BESIDE = """
if {v}.__class__ is array:
    if {v}.dtype is not dtype:
        return {general}
    if not {lead}.flags.c_contiguous:
        value = laid_by(value, ({values}))
"""

_ON_ARRAYS = """
def on_arrays({parameters}):
    {lead}
    if {guard}:
        return {general}
    {constants}
    try:
        value = {array}
    except (ValueError, TypeError, OverflowError):
        return {general}
    if value.__class__ is not array:
        value = asarray(value)
    return {general} if {other_dtype} else value
"""

_VJP = """
def vjp(node, v_g):
    {inputs}, = node.inputs
    {attrs}
    try:
        if (rare := node.rare) is not None and rare.storage.changed > node.id:
            return general(node, v_g)
{operands}
    except AttributeError:
        return general(node, v_g)
    v_y, needs = node.value, node.needs
    {sents} = None
    if v_g.__class__ is array:
        {constants}
{array}
        return {sents_tuple}
    if v_g.__class__ is not float:
        return general(node, v_g)
{float}
    return {sents_tuple}
"""

_SENT_ARRAY = """
{sent} = {text}
if {sent}.__class__ is not {v}.__class__ or {sent}.shape != {v}.shape or {sent}.dtype is not {v}.dtype:
    {sent} = unbroadcast({sent}, {name})
"""

_SENT_FLOAT = """
{sent} = {text}
if {sent}.__class__ is not float:
    {sent} = float({sent}) if {v}.__class__ is float else unbroadcast({sent}, {name})
"""


def written_call(op: Elementwise, general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of an operation of at most three operands; ``general`` takes what is not usual."""
    if len(op.inputs) > len(_OPERANDS) or not RESERVED.isdisjoint(op.defaults):
        return general
    counted = [i for i, partial in enumerate(op.partials.values()) if partial is not None or not op.differentiable]

    def make() -> Callable[..., Any]:
        reflected = (
            _call(op, general, counted, counted[1]) if len(counted) == 2 else None
        )  # ``1 - x``: the number comes first
        return _call(op, general, counted, counted[0], reflected)

    return when_called(make, op.name, op.__doc__, _signature(op))


def _signature(op: Elementwise) -> Signature:
    """The signature that an editor shows, also before the code is generated."""
    names = _OPERANDS[: len(op.inputs)] if len(op.inputs) < 3 else tuple(op.inputs)
    operands = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    attrs = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=value) for name, value in op.defaults.items()]
    return Signature([*operands, *attrs])


def _call(
    op: Elementwise,
    general: Callable[..., Any],
    counted: list[int],
    lead: int,
    reflected: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    """One function for tensors and numbers. One operand decides the dtype; if it is no tensor, ``reflected`` is called."""
    names, values = _OPERANDS[: len(op.inputs)], [f"v_{x}" for x in op.inputs]
    attrs = list(op.defaults)
    written = _Written(op, {"array": op.forward, "float": op.forward})
    written.on_large(
        "array", op.forward, lambda *given: op.of_arrays(*given), values[lead], [*values, *(f"v_{a}" for a in attrs)]
    )
    fallback = f"general({', '.join([*names, *(f'{a}=v_{a}' for a in attrs)])})"
    plain = op.kinds.operands == op.kinds.common == "biuf"
    beside, guards = [], []
    if op.kinds.integers is not None or attrs:
        guards.append("dtype.kind != 'f'")  # integers are computed by another function
    elif not plain:
        taken = "".join(kind for kind in op.kinds.operands if kind in op.kinds.common)
        guards.append(f"dtype.kind not in {taken!r}")
    operands = []
    for i, (name, v) in enumerate(zip(names, values, strict=True)):
        node = OPERAND.format(x=name, v=v, bit=1 << i if i in counted else 0)
        if i == lead or i not in counted:
            operands.append(node)
            continue
        operands.append(
            f"if {name}.__class__ is float or {name}.__class__ is int:\n    {v} = {name}\nelse:{indent(node, '    ')}"
        )
        beside.append(_BESIDE.format(v=v, general=fallback, lead=values[lead], values=", ".join(values)))
        if not op.differentiable:
            guards.append(f"({v}.__class__ is not array and dtype.kind != 'f')")
        if op.inputs[i] in op.kinds.filling:
            guards.append(
                f"({v}.__class__ is not array and not (dtype.kind == 'f' and -{_FITS_ALL} <= {v} <= {_FITS_ALL}))"
            )
    same = "value.dtype is not dtype" if op.differentiable else "(value.dtype is not dtype and value.dtype.kind != 'b')"
    record = {
        "inputs": ", ".join(names),
        "attrs": f"{{{', '.join(f'{a!r}: v_{a}' for a in attrs)}}}" if attrs else "NO_ATTRS",
    }
    floats = "if value.__class__ is not float:\n    value = float(value)\n" + _RECORD.format(handle="Scalar", **record)
    if attrs:
        parameters = (
            f"{', '.join(f'{x}=missing' for x in names)}, {', '.join(f'{a}=default_{a}' for a in attrs)}, **more"
        )
        given = "\n".join(f"v_{a} = {a}" for a in attrs) + (
            f"\nif more or {names[-1]} is missing:"
            f"\n    return unusual(general, ({', '.join(names)},), missing, {{{', '.join(f'{a!r}: v_{a}' for a in attrs)}, **more}})"
            f"\nif not ({' and '.join(f'v_{a}.__class__ in numbers' for a in attrs)}):\n    return {fallback}"
        )
    elif len(names) == 3:
        parameters = "*args, **more"
        given = f"if more or len(args) != 3:\n    return general(*args, **more)\n{', '.join(names)} = args"
    else:
        parameters, given = ", ".join(names), ""
    source = _CALL.format(
        parameters=parameters,
        given=indent(given, "    "),
        operands=indent("".join(operands).strip(), " " * 8),
        otherwise=f"reflected({fallback[8:]}" if reflected is not None else f"lifted(general, op, {fallback[8:]}",
        lead=values[lead],
        guard=" or ".join(guards) or "False",
        general=fallback,
        constants=written.constants("dtype", fallback),
        other_dtype=same,
        beside=indent("".join(beside), " " * 8),
        arrays="".join(f" or {v}.__class__ is array" for i, v in enumerate(values) if i != lead),
        record_array=indent(
            _FLOATS_ALONE * (not op.differentiable) + _RECORD.format(handle="Tensor", **record), " " * 8
        ),
        record_float=indent(floats if op.differentiable else "return value", "    "),
        array=written.texts["array"],
        float=written.texts["float"],
    )
    return written.made(source, "call", general=general, reflected=reflected)


def written_arrays(op: Elementwise, general: Callable[..., Any]) -> Callable[..., Any]:
    """The operation on arrays and numbers with positional arguments, which derivatives and other operations' equations call."""
    if not op.inputs or not RESERVED.isdisjoint((*op.inputs, *op.defaults)):
        return general

    def make() -> Callable[..., Any]:
        written = _Written(op, {"array": op.forward})
        first = next(x for x, counts in zip(op.inputs, op.counts, strict=True) if counts)
        written.on_large(
            "array",
            op.forward,
            lambda *given: op.of_arrays(*given),
            f"v_{first}",
            [f"v_{x}" for x in op.args],
            number=True,
        )
        fallback = f"general({', '.join(op.args)})"
        counted = [x for x, counts in zip(op.inputs, op.counts, strict=True) if counts]
        guards = []
        if op.kinds.integers is not None or not op.kinds.operands == op.kinds.common == "biuf" or op.defaults:
            guards.append("dtype.kind != 'f'")
        for x in op.inputs:
            v, array = f"v_{x}", f"v_{x}.__class__ is array"
            if x not in counted:
                guards.append(f"{v}.__class__ is not array")
                continue
            fits = "dtype.kind == 'f'"
            if x in op.kinds.filling:
                fits += f" and -{_FITS_ALL} <= {v} <= {_FITS_ALL}"
            guards.append(f"({v}.dtype is not dtype if {array} else not ({v}.__class__ in numbers and {fits}))")
        lead = "\n    elif ".join(
            f"{v}.__class__ is array:\n        dtype = {v}.dtype" for v in (f"v_{x}" for x in counted)
        )
        same = (
            "value.dtype is not dtype"
            if op.differentiable
            else "(value.dtype is not dtype and value.dtype.kind != 'b')"
        )
        attrs = "".join(f", v_{a}=default_{a}" for a in op.defaults)
        if op.defaults:
            guards.append(f"not ({' and '.join(f'v_{a}.__class__ in numbers' for a in op.defaults)})")
        source = _ON_ARRAYS.format(
            parameters=", ".join(f"v_{x}" for x in op.inputs) + attrs,
            lead=f"if {lead}\n    else:\n        return {fallback}".replace("general(", "general("),
            guard=" or ".join(guards),
            general=fallback,
            constants=written.constants("dtype", fallback).replace("\n        ", "\n    "),
            array=written.texts["array"],
            other_dtype=same,
        )
        return written.made(
            source.replace(fallback, f"general({', '.join(f'v_{a}' for a in op.args)})"), "on_arrays", general=general
        )

    return when_called(make, op.name, op.__doc__, _signature(op))


def _lifted(general: Callable[..., Any], op: Elementwise, *operands: Any, **attrs: Any) -> Any:
    """Call the operation with arrays made tensors where they stand beside tensors, and take the general path otherwise."""
    arrays = [x.__class__ is np.ndarray for x in operands]
    if any(arrays) and thread.state.tape is None and any(isinstance(x, Node) for x in operands):
        return op.call(*[operand(x) if array else x for x, array in zip(operands, arrays, strict=True)], **attrs)
    return general(*operands, **attrs)


def _unusual(general: Callable[..., Any], operands: tuple[Any, ...], missing: Any, attrs: dict[str, Any]) -> Any:
    return general(*[x for x in operands if x is not missing], **attrs)


def written_vjp(op: Elementwise, general: Callable[..., Any]) -> Callable[..., Any]:
    """The VJP of an operation; ``general`` takes every unusual case."""
    if len(op.inputs) > len(_OPERANDS) or not op.differentiable:
        return general
    names = _OPERANDS[: len(op.inputs)]
    partials = {i: e for i, e in enumerate(op.partials.values()) if e is not None}
    written = _Written(op, {f"{kind}_{i}": e for kind in ("array", "float") for i, e in partials.items()})
    for i, partial in partials.items():
        written.on_large(f"array_{i}", partial, _partial(op, i), "v_g", [f"v_{x}" for x in op.partial_args])
    curved = _curved(op)
    operands, sends = [], {"array": "", "float": ""}
    for i, name in enumerate(names):
        v = f"v_{op.inputs[i]}"
        still = UNCHANGED.format(x=name, v=v, g="v_g")
        if i:
            still = f"\nif {name}.__class__ is float or {name}.__class__ is int:\n    {v} = {name}\nelse:{indent(still, '    ')}"
        operands.append(still)
        if i in curved:
            operands.append(
                f"\nif {v}.__class__ is array and {v}.dtype is not node.value.dtype:\n    return general(node, v_g)"
            )
        for kind, template in (("array", _SENT_ARRAY), ("float", _SENT_FLOAT)):
            if i in partials:
                text = template.format(sent=f"sent_{i}", text=written.texts[f"{kind}_{i}"], v=v, name=name)
                sends[kind] += text if len(names) == 1 else f"if needs & {1 << i}:{indent(text, '    ')}"
    sents = [f"sent_{i}" for i in range(len(names))]
    source = _VJP.format(
        inputs=", ".join(names),
        attrs="\n    ".join(f"v_{a} = node.attrs[{a!r}]" for a in op.defaults),
        operands=indent("".join(operands).strip(), " " * 8),
        sents=" = ".join(sents),
        sents_tuple=f"({', '.join(sents)},)",
        constants=written.constants("v_g.dtype", "general(node, v_g)"),
        array=indent(sends["array"], " " * 8),
        float=indent(sends["float"], "    "),
    )
    return written.made(source, "vjp", general=general)


def _partial(op: Elementwise, place: int) -> Callable[..., Any]:
    """A partial derivative on arrays, compiled when it is first needed."""

    def partial(*given: Any) -> Any:
        function: Any = op.array_partials[place]
        return function(*given)

    return partial


def _curved(op: Elementwise) -> set[int]:
    """The operands whose dtype matters to a derivative: those of a word, of a power, or of a product by another operand."""
    if sum(op.counts) < 2:
        return set()
    found: set[str] = set()
    for partial in filter(None, op.partials.values()):
        for part in ast.walk(partial.tree):
            if isinstance(part, ast.Call | ast.BinOp):
                names = [each.id for each in ast.walk(part) if isinstance(each, ast.Name) and each.id in op.inputs]
                if isinstance(part, ast.Call) or isinstance(part.op, ast.Pow) or len(names) > 1:
                    found.update(names)
    return {i for i, x in enumerate(op.inputs) if x in found and op.counts[i]}


class _Written:
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


_SPACE: dict[str, Any] = {
    **SPACE,
    "broadcast": np.broadcast,
    "half": np.dtype(np.float16),
    "laid_by": laid_by,
    "lifted": _lifted,
    "unusual": _unusual,
}
# Names of the generated functions' own: an attribute of one of these names is left to the general path.
RESERVED = frozenset((*_SPACE, *_OPERANDS, "op", "general", "reflected", "more", "float", "int", "constants_of"))


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
