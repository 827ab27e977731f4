"""``parametrizations.orthogonal``: PyTorch's matrix for every map, with and without a base."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg


@pytest.mark.parametrize("trivial", [True, False])
@pytest.mark.parametrize("name", ["matrix_exp", "cayley", "householder"])
def test_matrices(name, trivial):
    for shape in ((4, 4), (3, 5), (5, 3), (1, 4), (4, 1), (1, 1)):
        start = np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)
        given = np.linalg.qr(start if shape[0] >= shape[1] else start.T)[0]
        given = given if shape[0] >= shape[1] else given.T
        found = []
        for library in (tg, torch):
            layer = library.nn.Linear(shape[1], shape[0], bias=False)
            with library.no_grad():
                layer.weight.copy_(library.tensor(start))
            library.nn.utils.parametrizations.orthogonal(layer, orthogonal_map=name, use_trivialization=trivial)
            if trivial or name == "householder":
                layer.weight = library.tensor(given)
            else:
                with pytest.raises(NotImplementedError):
                    layer.weight = library.tensor(given)
            weight = layer.weight
            (weight * library.arange(1.0, weight.numel() + 1).reshape(shape)).sum().backward()
            found.append([weight.detach().numpy()])
            if (
                not trivial or shape[0] == shape[1]
            ):  # elsewhere chance completes the base, which the gradient depends on
                found[-1].append(layer.parametrizations.weight.original.grad.numpy())
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
        small = found[0][0] if shape[0] >= shape[1] else found[0][0].T
        np.testing.assert_allclose(small.T @ small, np.eye(small.shape[1]), atol=1e-5)
