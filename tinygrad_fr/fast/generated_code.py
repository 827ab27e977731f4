"""The parts that generated functions share, and functions whose code is generated when they are first called."""

from __future__ import annotations

from sys import _getframe
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.ops.definition.op import unbroadcast
from tinygrad_fr.record.mode import thread
from tinygrad_fr.record.node import KINDS, NO_ATTRS, clock, tell
from tinygrad_fr.record.recorder import NOBODY
from tinygrad_fr.source.site import INTERNAL
from tinygrad_fr.views import used

if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature
    from types import FunctionType

    from tinygrad_fr.arguments.kinds import Kind

FILENAME = f"<{__name__}>"
INTERNAL.add(FILENAME)

# What `record` does, for an operation of these inputs.
RECORD = """
state = thread.state
node = new({handle})
node.value = value
if not state.grad:
    needs = 0
node.needs = needs
if needs or state.trace:
    node.op = op
    node.inputs = ({inputs},)
    node.attrs = {attrs}
else:
    node.op = None
    node.inputs = ()
    node.attrs = NO_ATTRS
node.id = clock()
node.scope = state.scope
frame = getframe(1)
code = frame.f_code
while code.co_filename in INTERNAL and (back := frame.f_back) is not None:
    frame = back
    code = frame.f_code
node.code = code
node.instruction = frame.f_lasti
node.label = node.rare = node._grad = None
if state.tape is not NOBODY or state.observers:
    tell(state, op, node)
"""

# The value of a tensor {x} in a call: one that was changed in place is read again first.
OPERAND = """
{v} = {x}.value
if {x}.needs:
    needs |= {bit}
if (rare := {x}.rare) is not None and (rare.moved is not None or rare.seen < rare.storage.changed):
    {x} = used({x})
    {v} = {x}.value
    if {x}.needs:
        needs |= {bit}
"""

# The value of an input {x} in a VJP: one that was changed since the operation ran is left to the general path, which refuses it.
UNCHANGED = """
if (rare := {x}.rare) is not None and rare.storage.changed > node.id:
    return general(node, {g})
{v} = {x}.value
"""

SPACE: dict[str, Any] = {
    "INTERNAL": INTERNAL, "KINDS": KINDS, "NO_ATTRS": NO_ATTRS, "array": np.ndarray, "asarray": np.asarray, "clock": clock,
    "unbroadcast": unbroadcast, "getframe": _getframe, "missing": object(), "new": object.__new__, "numbers": frozenset((float, int)),
    "thread": thread, "used": used, "tell": tell, "NOBODY": NOBODY, "__name__": __name__,
}  # fmt: skip

# A placeholder for each function until it is first called: a program uses few of the operations, and compiling all of them took as
# long as all other imports. The function object stays the same, because tensors have it as a method; only its code is replaced.
_FIRST = compile("def call(*args, **more):\n    write()\n    return call(*args, **more)", FILENAME, "exec")


def when_called(
    make: Callable[[], Callable[..., Any]], name: str, doc: str | None, shown: Signature | None = None
) -> FunctionType:
    """A function whose code is made when it is first called; ``shown`` is the signature that an editor shows."""

    def write() -> None:
        written: Any = make()
        space.update({name: value for name, value in written.__globals__.items() if name != "call"})
        function.__defaults__, function.__kwdefaults__ = written.__defaults__, written.__kwdefaults__
        function.source = getattr(written, "source", None)  # type: ignore[attr-defined]
        function.__code__ = written.__code__  # last: another thread may call it meanwhile

    space: dict[str, Any] = {"write": write, "__name__": __name__}
    exec(_FIRST, space)
    function: FunctionType = space["call"]
    function.__name__, function.__doc__ = name, doc
    if shown is not None:
        function.__signature__ = shown  # type: ignore[attr-defined] # inspect's
    return function


def whole(x: Any) -> bool:
    """Whether an argument is a tuple of integers."""
    if x.__class__ is not tuple:
        return False
    for side in x:  # noqa: SIM110 - a generator takes longer
        if side.__class__ is not int:
            return False
    return True


def odd(name: str, kind: Kind) -> str:
    """The condition, as text, under which an argument is not a usual one of its kind."""
    text = f"{name}.__class__ not in usual_{name}"
    return f"({text} and not whole({name}))" if "integers" in kind.said else text


def made(source: str, name: str, space: dict[str, Any]) -> Callable[..., Any]:
    """The function of a name that a source text defines, and that text with it."""
    space |= {"Tensor": KINDS.get(np.ndarray), "Scalar": KINDS.get(float)}  # arrays alone need no handles
    exec(compile(source, FILENAME, "exec"), space)
    function: Any = space[name]
    function.source = source
    return function  # type: ignore[no-any-return]


class WrittenWhenAsked:
    """Generates the backward function of an operation when it is first needed, and puts it in its own place.

    An object and not a closure, which would refer to itself and so stay for the garbage collector once it is replaced.
    """

    def __init__(self, write: Callable[..., Any], op: Any, general: Callable[..., Any]) -> None:
        self.write, self.op, self.general = write, op, general
        self.written: Callable[..., Any] | None = None

    def __call__(self, node: Any, gradient: Any) -> Any:
        """Generate the function, and call it."""
        op = self.op
        if self.written is None:
            self.written = self.write(op, self.general)
        if op.vjp is self:
            op.vjp = self.written
        return self.written(node, gradient)
