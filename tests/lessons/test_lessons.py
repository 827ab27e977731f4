"""Scripts written for PyTorch, in the manner of lessons: they run here unchanged, and can then be seen."""

import json
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tinygrad_fr.errors import AbsentError, DataError, UsageError
from tinygrad_fr.explain import observed
from tinygrad_fr.lessons.alias import aliased
from tinygrad_fr.lessons.failure import reached, told
from tinygrad_fr.lessons.model import LessonModel, LessonSettings
from tinygrad_fr.lessons.names import missing
from tinygrad_fr.lessons.runner import Witness, run
from tinygrad_fr.lessons.source import pieces

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))


def losses(text):
    """The numbers with four decimals or more that a script printed."""
    return [float(number) for number in re.findall(r"-?\d+\.\d{4,}", text)]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_runs_and_learns(script, capsys):
    assert missing(script.read_text()) == []
    run(script)
    found = losses(capsys.readouterr().out)
    assert len(found) >= 4
    assert found[0] > min(found)


def test_the_last_pass_is_seen_with_the_values_that_it_had(capsys):
    witness = Witness()
    run(SCRIPTS[-1].parent / "linear_regression.py", (), witness)
    printed = losses(capsys.readouterr().out)
    root = witness.moment.restored()
    assert witness.seen == 30
    assert root.op.name == "mse_loss"
    assert root.value < printed[-1]  # the last that was printed is step 15's
    third = Witness(call=3)
    run(SCRIPTS[-1].parent / "linear_regression.py", (), third)
    assert third.moment.restored().value.item() == pytest.approx(printed[4], abs=1e-6)


def test_a_script_stands_where_a_model_does(tmp_path):
    script = tmp_path / "lesson.py"
    script.write_text(
        "import torch\n"
        "w = torch.tensor([2.0], requires_grad=True)\n"
        "for i in range(3):\n"
        "    loss = (w * w).sum()\n"
        "    loss.backward()\n"
        "    w.data -= 0.25 * w.grad\n"
        "    w.grad = None\n"
    )
    run = observed(LessonModel(script), distances=("op",))
    assert [vertex.symbol for vertex in run.graph.nodes] == ["w", "×", "Σ"]
    assert run.graph.nodes[0].value.tolist() == [0.5]
    assert run.graph.nodes[0].grad.tolist() == [1.0]
    assert run.graph.nodes[1].site.line == 4
    second = observed(LessonModel(script), LessonSettings(call=2))
    assert second.graph.nodes[0].value.tolist() == [1.0]
    with pytest.raises(UsageError, match="went backward 0 times from line 1"):
        observed(LessonModel(script), LessonSettings(line=1))


def test_torch_is_answered_inside_and_left_alone_outside():
    before = sys.modules.get("torch")
    with aliased():
        import torch
        import torch.nn.functional as F
        from torch.utils.data import DataLoader

        assert torch.__name__ == "tinygrad_fr"
        assert DataLoader is import_module("tinygrad_fr.data").DataLoader
        assert F.relu(torch.tensor([-1.0])).item() == 0
        assert torch.__spec__.name == "tinygrad_fr"
        with pytest.raises(ImportError, match=r"torch\.fx"):
            import torch.fx
        with pytest.raises(AbsentError, match=r"torch\.cuda\.Stream"):
            torch.cuda.Stream  # noqa: B018 - what is asked for
    assert sys.modules.get("torch") is before


def test_names_that_are_not_here_are_found_without_running():
    text = "import torch.nn as nn\nfrom torch import zeros, zeroes\nnn.Linaer(2, 1)\nimport torch.distributed as dist\ndist.init_process_group()\n"
    assert [(each.line, each.name) for each in missing(text)] == [
        (2, "torch.zeroes"), (3, "torch.nn.Linaer"), (5, "torch.distributed.init_process_group"),
    ]  # fmt: skip
    assert "Linear" in str(missing(text)[1])
    with pytest.raises(DataError, match="not a Python script"):
        missing("def (:")


