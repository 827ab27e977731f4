"""Calls of operations that have a signature, as generated code: what those of structured operations and of composites share."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import UNFIT
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.fast.generated_code import OPERAND, RECORD, SPACE, made, odd, whole
from tinygrad_fr.fast.views import SHOWN
from tinygrad_fr.memory import apart
from tinygrad_fr.ops.definition.op import unbroadcast_all
from tinygrad_fr.ops.definition.structured import outputs, select
from tinygrad_fr.promotion.accepts import RULES
from tinygrad_fr.record.mode import thread
from tinygrad_fr.record.node import KINDS, NO_ATTRS, clock
from tinygrad_fr.record.recorder import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from tinygrad_fr.arguments.signature import Signature

_CALL = """
def call({parameters}):
    if {unusual}:
        return unbound(general, {given}, defaults, rest, more)
    needs = 0
    try:
{operands}
    except AttributeError:
        return general({all})
    if {refused}:
        return general({all})
{compute}
    if needs and result.__class__ is array and result.dtype.kind != "f":
        needs = 0
{record}
{end}
"""

# A view of an array that owns its elements, as most are, is apart already.
APART = """
if result.__class__ is array and (base := result.base) is not None and (base.__class__ is not array or base.base is not None):
    result = apart(result)
"""

_new = object.__new__
_ERRORS = (*UNFIT, TinygradError)
_GENERIC = frozenset(np.sctypeDict.values())  # what numpy gives for one number


def _unbound(
    general: Callable[..., Any],
    given: dict[str, Any],
    defaults: dict[str, Any],
    rest: tuple[Any, ...],
    more: dict[str, Any],
) -> Any:
    """Call the general path by name: it knows PyTorch's and numpy's other names, and refuses surplus arguments."""
    if rest:
        return general(*given.values(), *rest, **more)
    return general(**{name: value for name, value in given.items() if value is not defaults[name]}, **more)


def _of_arrays(g: Any) -> bool:
    """Whether the gradient of several outputs is of arrays, and not recorded."""
    return g.__class__ is tuple and all(part is None or part.__class__ is np.ndarray for part in g)


def _outputs(bundle: Any) -> tuple[Any, ...]:
    """One node for each value of a bundle, with the bundle's place in the code."""
    state = thread.state
    if state.tape is not NOBODY or state.observers:
        return outputs(bundle)
    found, tensor, inputs, array = [], KINDS[np.ndarray], (bundle,), np.ndarray
    needs, scope, code, instruction = state.grad and bundle.needs, bundle.scope, bundle.code, bundle.instruction
    for i, value in enumerate(bundle.value):
        if value.__class__ is not array:
            return outputs(bundle)
        node = _new(tensor)
        base = value.base
        node.value = value if base is None or (base.__class__ is array and base.base is None) else apart(value)
        node.needs = 1 if needs and value.dtype.kind == "f" else 0
        if node.needs or state.trace:
            node.op = select
            node.inputs = inputs
            node.attrs = {"index": i}
        else:
            node.op = None
            node.inputs = ()
            node.attrs = NO_ATTRS
        node.id = clock()
        node.scope = scope
        node.code = code
        node.instruction = instruction
        node.label = node.rare = node._grad = None
        found.append(node)
    return tuple(found)


class Names:
    """The parameters of an operation as source text."""

    def __init__(self, signature: Signature, space: dict[str, Any]) -> None:
        self.inputs, self.attrs = signature.inputs, signature.attrs
        every = (*self.inputs, *self.attrs)
        told = {**signature.optional, **signature.defaults}
        space["defaults"] = {name: told.get(name, SPACE["missing"]) for name in every}
        space |= {f"default_{name}": value for name, value in space["defaults"].items()}
        self.told = [name for name in every if name not in told]
        self.parameters = ", ".join(f"{name}=default_{name}" for name in every)
        self.all = ", ".join(every)
        self.values = ", ".join([*(f"v_{x}" for x in self.inputs), *self.attrs])
        self.given = "{" + ", ".join(f"{name!r}: {name}" for name in every) + "}"
        self.dictionary = "{" + ", ".join(f"{a!r}: {a}" for a in self.attrs) + "}" if self.attrs else "NO_ATTRS"
        self.node_inputs = ", ".join(self.inputs)
        self.optional = frozenset(signature.optional)  # inputs that may be None
        space |= {f"usual_{a}": kind.usual for a, kind in signature.kinds.items()}
        self.kinds = [odd(a, kind) for a, kind in signature.kinds.items()]


def may_be_written(signature: Signature) -> bool:
    """Whether code can be generated: the operation's names must not be names that the generated code uses."""
    return (
        not signature.variadic and bool(signature.inputs) and RESERVED.isdisjoint((*signature.inputs, *signature.attrs))
    )


