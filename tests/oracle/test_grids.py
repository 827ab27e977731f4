"""Images read between their pixels, and derivatives of samples."""

import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from both import same


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("size", [(4, 5), (1, 3), (2, 2)])
def test_images(mode, padding, corners, size):
    def compute(t):
        images = (
            t.linspace(-1, 1, 6 * size[0] * size[1], dtype=t.float64)
            .reshape(2, 3, *size)
            .sin()
            .detach()
            .requires_grad_()
        )
        maps = t.tensor(
            [[[1.13, 0.2, 0.3], [-0.3, 0.8, -0.1]], [[0.5, 0.03, 1.2], [0.07, 1.7, 0.2]]],
            dtype=t.float64,
            requires_grad=True,
        )
        grid = t.nn.functional.affine_grid(maps, (2, 3, 3, 4), align_corners=corners)
        y = t.nn.functional.grid_sample(images, grid, mode, padding, corners)
        (y * y).sum().backward()
        return grid, y, images.grad, *([maps.grad] if mode == "bilinear" else [])

    same(compute, rtol=1e-9, atol=1e-9)


ROWS = [[1.0, 4.0, 2.0], [3.0, 0.0, 5.0], [2.0, 2.0, 7.0], [9.0, 1.0, 1.0]]


@pytest.mark.parametrize(("order", "dim"), list(product([1, 2], [None, 0, 1, (0,), (1, 0)])))
@pytest.mark.parametrize("spacing", [1, 0.5, "each", "places"])
def test_samples(order, dim, spacing):
    def compute(t):
        x = t.tensor(ROWS, dtype=t.float64, requires_grad=True)
        dims = [0, 1] if dim is None else [dim] if isinstance(dim, int) else list(dim)
        places = [t.tensor([0.0, 1.0, 3.0, 4.0], dtype=t.float64), t.tensor([0.0, 0.5, 2.0], dtype=t.float64)]
        chosen = {"each": [1.5 + d for d in dims], "places": [places[d] for d in dims]}.get(spacing, spacing)
        found = t.gradient(x, spacing=chosen, **({} if dim is None else {"dim": dim}), edge_order=order)
        sum((part * part).sum() for part in found).backward()
        return found, x.grad

    same(compute, rtol=1e-9, atol=1e-12)


def test_words():
    def compute(t):
        x = t.tensor(ROWS)
        t.set_num_threads(1)
        t.use_deterministic_algorithms(False)
        t.set_float32_matmul_precision("highest")
        t.set_default_device("cpu")
        t.set_default_device(None)  # a default in force keeps PyTorch from its fast paths
        said = [
            x.is_cpu,
            x.is_sparse,
            x.is_complex(),
            x.get_device(),
            t.get_num_threads(),
            x.data_ptr() == x.data_ptr(),
        ]
        return t.asarray(ROWS), t.relu_(x - 3), t.tensor([float(each) for each in said]), np.asarray(t.asarray(x) is x)

    same(compute)
