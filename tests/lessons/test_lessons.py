"""Scripts written for PyTorch, in the manner of lessons: they run here unchanged, and can then be seen."""

import re
import sys
from pathlib import Path

import pytest

from tinygrad_fr.errors import AbsentError, DataError, UsageError
from tinygrad_fr.explain import observed
from tinygrad_fr.lessons.alias import aliased
from tinygrad_fr.lessons.model import LessonModel, LessonSettings
from tinygrad_fr.lessons.names import missing
from tinygrad_fr.lessons.runner import Witness, run

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

        assert (torch.__name__, DataLoader.__module__) == ("tinygrad_fr", "tinygrad_fr.data.loader")
        assert F.relu(torch.tensor([-1.0])).item() == 0
        assert torch.__spec__.name == "tinygrad_fr"
        with pytest.raises(ImportError, match=r"torch\.distributed"):
            import torch.distributed
        with pytest.raises(AbsentError, match=r"torch\.cuda\.Stream"):
            torch.cuda.Stream  # noqa: B018 - what is asked for
    assert sys.modules.get("torch") is before


def test_names_that_are_not_here_are_found_without_running():
    text = "import torch.nn as nn\nfrom torch import zeros, zeroes\nnn.Linaer(2, 1)\nimport torch.distributed as dist\ndist.init()\n"
    assert [(each.line, each.name) for each in missing(text)] == [
        (2, "torch.zeroes"), (3, "torch.nn.Linaer"), (4, "torch.distributed"),
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
