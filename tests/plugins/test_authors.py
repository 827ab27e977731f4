"""What authors of plugins get: a package to start from, a check with teeth, facts about any plugin."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tests.plugins.shell import from_nothing
from tinygrad_fr import Generator, nn, optim, tensor
from tinygrad_fr.data import TensorDataset
from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.plugins import Batch, Catalogue, Classifier, Recipe, Settings, Text, setting
from tinygrad_fr.plugins.new import new_plugin
from tinygrad_fr.testing.contract import PROMISES, kept

LARGE = {"alexnet", "bert", "googlenet", "gpt", "resnet", "seq2seq", "transformer", "vgg", "vit"}


@pytest.mark.long
def test_a_new_package_is_installed_checked_and_passes_its_own_tests(tmp_path):
    made = from_nothing("plugins", "new", "two-clouds", "-o", tmp_path)
    assert made.returncode == 0, made.stderr
    folder, site = tmp_path / "two-clouds", tmp_path / "site"
    assert [line.removeprefix(f"{folder}/") for line in made.stdout.splitlines()] == [
        "pyproject.toml", "two_clouds.py", "tests/test_two_clouds.py", "README.md",
    ]  # fmt: skip
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(site), str(folder)], check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    checked = from_nothing("plugins", "check", "two-clouds", env=environment)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("✓") == len(PROMISES)
    shown = json.loads(from_nothing("plugins", "show", "two-clouds", "--json", env=environment).stdout)
    assert (shown["origin"], shown["class"], shown["parameters"]) == ("two-clouds", "two_clouds.TwoClouds", 6)
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(folder / "tests")],
        env=environment, capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    assert tests.returncode == 0, tests.stdout
    assert f"{len(PROMISES) + 3} passed" in tests.stdout


def test_a_new_package_is_clean_and_works_as_one_file(tmp_path, run):
    (tmp_path / "sub").mkdir()
    new_plugin("abc", tmp_path / "sub")
    ruff = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F,I,B,UP,D1", "--line-length", "120",
         "--config", "lint.isort.known-first-party=['tinygrad_fr']", "--ignore", "D105,D107", str(tmp_path / "sub" / "abc" / "abc.py")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert ruff.returncode == 0, ruff.stdout
    file = tmp_path / "sub" / "abc" / "abc.py"
    done = run("plugins", "check", file, "--json")
    assert done.returncode == 0
    assert {row["promise"] for row in json.loads(done.stdout)} == {promise.name for promise in PROMISES}
    assert run("train", "abc", "--plugin", file).returncode == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Two", "expected lower-case letters, digits and hyphens, starting with a letter, got “Two”"),
        ("2two", "got “2two”"),
        ("two_clouds", "got “two_clouds”"),
        ("two--clouds", "got “two--clouds”"),
        ("-", "got “-”"),
        ("../out", "got “../out”"),
        ("class", "got “class”"),
        ("", "got “”"),
        ("mlp", "there is a plugin “mlp” already"),
        ("here", "here is there already, and nothing is overwritten"),
    ],
)
def test_names_that_will_not_do(tmp_path, name, message):
    (tmp_path / "here").mkdir()
    with pytest.raises(UsageError, match=message.replace(".", r"\.")):
        new_plugin(name, tmp_path, Catalogue().sources)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    assert list((tmp_path / "here").iterdir()) == []


def test_a_package_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    sync, left = os.fsync, [3]

    def full(handle):
        left[0] -= 1
        if left[0] == 0:
            raise OSError(28, "No space left on device")
        sync(handle)

    monkeypatch.setattr("tinygrad_fr.files.os.fsync", full)
    with pytest.raises(TinygradError, match="the disk is full"):
        new_plugin("abc", tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert all(path.is_file() for path in new_plugin("abc", tmp_path))


@pytest.mark.parametrize("promise", PROMISES, ids=str)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] if name in LARGE else []) for name in Catalogue().sources]
)
def test_our_models_keep_every_promise(name, promise):
    promise.hold(Catalogue().load(name))


@dataclass(frozen=True)
class HonestSettings(Settings):
    lr: float = setting(0.1, Text(fr="taux", en="rate"), low=0.0)


class Honest(Classifier):
    name = "honest"
    title = Text(fr="Honnête", en="Honest")
    section = "—"
    explanation = Text(fr="Oui.", en="Yes.")
    settings = HonestSettings()

    def build(self, settings):
        return nn.Linear(2, 2)

    def example(self, settings):
        return Batch(tensor([[1.0, -1.0]]), tensor([0]))

    def recipe(self, settings):
        x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
        rows = TensorDataset(x, (x[:, 0] > 0).astype(np.int64))
        return Recipe(rows, rows, lambda p: optim.SGD(p, settings.lr, momentum=0.9), epochs=2, batch_size=8, score=0.5)


CHANCE = Generator(0)


class Mute(Honest):
    explanation = Text(fr="Oui.", en=" ")


class OutOfBounds(Honest):
    settings = HonestSettings(lr=-1.0)


class OwnChance(Honest):
    def build(self, settings):
        module = nn.Linear(2, 2)
        module.weight.data = CHANCE.numpy.normal(size=(2, 2))
        return module


class NoParameters(Honest):
    def build(self, settings):
        return nn.ReLU()


class OtherExamples(Honest):
    def example(self, settings):
        return Batch(tensor(CHANCE.numpy.normal(size=(1, 2))), tensor([0]))


class InfiniteLoss(Honest):
    def loss(self, module, batch):
        return super().loss(module, batch) * 1e38 * 1e38


class WrongGradient(Honest):
    def loss(self, module, batch):
        right = super().loss(module, batch)
        return right + (right * 2).detach()


class Unused(Honest):
    def build(self, settings):
        module = nn.Linear(2, 2)
        module.more = nn.Parameter(np.zeros(3, np.float32))
        return module


class PercentScore(Honest):
    def score(self, module, batch):
        return 100 * super().score(module, batch)


class PercentRecipe(Honest):
    def recipe(self, settings):
        return replace(super().recipe(settings), score=95)


class Frozen(Honest):
    def update(self, module, batch, optimizer, clip_norm=None):
        return 1.0


class OwnOrder(Honest):
    def recipe(self, settings):
        return replace(super().recipe(settings), augment=lambda batch, _c: Batch(
            batch.inputs + tensor(CHANCE.numpy.normal(size=batch.inputs.shape).astype(np.float32)), batch.target))  # fmt: skip


class Hidden(Honest):
    """Counts its steps where nobody looks."""

    def build(self, settings):
        module = nn.Linear(2, 2)
        module.age = 0
        return module

    def update(self, module, batch, optimizer, clip_norm=None):
        module.age += 1
        optimizer.lr = 0.1 / module.age
        return super().update(module, batch, optimizer, clip_norm)


@pytest.mark.parametrize(
    ("spoiled", "broken"),
    [
        (Honest, set()),
        (Mute, {"words"}),
        (OutOfBounds, {"settings"}),
        (OwnChance, {"build"}),
        (NoParameters, {"build"}),
        (OtherExamples, {"example"}),
        (InfiniteLoss, {"loss"}),
        (WrongGradient, {"gradient"}),
        (Unused, {"gradient"}),
        (PercentScore, {"score"}),
        (PercentRecipe, {"recipe"}),
        (Frozen, {"learning"}),
        (OwnOrder, {"seed", "resume"}),
        (Hidden, {"resume"}),
    ],
)
def test_each_broken_promise_is_noticed(spoiled, broken):
    found = {promise.name for promise, error in kept(spoiled()) if error is not None}
    assert broken <= found
    assert found or not broken
    if broken == {"resume"} or not broken:
        assert found == broken


def test_a_broken_plugin_fails_the_check_with_its_cause(tmp_path, run):
    file = tmp_path / "frozen.py"
    new_plugin("frozen", tmp_path / "made")
    source = (tmp_path / "made" / "frozen" / "frozen.py").read_text()
    file.write_text(source + "\n    def update(self, module, batch, optimizer, clip_norm=None):\n        return 1.0\n")
    done = run("plugins", "check", file)
    assert done.returncode == 1
    assert "✗ training changes the parameters\n    after 4 steps every parameter is what it was" in done.stdout
    assert f"{len(PROMISES) - 1} of {len(PROMISES)} promises kept" in done.stderr
    assert run("plugins", "check", "nothing").returncode == 2
    assert run("plugins", "check", tmp_path / "absent.py").returncode == 2
    (tmp_path / "empty.py").write_text("")
    assert run("plugins", "check", tmp_path / "empty.py").returncode == 1
