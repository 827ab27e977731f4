"""Weights in files: what does not fit is one sentence, and changes nothing."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from tinygrad_fr import nn
from tinygrad_fr.errors import DataError, TinygradError
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import Config, RunFolder, built, load_weights, save_weights, train
from tinygrad_fr.training.weights import values


@pytest.mark.parametrize("name", Catalogue().sources)
def test_there_and_back_bit_for_bit(tmp_path, name):
    model = Catalogue().load(name)
    one, other = (built(model, model.settings, seed) for seed in (1, 2))
    save_weights(one, tmp_path / "w.safetensors")
    load_weights(other, tmp_path / "w.safetensors")
    mine, its = values(one), values(other)  # what a module keeps beside tensors is in a run's folder
    assert list(mine) == list(its)
    for key in mine:
        assert np.asarray(mine[key]).tobytes() == np.asarray(its[key]).tobytes()
        assert np.asarray(mine[key]).dtype == np.asarray(its[key]).dtype


WRONG = {
    "missing": ({"weight": np.zeros((3, 2))}, "missing bias; unexpected –"),
    "extra": ({"weight": np.zeros((3, 2)), "bias": np.zeros(3), "more": np.zeros(1)}, "missing –; unexpected more"),
    "shape": (
        {"weight": np.zeros((2, 3)), "bias": np.zeros(3)},
        r"weight weight: expected shape \(3, 2\), got \(2, 3\)",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_weights_of_something_else(tmp_path, kind):
    arrays, message = WRONG[kind]
    save_file(arrays, tmp_path / "w.safetensors")
    layer = nn.Linear(2, 3)
    before = layer.weight.detach().numpy().copy()
    with pytest.raises(DataError, match=f"w.safetensors: .*{message}"):
        load_weights(layer, tmp_path / "w.safetensors")
    assert np.array_equal(layer.weight.detach().numpy(), before)


def test_files_that_hold_no_weights(tmp_path):
    layer = nn.Linear(2, 3)
    with pytest.raises(TinygradError, match=r"cannot read .*absent: it does not exist"):
        load_weights(layer, tmp_path / "absent")
    save_weights(layer, tmp_path / "w.safetensors")
    whole = (tmp_path / "w.safetensors").read_bytes()
    for data in (b"", b"PK\x03\x04 a pickle", whole[:-1], whole[:20], b"\xff" * 64):
        (tmp_path / "w.safetensors").write_bytes(data)
        with pytest.raises(DataError, match="is no whole safetensors file"):
            load_weights(layer, tmp_path / "w.safetensors")


def test_a_training_starts_from_weights(tmp_path, everything):
    folder = RunFolder.new(tmp_path / "run", Config(everything.name, {}))
    first = train(everything, folder=folder)
    module = built(everything, everything.settings, 7, tmp_path / "run")
    for key, value in first.module.state_dict().items():
        assert np.array_equal(value.detach().numpy(), module.state_dict()[key].detach().numpy())
    again = train(everything, epochs=1, weights=tmp_path / "run")
    assert again.epochs[0].loss < first.epochs[0].loss
