"""What a piece of work leaves for the collector."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def left(work: Callable[[], Any]) -> list[str]:
    """The package's objects and arrays that only the collector frees after some work, by their types' names.

    Other threads of the process (a test may have left one, of a server or of a kernel of Jupyter) leave theirs meanwhile.
    """
    gc.disable()
    gc.collect()
    gc.freeze()  # whatever is there already, and takes seconds to look through; it stays frozen for the next one
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        return [type(found).__qualname__ for found in gc.garbage if _ours(found)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def _ours(found: Any) -> bool:
    module = getattr(found, "__module__", None) or type(found).__module__  # a function's, else an object's class's
    return isinstance(found, np.ndarray) or str(module).startswith("tinygrad_fr")
