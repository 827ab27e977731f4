"""A fence around every array: each lies against a page that nobody may touch.

Under the fence, numpy's arrays, and the workspaces that kernels take for themselves, come out of one region of memory that is
all closed. An array opens as many pages as it needs, and lies flush against the closed page after them (``"after"``) or before
them (``"before"``), so that the first number read or written outside of it ends the process. What is taken is filled with
ones, which are NaN as floats and −1 as integers, so that a number that was never written shows; what is given back is closed
again and never used twice.

Covered to the byte are all of numpy's arrays: operands, outputs, temporaries. Workspaces of kernels start at a multiple of 32
bytes, so up to 64 bytes after their end are not covered. Not covered is what libraries in C, such as BLAS, take from ``malloc``:
there is glibc's checking allocator for that (``test_malloc.py``).
"""

import contextlib
import ctypes
import faulthandler

import numpy as np
from numba import carray, cfunc, njit, types
from numba.core.runtime import _nrt_python

from tinygrad_fr.kernels.runtime.blas import pointer
from tinygrad_fr.kernels.runtime.work_queue import add

PAGE = 4096
ROOM = 1 << 37  # bytes of addresses, of which none is memory until an array opens it
# Of the state, numbers of 8 bytes: where the next array goes and how many there were, each in a line of the cache of its own;
# where the region starts and ends, where the sizes are kept, which end of an array is fenced, whether workspaces are.
NEXT, COUNT, REGION, PAST, SIZES, AFTER, WATCHED = 0, 8, 16, 17, 18, 19, 20
CLOSED, OPEN, FORGET = 0, 3, 4  # PROT_NONE, PROT_READ | PROT_WRITE, MADV_DONTNEED
_PRIVATE = 0x2 | 0x20 | 0x4000  # MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE

_WORD, _INT, _NONE = types.intp, types.int32, types.void
# By name, not by address, so that numba keeps what it compiles.
_protect = types.ExternalFunction("mprotect", _INT(_WORD, _WORD, _INT))
_advise = types.ExternalFunction("madvise", _INT(_WORD, _WORD, _INT))
_malloc = types.ExternalFunction("malloc", _WORD(_WORD))
_calloc = types.ExternalFunction("calloc", _WORD(_WORD, _WORD))
_realloc = types.ExternalFunction("realloc", _WORD(_WORD, _WORD))
_free = types.ExternalFunction("free", _NONE(_WORD))


@njit(cache=True, nogil=True)
def _at(address, index):
    return carray(pointer(address, index, np.int64(1)), 1)


@njit(cache=True, nogil=True)
def _bytes(address, count):
    return carray(pointer(address, 0, np.uint8(1)), count)


@njit(cache=True, nogil=True)
def _size(state, found):
    """Where the size of an array of the region is kept."""
    return _at(_at(state, SIZES)[0], (found - _at(state, REGION)[0]) // PAGE)


@njit(cache=True, nogil=True)
def _ours(state, found):
    return _at(state, REGION)[0] <= found < _at(state, PAST)[0]


@njit(cache=True, nogil=True)
def _take(state, size, grain, filled):
    size = (max(size, 1) + grain - 1) // grain * grain
    room = (size + PAGE - 1) // PAGE * PAGE
    start = add(state, NEXT, room + PAGE) + PAGE
    add(state, COUNT, 1)
    if start + room >= _at(state, PAST)[0] or _protect(start, room, OPEN) != 0:
        return 0
    found = start + room - size if _at(state, AFTER)[0] else start
    _size(state, found)[0] = size
    if filled:
        whole = _bytes(start, room)
        for i in range(room):
            whole[i] = 255
    return found


@njit(cache=True, nogil=True)
def _give(state, found):
    if not _ours(state, found):
        if found != 0:
            _free(found)
        return
    start = found // PAGE * PAGE
    room = (found + _size(state, found)[0] - start + PAGE - 1) // PAGE * PAGE
    _advise(start, room, FORGET)
    _protect(start, room, CLOSED)


@njit(cache=True, nogil=True)
def _moved(state, old, size, grain):
    if old != 0 and not _ours(state, old):
        return _realloc(old, max(size, 1))
    found = _take(state, size, grain, True)
    if found != 0 and old != 0:
        count = min(size, _size(state, old)[0])
        source, target = _bytes(old, count), _bytes(found, count)
        for i in range(count):
            target[i] = source[i]
        _give(state, old)
    return found


# numpy's: flush to the byte.


@cfunc(_WORD(_WORD, _WORD), cache=True)
def _malloc_array(state, size):
    return _take(state, size, 1, True)


@cfunc(_WORD(_WORD, _WORD, _WORD), cache=True)
def _calloc_array(state, count, size):
    return _take(state, count * size, 1, False)


@cfunc(_WORD(_WORD, _WORD, _WORD), cache=True)
def _realloc_array(state, old, size):
    return _moved(state, old, size, 1)


@cfunc(_NONE(_WORD, _WORD, _WORD), cache=True)
def _free_array(state, found, _size):
    _give(state, found)


# Python's own, of which numba takes the workspaces of kernels, aligned as malloc's. Python takes its larger objects there too:
# a system has no room for fences around all of these, so there are some while a case runs alone.


@cfunc(_WORD(_WORD, _WORD), cache=True)
def _malloc_space(state, size):
    return _take(state, size, 16, True) if _at(state, WATCHED)[0] else _malloc(max(size, 1))


@cfunc(_WORD(_WORD, _WORD, _WORD), cache=True)
def _calloc_space(state, count, size):
    return _take(state, count * size, 16, False) if _at(state, WATCHED)[0] else _calloc(max(count, 1), max(size, 1))


@cfunc(_WORD(_WORD, _WORD, _WORD), cache=True)
def _realloc_space(state, old, size):
    if old == 0 and not _at(state, WATCHED)[0]:
        return _malloc(max(size, 1))
    return _moved(state, old, size, 16)


@cfunc(_NONE(_WORD, _WORD), cache=True)
def _free_space(state, found):
    _give(state, found)


class _Handler(ctypes.Structure):
    """numpy's PyDataMem_Handler."""

    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        *((name, ctypes.c_void_p) for name in ("context", "malloc", "calloc", "realloc", "free")),
    )


