"""Views and in-place operations are PyTorch's: random programs, a machine of states, and which operations give views."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import tinygrad_fr as tg

sys.path.insert(0, str(Path(__file__).parent))
import views

FEW = 300


def held_to_torch(seeds):
    count, differ = views.outcomes(seeds)
    wrong = {what: found for what, found in differ.items() if not what.startswith("accepted")}
    assert not wrong, wrong
    assert count["same"] > 0.6 * len(seeds)


def test_random_programs():
    held_to_torch(range(FEW))


@pytest.mark.skipif("not config.getoption('--nightly')", reason="ten thousand programs: pytest --nightly")
def test_ten_thousand_programs():
    held_to_torch(range(10_000))


class Views(RuleBasedStateMachine):
    """One tensor with its views in both engines; values are compared after every step."""

    def __init__(self):
        super().__init__()
        self.program = views.Program(0)
        self.seeds = 0

    @rule(seed=st.integers(0, 2**20))
    def step(self, seed):
        self.program.rng = np.random.default_rng(seed)
        found = self.program.step()
        assert found is None or found.startswith("accepted") or found in ("excused", "overlap"), (
            found,
            self.program.said,
        )
        if found is not None:
            self.program = views.Program(seed)

    @precondition(lambda self: self.program.leaves["ours"][0].requires_grad)
    @rule(order=st.sampled_from([1, 2]))
    def backward(self, order):
        self.program.second = order == 2
        found = self.program.compare()
        assert not found.startswith(("wrong", "refused")), (found, self.program.said)
        self.program = views.Program(len(self.program.said))

    @invariant()
    def the_same_values(self):
        for a, b in zip(self.program.pools["ours"], self.program.pools["theirs"], strict=True):
            assert np.allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-9, equal_nan=True), (
                self.program.said
            )


TestViews = Views.TestCase
TestViews.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


# Which operations give views.


def of_memory(x, y):
    """Whether torch's result lies in the memory of its operand."""
    return x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr()


CALLS = {
    "x[0]": lambda x: x[0],
    "x[1:]": lambda x: x[1:],
    "x[:, ::2]": lambda x: x[:, ::2],
    "x[..., None]": lambda x: x[..., None],
    "x[None]": lambda x: x[None],
    "x[()]": lambda x: x[()],
    "x[...]": lambda x: x[...],
    "x[[0, 1]]": lambda x: x[[0, 1]],
    "x[x > 0]": lambda x: x[x > 0],
    "x[:, [0, 1]]": lambda x: x[:, [0, 1]],
    "x[True]": lambda x: x[True],
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "t": lambda x: x.t(),
    "H": lambda x: x.H,
    "real": lambda x: x.real,
    "transpose": lambda x: x.transpose(0, 1),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "swapdims": lambda x: x.swapdims(0, 1),
    "permute": lambda x: x.permute(1, 0),
    "movedim": lambda x: x.movedim(0, 1),
    "moveaxis": lambda x: x.moveaxis(0, 1),
    "view": lambda x: x.view(-1),
    "view_as": lambda x: x.view_as(x),
    "reshape": lambda x: x.reshape(-1),
    "reshape of T": lambda x: x.T.reshape(-1),
    "reshape_as": lambda x: x.reshape_as(x),
    "flatten": lambda x: x.flatten(),
    "flatten of T": lambda x: x.T.flatten(),
    "flatten of nothing": lambda x: x.flatten(1),
    "unflatten": lambda x: x.unflatten(1, (2, 2)),
    "ravel": lambda x: x.ravel(),
    "ravel of T": lambda x: x.T.ravel(),
    "ravel of a column": lambda x: x[:, :1].ravel(),
    "squeeze": lambda x: x[:1].squeeze(),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "expand": lambda x: x[:1].expand(3, 4),
    "expand_as": lambda x: x[:1].expand_as(x),
    "broadcast_to": lambda x: x.broadcast_to((2, 4, 4)),
    "narrow": lambda x: x.narrow(0, 0, 2),
    "select": lambda x: x.select(1, 0),
    "diagonal": lambda x: x.diagonal(),
    "unfold": lambda x: x.unfold(0, 2, 1),
    "chunk": lambda x: x.chunk(2)[0],
    "split": lambda x: x.split(1)[1],
    "tensor_split": lambda x: x.tensor_split(2)[1],
    "hsplit": lambda x: x.hsplit(2)[1],
    "vsplit": lambda x: x.vsplit(2)[1],
    "unbind": lambda x: x.unbind()[1],
    "iteration": lambda x: list(x)[2],
    "detach": lambda x: x.detach(),
    "data": lambda x: x.data,
    "contiguous": lambda x: x.contiguous(),
    "contiguous of T": lambda x: x.T.contiguous(),
    "clone": lambda x: x.clone(),
    "to": lambda x: x.to(x.dtype),
    "float": lambda x: x.float(),
    "double": lambda x: x.double(),
    "diag": lambda x: x.diag(),
    "flip": lambda x: x.flip(0),
    "roll": lambda x: x.roll(1, 0),
    "rot90": lambda x: x.rot90(),
    "repeat": lambda x: x.repeat(1, 1),
    "tile": lambda x: x.tile(1),
    "index_select": lambda x: x.index_select(0, x.argmax(0)[:1]),
    "gather": lambda x: x.gather(0, x.argsort(0)),
    "take_along_dim": lambda x: x.take_along_dim(x.argsort(0), 0),
    "tril": lambda x: x.tril(),
    "cumsum": lambda x: x.cumsum(0),
    "sort": lambda x: x.sort()[0],
    "relu": lambda x: x.relu(),
    "abs": lambda x: x.abs(),
    "sum": lambda x: x.sum(0),
    "max": lambda x: x.max(0)[0],
    "softmax": lambda x: x.softmax(0),
    "masked_fill": lambda x: x.masked_fill(x > 0, 0.0),
    "type_as": lambda x: x.type_as(x),
}


