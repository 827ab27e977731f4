"""Random indices, read and written: PyTorch's values and gradients, or an error of the same class."""

import warnings
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import event, given, settings

import tinygrad_fr as tg
from tests.indices import Held, cases, written

MANY = settings(max_examples=10 * settings.default.max_examples)


def numbers(shape, start=1.0):
    return start + np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)


def kinds(index):
    """What stands in an index, for hypothesis's statistics."""
    names = {type(part).__name__ if not isinstance(part, Held) else f"{part.array.ndim}-d" for part in index}
    return " ".join(sorted(names))


def asked(act):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return act(), None
        except (IndexError, RuntimeError, TypeError, ValueError) as error:
            return None, error


@MANY
@given(cases())
def test_what_is_read(case):
    shape, index = case
    event(kinds(index))
    theirs, refused = asked(lambda: torch.tensor(numbers(shape))[written(index, torch.tensor)])
    x = tg.tensor(numbers(shape), requires_grad=True)
    if refused is not None:
        if x.numel():  # of no elements torch refuses some masks of none
            with pytest.raises(type(refused)):
                x[written(index, tg.tensor)]
        return
    found, refusal = asked(lambda: x[written(index, tg.tensor)])
    if refusal is not None:  # where nothing is chosen torch does not look whether it could be
        assert isinstance(refusal, IndexError)
        assert not theirs.numel()
        return
    assert found.shape == tuple(theirs.shape)
    assert np.array_equal(found.detach().numpy(), theirs.detach().numpy())
    y = torch.tensor(numbers(shape), requires_grad=True)
    weights = np.cos(numbers(found.shape))
    asked(lambda: (y[written(index, torch.tensor)] * torch.tensor(weights)).sum().backward())
    (found * tg.tensor(weights)).sum().backward()
    assert np.allclose(x.grad.detach().numpy(), y.grad.detach().numpy(), rtol=0, atol=1e-12)


@MANY
@given(cases())
def test_what_is_written(case):
    shape, index = case
    event(kinds(index))
    part, refused = asked(lambda: torch.tensor(numbers(shape))[written(index, torch.tensor)])
    if refused is not None:
        x = tg.tensor(numbers(shape))
        if x.numel():
            with pytest.raises(type(refused)):
                x[written(index, tg.tensor)] = 0.0
        assert np.array_equal(x.detach().numpy(), numbers(shape))
        return
    # Every way in which what is written may broadcast, one after the other.
    wide = tuple(part.shape)
    for sides in {wide, wide[1:], tuple(1 for _ in wide), (), (1, *wide), (*wide[:-1], 1) if wide else (1,)}:
        x, value = (torch.tensor(numbers(s, -50.0 * i), requires_grad=True) for i, s in enumerate((shape, sides)))
        a, b = (tg.tensor(t.detach().numpy(), requires_grad=True) for t in (x, value))
        y, c = x * 1, a * 1
        _, refused = asked(partial(y.__setitem__, written(index, torch.tensor), value))
        if refused is not None:
            if x.numel() and "boolean masks" not in str(refused):  # torch reads masks of uint8, and cannot fill by them
                with pytest.raises(type(refused)):
                    c[written(index, tg.tensor)] = b
                assert np.array_equal(c.detach().numpy(), numbers(shape, 0.0))
            continue
        _, refusal = asked(partial(c.__setitem__, written(index, tg.tensor), b))
        if refusal is not None:
            assert isinstance(refusal, IndexError)
            assert not part.numel()
            continue
        assert np.array_equal(c.detach().numpy(), y.detach().numpy())
        weights = np.cos(numbers(shape))
        asked((y * torch.tensor(weights)).sum().backward)
        (c * tg.tensor(weights)).sum().backward()
        assert np.allclose(a.grad.detach().numpy(), x.grad.detach().numpy(), rtol=0, atol=1e-12)
        places, _ = asked(partial(torch.arange(x.numel()).reshape(shape).__getitem__, written(index, torch.tensor)))
        if len(places.unique()) == places.numel():  # what was overwritten gets no gradient here
            assert np.allclose(b.grad.detach().numpy(), value.grad.detach().numpy(), rtol=0, atol=1e-12)
        elif b.grad is not None:
            assert b.grad.shape == sides
