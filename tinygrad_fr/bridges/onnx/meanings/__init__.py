"""What each ONNX operator is here: the one table of the way in.

A meaning takes the place where its operator stands and the operands, tensors or plain arrays (None for one that is left
out), and gives the value, or a tuple of several. What is computed of plain arrays alone is a plain array again: the
arithmetic of shapes, which many files carry, is never part of the record.
"""

from tinygrad_fr.bridges.onnx.meanings import classical, elementwise, layers, recurrent, reductions, shapes
from tinygrad_fr.bridges.onnx.meanings.meaning import MEANINGS, WEIGHTS, At

__all__ = ["MEANINGS", "WEIGHTS", "At", "classical", "elementwise", "layers", "recurrent", "reductions", "shapes"]
