"""Which states the recurrent layers and cells accept, and what they make of them: torch's answers, over a grid."""

import itertools

import numpy as np
import pytest
import torch

from tinygrad_fr import nn, tensor
from tinygrad_fr.errors import TinygradError

T, N, IN, OUT = 5, 2, 3, 4
LAYERS = {
    "one": {},
    "two": {"num_layers": 2},
    "both ways": {"bidirectional": True},
    "batch first": {"batch_first": True},
}


def variants(right):
    """Shapes of a state, the right one first: each side one more, one less, none; ranks; layouts."""
    found = [right]
    for i in range(len(right)):
        found += [(*right[:i], side, *right[i + 1 :]) for side in (right[i] + 1, right[i] - 1, 0)]
    found += [right[1:], (1, *right), (*right, 1), (), *itertools.permutations(right)]
    return list(dict.fromkeys(found))


def outcome(run):
    """What a call gives, as arrays, or None where it is refused."""
    try:
        out = run()
    except (TinygradError, RuntimeError, ValueError, TypeError, IndexError, AttributeError) as error:
        return None, error
    flat = []
    for part in out if isinstance(out, tuple) else (out,):
        flat += part if isinstance(part, tuple) else [part]
    return [np.asarray(part.detach().numpy()) for part in flat], None


def pair(kind, *sizes, **options):
    torch.manual_seed(0)
    theirs, ours = getattr(torch.nn, kind)(*sizes, **options), getattr(nn, kind)(*sizes, **options)
    ours.load_state_dict({key: value.detach().numpy() for key, value in theirs.state_dict().items()})
    return ours, theirs


def compare(ours, theirs, x, states, note):
    """The same call of both: both refuse, or both give the same."""
    a, refused = outcome(lambda: ours(*(convert(each, tensor) for each in (x, *states))))
    b, error = outcome(lambda: theirs(*(convert(each, torch.tensor) for each in (x, *states))))
    if a is None and b is not None and "Cell" in note and x.ndim == 1:
        assert any(part.shape != (OUT,) for part in b), (
            note
        )  # torch's unbatched cell lets a C broadcast to several rows
        return
    assert (a is None) == (b is None), f"{note}: ours {refused or 'accepted'}; torch's {error or 'accepted'}"
    if a is None:
        assert isinstance(refused, TinygradError), note
        if isinstance(error, RuntimeError | ValueError):
            assert isinstance(refused, RuntimeError if isinstance(error, RuntimeError) else ValueError), (note, error)
        return
    for own, other in zip(a, b, strict=True):
        np.testing.assert_allclose(own, other, rtol=2e-5, atol=1e-6, err_msg=note)
        assert own.shape == other.shape, note
        assert own.dtype == other.dtype, note


def convert(value, make):
    return type(value)(convert(each, make) for each in value) if isinstance(value, tuple | list) else make(value)


def drawn(shape, dtype=np.float32):
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("batched", [True, False], ids=["batch", "no batch"])
@pytest.mark.parametrize("options", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_a_layer_accepts_the_states_that_torch_accepts(kind, options, batched):
    ours, theirs = pair(kind, IN, OUT, **options)
    count = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    right = (count, N, OUT) if batched else (count, OUT)
    x = drawn((N, T, IN) if options.get("batch_first") and batched else (T, N, IN) if batched else (T, IN))
    for shape in variants(right):
        if kind != "LSTM":
            compare(ours, theirs, x, (drawn(shape),), f"{kind} {options} {shape}")
            continue
        for pair_of in ((shape, right), (right, shape), (shape, shape)):
            compare(ours, theirs, x, (tuple(map(drawn, pair_of)),), f"{kind} {options} {pair_of}")


@pytest.mark.parametrize("batched", [True, False], ids=["batch", "no batch"])
@pytest.mark.parametrize("kind", ["RNNCell", "GRUCell", "LSTMCell"])
def test_a_cell_accepts_the_states_that_torch_accepts(kind, batched):
    ours, theirs = pair(kind, IN, OUT)
    right = (N, OUT) if batched else (OUT,)
    x = drawn((N, IN) if batched else (IN,))
    for shape in variants(right):
        if kind != "LSTMCell":
            compare(ours, theirs, x, (drawn(shape),), f"{kind} {shape}")
            continue
        for pair_of in ((shape, right), (right, shape), (shape, shape)):
            compare(ours, theirs, x, (tuple(map(drawn, pair_of)),), f"{kind} {pair_of}")


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM", "RNNCell", "GRUCell", "LSTMCell"])
def test_inputs_and_dtypes_that_torch_accepts(kind):
    ours, theirs = pair(kind, IN, OUT)
    cell = kind.endswith("Cell")
    right, state = ((N, IN), (N, OUT)) if cell else ((T, N, IN), (1, N, OUT))
    for shape in variants(right):
        compare(ours, theirs, drawn(shape), (), f"{kind} of {shape}")
    for dtype in (np.float64, np.int64, np.bool_):
        compare(ours, theirs, drawn(right, dtype), (), f"{kind} of {dtype}")
        held = drawn(state, dtype)
        given = (held, drawn(state)) if "LSTM" in kind else held
        compare(ours, theirs, drawn(right), (given,), f"{kind} with a state of {dtype}")
    held = drawn(state)
    for given in ((held, held), [held, held], (held,), (held,) * 3, (), held):
        if kind == "RNNCell" and isinstance(given, tuple | list):  # an AttributeError there, ours says what it expects
            assert isinstance(
                outcome(lambda given=given: ours(tensor(drawn(right)), convert(given, tensor)))[1], TinygradError
            )
            continue
        compare(
            ours, theirs, drawn(right), (given,), f"{kind} with a state that is {type(given).__name__} of {len(given)}"
        )
