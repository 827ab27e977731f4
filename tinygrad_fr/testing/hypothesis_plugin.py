"""hypothesis: ``from_type(Tensor)`` and annotations ``x: Tensor`` know how to draw a tensor."""

from __future__ import annotations

import sys
from typing import Any


def register() -> None:
    """Teach hypothesis what a Tensor is, once both are loaded; until then this costs nothing.

    hypothesis calls it when it is imported; :mod:`tinygrad_fr.testing` calls it when it is used.
    """
    handles, hypothesis = sys.modules.get("tinygrad_fr.handles.tensor"), sys.modules.get("hypothesis")
    if handles is None or hypothesis is None:
        return
    hypothesis.strategies.register_type_strategy(handles.Tensor, _tensors)


def _tensors(_type: Any) -> Any:
    from tinygrad_fr.testing.inputs.strategies import tensors

    return tensors()
