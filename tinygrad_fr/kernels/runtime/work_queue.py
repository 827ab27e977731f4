"""A work queue in memory: threads take parts of the work that is written there, all without Python's lock.

Handing a kernel to another thread through Python takes some 100 µs: the thread sleeps until it gets the lock. Threads
that watch a queue in memory start within 2 µs. The queue holds the addresses of a kernel and of its arguments, and the
number of parts. Each thread takes the part that bears its number, so that the numbers which a core has written are in its
cache when it reads them; then a part that nobody has begun, so that a late thread does not hold up the others.

:func:`parallel` makes a kernel that can be written there.
"""

from __future__ import annotations

import hashlib
import os
import platform
from typing import Any

import numpy as np
from llvmlite import binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.memory import address

# Numbers of 8 bytes, those that several threads write in lines of the cache of their own. ``NEXT`` is one word, to be
# exchanged at once: which work it is, counted up, and a bit for each part that was begun.
NEXT, FINISHED, KERNEL, ITEMS, PARTS, FAILED, ARGUMENTS = 0, 8, 16, 17, 18, 19, 24
SIZE = 24 + 256
MOST = 32  # parts
_CLOSED = (1 << MOST) - 1  # the queue is being written: no part can be begun
_LAST = (1 << 31) - 1  # works are counted up to it

_ON_X86, _ON_ARM = platform.machine() in ("x86_64", "AMD64"), platform.machine() in ("aarch64", "arm64")
_WORD, _BYTE, _VOID = ir.IntType(64), ir.IntType(8), ir.VoidType()
_WORK = ir.FunctionType(_VOID, [_BYTE.as_pointer(), _WORD, _WORD, _WORD])  # arguments, start, stop, part


def new() -> tuple[Any, int]:
    """An empty queue, and its address."""
    queue = np.zeros(SIZE, np.int64)
    queue[NEXT] = _CLOSED
    return queue, address(queue)


def _place(builder: Any, queue: Any, index: Any) -> Any:
    return builder.gep(builder.inttoptr(queue, _WORD.as_pointer()), [index])


def _declared(builder: Any, kind: Any, name: str) -> Any:
    function: Any = cgutils.get_or_insert_function
    return function(builder.module, kind, name)


def _read(typing: Any, queue: Any, index: Any) -> Any:
    """The current value of a number in the queue."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load_atomic(_place(builder, *values), "seq_cst", 8)

    return types.int64(types.int64, types.int64), write


def _write(typing: Any, queue: Any, index: Any, value: Any) -> Any:
    """Write a number, after all earlier writes."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        builder.store_atomic(values[2], _place(builder, *values[:2]), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), write


def _add(typing: Any, queue: Any, index: Any, value: Any) -> Any:
    """Add to a number atomically."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.atomic_rmw("add", _place(builder, *values[:2]), values[2], "seq_cst")

    return types.int64(types.int64, types.int64, types.int64), write


def _exchange(typing: Any, queue: Any, index: Any, old: Any, new: Any) -> Any:
    """Replace a number if it still has its old value; return whether it had (compare and swap)."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        found = builder.cmpxchg(_place(builder, *values[:2]), values[2], values[3], "seq_cst", "seq_cst")
        return builder.extract_value(found, 1)

    return types.boolean(types.int64, types.int64, types.int64, types.int64), write


def _pause(typing: Any, long: Any) -> Any:
    """Wait a moment; a long wait yields the processor."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if _ON_X86:
            builder.call(_declared(builder, ir.FunctionType(_VOID, []), "llvm.x86.sse2.pause"), [])
        elif _ON_ARM:
            number = ir.IntType(32)
            builder.call(
                _declared(builder, ir.FunctionType(_VOID, [number]), "llvm.aarch64.hint"), [number(1)]
            )  # yield
        if os.name == "posix":
            with builder.if_then(values[0]):
                builder.call(_declared(builder, ir.FunctionType(ir.IntType(32), []), "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(types.boolean), write


def _call(typing: Any, kernel: Any, arguments: Any, start: Any, stop: Any, part: Any) -> Any:
    """Do one part of the work in the queue."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kernel, arguments, *part = values
        builder.call(
            builder.inttoptr(kernel, _WORK.as_pointer()), [builder.inttoptr(arguments, _BYTE.as_pointer()), *part]
        )
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 5), write


read: Any = intrinsic(_read)
write: Any = intrinsic(_write)
add: Any = intrinsic(_add)
exchange: Any = intrinsic(_exchange)
pause: Any = intrinsic(_pause)
call: Any = intrinsic(_call)


