"""An example of each pooling function, and its entry under PyTorch's name."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.source.docstring import with_example

# Each has an example of its own: arguments, and what they give.
_EXAMPLES = {
    "max_pool1d": ("(tg.tensor([[1.0, 3.0, 2.0, 5.0]]), 2)", "tensor([[3., 5.]])"),
    "max_pool2d": ("(tg.arange(16.0).reshape(1, 4, 4), 2).tolist()", "[[[5.0, 7.0], [13.0, 15.0]]]"),
    "max_pool3d": ("(tg.arange(8.0).reshape(1, 2, 2, 2), 2).tolist()", "[[[[7.0]]]]"),
    "avg_pool1d": ("(tg.tensor([[1.0, 3.0, 2.0, 6.0]]), 2)", "tensor([[2., 4.]])"),
    "avg_pool2d": ("(tg.arange(16.0).reshape(1, 4, 4), 2).tolist()", "[[[2.5, 4.5], [10.5, 12.5]]]"),
    "avg_pool3d": ("(tg.arange(8.0).reshape(1, 2, 2, 2), (2, 1, 1)).tolist()", "[[[[2.0, 3.0], [4.0, 5.0]]]]"),
    "adaptive_max_pool1d": ("(tg.tensor([[1.0, 9.0, 2.0, 4.0, 3.0]]), 2)", "tensor([[9., 4.]])"),
    "adaptive_max_pool2d": ("(tg.arange(16.0).reshape(1, 4, 4), (2, 1)).tolist()", "[[[7.0], [15.0]]]"),
    "adaptive_max_pool3d": ("(tg.arange(24.0).reshape(1, 2, 3, 4), 1).item()", "23.0"),
    "adaptive_avg_pool1d": ("(tg.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]), 3)", "tensor([[1.5000, 3.5000, 5.5000]])"),
    "adaptive_avg_pool2d": ("(tg.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]]), 1).item()", "4.0"),
    "adaptive_avg_pool3d": ("(tg.ones(3, 4, 6, 8), (1, 2, None)).shape", "torch.Size([3, 1, 2, 8])"),
    "max_unpool1d": ("(tg.tensor([[3.0, 5.0]]), tg.tensor([[1, 3]]), 2)", "tensor([[0., 3., 0., 5.]])"),
    "max_unpool2d": ("(tg.tensor([[[7.0]]]), tg.tensor([[[2]]]), 2).tolist()", "[[[0.0, 0.0], [7.0, 0.0]]]"),
    "max_unpool3d": (
        "(tg.tensor([[[[9.0]]]]), tg.tensor([[[[5]]]]), 2).tolist()",
        "[[[[0.0, 0.0], [0.0, 0.0]], [[0.0, 9.0], [0.0, 0.0]]]]",
    ),
    "lp_pool1d": ("(tg.tensor([[3.0, 4.0, 6.0, 8.0]]), 2, 2)", "tensor([[ 5., 10.]])"),
    "lp_pool2d": ("(tg.tensor([[[1.0, 5.0], [5.0, 7.0]]]), 2, 2)", "tensor([[[10.]]])"),
    "lp_pool3d": ("(tg.ones(1, 2, 2, 2), 3, 2)", "tensor([[[[2.]]]])"),
    "max_pool1d_with_indices": ("(tg.tensor([[4.0, 2.0, 6.0, 8.0]]), 2)", "(tensor([[4., 8.]]), tensor([[0, 3]]))"),
    "max_pool2d_with_indices": ("(tg.arange(16.0).reshape(1, 4, 4), 2)[1].tolist()", "[[[5, 7], [13, 15]]]"),
    "max_pool3d_with_indices": ("(tg.arange(8.0).reshape(1, 2, 2, 2), 2)[1].item()", "7"),
    "adaptive_max_pool1d_with_indices": (
        "(tg.tensor([[1.0, 9.0, 2.0, 4.0, 3.0]]), 2)",
        "(tensor([[9., 4.]]), tensor([[1, 3]]))",
    ),
    "adaptive_max_pool2d_with_indices": (
        "(tg.arange(16.0).reshape(1, 4, 4), (2, 1))[1].tolist()",
        "[[[7], [15]]]",
    ),
    "adaptive_max_pool3d_with_indices": ("(tg.arange(24.0).reshape(1, 2, 3, 4), 1)[1].item()", "23"),
}


def with_own_example(name: str, doc: str) -> str:
    """A docstring with the example of this function."""
    home = "tg" if name.endswith("_with_indices") else "tg.nn.functional"
    arguments, shown = _EXAMPLES[name]
    return with_example(doc, {f"{home}.{name}{arguments}": shown})


def enter(made: Any, name: str, doc: str) -> None:
    """Enter a function that records operations under PyTorch's name."""
    made.__name__, made.__doc__ = name, with_own_example(name, doc)
    function(made)
