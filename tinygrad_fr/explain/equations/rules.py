"""What stands for the letters and the derivatives that a definition does not name.

An element-wise operation's derivative is part of its definition; another one's ``explained`` names the letters of its formula
and what goes to each input, with ``G`` for the gradient from above.
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
WHOLE = r"J^{\top} G"  # of an operation that names nothing: the transpose of its Jacobian times the gradient
PART = r"G_{i}"  # of one that puts several inputs together
