"""Operations on whole arrays: which letter of their formula is which input, and what they send back.

An element-wise operation needs no entry: its derivative is part of its definition. In a rule, ``G`` is the gradient that
came from above; the letters are those of the operation's own formula.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """The letters of a formula and the derivative for each.

    Attributes:
        letters: one an input, as the operation's LaTeX writes it.
        sends: LaTeX of what goes to each input, None where nothing does.
        course: number of the course's equation that this is, for each input.
        figures: the formula and what is sent once more, as the arrays are stored (a row for each sample), where
            shapes and numbers in the place of the letters say something.
    """

    letters: tuple[str, ...]
    sends: tuple[str | None, ...]
    course: tuple[int | None, ...] = ()
    figures: tuple[str, ...] = ()


_SAME = Rule(("x",), ("G",))
_SPREAD = Rule(("x",), (r"\mathbf{1} G",))

RULES = {
    "linear": Rule(
        ("x", "W", "b"),
        (r"W^{\top} G", r"G x^{\top}", "G"),
        course=(4, 5, 6),
        figures=(r"x W^{\top} + b", "G W", r"G^{\top} x", r"\sum G"),
    ),
    "matmul": Rule(("A", "B"), (r"G B^{\top}", r"A^{\top} G"), figures=("A B", r"G B^{\top}", r"A^{\top} G")),
    "sum": _SPREAD,
    "sum_to": _SPREAD,
    "expand_to": Rule(("x",), (r"\sum G",)),
    "mean": Rule(("x",), (r"\frac{1}{n} G",)),
    "reshape_to": _SAME,
    "permute_to": Rule(("x",), (r"G^{\top}",)),
    "mT": Rule(("x",), (r"G^{\top}",)),
    "cast": _SAME,
    "to_scalar": _SAME,
    "getitem": Rule(("x",), (r"0_{i} \leftarrow G",)),
    "mse_loss": Rule(("x", "t"), (r"\frac{2}{n} (x - t) G", r"\frac{2}{n} (t - x) G")),
    "cross_entropy": Rule(("x", "t"), (r"\frac{1}{n} (\operatorname{softmax}(x) - t) G", None), (3,)),
    "softmax": Rule(("x",), (r"y \odot (G - \sum G \odot y)",)),
    "log_softmax": Rule(("x",), (r"G - \operatorname{softmax}(x) \sum G",)),
    "embedding": Rule(("i", "E"), (None, r"0_{i} \leftarrow G")),
    "cat": Rule((), ()),
    "stack": Rule((), ()),
}
# Letters of the inputs that operations call by PyTorch's names, where no rule says others.
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
WHOLE = r"J^{\top} G"  # of an operation without a rule: the transpose of its Jacobian times the gradient
PART = r"G_{i}"  # of one that puts several inputs together
