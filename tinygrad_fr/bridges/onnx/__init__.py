"""ONNX, out and in."""

from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.export import of_model, save

__all__ = ["OnnxError", "of_model", "save"]
