"""What goes wrong on the bridge, as one sentence."""

from __future__ import annotations

from tinygrad_fr.errors import DataError


class OnnxError(DataError):
    """A model that cannot be written as ONNX, or a file that cannot be read as a model."""
