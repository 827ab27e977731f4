"""What each ONNX operator is here: the one table of the way in.

A meaning takes the place where its operator stands and the operands, tensors or plain arrays (None for one that is left
out), and gives the value, or a tuple of several. What is computed of plain arrays alone is a plain array again: the
arithmetic of shapes, which many files carry, is never part of the record. A meaning declares all that it understands
(operands, values, attributes, kinds of operands); a node that says more is refused by name before anything runs.
"""

from tinygrad_fr.bridges.onnx.meanings import (
    attention,
    classical,
    control,
    detection,
    elementwise,
    indexing,
    layers,
    quantized,
    recurrent,
    reductions,
    resize,
    sampling,
    sequences,
    shapes,
    windows,
)
from tinygrad_fr.bridges.onnx.meanings.meaning import MEANINGS, WEIGHTS, At, Meaning, declared, kind_of, plain

__all__ = [
    "MEANINGS",
    "WEIGHTS",
    "At",
    "Meaning",
    "attention",
    "classical",
    "control",
    "declared",
    "detection",
    "elementwise",
    "indexing",
    "kind_of",
    "layers",
    "plain",
    "quantized",
    "recurrent",
    "reductions",
    "resize",
    "sampling",
    "sequences",
    "shapes",
    "windows",
]
