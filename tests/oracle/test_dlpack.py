"""Tensors to torch and back by DLPack."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.errors import DataError


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
def test_there_and_back(dtype):
    x = tg.tensor(np.arange(6).reshape(2, 3).astype(dtype))
    there = torch.from_dlpack(x)
    assert there.detach().numpy().dtype == x.dtype
    assert np.array_equal(there.detach().numpy(), x.detach().numpy())
    there[0, 0] = 1
    assert x.detach().numpy()[0, 0] == 1
    x[0, 1] = 0
    assert there[0, 1] == 0
    assert np.array_equal(tg.from_dlpack(there.contiguous()).detach().numpy(), there.detach().numpy())


def test_a_gradient_of_torchs_is_not_lost_without_a_word():
    with pytest.raises(DataError, match=r"from_dlpack: .*gradient"):
        tg.from_dlpack(torch.ones(2, requires_grad=True))
