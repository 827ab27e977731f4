"""Exercises of tutorial 8: sizes, counts and gradients of convolutions."""

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.nn import functional as F
from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "8.1",
    solution=lambda n, k, s, p: (n + 2 * p - k) // s + 1,
    wrong=(
        lambda n, k, s, p: n - k + 1,
        lambda n, k, s, p: (n + p - k) // s + 1,
        lambda n, k, s, p: (n + 2 * p) // s - k + 1,
    ),
)
def size(answer):
    """Prove that the answer is the side of what a convolution gives."""

    def side(n, k, s, p):
        return F.conv2d(tg.zeros(1, 1, n, n), tg.zeros(1, 1, k, k), stride=s, padding=p).shape[-1]

    draws = prove.integers
    prove.same(answer, side, n=draws(5, 12), k=draws(1, 5), s=draws(1, 3), p=draws(0, 3))


@exercise(
    "8.2",
    solution=lambda x1, x2, x3, x4, g1, g2, g3: g1 * x2 + g2 * x3 + g3 * x4,
    wrong=(
        lambda x1, x2, x3, x4, g1, g2, g3: g1 * x1 + g2 * x2 + g3 * x3,
        lambda x1, x2, x3, x4, g1, g2, g3: g1 * x4 + g2 * x3 + g3 * x2,
        lambda x1, x2, x3, x4, g1, g2, g3: g1 * x2,
    ),
)
def second_weight(answer):
    """Prove that the answer is what a weight of a filter receives from every place where it is laid."""

    def recorded(x1, x2, x3, x4, g1, g2, g3):
        pixels, arriving = tg.tensor([[[x1, x2, x3, x4]]], dtype=tg.float64), tg.tensor([g1, g2, g3], dtype=tg.float64)
        w = tg.zeros(1, 1, 2, dtype=tg.float64, requires_grad=True)
        (F.conv1d(pixels, w) * arriving).sum().backward()
        return float(w.grad[0, 0, 1])

    prove.same(answer, recorded, **dict.fromkeys(("x1", "x2", "x3", "x4", "g1", "g2", "g3"), prove.reals(-3, 3)))


@exercise(
    "8.3",
    solution=lambda i, o, k: o * (i * k * k + 1),
    wrong=(lambda i, o, k: o * i * k * k, lambda i, o, k: o * (k * k + 1), lambda i, o, k: o * i * (k * k + 1)),
)
def parameters(answer):
    """Prove that the answer is how many numbers a convolution learns."""

    def counted(i, o, k):
        return sum(each.numel() for each in nn.Conv2d(i, o, k).parameters())

    prove.same(answer, counted, i=prove.integers(1, 4), o=prove.integers(1, 4), k=prove.integers(1, 5))
