"""What goes wrong on the bridge, as one sentence."""

from __future__ import annotations

from tinygrad_fr.errors import DataError


class OnnxError(DataError):
    """A model that cannot be written as ONNX, or a file that cannot be read as a model.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from tinygrad_fr.bridges.onnx import OnnxError, load
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "model.onnx")
        ...     size = path.write_bytes(b"not a model")
        ...     try:
        ...         load(path)
        ...     except OnnxError as error:
        ...         print("model.onnx" in str(error))
        True
    """