def named(dispatcher: Any, signature: tuple[Any, ...]) -> tuple[str, Any]:
    """The name by which other machine code calls a kernel for some types, known from here on; and what numba knows of it.

    Code that holds a name instead of the kernel itself takes a tenth of the time to compile.
    """
    dispatcher.compile(signature)
    compiled = dispatcher.overloads[signature]
    code = dispatcher.py_func.__code__
    whole = repr((dispatcher.py_func.__module__, code.co_qualname, code.co_firstlineno, signature))
    name = f"tinygrad_fr.{hashlib.sha256(whole.encode()).hexdigest()}"
    llvm.add_symbol(name, compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))
    return name, compiled.fndesc


def _called(context: Any, builder: Any, found: tuple[str, Any], values: Any) -> Any:
    """Call a kernel by its name; gives its status."""
    name, about = found
    kind = context.call_conv.get_function_type(about.restype, about.argtypes)
    status, _none = context.call_conv.call_function(
        builder, _declared(builder, kind, name), about.restype, about.argtypes, values
    )
    return status


def _by_name(typing: Any, kernel: Any, arguments: Any) -> Any:
    """Call a kernel with a tuple of arguments, by its name."""
    found = named(kernel.dispatcher, tuple(arguments.types))

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        status = _called(context, builder, found, [builder.extract_value(values[1], i) for i in range(len(arguments))])
        with builder.if_then(status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        return context.get_dummy_value()

    return types.void(kernel, arguments), write


def _prepared(typing: Any, kernel: Any, queue: Any, arguments: Any) -> Any:
    """Write a kernel's arguments in the queue; gives the address of a function that calls it with them."""
    found = named(kernel.dispatcher, _whole(arguments))

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        _kernel, queue, given = values
        stored = context.get_value_type(arguments)
        if context.get_abi_sizeof(stored) > 8 * (SIZE - ARGUMENTS):
            raise ValueError(f"{kernel.dispatcher.__name__}: its arguments do not fit in the queue")
        builder.store(given, builder.inttoptr(builder.add(queue, _WORD(8 * ARGUMENTS)), stored.as_pointer()))

        function = ir.Function(builder.module, _WORK, name=f"{builder.function.name}.part")
        function.linkage = "internal"
        inside = ir.IRBuilder(function.append_basic_block())
        data, *part = function.args
        own = inside.load(inside.bitcast(data, stored.as_pointer()))
        given = (_uncounted(context, inside, kind, inside.extract_value(own, i)) for i, kind in enumerate(arguments))
        status = _called(context, inside, found, [*given, *part])
        with inside.if_then(status.is_error):
            words = inside.bitcast(data, _WORD.as_pointer())  # of the queue, from its arguments on
            inside.store(_WORD(1), inside.gep(words, [_WORD(FAILED - ARGUMENTS)]))
        inside.ret_void()
        return builder.ptrtoint(function, _WORD)

    return types.int64(kernel, types.int64, arguments), codegen


def _whole(arguments: Any) -> tuple[Any, ...]:
    """The types that a kernel takes, from those of its arguments without start, stop and part."""
    return (*arguments.types, types.int64, types.int64, types.int64)


prepared: Any = intrinsic(_prepared)
by_name: Any = intrinsic(_by_name)


def _uncounted(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """An array without its count of references: the caller keeps it alive.

    A kernel counts for each row that it looks at. Threads that write one count wait for each other, for ten times as long as
    the row takes.
    """
    if not isinstance(kind, types.Array):
        return value
    array = context.make_array(kind)(context, builder, value)
    null: Any = cgutils.get_null_value
    array.meminfo, array.parent = null(array.meminfo.type), null(array.parent.type)
    return array._getvalue()


@njit(cache=True, nogil=True)
def claim(queue: int, work: int, own: int) -> int:
    """A thread's own part of a work, or one that nobody has begun; −1 when there is none left, or other work."""
    while True:
        word: int = read(queue, NEXT)
        parts, begun = read(queue, PARTS), word & _CLOSED
        part = own if own < parts and not begun >> own & 1 else 0
        while part < parts and begun >> part & 1:
            part += 1
        if word >> MOST != work or part >= parts:
            return -1
        if exchange(queue, NEXT, word, word | 1 << part):
            return part


@njit(cache=True, nogil=True)
def finish(queue: int) -> None:
    """Say that a part was done."""
    add(queue, FINISHED, 1)


@njit(cache=True, nogil=True)
def _take(queue: int, work: int, own: int) -> None:
    """Do parts of a work, the own one first, until none is left."""
    while True:
        kernel, items, parts = read(queue, KERNEL), read(queue, ITEMS), read(queue, PARTS)
        part = claim(queue, work, own)  # if it is still the same work, the values read belong to it
        if part < 0:
            return
        call(kernel, queue + 8 * ARGUMENTS, items * part // parts, items * (part + 1) // parts, part)
        add(queue, FINISHED, 1)


@njit(cache=True, nogil=True)
def close(queue: int) -> int:
    """Close the queue, to write in it; returns the number of the next work."""
    work: int = ((read(queue, NEXT) >> MOST) + 1) & _LAST
    write(queue, NEXT, (work << MOST) | _CLOSED)
    return work


@njit(cache=True, nogil=True)
def publish(queue: int, work: int, kernel: int, items: int, parts: int) -> None:
    """Write work in a closed queue, and open it; a kernel of 0 is for Python to do."""
    write(queue, FINISHED, 0)
    write(queue, FAILED, 0)
    write(queue, KERNEL, kernel)
    write(queue, ITEMS, items)
    write(queue, PARTS, parts)
    write(queue, NEXT, work << MOST)


@njit(cache=True, nogil=True)
def wait(queue: int, turns: int) -> None:
    """Wait until all parts are done, in a loop; after a number of turns, each turn yields the processor."""
    turn = 0
    while read(queue, FINISHED) < read(queue, PARTS):
        turn += 1
        pause(turn > turns)


@njit(cache=True, nogil=True)
def do(queue: int, work: int, kernel: int, items: int, parts: int, turns: int) -> None:
    """Publish a kernel's work, take part in it and wait for its end."""
    publish(queue, work, kernel, items, parts)
    _take(queue, work, 0)
    wait(queue, turns)


@njit(cache=True, nogil=True)
def serve(queue: int, own: int, seen: int, turns: int, yields: int) -> int:
    """Do parts of each work that comes after one, until none comes for a while.

    Args:
        queue: its address.
        own: the number of this thread.
        seen: the last work that it has seen.
        turns: how often it looks for more work in a loop, every 10 to 40 ns.
        yields: how often it looks after that, and yields the processor to other programs in between.

    Returns:
        The last work seen; negative if Python is to do it.
    """
    turn = 0
    while turn < turns + yields:
        word: int = read(queue, NEXT)
        work = word >> MOST
        if work != seen and word & _CLOSED != _CLOSED:
            if read(queue, KERNEL) == 0:
                return -work
            _take(queue, work, own)
            seen, turn = work, 0
        turn += 1
        pause(turn > turns)
    return seen


_TOGETHER = """def {name}(queue, items, parts, turns, *arguments):
    work = close(queue)
    do(queue, work, prepared(kernel, queue, arguments), items, parts, turns)
"""


class ParallelKernel:
    """A kernel ``(*arguments, start, stop, part)`` that several threads can do at once.

    Attributes:
        alone: the kernel, for one thread to do.
        together: does it with all threads that watch a queue; takes the queue's address, the numbers of items and of parts, the
            number of turns to wait without yielding, and the arguments.
    """

    def __init__(self, kernel: Any) -> None:
        self.alone = kernel
        self.__name__ = name = kernel.py_func.__name__
        # Compiled from a text, so that numba caches it beside the kernel, which it cannot do for a closure. It stands
        # on the kernel's own line, since whoever looks for the source of a function reads the file from there.
        code = kernel.py_func.__code__
        text = "\n" * (code.co_firstlineno - 1) + _TOGETHER.format(name=f"{name}_together")
        space = {
            "close": close,
            "do": do,
            "prepared": prepared,
            "kernel": kernel,
            "__name__": kernel.py_func.__module__,
        }
        exec(compile(text, code.co_filename, "exec"), space)
        kept = kernel.stats.cache_path is not None
        self.together = njit(cache=kept, ready=self._ready, nogil=True)(space[f"{name}_together"])

    def _ready(self, signature: Any) -> None:
        """The kernel is there for ``together`` to call."""
        named(self.alone, _whole(signature[-1]))

    def __call__(self, *given: Any) -> None:
        """The part of a thread."""
        self.alone(*given)


def parallel(kernel: Any) -> ParallelKernel:
    """A kernel for :func:`tinygrad_fr.kernels.runtime.cores.parallel_for`: its last arguments say the items of a part, and which part."""
    return ParallelKernel(kernel)
