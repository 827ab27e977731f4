"""Weights go to torch's twin of a model and come back, in files, under the same keys."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tinygrad_fr import tensor
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import built, load_weights, save_weights, train


class MLP(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = torch.nn.Linear(64, 32), torch.nn.Linear(32, 10)

    def forward(self, x):
        return self.output(torch.tanh(self.hidden(x.flatten(1))))


class LeNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c3, self.c5 = (torch.nn.Conv2d(*sizes, 5) for sizes in ((1, 6), (6, 16), (16, 120)))
        self.f6, self.output = torch.nn.Linear(120, 84), torch.nn.Linear(84, 10)

    def forward(self, x):
        for layer in (self.c1, self.c3):
            x = torch.nn.functional.avg_pool2d(torch.tanh(layer(x)), 2)
        return self.output(torch.tanh(self.f6(torch.tanh(self.c5(x)).flatten(1))))


class LSTM(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = torch.nn.LSTM(8, 32), torch.nn.Linear(32, 10)

    def forward(self, x):
        return self.head(self.cell(x.transpose(0, 1))[0][-1])


class GPT(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.signs, self.places = torch.nn.Embedding(24, 64), torch.nn.Embedding(71, 64)
        gelu = lambda x: torch.nn.functional.gelu(x, approximate="tanh")  # noqa: E731
        layer = torch.nn.TransformerEncoderLayer(64, 4, 256, 0.0, gelu, batch_first=True, norm_first=True)
        self.blocks = torch.nn.TransformerEncoder(layer, 2, torch.nn.LayerNorm(64), enable_nested_tensor=False)

    def forward(self, ids):
        length = ids.shape[1]
        later = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
        return self.blocks(self.signs(ids) + self.places.weight[:length], later) @ self.signs.weight.T


class Word2Vec(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.input, self.output = (torch.nn.Parameter(torch.randn(146, 32)) for _ in range(2))

    def forward(self, ids):
        return self.input[ids[:, 0]] @ self.output.T


class Seq2Seq(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.signs = torch.nn.Embedding(28, 24), torch.nn.Embedding(13, 24)
        self.encoder, self.decoder = (torch.nn.LSTM(24, 96, batch_first=True) for _ in range(2))
        self.head = torch.nn.Linear(96, 13)

    def forward(self, words):
        signs = torch.full((len(words), 1), 1)
        return self.head(self.decoder(self.signs(signs), self.encoder(self.words(words))[1])[0])


@pytest.mark.parametrize(
    ("name", "twin"),
    [("gpt", GPT), ("word2vec", Word2Vec), ("seq2seq", Seq2Seq), ("mlp", MLP), ("lenet", LeNet), ("lstm", LSTM)],
)
def test_there_and_back(tmp_path, name, twin):
    model, theirs, file = Catalogue().load(name), twin(), tmp_path / "weights.safetensors"
    rows = model.recipe(model.settings).test[:32][0]

    def agree(ours):
        ours.eval()
        with torch.no_grad():
            expected = theirs(torch.tensor(rows.detach().numpy())).detach().numpy()
        found = ours(rows, tensor(np.ones((len(rows), 1), int))) if name == "seq2seq" else ours(rows)
        np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-5, atol=2e-5)

    trained = built(model, model.settings, 3)
    save_weights(trained, file)
    theirs.load_state_dict(load_file(file), strict=True)
    agree(trained)

    theirs = twin()
    save_file(theirs.state_dict(), file)
    ours = built(model, model.settings, 0, file)
    agree(ours)
    for key, value in theirs.state_dict().items():
        assert np.asarray(ours.state_dict()[key]).tobytes() == value.detach().numpy().tobytes()


def test_a_type_that_numpy_lacks_is_refused_in_one_sentence(tmp_path):
    from tinygrad_fr import nn
    from tinygrad_fr.errors import DataError

    file = tmp_path / "half.safetensors"
    save_file({"weight": torch.zeros(3, 2, dtype=torch.bfloat16), "bias": torch.zeros(3)}, file)
    with pytest.raises(DataError, match=r"half\.safetensors"):
        load_weights(nn.Linear(2, 3), file)


def test_a_run_of_ours_goes_on_in_torch(tmp_path):
    """What a training leaves in its folder scores as much there."""
    from tinygrad_fr.training import Config, RunFolder

    model = Catalogue().load("mlp")
    run = train(model, epochs=3, folder=RunFolder.new(tmp_path / "run", Config("mlp", {})))
    theirs = MLP()
    theirs.load_state_dict(load_file(tmp_path / "run" / "weights.safetensors"))
    inputs, target = run.recipe.test.arrays
    with torch.no_grad():
        right = theirs(torch.tensor(inputs)).argmax(1).detach().numpy() == target
    assert right.mean() == run.score
