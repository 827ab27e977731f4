"""How an operation is defined: element-wise, structured or composite."""

from tinygrad_fr.ops.definition.composite import Composite, composite
from tinygrad_fr.ops.definition.elementwise import Elementwise, elementwise
from tinygrad_fr.ops.definition.op import Array, Arrays, Op, built_in, registry
from tinygrad_fr.ops.definition.structured import Structured, select, structured
from tinygrad_fr.promotion.operands import FLOAT, NUMBER, Kinds
from tinygrad_fr.sampling import POSITIVE

__all__ = [
    "FLOAT", "NUMBER", "POSITIVE", "Array", "Arrays", "Composite", "Elementwise", "Kinds", "Op", "Structured",
    "built_in", "composite", "elementwise", "registry", "select", "structured",
]  # fmt: skip
