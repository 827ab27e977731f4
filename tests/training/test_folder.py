"""A run's folder: one writer at a time, readers that only read, and fields that are named when they are wrong."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tinygrad_fr import files
from tinygrad_fr.errors import DataError, TinygradError, UsageError
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import Config, RunFolder, State, Training, train
from tinygrad_fr.training.folder import CHECKPOINT, CONFIG

HOLDS = """
import sys, time
from pathlib import Path
from tinygrad_fr import files
with files.alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def neuron():
    return Catalogue().load("neuron")


@pytest.fixture
def holder(tmp_path):
    """Another process that writes in the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_one_writer_at_a_time(tmp_path, neuron, holder):
    with pytest.raises(UsageError, match=f"process {holder.pid} on .* is writing in .*: wait for its end, or choose"):
        RunFolder.new(tmp_path, Config("neuron", {}))
    assert [each.name for each in tmp_path.iterdir()] == [files.LOCK]
    holder.communicate()
    train(neuron, epochs=1, folder=RunFolder.new(tmp_path, Config("neuron", {})))
    assert files.LOCK not in [each.name for each in tmp_path.iterdir()]


def test_a_second_training_of_a_run_is_refused_and_the_first_one_goes_on(tmp_path, neuron):
    folder = RunFolder.new(tmp_path, Config("neuron", {}))
    refused = []

    def on_step(step, _steps, _loss):
        if step == 3:
            with pytest.raises(UsageError, match=f"process {os.getpid()} on") as error:
                train(neuron, folder=RunFolder.open(tmp_path, neuron))
            refused.append(error)

    assert len(train(neuron, epochs=5, folder=folder, on_step=on_step).epochs) == 5
    assert refused
    assert len(State.unpack((tmp_path / CHECKPOINT).read_bytes(), tmp_path).epochs) == 5


def test_a_reader_leaves_an_unfinished_file_of_the_writer_alone(tmp_path, neuron):
    train(neuron, epochs=1, folder=RunFolder.new(tmp_path, Config("neuron", {})))
    unfinished = tmp_path / f".{CHECKPOINT}.0123abcd"
    unfinished.write_bytes(b"half")
    folder = RunFolder.open(tmp_path, neuron)
    folder.restore(Training(neuron, neuron.settings))
    assert unfinished.exists()
    train(neuron, epochs=2, folder=folder)  # who goes on with it removes what a kill left
    assert not unfinished.exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_of_a_dead_process_is_taken_over(tmp_path, neuron, holder, number):
    holder.send_signal(number)
    holder.wait()
    assert (tmp_path / files.LOCK).exists()
    train(neuron, epochs=1, folder=RunFolder.new(tmp_path, Config("neuron", {})))
    assert not (tmp_path / files.LOCK).exists()


def test_a_lock_without_a_process_is_no_lock(tmp_path):
    for left in (b"", b"host 1\n", b"\xff" * 300):
        (tmp_path / files.LOCK).write_bytes(left)
        with files.alone(tmp_path):
            pass


WRONG = {
    "model": [3, None, ["mlp"], {}],
    "settings": [3, None, [], {"hidden": [1]}, {"hidden": {}}, {"nothing": 1}, {"gate": "no such gate"}],
    "seed": ["one", 1.5, True, None, -1, []],
    "epochs": ["one", 0, -3, 2.5, False],
    "weights": [3, [], {}],
    "data": [3, "file", {}, {"path": "x"}, {"path": 3, "target": None, "fingerprint": ""}, []],
    "version": [3, None],
    "more": [1],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_field_of_a_config_is_named(tmp_path, neuron, field):
    RunFolder.new(tmp_path, Config("neuron", {"gate": "and"}))
    whole = json.loads((tmp_path / CONFIG).read_text())
    for value in WRONG[field]:
        (tmp_path / CONFIG).write_text(json.dumps({**whole, field: value}))
        with pytest.raises(DataError, match=r"config\.json is damaged: ") as error:
            RunFolder.open(tmp_path, neuron).settings(neuron)
        said = str(error.value)
        assert field in said or "gate" in said or "nothing" in said, said
        assert "\n" not in said
        assert len(said) < 400
    if field in ("model", "settings"):
        (tmp_path / CONFIG).write_text(json.dumps({key: value for key, value in whole.items() if key != field}))
        with pytest.raises(DataError, match=f"field “{field}”: expected a value, found null"):
            RunFolder.open(tmp_path, neuron)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", "null", "{", '{"a": NaN}', "[" * 100_000, '{"a":' * 100_000, "\ufeff{}", "1" * 10_000, '{"model": "\\ud800"'],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_config_is_refused(tmp_path, neuron, text):
    (tmp_path / CONFIG).write_text(text)
    with pytest.raises(DataError, match=r"config\.json is damaged: ") as error:
        RunFolder.open(tmp_path, neuron)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


def changed(tree, path, value):
    """A tree with another value at a place."""
    key, _dot, rest = path.partition(".")
    copied = list(tree) if isinstance(tree, list) else dict(tree)
    copied[int(key) if isinstance(tree, list) else key] = (
        changed(tree[int(key) if isinstance(tree, list) else key], rest, value) if rest else value
    )
    return copied


PLACES = {
    "step": ["x", -1, 1.5, None, []],
    "batch": ["x", -1, 10**9, None],
    "total": ["x", None, [], True],
    "weights": [3, None, []],
    "extra": [3, {"no": 1}],
    "optimizer": [3, None, {}, {"state": {}, "param_groups": 3}, {"state": 3, "param_groups": []}],
    "optimizer.param_groups": [3, "x", [], [3], [{}]],
    "optimizer.param_groups.0.lr": ["fast", True, [], float("nan"), {}],
    "optimizer.param_groups.0.params": [3, "x", [], ["a"]],
    "optimizer.state.0": [3, [], "x", {"$array": "missing"}, {"$array": []}],
    "optimizer.state.0.step": ["x", []],
    "schedule": [3, [], {}, {"last_epoch": "x"}],
    "generators": [3, None, {}, {"own": 3}],
    "generators.own": [3, "no such", {}, {"$array": []}],
    "generators.opening": [3, {}, []],
    "epochs": [3, None, [3], [{}], [{"number": "x"}]],
    "epochs.0.loss": ["x", None, []],
}


@pytest.mark.parametrize("place", PLACES)
def test_a_wrong_field_of_a_checkpoint_is_named(tmp_path, everything, place):
    from tinygrad_fr.training.state import FORMAT
    from tinygrad_fr.training.weights import packed, unpacked

    folder = RunFolder.new(tmp_path, Config("everything", {}))
    training = Training(everything, everything.settings)
    for _step in range(7):
        training.turn()
    folder.save(training.state())
    path = tmp_path / CHECKPOINT
    arrays, about = unpacked(path.read_bytes(), path)
    for value in PLACES[place]:
        path.write_bytes(packed(arrays, {FORMAT: json.dumps(changed(json.loads(about[FORMAT]), place, value))}))
        other = Training(everything, everything.settings)
        with pytest.raises(DataError, match=r"checkpoint\.safetensors") as error:
            folder.restore(other)
        said = str(error.value)
        assert place.split(".")[0] in said, said
        assert "\n" not in said
        assert other.step == 0


def test_states_of_another_shape_are_refused(everything):
    training, other = (Training(everything, everything.settings) for _each in range(2))
    training.turn()
    state = training.state()
    for held in state.optimizer["state"].values():
        for name, value in held.items():
            if getattr(value, "ndim", 0) == 2:
                held[name] = value[:1]
    with pytest.raises(DataError, match=r"field “optimizer\.state\.\d\.\w+”: expected \(8, 4\), found \(1, 4\)"):
        other.restore(state)


def test_a_folder_that_cannot_be_written_is_said_before_the_work(tmp_path, neuron, monkeypatch):
    folder = RunFolder.new(tmp_path, Config("neuron", {}))

    def refused(*_arguments, **_more):
        raise PermissionError(13, "no")

    monkeypatch.setattr("pathlib.Path.open", refused)
    steps = []
    with pytest.raises(TinygradError, match=r"cannot write .*: permission denied"):
        train(neuron, folder=folder, on_step=lambda *step: steps.append(step))
    assert steps == []