def test_the_command_gives_the_script_s_code_and_lines(run, tmp_path):
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text("import sys, torch\nprint(sys.argv[1], torch.ones(2).sum().item())\nsys.exit(3)\n")
    bad.write_text("import torch\n\ndef f(x):\n    return x @ torch.ones(3)\n\nf(torch.ones(2, 2))\n")
    done = run("--lang", "en", "run", str(good), "word")
    assert (done.returncode, done.stdout) == (3, "word 2.0\n")
    done = run("--lang", "en", "run", str(bad))
    assert done.returncode == 1
    assert [line.strip() for line in done.stderr.splitlines() if "File" in line] == [
        f'File "{bad}", line 6, in <module>', f'File "{bad}", line 4, in f',
    ]  # fmt: skip
    assert done.stderr.rstrip().endswith("PyTorch may do what is asked here.")
    assert run("run", str(tmp_path / "none.py")).returncode == 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "import nothing_here",
            "nothing_here is no part of PyTorch and is not installed here: pip install nothing_here",
        ),
        ("import cv2", "cv2 is no part of PyTorch and is not installed here: pip install opencv-python"),
        ("torch.zeroes(3)", "torch.zeroes is not here; near it: zeros, zeros_like"),
        ("torch.ones(3).summ()", "Tensor.summ is not here; near it: sum, mm"),
        (
            "from torch import multiprocessing",
            "torch.multiprocessing is not here; one process learns here; Python’s own multiprocessing is there for other work",
        ),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("[].x", "AttributeError: 'list' object has no attribute 'x'"),
    ],
)
def test_a_failure_ends_with_what_to_do(tmp_path, line, sentence):
    script = tmp_path / "lesson.py"
    script.write_text(f"import torch\n{line}\n")
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any, as a lesson may raise
        run(script)
    assert reached(caught.value)
    lines = told(caught.value).splitlines()
    assert lines[-1] == sentence
    frames = [each for each in lines if each.startswith("  File")]
    assert frames[-1] == f'  File "{script}", line 2, in <module>'


def test_what_is_not_here_is_listed_with_what_to_do():
    text = (
        "import nothing_here, json\nimport torch.onnx\nfrom torch.utils.data import Foo, DataLoader\n"
        "from torch.nn.modules.conv import Conv2d\nfrom torchvision.models import inception_v3, resnet18\n"
    )
    found = [(each.line, each.name) for each in missing(text)]
    assert found == [
        (1, "nothing_here"), (2, "torch.onnx"), (3, "torch.utils.data.Foo"), (5, "torchvision.models.inception_v3"),
    ]  # fmt: skip
    said = [str(each) for each in missing(text)]
    assert said[0] == "line 1: nothing_here is not installed here: pip install nothing_here"
    assert "tinygrad-fr export" in said[1]
    assert "ResNet" in said[3]


def notebook(path, *cells):
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "# One"}, *code], "nbformat": 4}))
    return path


CELLS = (
    "%matplotlib inline\nimport torch\n!pip install torch",
    "w = torch.tensor([2.0], requires_grad=True)\nw.shape",
    "%%time\nloss = (w * w).sum()\nloss.backward()\nprint(f'{loss:.1f}')",
    "%%html\n<b>left out</b>",
    "w.grad;",
    "text = 'a' \\\n    % ()\nw.grad",
)


def test_the_cells_of_a_notebook_run(tmp_path, capsys):
    lesson = notebook(tmp_path / "lesson.ipynb", *CELLS)
    assert missing(pieces(lesson)) == []
    run(lesson)
    assert capsys.readouterr().out == "torch.Size([1])\n4.0\ntensor([4.])\n"
    seen = observed(LessonModel(lesson), distances=("op",))
    assert [(vertex.symbol, vertex.site.filename, vertex.site.line) for vertex in seen.graph.nodes[1:]] == [
        ("×", f"{lesson}[3]", 2), ("Σ", f"{lesson}[3]", 2),
    ]  # fmt: skip
    assert "__shown__" not in vars(sys.modules["__main__"])


