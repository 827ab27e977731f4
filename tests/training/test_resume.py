"""A run that was stopped, however, and continued ends bit for bit where it would have ended."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tinygrad_fr import files
from tinygrad_fr import random as rng
from tinygrad_fr.errors import DataError, TinygradError, UsageError
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import Config, RunFolder, State, Training, train
from tinygrad_fr.training.folder import CHECKPOINT, CONFIG, METRICS
from tinygrad_fr.training.weights import WEIGHTS


def folder_of(path, model, **more):
    return RunFolder.new(path, Config(model.name, {}, **more))


def ended(path):
    """All that a run leaves behind, without its times."""
    state = State.unpack((path / CHECKPOINT).read_bytes(), path)
    figures = [json.loads(line) | {"seconds": 0} for line in (path / METRICS).read_text().splitlines()]
    tree = repr((state.optimizer, state.schedule, state.generators, state.step, state.batch, state.total))
    return (
        figures,
        tree,
        {key: np.asarray(value).tobytes() for key, value in state.weights.items()},
        (path / WEIGHTS).read_bytes(),
    )


def same(one, other):
    np.testing.assert_equal(ended(one), ended(other))


def stop_at(step):
    def on_step(done, _steps, _loss):
        if done == step:
            raise KeyboardInterrupt

    return on_step


@pytest.mark.long
@pytest.mark.parametrize("optimizer", ["SGD", "Adagrad", "Adam", "AdamW", "RMSprop"])
def test_stopped_at_every_step(tmp_path, everything, optimizer):
    """The step under way is lost: the run is stopped after it changed the weights and before it was counted."""
    settings = everything.settings.replaced({"optimizer": optimizer, "patience": "2"})
    train(everything, settings, folder=folder_of(tmp_path / "whole", everything))
    steps = State.unpack((tmp_path / "whole" / CHECKPOINT).read_bytes(), tmp_path).step
    assert steps > 5
    for step in range(1, steps + 1):
        path = tmp_path / str(step)
        with pytest.raises(KeyboardInterrupt):
            train(everything, settings, folder=folder_of(path, everything), on_step=stop_at(step))
        assert State.unpack((path / CHECKPOINT).read_bytes(), path).step == step - 1
        train(everything, settings, folder=RunFolder.open(path, everything))
        same(path, tmp_path / "whole")


def test_stopped_again_and_again(tmp_path, everything):
    train(everything, folder=folder_of(tmp_path / "whole", everything))
    folder = folder_of(tmp_path / "parts", everything)
    for step in range(2, 20, 3):
        with pytest.raises(KeyboardInterrupt):
            train(everything, folder=folder, on_step=stop_at(step))
    train(everything, folder=folder)
    same(tmp_path / "parts", tmp_path / "whole")


@pytest.mark.parametrize("name", ["mlp", "lstm", "neuron"])
def test_models_of_the_course(tmp_path, name):
    model = Catalogue().load(name)
    train(model, epochs=2, folder=folder_of(tmp_path / "whole", model))
    folder = folder_of(tmp_path / "parts", model)
    with pytest.raises(KeyboardInterrupt):
        train(model, epochs=2, folder=folder, on_step=stop_at(2))
    train(model, epochs=2, folder=folder)
    same(tmp_path / "parts", tmp_path / "whole")


@pytest.mark.parametrize("file", [CHECKPOINT, METRICS, WEIGHTS])
def test_stopped_between_two_files(tmp_path, everything, monkeypatch, file):
    """A kill may fall anywhere among the files of one writing."""
    train(everything, folder=folder_of(tmp_path / "whole", everything))
    folder = folder_of(tmp_path / "parts", everything)
    write, left = files.write, [8]

    def dies(path, data):
        left[0] -= path.name == file
        if left[0] <= 0 and path.name == file:
            raise KeyboardInterrupt
        write(path, data)

    folder.rest = 0.0  # every step is written
    monkeypatch.setattr(files, "write", dies)
    if file == CHECKPOINT:
        with pytest.raises(KeyboardInterrupt):
            train(everything, folder=folder)
    else:
        left[0] = 2
        with pytest.raises(KeyboardInterrupt):
            train(everything, folder=folder)
    monkeypatch.undo()
    train(everything, folder=RunFolder.open(folder.path, everything))
    same(tmp_path / "parts", tmp_path / "whole")


def program(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "tinygrad_fr.cli", "--lang", "en", "train", "mlp", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # What a shell runs in the background ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def lines(path):
    return len((path / METRICS).read_text().splitlines()) if (path / METRICS).exists() else 0


def stopped(process, path, epochs, how):
    """Stop a process once it has added so many epochs to its folder, unless it is over before; gives what it said."""
    start = lines(path)
    while process.poll() is None and lines(path) < start + epochs:
        time.sleep(0.001)
    if process.poll() is None:
        process.send_signal(how)
    return process.communicate()[1]


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_a_real_process(tmp_path, how):
    """Stopped from outside wherever it happens to be, several times."""
    model, whole = Catalogue().load("mlp"), 40
    train(model, epochs=whole, folder=folder_of(tmp_path / "whole", model, epochs=whole))
    path, stops = tmp_path / "parts", 0
    for turn in range(4):
        process = program("--run", str(path), *(("--resume",) if turn else ("--epochs", str(whole))))
        said = stopped(process, path, random.Random(turn).randint(1, 9), how)
        if process.returncode and lines(path) < whole:
            stops += 1
            assert process.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
            if how is signal.SIGINT:
                assert f"interrupted; to go on: tinygrad-fr train mlp --run {path} --resume\n" in said
                assert not [file for file in path.iterdir() if file.name.startswith(".")]
    assert stops
    done = program("--run", str(path), "--resume")
    _out, err = done.communicate()
    assert done.returncode == 0, err
    same(path, tmp_path / "whole")


def test_continuing_a_finished_run_adds_nothing_and_more_epochs_go_on(tmp_path, everything):
    short, long = folder_of(tmp_path / "short", everything), folder_of(tmp_path / "long", everything)
    train(everything, epochs=2, folder=short)
    before = ended(short.path)
    assert len(train(everything, epochs=2, folder=short).epochs) == 2
    np.testing.assert_equal(ended(short.path), before)
    train(everything, epochs=3, folder=short)
    train(everything, epochs=3, folder=long)
    same(short.path, long.path)


def test_a_state_is_what_it_was_after_later_steps(everything):
    training = Training(everything, everything.settings)
    training.advance()
    state = training.state()
    packed = state.pack()
    for _ in range(3):
        training.advance()
    assert state.pack() == packed
    assert State.unpack(packed, None).pack() == packed


def test_scoring_changes_no_random_number(everything):
    training = Training(everything, everything.settings)
    for _ in range(len(training.loader)):
        training.advance()
    before = rng.default.get_state().tolist()
    training.close()
    assert rng.default.get_state().tolist() == before


def test_writing_is_paid_for_by_work(tmp_path, everything, monkeypatch):
    """Between two writings lies nineteen times the time that one took."""
    now = [0.0]
    monkeypatch.setattr("tinygrad_fr.training.folder.time.perf_counter", lambda: now[0])
    write = files.write

    def slow(path, data):
        now[0] += 1.0 if path.name == CHECKPOINT else 0.0
        write(path, data)

    monkeypatch.setattr(files, "write", slow)
    folder = folder_of(tmp_path / "run", everything)
    state, written = Training(everything, everything.settings).state(), []
    for tick in range(60):
        before = now[0]
        folder.keep(state)
        written += [tick] if now[0] > before else []
        now[0] += 1.0
    assert written == [0, 19, 38, 57]


def test_a_full_disk_is_said_and_the_last_checkpoint_kept(tmp_path, everything, monkeypatch):
    train(everything, folder=folder_of(tmp_path / "whole", everything))
    folder = folder_of(tmp_path / "parts", everything)
    folder.rest = 0.0
    sync, left = os.fsync, [9]

    def full(handle):
        left[0] -= 1
        if left[0] <= 0:
            raise OSError(28, "No space left on device")
        sync(handle)

    monkeypatch.setattr("tinygrad_fr.files.os.fsync", full)
    with pytest.raises(TinygradError, match=r"cannot write .*checkpoint\.safetensors: the disk is full"):
        train(everything, folder=folder)
    monkeypatch.undo()
    assert State.unpack((folder.path / CHECKPOINT).read_bytes(), folder.path).step > 2
    train(everything, folder=RunFolder.open(folder.path, everything))
    same(tmp_path / "parts", tmp_path / "whole")


def test_what_a_kill_left_half_written_is_swept_away(tmp_path, everything):
    folder = folder_of(tmp_path / "run", everything)
    train(everything, epochs=1, folder=folder)
    before = ended(folder.path)
    (folder.path / f".{CHECKPOINT}.k3x9").write_bytes(b"half")
    (folder.path / ".mine").write_bytes(b"kept")
    train(everything, epochs=1, folder=RunFolder.open(folder.path, everything))
    np.testing.assert_equal(ended(folder.path), before)
    assert [file.name for file in folder.path.iterdir() if file.name.startswith(".")] == [".mine"]


def test_folders_that_cannot_be_continued(tmp_path, everything):
    folder = folder_of(tmp_path / "run", everything)
    train(everything, epochs=1, folder=folder)
    with pytest.raises(UsageError, match="run holds a run already: continue it with --resume"):
        folder_of(tmp_path / "run", everything)
    with pytest.raises(UsageError, match="holds no run to continue"):
        RunFolder.open(tmp_path, everything)
    mlp = Catalogue().load("mlp")
    with pytest.raises(UsageError, match="holds a run of model “everything”, not of “mlp”"):
        RunFolder.open(folder.path, mlp)
    text = (folder.path / CONFIG).read_text()
    (folder.path / CONFIG).write_text(text.replace(folder.config.version, "9.9"))
    with pytest.raises(DataError, match=r"version 9\.9, this is .* --weights"):
        RunFolder.open(folder.path, everything)
    for broken in (text[:-10], text.replace("seed", "sead"), "[]"):
        (folder.path / CONFIG).write_text(broken)
        with pytest.raises(DataError, match=r"config\.json is damaged"):
            RunFolder.open(folder.path, everything)


def test_a_damaged_or_foreign_checkpoint_is_refused(tmp_path, everything):
    folder = folder_of(tmp_path / "run", everything)
    train(everything, epochs=1, folder=folder)
    checkpoint, whole = folder.path / CHECKPOINT, (folder.path / CHECKPOINT).read_bytes()
    mlp = Catalogue().load("mlp")
    with pytest.raises(DataError, match=r"checkpoint\.safetensors: the weights do not fit the model: missing hidden"):
        train(mlp, folder=RunFolder(folder.path, Config("mlp", {})))
    for end in (0, 7, 100, len(whole) // 2, len(whole) - 1):
        checkpoint.write_bytes(whole[:end])
        with pytest.raises(DataError, match=r"checkpoint\.safetensors is no whole safetensors file"):
            train(everything, folder=folder)
    checkpoint.write_bytes((folder.path / WEIGHTS).read_bytes())
    with pytest.raises(DataError, match="is no checkpoint of this version"):
        train(everything, folder=folder)
