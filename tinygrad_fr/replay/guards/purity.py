"""Functions and classes that are known to be pure, and those of this package."""

from __future__ import annotations

import builtins
import collections
import enum
import itertools
import math
import operator
import struct
from typing import Any

from tinygrad_fr.naming import home

PURE = frozenset(
    (
        *[
            "abs",
            "all",
            "any",
            "bin",
            "bool",
            "bytes",
            "callable",
            "chr",
            "complex",
            "dict",
            "divmod",
            "enumerate",
            "filter",
            "float",
            "format",
            "frozenset",
            "getattr",
            "hasattr",
        ],
        *[
            "hex",
            "int",
            "isinstance",
            "issubclass",
            "iter",
            "len",
            "list",
            "map",
            "max",
            "min",
            "next",
            "object",
            "oct",
            "ord",
            "pow",
            "property",
            "range",
            "repr",
            "reversed",
            "round",
        ],
        *[
            "set",
            "setattr",
            "slice",
            "sorted",
            "staticmethod",
            "classmethod",
            "str",
            "sum",
            "super",
            "tuple",
            "type",
            "zip",
            "bytearray",
        ],
    )
)
PURE_BUILTINS = {id(getattr(builtins, name)) for name in PURE}
PURE_MODULES = {math, operator, itertools}
PURE_CLASSES = (collections.OrderedDict, collections.defaultdict, collections.Counter, collections.deque, enum.Enum)
# Functions of numpy that keep a state, use files, or return uninitialised memory.
NOT_PURE = frozenset(
    [
        "empty",
        "empty_like",
        "load",
        "save",
        "savez",
        "savez_compressed",
        "loadtxt",
        "savetxt",
        "genfromtxt",
        "fromfile",
        "memmap",
        "seterr",
        "seterrcall",
        "set_printoptions",
        "setbufsize",
    ]
)
OWN = "tinygrad_fr"
HOUSES = frozenset(
    [
        "amp",
        "ops",
        "handles",
        "nn",
        "optim",
        "functional",
        "autograd",
        "record",
        "linalg",
        "special",
        "dtypes",
        "random",
        "replay",
        "errors",
        "kernels",
        "locale",
        "arguments",
        "devices",
        "distributions",
        "expression",
        "fields",
        "generators",
        "gradients",
        "memory",
        "modes",
        "naming",
        "observers",
        "outputs",
        "promotion",
        "source",
        "versions",
        "views",
    ]
)
BARRED = frozenset(
    [
        "manual_seed",
        "seed",
        "set_default_dtype",
        "set_default_tensor_type",
        "set_language",
        "save",
        "load",
        "initial_seed",
        "set_rng_state",
        "get_rng_state",
    ]
)
HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class that was made when the program ran
_POINTER = struct.calcsize("P")


def own(value: Any) -> bool:
    """Whether a class is one of those of this package that the tape follows; others are read as anybody's."""
    parts = home(value).split(".")
    return parts[0] == OWN and (len(parts) == 1 or parts[1] in HOUSES)


def module_of(cls: type) -> str:
    """The package that a class comes from."""
    return home(cls).partition(".")[0]


def python_made(cls: type) -> bool:
    """Whether a class was written in Python, so that all that an object holds is in its attributes."""
    return all(
        base in (object, dict, list, tuple, float, int, complex, str, bytes, Exception) or of_attributes(base)
        for base in cls.__mro__
    ) and not any(module_of(base) in ("random", "io", "threading", "logging", "_io") for base in cls.__mro__)


def of_attributes(cls: type) -> bool:
    """Whether a class adds nothing but attributes to its base: what is written in C keeps more in its objects, as an ``array.array``."""
    slots = vars(cls).get("__slots__", ())
    places = (1 if isinstance(slots, str) else len(slots)) + 2  # the dictionary's, and that of weak references
    has_dict = any("__dict__" in vars(base) for base in cls.__mro__)
    return bool(
        cls.__flags__ & HEAP_TYPE
        and (has_dict or "__slots__" in vars(cls))
        and (cls.__base__ is None or cls.__basicsize__ - cls.__base__.__basicsize__ <= places * _POINTER)
    )
