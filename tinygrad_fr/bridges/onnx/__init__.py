"""ONNX, out and in."""

from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.export import of_model, save
from tinygrad_fr.bridges.onnx.module import OnnxModule, load

__all__ = ["OnnxError", "OnnxModule", "load", "of_model", "save"]
