"""The weights of attention, read off a record."""

import json

import numpy as np
import pytest

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
    assert np.allclose(found.weights, weights.numpy()[0], atol=1e-6)
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
