"""Weights of a training by a recipe, kept for a second look."""

import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner

from tinygrad_fr.cli.main import group
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import built, kept

MODEL = Catalogue().load("perceptron")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)


def said(*arguments):
    result = CliRunner().invoke(group(), arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_second_look_reads_what_the_first_left_and_is_the_same(monkeypatch):
    first = said("step", "neuron", "--trained", "--plain")
    monkeypatch.setattr("tinygrad_fr.cli.trained.train", None)  # no second training
    second = said("step", "neuron", "--trained", "--plain")
    assert "weights kept in" in first
    assert "trained earlier" in second
    tail = [text.split("Artificial neuron.", 1)[1] for text in (first, second)]
    assert tail[0] == tail[1]


def test_fresh_trains_again():
    said("step", "neuron", "--trained", "--plain")
    again = said("step", "neuron", "--trained", "--fresh", "--plain")
    assert "trained earlier" not in again
    assert "weights kept in" in again


def test_other_settings_seed_or_code_are_another_training(tmp_path):
    settings = MODEL.settings
    places = {kept.place(MODEL, settings, 0), kept.place(MODEL, settings, 1)}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, float | int) and not isinstance(value, bool):
            places.add(kept.place(MODEL, dataclasses.replace(settings, **{field.name: value + 1}), 0))
    assert None not in places
    assert len(places) >= 3


def test_another_text_of_a_plugin_is_another_training(tmp_path):
    file = tmp_path / "own.py"
    places = set()
    for version in "ab":
        file.write_text(
            "from tinygrad_fr_plugins.neuron import Neuron\n"
            f"class Own(Neuron):\n    name = 'own'\n    version = {version!r}\nplugins = [Own]\n"
        )
        model = Catalogue((file,)).load("own")
        places.add(kept.place(model, model.settings, 0))
    assert None not in places
    assert len(places) == 2


def test_a_cache_that_cannot_be_written_or_a_broken_file_costs_a_training_and_nothing_else(tmp_path, monkeypatch):
    module = built(MODEL, MODEL.settings, 0)
    path = kept.place(MODEL, MODEL.settings, 0)
    assert kept.keep(module, path)
    path.write_bytes(path.read_bytes()[:-3])
    assert not kept.take(built(MODEL, MODEL.settings, 1), path)
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert not kept.keep(module, kept.place(MODEL, MODEL.settings, 0))
    assert not kept.take(module, kept.place(MODEL, MODEL.settings, 0))
    assert kept.held() == (0, 0)
    assert "weights kept" not in said("step", "neuron", "--trained", "--plain")


def test_weights_come_back_bit_for_bit():
    module, other = built(MODEL, MODEL.settings, 0), built(MODEL, MODEL.settings, 1)
    path = kept.place(MODEL, MODEL.settings, 0)
    assert kept.keep(module, path)
    assert kept.take(other, path)
    for key, value in module.state_dict().items():
        assert np.array_equal(value.detach().numpy(), other.state_dict()[key].detach().numpy())


def test_doctor_shows_and_empties_it():
    kept.keep(built(MODEL, MODEL.settings, 0), kept.place(MODEL, MODEL.settings, 0))
    assert "trainings kept" in said("doctor")
    assert kept.held()[0] == 1
    assert "1 trainings removed" in said("doctor", "--forget")
    assert kept.held() == (0, 0)
