"""Large arrays that start where a cache line does.

malloc gives addresses that are multiples of 16, so that every second or every load and store of a long vector touches two lines of
the cache: the sum of two arrays of 256 KB takes 13 µs where its result lies like that, and 7 where it does not. numpy lets
a program say where the data of its arrays comes from (https://numpy.org/neps/nep-0049.html): here large ones come from
``aligned_alloc`` of the same C library. Small ones, and all that is freed or grows, stay with numpy's own functions.

The function is a few instructions of the processor, since one in Python would be called for every array.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

import numpy as np
from llvmlite import binding, ir

LINE = 64  # bytes of a cache line, and of the longest vectors
LARGE = 16_384  # bytes from which on an array is worth its alignment
_HUGE, _PAGE, _ADVICE = 4 << 20, 4096, 14  # where numpy asks for large pages, and how: MADV_HUGEPAGE
SWITCH = "TINYGRAD_FR_ALIGNED"  # "0" leaves numpy's memory as it is

_NAME = b"mem_handler"  # of numpy's capsules
_SET, _DEFAULT = 304, 306  # PyDataMem_SetHandler and PyDataMem_DefaultHandler in numpy's table of functions
_WORD = ir.IntType(64)


class _Allocator(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("context", "malloc", "calloc", "realloc", "free")]


class _Handler(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("allocator", _Allocator)]


def _call(builder: ir.IRBuilder, address: int | None, *words: Any) -> Any:
    """Call the function at an address with words."""
    function = ir.FunctionType(_WORD, len(words) * [_WORD]).as_pointer()
    return builder.call(builder.inttoptr(_WORD(address), function), words)


def _of_c(name: str) -> int | None:
    """Where a function of the C library is."""
    return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value


def _written(malloc: int) -> str:
    """The text of ``malloc(context, size)``: numpy's own of small sizes, aligned otherwise."""
    module = ir.Module("aligned")
    module.triple = binding.get_process_triple()
    function = ir.Function(module, ir.FunctionType(_WORD, [_WORD, _WORD]), name="aligned")
    context, size = function.args
    builder = ir.IRBuilder(function.append_basic_block())
    with builder.if_then(builder.icmp_unsigned("<", size, _WORD(LARGE))):
        builder.ret(_call(builder, malloc, context, size))
    found = _call(builder, _of_c("aligned_alloc"), _WORD(LINE), size)
    huge = builder.icmp_unsigned(">=", size, _WORD(_HUGE))
    with builder.if_then(builder.and_(huge, builder.icmp_unsigned("!=", found, _WORD(0)))):
        page = builder.and_(builder.add(found, _WORD(_PAGE - 1)), _WORD(-_PAGE))
        rest = builder.sub(size, builder.sub(page, found))
        _call(builder, _of_c("madvise"), page, rest, _WORD(_ADVICE))
    builder.ret(found)
    return str(module)


def align_large_arrays() -> bool:
    """Let numpy's large arrays start at a cache line, in this thread; says whether they do.

    Only where the C library is glibc, the processor one of 64 bits, and nobody has given numpy other functions.
    """
    if (
        os.environ.get(SWITCH) == "0"
        or "CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", ())
        or ctypes.sizeof(ctypes.c_void_p) != 8
    ):
        return False
    numpy: Any = np
    python = ctypes.PyDLL(None)  # a handle of our own: the types said below are nobody else’s
    python.PyCapsule_GetPointer.restype = ctypes.c_void_p
    python.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    python.PyCapsule_New.restype = ctypes.py_object
    python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    table = ctypes.cast(
        python.PyCapsule_GetPointer(numpy._core._multiarray_umath._ARRAY_API, None), ctypes.POINTER(ctypes.c_void_p)
    )
    capsule = ctypes.py_object.from_address(table[_DEFAULT]).value
    default = _Handler.from_address(python.PyCapsule_GetPointer(capsule, _NAME))
    if default.version != 1 or numpy._core.multiarray.get_handler_name().encode() != default.name:
        return False
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    engine = binding.create_mcjit_compiler(
        binding.parse_assembly(_written(default.allocator.malloc)),
        binding.Target.from_default_triple().create_target_machine(),
    )
    engine.finalize_object()
    own = default.allocator
    allocator = _Allocator(own.context, engine.get_function_address("aligned"), own.calloc, own.realloc, own.free)
    handler = _Handler(b"tinygrad_fr", 1, allocator)
    for kept in (engine, handler):  # an array may outlive every module: neither goes before the process
        python.Py_IncRef(ctypes.py_object(kept))
    ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(table[_SET])(
        python.PyCapsule_New(ctypes.addressof(handler), _NAME, None)
    )
    return True