def test_a_cell_that_fails_is_named(tmp_path):
    lesson = notebook(tmp_path / "lesson.ipynb", "import torch", "x = 1\n1 / 0")
    with pytest.raises(ZeroDivisionError) as caught:
        run(lesson)
    assert f'File "{lesson}[2]", line 2, in <module>\n    1 / 0' in told(caught.value)
    missed = missing(pieces(notebook(tmp_path / "other.ipynb", "import torch", "\ntorch.zeroes(2)")))
    assert str(missed[0]).startswith("cell 2, line 2: torch.zeroes is not here")
    (tmp_path / "broken.ipynb").write_text("{}")
    with pytest.raises(DataError, match="not a notebook"):
        pieces(tmp_path / "broken.ipynb")


GAN = """
import torch
from torch import nn
torch.manual_seed(0)
G, D = nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
weights = [torch.ones(2), torch.ones(1, requires_grad=True)]
noise = torch.randn(4, 3)
criterion = nn.BCELoss()
for step in range(2):
    fake = G(noise)
    d_loss = criterion(D(fake.detach() * weights[1]), torch.zeros(4, 1))
    d_loss.backward()
    g_loss = criterion(D(fake), torch.ones(4, 1))
    g_loss.backward()
"""


def test_pictures_bear_the_learner_s_names(tmp_path):
    script = tmp_path / "gan.py"
    script.write_text(GAN)
    seen = observed(LessonModel(script), distances=("op",))
    assert {vertex.name for vertex in seen.graph.nodes} >= {"noise", "weight", "bias", "fake", "g_loss"}
    assert {vertex.scope.path.split("/")[0] for vertex in seen.graph.nodes if vertex.op} == {"G", "D", "criterion"}
    other = observed(LessonModel(script), LessonSettings(line=12), distances=("op",))
    assert {vertex.name for vertex in other.graph.nodes} >= {"weights[1]", "d_loss"}
    through = observed(LessonModel(Path(f"{script}:G")), LessonSettings(call=1), distances=("op",))
    assert "g_loss" in {vertex.name for vertex in through.graph.nodes}
    with pytest.raises(UsageError, match="through “F”"):
        observed(LessonModel(Path(f"{script}:F")))


@pytest.mark.long
def test_the_lenses_take_a_lesson(run, tmp_path):
    script = tmp_path / "reader.py"
    script.write_text(
        "import torch\nfrom torch import nn\n"
        "reader = nn.LSTM(2, 3, num_layers=2, bidirectional=True)\n"
        "for step in range(2):\n    reader(torch.randn(4, 1, 2))[0].sum().backward()\n"
    )
    done = run("--lang", "en", "run", str(script), "--draw", str(tmp_path / "a.svg"), "--flow", str(tmp_path / "b.svg"),
               "--gates", str(tmp_path / "c.svg"), "--layer", "2", "--direction", "reverse")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "reader/l1_reverse" in done.stdout
    assert all((tmp_path / f"{name}.svg").stat().st_size > 1000 for name in "abc")
    done = run("--lang", "en", "render", f"{script}:reader", "-o", str(tmp_path / "d.svg"))
    assert done.returncode == 0, done.stderr
    assert run("--lang", "en", "flow", f"{script}:none").returncode == 2


def test_one_process_is_answered_who_asks_for_several():
    text = """
import torch, torch.distributed as dist
print(dist.is_available(), dist.is_initialized() and dist.get_world_size() > 1, torch.distributed.is_available())
"""
    assert [each.name for each in missing(text)] == ["torch.distributed.get_world_size"]
    with aliased():
        import torch.distributed

        assert not torch.distributed.is_available()
        assert not torch.distributed.is_initialized()