class _Domain(ctypes.Structure):
    """Python's PyMemAllocatorEx."""

    _fields_ = tuple((name, ctypes.c_void_p) for name in ("context", "malloc", "calloc", "realloc", "free"))


def _taken(size, access):
    """So many bytes of addresses."""
    mapped = ctypes.CDLL(None, use_errno=True).mmap
    mapped.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
    mapped.restype = ctypes.c_void_p
    found = mapped(None, size, access, _PRIVATE, -1, 0)
    if found in (None, ctypes.c_void_p(-1).value):
        raise MemoryError("no room for a fence")
    return found


class Fence:
    """The region of a process, and how much of it was used.

    Args:
        side: ``"after"`` or ``"before"``: which end of an array lies against a closed page.
    """

    def __init__(self, side):
        region = _taken(ROOM, CLOSED)
        self._state = np.zeros(24, np.int64)
        self._state[[NEXT, REGION, PAST]] = region, region, region + ROOM - PAGE
        self._state[SIZES] = _taken(ROOM // PAGE * 8, OPEN)
        self._state[AFTER] = side == "after"
        state = self._state.ctypes.data
        arrays = (_malloc_array, _calloc_array, _realloc_array, _free_array)
        spaces = (_malloc_space, _calloc_space, _realloc_space, _free_space)
        self._handler = _Handler(b"fence", 1, state, *(each.address for each in arrays))
        self._domain = _Domain(state, *(each.address for each in spaces))
        self._name = ctypes.c_char_p(b"mem_handler")

    def put_up(self):
        """From now on every new array of this thread is fenced, and every workspace of a kernel while it is watched.

        It stays up. A process under a fence ends by ``os._exit``: Python frees after numba has taken the functions away.
        """
        faulthandler.enable()
        python = ctypes.pythonapi
        python.PyCapsule_New.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
        python.PyCapsule_New.restype = ctypes.py_object
        python.PyCapsule_GetPointer.argtypes = (ctypes.py_object, ctypes.c_char_p)
        python.PyCapsule_GetPointer.restype = ctypes.c_void_p
        table = python.PyCapsule_GetPointer(np._core._multiarray_umath._ARRAY_API, None)
        set_handler = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[304]  # PyDataMem_SetHandler
        handler = python.PyCapsule_New(ctypes.addressof(self._handler), self._name, None)
        ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(set_handler)(handler)
        python.PyMem_SetAllocator(0, ctypes.byref(self._domain))  # PYMEM_DOMAIN_RAW
        _nrt_python.memsys_use_cpython_allocator()

    @contextlib.contextmanager
    def watched(self):
        """Fence workspaces too."""
        self._state[WATCHED] = 1
        try:
            yield
        finally:
            self._state[WATCHED] = 0

    @property
    def count(self):
        """How many arrays and workspaces there were."""
        return int(self._state[COUNT])
