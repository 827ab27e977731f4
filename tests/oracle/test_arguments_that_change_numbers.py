"""Arguments that are seldom given: each changes the number as PyTorch's does, or is refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError

MATRIX = np.array([[3.0, 1.0, 0.0], [1.0, 0.001, 2.0]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "call",
    [
        lambda t, x, d: t.norm(x, dtype=d),
        lambda t, x, d: t.norm(x, 1, 0, dtype=d),
        lambda t, x, d: t.linalg.norm(x, dtype=d),
        lambda t, x, d: t.linalg.norm(x, 1, 0, dtype=d),
        lambda t, x, d: t.linalg.matrix_norm(x, dtype=d),
        lambda t, x, d: t.linalg.matrix_norm(x, "nuc", dtype=d),
    ],
)
def test_norms_are_computed_in_the_dtype_that_is_asked_for(call: Any, dtype: str) -> None:
    values = MATRIX.astype(np.float32)
    ours, theirs = (call(t, t.tensor(values), getattr(t, dtype)) for t in (tg, torch))
    assert str(ours.dtype).rpartition(".")[2] == str(theirs.dtype).rpartition(".")[2]
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-6)


@pytest.mark.parametrize(
    "bounds", [{}, {"rtol": 0.5}, {"atol": 1.0}, {"atol": 0.0}, {"atol": 1.0, "rtol": 0.9}, {"atol": 9.0}]
)
def test_the_pseudo_inverse_keeps_what_the_bounds_keep(bounds: dict[str, float]) -> None:
    ours = tg.linalg.pinv(tg.tensor(MATRIX), **bounds)
    np.testing.assert_allclose(
        ours.detach().numpy(), torch.linalg.pinv(torch.tensor(MATRIX), **bounds).detach().numpy(), atol=1e-12
    )


@pytest.mark.parametrize("some", [True, False])
def test_singular_values_alone(some: bool) -> None:
    ours, theirs = (t.svd(t.tensor(MATRIX), some, False) for t in (tg, torch))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), atol=1e-12)


def square(x: Any, places: Any) -> Any:
    return (x * x)[places]


@pytest.mark.parametrize(
    "options", [{}, {"eps": 1e-4, "atol": 1e-3}, {"fast_mode": True}, {"check_undefined_grad": False}]
)
def test_gradcheck_takes_inputs_that_are_not_differentiated(options: dict[str, Any]) -> None:
    for t in (tg, torch):
        x = t.tensor([1.0, 2.0, 3.0], dtype=t.float64, requires_grad=True)
        assert t.autograd.gradcheck(square, (x, t.tensor([2, 0])), **options)


@pytest.mark.parametrize("name", ["gradcheck", "gradgradcheck"])
def test_gradcheck_refuses_what_it_does_not_do(name: str) -> None:
    check, x = getattr(tg.autograd, name), tg.tensor([1.0], dtype=tg.float64, requires_grad=True)
    with pytest.raises(TypeError, match="tolerance"):
        check(lambda x: x * x, x, tolerance=1e-3)
    with pytest.raises(TinygradError, match="check_batched_grad"):
        check(lambda x: x * x, x, check_batched_grad=True)
    with pytest.raises(TinygradError, match="tolerance"):
        check(lambda x: x * x, x, atol=0.0, rtol=1e-12)
    with pytest.raises(ValueError):  # noqa: PT011 - PyTorch's class, our sentence
        check(lambda x: x * x, x.detach())


def test_a_wrong_gradient_is_the_error_that_is_caught() -> None:
    def wrong(t: Any) -> Any:
        class Square(t.autograd.Function):  # type: ignore[misc]
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                return g * ctx.saved_tensors[0]  # half of it

        return Square.apply

    for t in (tg, torch):
        x = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
        with pytest.raises(RuntimeError):
            t.autograd.gradcheck(wrong(t), x)
        assert not t.autograd.gradcheck(wrong(t), x, raise_exception=False)
