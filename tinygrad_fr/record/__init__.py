"""The record: nodes, how they are written, and how gradients flow back through them."""

from tinygrad_fr.record.backward import backward
from tinygrad_fr.record.node import Node

__all__ = ["Node", "backward"]
