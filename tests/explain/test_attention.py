"""The weights of attention, read off a record."""

import json

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn, no_grad, tensor
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import attentions, observed
from tinygrad_fr.plugins import Batch, Catalogue


@pytest.mark.parametrize("name", ["transformer", "gpt", "bert", "vit"])
def test_rows_sum_to_one_and_every_layer_is_there(name):
    model = Catalogue().load(name)
    found = attentions(observed(model))
    assert len(found) == {"transformer": 6, "gpt": 2, "bert": 2, "vit": 2}[name]
    for each in found:
        assert np.allclose(each.weights.sum(axis=-1), 1, atol=1e-6)
        assert each.weights.shape[1:] == (len(each.queries), len(each.keys))
        assert all(1 <= each.spread(head) <= len(each.keys) + 1e-6 for head in range(each.heads))


def test_they_are_the_weights_that_the_module_itself_gives():
    attention = nn.MultiheadAttention(8, 2, batch_first=True)

    class One:
        name = "one"
        settings = None

        @staticmethod
        def loss(module, batch):
            return module(batch.inputs, batch.inputs, batch.inputs, need_weights=False, attn_mask=later)[0].sum()

        @staticmethod
        def tokens(settings, batch):
            return ("a", "b", "c")

        target_tokens = staticmethod(lambda settings, batch: ())

    later = ~np.tri(3, dtype=bool)
    x = tensor(np.random.default_rng(0).normal(size=(1, 3, 8)).astype(np.float32))
    (found,) = attentions(observed(One, module=attention, batch=Batch(x, None)))
    with no_grad():
        _y, weights = attention(x, x, x, attn_mask=later, average_attn_weights=False)
    assert np.allclose(found.weights, weights.detach().numpy()[0], atol=1e-6)
    assert found.queries == found.keys == ("a", "b", "c")
    assert found.most(0, 0) == ("a", 1.0)  # who comes first sees nobody else
    assert found.weights[0, 0].tolist() == [1, 0, 0]


def test_the_future_and_what_fills_a_row_are_not_looked_at():
    (gpt, *_rest) = attentions(observed(Catalogue().load("gpt")))
    assert not np.triu(gpt.weights, 1).any()
    (words, *_rest) = attentions(observed(Catalogue().load("transformer")))
    empty = [i for i, word in enumerate(words.keys) if word == "·"]
    assert empty
    assert not words.weights[:, :, empty].any()


def test_a_model_without_attention_says_so():
    with pytest.raises(UsageError, match="model “mlp” has no attention; try transformer, gpt or bert"):
        attentions(observed(Catalogue().load("mlp")))


def test_names_stand_on_the_side_that_they_belong_to():
    crossed = attentions(observed(Catalogue().load("transformer")))[3]
    assert crossed.path.endswith("decoder/0/multihead_attn")
    assert crossed.queries[0] == "‹"
    assert "mille" in crossed.keys or "cent" in crossed.keys
    assert json.dumps(crossed.to_json())


def by_hand(q, k, v, mask):
    """Heads as a dimension."""
    scores = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).masked_fill(mask, float("-inf"))
    return scores.softmax(-1) @ v


def scaled_before(q, k, v, mask):
    return ((q * q.shape[-1] ** -0.5) @ k.mT + tg.where(mask, float("-inf"), 0.0)).softmax(dim=-1) @ v


def merged(q, k, v, mask):
    """Heads counted with the batch, as PyTorch's own module does."""
    n, heads, length, width = q.shape
    q, k, v = (each.reshape(n * heads, length, width) for each in (q, k, v))
    weights = ((q @ k.transpose(1, 2)) * width**-0.5).masked_fill(mask, float("-inf")).softmax(-1)
    return (weights @ v).reshape(n, heads, length, width)


def exponentials(q, k, v, mask):
    """einsum, and a dropout that lets everything through."""
    scores = tg.einsum("bhqd,bhkd->bhqk", q, k) / q.shape[-1] ** 0.5
    weights = nn.functional.dropout(scores.masked_fill(mask, float("-inf")).softmax(-1), 0.5, training=False)
    return tg.einsum("bhqk,bhkd->bhqd", weights, v)


@pytest.mark.parametrize("way", [by_hand, scaled_before, merged, exponentials])
def test_attention_written_by_hand_is_found_by_its_structure(way):
    n, heads, length, width = 2, 3, 4, 5
    project, x = nn.Linear(15, 45), tensor(np.random.default_rng(0).normal(size=(n, length, 15)).astype(np.float32))
    later = tensor(~np.tri(length, dtype=bool))

    class Written:
        name = "written"
        settings = None
        tokens = target_tokens = staticmethod(lambda settings, batch: ())

        @staticmethod
        def loss(module, batch):
            parts = module(batch.inputs).reshape(n, length, 3, heads, width).permute(2, 0, 3, 1, 4)
            y = way(parts[0], parts[1], parts[2], later)
            return y.transpose(1, 2).reshape(n, length, heads * width).sum()

    run = observed(Written, module=project, batch=Batch(x, None))
    (found,) = attentions(run)
    with no_grad():
        q, k, _v = project(x).reshape(n, length, 3, heads, width).permute(2, 0, 3, 1, 4).detach().numpy()[:, 0]
    scores = np.where(np.tri(length, dtype=bool), q @ k.swapaxes(-2, -1) / width**0.5, -np.inf)
    expected = np.exp(scores - scores.max(-1, keepdims=True))
    assert np.allclose(found.weights, expected / expected.sum(-1, keepdims=True), atol=1e-5)
    (second,) = attentions(run, head=2)
    assert second.first == 2
    assert np.array_equal(second.weights, found.weights[1:2])
    with pytest.raises(UsageError, match="1 attentions, expected one from 1 to 1, got 2"):
        attentions(run, layer=2)
    with pytest.raises(UsageError, match="3 heads, expected one from 1 to 3, got 4"):
        attentions(run, head=4)