def operands_read(names: Names, text: str, sends: int = -1, numbers: Collection[str] = ()) -> str:
    """The lines that read and check each operand; optional ones may be None."""
    lines = []
    for i, x in enumerate(names.inputs):
        part = text.format(x=x, v=f"v_{x}", g="g", bit=(1 << i) & sends).strip()
        if x in numbers:
            part = f"if {x}.__class__ in numbers:\n    v_{x} = {x}\nelse:\n{indent(part, '    ')}"
        if x in names.optional:
            part = f"if {x} is None:\n    v_{x} = None\nelse:\n{indent(part, '    ')}"
        lines.append(part)
    return indent("\n".join(lines), " " * 8)


def refused(name: str, names: Names, numbers: Collection[str]) -> str:
    """The condition under which the general path is taken: an operand is no array, or has a dtype that the operation does not take."""
    lines = []
    rule = RULES.get(name)
    chars = "".join(sorted(dtype.char for dtype in rule.dtypes)) if rule is not None else ""
    first = names.inputs[0]
    for i, x in enumerate(names.inputs):
        asked = [f"v_{x}.__class__ is not array" + f" and v_{x}.__class__ not in numbers" * (x in numbers)]
        if rule is not None and i < rule.first:
            asked.append(f"v_{x}.dtype.char not in {chars!r}")
            if i and (rule.same or rule.common):
                asked.append(f"v_{x}.dtype is not v_{first}.dtype")
        text = " or ".join(asked)
        lines.append(f"({x} is not None and ({text}))" if x in names.optional else text)
    return " or ".join(lines)


def record(inputs: str, attrs: str) -> str:
    """The lines that record a node of these inputs, from what was computed."""
    return RECORD.replace("= value", "= result").format(handle="KINDS[result.__class__]", inputs=inputs, attrs=attrs)


def written(op: Any, names: Names, compute: str, end: str, space: dict[str, Any], sends: int) -> Callable[..., Any]:
    """The call of an operation: its operands are read, ``compute`` gives the result, a node is recorded, and ``end`` returns it."""
    rule = RULES.get(op.name)
    numbers = names.inputs[max(1, rule.first if rule is not None else 1) :]  # a number may stand there
    source = _CALL.format(
        parameters=f"{names.parameters}, *rest, **more",
        unusual=" or ".join(["more", "rest", *(f"{x} is missing" for x in names.told), *names.kinds]),
        given=names.given,
        all=names.all,
        operands=operands_read(names, OPERAND, sends, numbers),
        refused=refused(op.name, names, numbers),
        compute=indent(compute, "    "),
        record=indent(record(names.node_inputs, names.dictionary), "    "),
        end=indent(end, "    "),
    )
    return made(source, "call", space)


BY_SIGNATURE: dict[str, Any] = {
    "ERRORS": _ERRORS, "apart": apart, "ascontiguous": np.ascontiguousarray, "generic": _GENERIC, "of_arrays": _of_arrays, "outputs": _outputs, **SHOWN,
    "unbroadcast_all": unbroadcast_all,
    "unbound": _unbound, "whole": whole, "values": frozenset((np.ndarray, float, int, type(None))),
}  # fmt: skip
# Names of the generated functions' own: an operation with a parameter of one of these names is left to the general path.
RESERVED = frozenset(
    (
        *SPACE,
        *BY_SIGNATURE,
        "op",
        "general",
        "more",
        "rest",
        "result",
        "needs",
        "node",
        "back",
        "state",
        "frame",
        "code",
        "rare",
        "g",
        "y",
        "function",
        "forward",
        "backward",
        "sent",
        "saved",
        "shares",
        "shows",
        "source",
        "storage",
        "base",
        "steps",
        "defaults",
    )
)


_ON_ARRAYS = """
def on_arrays({parameters}, *rest):
    if {unbound}:
        return unbound(general, {given}, defaults, rest, NO_ATTRS)
    if {strange}:
        return general({all})
{body}
"""


def written_on_arrays(names: Names, strange: Sequence[str], body: str, space: dict[str, Any]) -> Callable[..., Any]:
    """A call on arrays by their places, for the value alone: ``body``, or the general call where an argument is none that it takes."""
    source = _ON_ARRAYS.format(
        parameters=names.parameters,
        unbound=" or ".join(["rest", *(f"{x} is missing" for x in names.told)]),
        given=names.given,
        strange=" or ".join([*strange, *names.kinds]),
        all=names.all,
        body=indent(body.strip(), "    "),
    )
    return made(source, "on_arrays", space)
