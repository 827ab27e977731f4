"""What each operation of the engine is in ONNX: the one table of the way out.

A rule takes the writer and the record's node, and gives the name of the value (one for each output of a node that has
several, "" for one that it cannot give), or None where it does not hold: the operation is then written as its equations.
"""

from tinygrad_fr.bridges.onnx.operators import elementwise, indexing, layers, recurrent, reductions, shapes
from tinygrad_fr.bridges.onnx.operators.rule import RULES

__all__ = ["RULES", "elementwise", "indexing", "layers", "recurrent", "reductions", "shapes"]
