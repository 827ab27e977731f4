"""Plugins: found without importing, isolated when broken, and possible outside this package."""

import os
import subprocess
import sys
import textwrap

import pytest

from tests.plugins.shell import from_nothing
from tinygrad_fr.errors import PluginError, UsageError
from tinygrad_fr.plugins import Catalogue, Settings, Text, setting

GOOD = """
from dataclasses import dataclass
import numpy as np
from tinygrad_fr import nn, optim, tensor
from tinygrad_fr.data import TensorDataset
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting

@dataclass(frozen=True)
class LineSettings(Settings):
    lr: float = setting(0.5, Text(fr="taux", en="rate"), low=0.0)

class Line(Model):
    name = "line"
    title = Text(fr="Droite", en="Line")
    section = "Introduction"
    explanation = Text(fr="y = a x + b", en="y = a x + b")
    settings = LineSettings()
    def build(self, settings): return nn.Linear(1, 1)
    def example(self, settings): return Batch(tensor([[1.0]], name="x"), tensor([[2.0]], name="t"))
    def loss(self, module, batch): return F.mse_loss(module(batch.inputs), batch.target)
    def recipe(self, settings):
        x = np.linspace(-1, 1, 16, dtype=np.float32)[:, None]
        rows = TensorDataset(x, 3 * x - 1)
        return Recipe(rows, rows, lambda p: optim.SGD(p, settings.lr), epochs=40, batch_size=4, score=0.99)
    def score(self, module, batch):
        return float(np.mean(np.abs(module(batch.inputs).detach().numpy() - batch.target.detach().numpy()) < 0.05))
"""


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "line.py"
    path.write_text(GOOD)
    return path


def test_listing_imports_no_plugin():
    code = "import sys; from tinygrad_fr.plugins import Catalogue; print(list(Catalogue().sources)); assert 'tinygrad_fr_plugins.sequences' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(sorted(Catalogue().sources))


def test_a_single_file_is_a_plugin(good, tmp_path, run):
    done = run("train", "line", "--plugin", good)
    assert done.returncode == 0, done.stderr
    assert "score 100.0 %" in done.stderr
    picture = tmp_path / "line.svg"
    assert run("render", "line", "--plugin", good, "-o", picture).returncode == 0
    assert "<svg" in picture.read_text()


BROKEN = {
    "import": ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
    "syntax": ("def", "SyntaxError"),
    "empty": ("x = 1", "the file defines no model"),
    "version": (
        GOOD.replace('    name = "line"', '    name = "line"\n    api = 99'),
        "version 99 of the plugin contract",
    ),
    "name": (GOOD.replace('"line"', '"A Line"'), "names itself"),
    "title": (GOOD.replace('Text(fr="Droite", en="Line")', '"Line"'), "title must be a Text"),
    "loss": (GOOD.replace("def loss", "def lost"), "no model"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_reported_by_name_and_the_rest_works(kind, tmp_path, run):
    source, cause = BROKEN[kind]
    path = tmp_path / "faulty.py"
    path.write_text(source)
    found = Catalogue((path,))
    working = {model.name for model in found.load_all()}
    assert working >= {"deep", "gru", "lenet", "lstm", "mlp", "neuron", "resnet", "rnn"}
    (failure,) = found.failures
    assert cause in str(failure)
    assert "faulty" in str(failure)
    listed = run("plugins", "list", "--plugin", path)
    assert listed.returncode == 0
    assert cause in listed.stderr
    strict = run("plugins", "list", "--plugin", path, "--strict")
    assert strict.returncode == 1
    assert "Traceback" not in strict.stderr


def test_a_duplicate_name_is_reported_and_the_first_one_kept(tmp_path):
    path = tmp_path / "other.py"
    path.write_text(GOOD.replace('"line"', '"lstm"'))
    found = Catalogue((path,))
    assert "already taken by tinygrad_fr" in str(found.failures[0])
    assert found.load("lstm").title.en.startswith("LSTM")


def test_a_broken_plugin_that_is_asked_for_fails_with_its_cause(tmp_path):
    path = tmp_path / "line.py"
    path.write_text(GOOD.replace("api = 1", "").replace('name = "line"', 'name = "line"\n    api = 2'))
    with pytest.raises(PluginError, match=r"“line”.*version 2"):
        Catalogue((path,)).load("line")


def test_an_unknown_model_gets_the_nearest_name():
    with pytest.raises(UsageError, match="did you mean “lstm”"):
        Catalogue().load("lstn")


@pytest.mark.long
def test_a_package_outside_the_tree(tmp_path):
    """A distribution of its own, installed by pip, is found through its entry points."""
    source, site = tmp_path / "source", tmp_path / "site"
    package = source / "course_extra"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(GOOD)
    (package / "broken.py").write_text("raise ImportError('needs more')")
    (source / "pyproject.toml").write_text(
        textwrap.dedent(
            """
            [build-system]
            requires = ["setuptools"]
            build-backend = "setuptools.build_meta"
            [project]
            name = "course-extra"
            version = "1.0"
            [project.entry-points."tinygrad_fr.models"]
            line = "course_extra:Line"
            worse = "course_extra.broken:Worse"
            [tool.setuptools]
            packages = ["course_extra"]
            """
        )
    )
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(site), str(source)], check=True, capture_output=True)
    code = textwrap.dedent(
        """
        from tinygrad_fr.plugins import Catalogue
        found = Catalogue()
        print(found.sources["line"].origin, found.load("line").title.en, len(found.load_all()))
        print(found.failures[0])
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(site), "TINYGRAD_FR_LANG": "en"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines() == [
        f"course-extra Line {len(Catalogue().sources) + 1}",
        "plugin “worse” (course-extra): ImportError: needs more",
    ]
    listed = from_nothing("models", "--json", env=environment)
    assert '"name": "line"' in listed.stdout
    assert "needs more" in listed.stderr
    assert from_nothing("models", "--strict", env=environment).returncode == 1


def test_settings_are_read_from_text_checked_and_explained():
    import dataclasses

    @dataclasses.dataclass(frozen=True)
    class Chosen(Settings):
        n: int = setting(3, Text(fr="", en=""), low=1, high=9)
        rate: float = setting(0.5, Text(fr="", en=""), low=0.0)
        kind: str = setting("a", Text(fr="", en=""), choices=("a", "b"))
        flag: bool = setting(False, Text(fr="", en=""))

    chosen = Chosen().replaced({"n": "7", "rate": "0,25", "kind": "b", "flag": "oui"})
    assert (chosen.n, chosen.rate, chosen.kind, chosen.flag) == (7, 0.25, "b", True)
    for changes, message in (
        ({"n": "12"}, "setting n: expected a value in 1 … 9, got 12"),
        ({"n": "x"}, "setting n: expected an integer, got “x”"),
        ({"rate": "nan"}, "setting rate: expected a value in 0 … ∞, got nan"),
        ({"kind": "c"}, "setting kind: expected one of a, b, got “c”"),
        ({"flag": "maybe"}, "setting flag: expected yes or no, got “maybe”"),
        ({"m": "1"}, "unknown setting “m”"),
    ):
        with pytest.raises(UsageError, match=message.replace("?", "\\?")):
            Chosen().replaced(changes)
