"""Default letters and derivatives, for definitions that do not name them.

The derivative of an element-wise operation is part of its definition. For other operations, ``explained`` names the
letters of the formula and the gradient of each input, with ``G`` for the upstream gradient.
"""

from __future__ import annotations

# Letters of the inputs that operations call by PyTorch's names, where no definition says others.
LETTERS = {
    "input": "x",
    "weight": "w",
    "bias": "b",
    "target": "t",
    "query": "Q",
    "key": "K",
    "value": "V",
    "attn_mask": "M",
    "running_mean": "\\mu",
}
WHOLE = r"J^{\top} G"  # for an operation that names nothing: the transpose of its Jacobian times the gradient
PART = r"G_{i}"  # of one that puts several inputs together
