"""Recurrent layers over packed sequences, and what packs them, against PyTorch's."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn.utils import rnn as theirs

import tinygrad_fr as tg
from tinygrad_fr.nn.utils import rnn as ours

LENGTHS = ([5, 3, 3, 1], [2, 4, 1, 4], [1], [3, 3])


def close(mine, other):
    np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=1e-5, atol=1e-6)


def packed(x, lengths, batch_first):
    y = torch.tensor(x.detach().numpy(), requires_grad=True)
    sorted_ = lengths == sorted(lengths, reverse=True)
    return (
        ours.pack_padded_sequence(x, lengths, batch_first, sorted_),
        theirs.pack_padded_sequence(y, torch.tensor(lengths), batch_first, sorted_),
        y,
    )


def batch(lengths, batch_first, size=3):
    shape = (len(lengths), max(lengths), size) if batch_first else (max(lengths), len(lengths), size)
    return tg.tensor(np.random.default_rng(0).standard_normal(shape).astype(np.float32), requires_grad=True)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_packing_and_back(lengths, batch_first):
    x = batch(lengths, batch_first)
    mine, other, y = packed(x, lengths, batch_first)
    close(mine.data, other.data)
    assert mine.batch_sizes.tolist() == other.batch_sizes.tolist()
    for total in (None, 7):
        (a, la), (b, lb) = (
            ours.pad_packed_sequence(mine, batch_first, -1.0, total),
            theirs.pad_packed_sequence(other, batch_first, -1.0, total),
        )
        close(a, b)
        assert la.tolist() == lb.tolist()
    (a * a).sum().backward()
    (b * b).sum().backward()
    close(x.grad, y.grad)


@pytest.mark.parametrize("state", [False, True])
@pytest.mark.parametrize(("layers", "bidirectional"), list(itertools.product((1, 2), (False, True))))
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_layers(kind, lengths, layers, bidirectional, state):
    options = {"num_layers": layers, "bidirectional": bidirectional}
    mine, other = getattr(tg.nn, kind)(3, 4, **options), getattr(torch.nn, kind)(3, 4, **options)
    other.load_state_dict({key: torch.tensor(value.detach().numpy()) for key, value in mine.state_dict().items()})
    x = batch(lengths, False)
    a, b, y = packed(x, lengths, False)
    given = ()
    if state:
        h = np.random.default_rng(1).standard_normal((layers * (1 + bidirectional), len(lengths), 4)).astype(np.float32)
        given = tuple((m(h), m(h * 2)) if kind == "LSTM" else m(h) for m in (tg.tensor, torch.tensor))
    (out, ends), (out2, ends2) = mine(a, *given[:1]), other(b, *given[1:])
    close(out.data, out2.data)
    for end, end2 in zip(ends, ends2, strict=True) if kind == "LSTM" else [(ends, ends2)]:
        close(end, end2)
    total, total2 = (out.data**2).sum(), (out2.data**2).sum()
    total += sum(e.sum() for e in ends) if kind == "LSTM" else ends.sum()
    total2 += sum(e.sum() for e in ends2) if kind == "LSTM" else ends2.sum()
    total.backward()
    total2.backward()
    close(x.grad, y.grad)
    for (name, p), q in zip(mine.named_parameters(), other.parameters(), strict=True):
        assert name
        close(p.grad, q.grad)


def test_sequences_of_different_lengths():
    rows = [np.arange(6.0).reshape(3, 2), np.ones((1, 2)), np.zeros((2, 2))]
    for batch_first, side in itertools.product((False, True), ("left", "right")):
        close(
            ours.pad_sequence([tg.tensor(r) for r in rows], batch_first, 9.0, side),
            theirs.pad_sequence([torch.tensor(r) for r in rows], batch_first, 9.0, side),
        )
    close(
        ours.pack_sequence([tg.tensor(r) for r in rows], enforce_sorted=False).data,
        theirs.pack_sequence([torch.tensor(r) for r in rows], enforce_sorted=False).data,
    )


@pytest.mark.parametrize("lengths", [[2, 3], [3, 0], [3], [3, 2, 1]], ids=str)
def test_lengths_that_do_not_fit_are_refused(lengths):
    x = tg.zeros(3, 2, 1)
    with pytest.raises(RuntimeError):
        theirs.pack_padded_sequence(torch.zeros(3, 2, 1), torch.tensor(lengths))
    with pytest.raises(RuntimeError, match="expected"):
        ours.pack_padded_sequence(x, lengths)


def test_a_length_beyond_the_steps_is_refused():
    """PyTorch reads on, past the sequence."""
    with pytest.raises(ValueError, match="lengths from 1 to 3"):
        ours.pack_padded_sequence(tg.zeros(3, 2, 1), [4, 1])


def test_dropout_between_layers():
    tg.manual_seed(0)
    layer = tg.nn.LSTM(3, 4, num_layers=2, dropout=1.0)
    x = tg.ones(2, 1, 3)
    out, _state = layer(x)
    layer.eval()
    other, _state = layer(x)
    assert not np.allclose(out.detach().numpy(), other.detach().numpy())
    twin = torch.nn.LSTM(3, 4, num_layers=2, dropout=1.0)
    twin.load_state_dict({key: torch.tensor(value.detach().numpy()) for key, value in layer.state_dict().items()})
    close(out, twin(torch.ones(2, 1, 3))[0])  # everything is dropped
