"""What the user holds: nodes of the record under PyTorch's names (Tensor) and micrograd's (Scalar)."""

from tinygrad_fr.handles import in_place  # noqa: F401 - gives Tensor its methods such as add_()
from tinygrad_fr.handles.scalar import Scalar, Value
from tinygrad_fr.handles.tensor import Tensor, tensor

__all__ = ["Scalar", "Tensor", "Value", "tensor"]
