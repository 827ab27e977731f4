"""A kernel where ``import torch`` means this package."""

import sys

import nbformat
import pytest

pytest.importorskip("IPython")
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output


@pytest.fixture
def say(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:
        monkeypatch.delitem(sys.modules, name)  # another test of this process may have imported PyTorch itself
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "tinygrad_fr")

    def said(line):
        with capture_output() as caught:
            shell.run_line_magic("tinygrad_fr", line)
        return caught.stdout.strip()

    yield said
    said("torch off")


def test_one_line_makes_torch_ours_and_another_takes_it_back(say):
    before = list(sys.meta_path)
    assert say("torch") == "import torch means tinygrad_fr in this kernel"
    import torch

    assert torch.__name__ == "tinygrad_fr"
    assert say("torch off") == "import torch means PyTorch again"
    assert sys.meta_path == before
    assert "torch" not in sys.modules


def test_what_is_wrong_is_said(say, monkeypatch):
    assert "expected torch, torch --digits or torch off, got “tensorflow”" in say("tensorflow")
    monkeypatch.setitem(sys.modules, "torch", type(sys)("torch"))
    assert "restart the kernel" in say("torch")


@pytest.mark.long
def test_a_notebook_runs_in_a_kernel_of_its_own():
    from nbclient import NotebookClient

    cells = [
        "%load_ext tinygrad_fr\n%tinygrad_fr torch",
        "import torch\nfrom torch import nn\ntorch.manual_seed(0)\nnet = nn.Linear(2, 1)\nloss = net(torch.ones(1, 2)).sum()",
        "loss.backward()\nprint(torch.__name__, net.weight.grad.tolist(), f'{loss.item():.4f}')",
        "%%tinygrad_fr --zoom op\nout = net(torch.ones(1, 2))",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    assert book.cells[2].outputs[0].text.split()[0] == "tinygrad_fr"
    assert "[[1.0, 1.0]]" in book.cells[2].outputs[0].text
    assert any("image/svg+xml" in str(output) for output in book.cells[3].outputs)
