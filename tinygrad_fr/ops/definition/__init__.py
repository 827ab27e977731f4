"""How an operation is said: element-wise, structured or composite."""

from tinygrad_fr.ops.definition.composite import Composite, Expansion, composite
from tinygrad_fr.ops.definition.dtype import as_dtype, get_default_dtype, result_type, set_default_dtype
from tinygrad_fr.ops.definition.elementwise import POSITIVE, REAL, Elementwise, elementwise
from tinygrad_fr.ops.definition.op import (
    Array,
    Arrays,
    Draw,
    Op,
    Sample,
    built_in,
    constant,
    dimension,
    front,
    fronts,
    function,
    here,
    methods,
    named,
    refusal,
    registry,
    value_of,
)
from tinygrad_fr.ops.definition.structured import Structured, select, structured

__all__ = [
    "POSITIVE",
    "REAL",
    "Array",
    "Arrays",
    "Composite",
    "Draw",
    "Elementwise",
    "Expansion",
    "Op",
    "Sample",
    "Structured",
    "as_dtype",
    "built_in",
    "composite",
    "constant",
    "dimension",
    "elementwise",
    "front",
    "fronts",
    "function",
    "get_default_dtype",
    "here",
    "methods",
    "named",
    "refusal",
    "registry",
    "result_type",
    "select",
    "set_default_dtype",
    "structured",
    "value_of",
]
