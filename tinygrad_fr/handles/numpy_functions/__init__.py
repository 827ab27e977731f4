"""numpy's functions that are operations here: what ``np.mean(tensor, axis=0)`` records.

Each entry has numpy's names and defaults of the arguments that it understands. A call with others (``out``, ``where``,
``order`` …) is none of these, and :mod:`tinygrad_fr.handles.protocols` decides what becomes of it.
"""

from tinygrad_fr.handles.numpy_functions import elements, products, shapes
from tinygrad_fr.handles.numpy_functions.table import ANSWERS, NUMPY_FUNCTIONS, numpy_function, recorded

__all__ = ["ANSWERS", "NUMPY_FUNCTIONS", "elements", "numpy_function", "products", "recorded", "shapes"]