@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize("needs", [False, True])
def test_views_are_views_where_torchs_are(call, needs):
    array = np.arange(16.0, dtype=np.float32).reshape(4, 4) - 6
    theirs = torch.tensor(array) * 1
    there = CALLS[call](theirs)
    ours = tg.tensor(array, requires_grad=needs) * 1
    here = CALLS[call](ours)
    assert here.shape == tuple(there.shape)
    assert here.is_contiguous() == there.is_contiguous()
    before = ours.tolist()
    with tg.no_grad():
        here.fill_(99.0)
    assert (ours.tolist() != before) == of_memory(theirs, there)
    with torch.no_grad():
        there.fill_(99.0)
    assert ours.tolist() == theirs.tolist()


@pytest.mark.filterwarnings("ignore")
def test_every_method_that_gives_a_tensor_of_the_same_elements_is_among_them():
    """A method here that shares memory with its tensor in torch, called without arguments, is compared above."""
    x = torch.arange(16.0).reshape(4, 4)
    for name in sorted(set(dir(tg.Tensor)) & set(dir(torch.Tensor))):
        if (
            name.startswith("_")
            or name.endswith("_")
            or name in CALLS
            or name in ("cpu", "cuda", "requires_grad", "values")
        ):
            continue
        try:
            found = getattr(x, name)
            found = found() if callable(found) else found
            given = getattr(tg.tensor(x.detach().numpy()), name)
            given = given() if callable(given) else given
        except (AttributeError, IndexError, TypeError, RuntimeError, ValueError, NotImplementedError):
            continue
        if isinstance(found, torch.Tensor) and found.numel() and of_memory(x, found):
            ours = tg.tensor(x.detach().numpy())
            here = getattr(ours, name)
            here = here() if callable(here) else here
            here.fill_(99.0)
            assert (ours == 99).all(), name


STRIDES = {
    "a transpose": lambda x: x.T,
    "columns": lambda x: x[:, :2],
    "every other": lambda x: x[::2],
    "permuted": lambda x: x.reshape(2, 2, 4).permute(2, 0, 1),
    "a merge": lambda x: x[:, :2].reshape(4, 2, 1),
    "a diagonal": lambda x: x.diagonal(),
    "windows": lambda x: x.unfold(1, 2, 2),
    "expanded": lambda x: x[:1].expand(3, 4),
    "of a computed transpose": lambda x: x.T * 2,
    "of a sum": lambda x: x.T.sum(0),
    "of a product": lambda x: x.T @ x,
    "chosen columns": lambda x: x[:, [0, 1]],
}


@pytest.mark.parametrize("call", STRIDES, ids=str)
def test_strides(call):
    array = np.arange(16.0, dtype=np.float32).reshape(4, 4)
    assert STRIDES[call](tg.tensor(array)).stride() == STRIDES[call](torch.tensor(array)).stride()
