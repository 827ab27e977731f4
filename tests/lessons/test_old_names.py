"""Names of before 2018 that lessons still use."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.lessons.alias import aliased


def test_a_type_is_a_constructor_and_a_kind():
    x = tg.tensor([1.7, -2.0])
    assert x.type() == "torch.FloatTensor"
    assert (x > 0).type() == "torch.BoolTensor"
    assert x.type(tg.LongTensor).tolist() == [1, -2]
    assert x.type("torch.DoubleTensor").dtype == tg.float64
    assert isinstance(x, tg.FloatTensor)
    assert not isinstance(x, tg.LongTensor)
    assert not isinstance(3.0, tg.FloatTensor)
    assert tg.LongTensor([3, 1]).dtype == tg.int64
    assert tg.FloatTensor(2, 3).shape == (2, 3)
    with pytest.raises(TypeError, match="expected a dtype"):
        x.type("torch.NoTensor")


@pytest.mark.parametrize("name", ["uniform", "normal", "xavier_uniform", "kaiming_normal", "orthogonal"])
def test_an_old_initialiser_is_the_new_one(name):
    one, two = tg.empty(4, 3), tg.empty(4, 3)
    tg.manual_seed(0)
    getattr(nn.init, name)(one)
    tg.manual_seed(0)
    getattr(nn.init, f"{name}_")(two)
    assert one.tolist() == two.tolist()


def test_numpy_takes_a_tensor_beside_what_is_no_number():
    x, none = np.broadcast_arrays(tg.tensor([1.0, 2.0]), None)
    assert x.tolist() == [1.0, 2.0]
    assert none.tolist() == [None, None]


def test_optimizers_of_others_find_what_they_derive_from():
    with aliased():
        import torch
        from torch.optim.lr_scheduler import _LRScheduler
        from torch.optim.optimizer import Optimizer, required

        class Halved(_LRScheduler):
            def get_lr(self):
                return [base / 2**self.last_epoch for base in self.base_lrs]

        class Plain(Optimizer):
            def __init__(self, params, lr=required):
                super().__init__(params, {"lr": lr})

            def step(self, closure=None):
                return None

        optimizer = Plain([torch.ones(1, requires_grad=True)], lr=1.0)
        scheduler = Halved(optimizer)
        optimizer.step()
        scheduler.step()
        assert scheduler.get_last_lr() == [0.5]
        assert repr(required) == "<required parameter>"


@pytest.mark.parametrize("name", ["complex", "imag", "fft", "stft", "nested", "sparse_coo_tensor", "jit", "onnx"])
def test_a_name_that_is_left_out_says_what_to_do_in_its_place(name):
    with pytest.raises(AttributeError, match=f"no attribute '{name}': [a-z]"):
        getattr(tg, name)


@pytest.mark.parametrize("name", ["float16", "float64"])
def test_autocast_says_what_it_does_not_turn_numbers_into(name):
    with pytest.warns(tg.amp.PrecisionWarning, match=name), tg.autocast("cpu", dtype=getattr(tg, name)):
        assert (tg.ones(2, 2) @ tg.ones(2, 2)).dtype == tg.float32
    with pytest.warns(tg.amp.PrecisionWarning, match="bfloat16"), tg.autocast("cpu"):
        pass
