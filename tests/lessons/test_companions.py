"""What lessons import beside PyTorch: tables, pictures, a writer of scalars, micrograd."""

import csv
import math
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.errors import UsageError
from tinygrad_fr.lessons.alias import aliased
from tinygrad_fr.lessons.companions import torchinfo, torchsummary
from tinygrad_fr.lessons.companions.micrograd import draw_dot, trace
from tinygrad_fr.lessons.companions.micrograd import nn as neurons
from tinygrad_fr.lessons.companions.micrograd.engine import Value
from tinygrad_fr.lessons.companions.tensorboard import SummaryWriter
from tinygrad_fr.lessons.companions.torchviz import make_dot

PRINTED = Path(__file__).parent / "printed"  # by torchsummary 1.5.1 and torchinfo 1.8.0 on torch 2.13


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.body = nn.Sequential(nn.Linear(864, 32), nn.ReLU(), nn.Linear(32, 864))
        self.out = nn.Linear(864, 10)
        self.unused = nn.Linear(3, 3)
        self.w = nn.Parameter(tg.ones(4))

    def forward(self, x):
        x = nn.functional.max_pool2d(self.conv1(x), 2).flatten(1)
        return self.out(self.body(self.body(x)))


class R(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(10, 4)
        self.r = nn.LSTM(4, 8, 2, batch_first=True)
        self.l = nn.ModuleList([nn.Linear(8, 8) for _ in range(2)])

    def forward(self, x):
        h, _last = self.r(self.e(x))
        for layer in self.l:
            h = layer(h)
        return h


@pytest.fixture
def net():
    made = Net()
    made.conv1.weight.requires_grad = False
    return made


def test_torchsummary_prints_its_table(net, capsys):
    torchsummary.summary(net, (1, 28, 28), device="cpu")
    assert capsys.readouterr().out == (PRINTED / "torchsummary.txt").read_text()
    torchsummary.summary(net, (1, 28, 28), device="cpu")  # it left no hook behind
    assert capsys.readouterr().out == (PRINTED / "torchsummary.txt").read_text()


def test_torchinfo_prints_its_table(net, capsys):
    torchinfo.summary(net, (1, 1, 28, 28))
    columns = ["input_size", "output_size", "num_params", "kernel_size", "mult_adds", "trainable"]
    torchinfo.summary(net, (16, 1, 28, 28), col_names=columns, row_settings=["var_names"], col_width=20, depth=1)
    torchinfo.summary(R(), input_data=tg.zeros(2, 5, dtype=tg.long))
    torchinfo.summary(R())
    names = ("torchinfo", "torchinfo_columns", "torchinfo_recurrent", "torchinfo_unrun")
    assert capsys.readouterr().out == "".join((PRINTED / f"{name}.txt").read_text() for name in names)
    assert net.training
    assert net.conv1.weight.grad is None


def test_torchinfo_gives_its_totals_and_refuses_other_columns(net, capsys):
    table = torchinfo.summary(net, (1, 1, 28, 28), verbose=0)
    assert (table.total_params, table.trainable_params) == (65014, 64864)
    assert capsys.readouterr().out == ""
    with pytest.raises(UsageError, match="expected one of input_size"):
        torchinfo.summary(net, col_names=["size"])


def test_make_dot_is_our_picture(tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    picture = make_dot(model(tg.ones(2, 3)).mean(), params=dict(model.named_parameters()), show_attrs=True)
    picture.attr(rankdir="TB")
    picture.graph_attr.update(size="12,12")
    picture.format = "png"
    written = Path(picture.render(tmp_path / "net", cleanup=True))
    assert written == tmp_path / "net.png"
    with Image.open(written) as image:
        assert min(image.size) > 50
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.png"]
    assert picture._repr_svg_().startswith("<svg")
    assert "data:image/svg+xml;base64" in picture._repr_html_()
    picture.render("other", directory=tmp_path, format="svg")
    assert {"other", "other.svg"} <= {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "other").read_text() == picture.source


def test_the_writer_s_files_can_be_read(tmp_path, capsys):
    folder = tmp_path / "runs"
    with SummaryWriter(folder) as writer:
        assert writer.get_logdir() == str(folder)
        for step in range(5):
            writer.add_scalar("Loss/train", tg.tensor(1.0 / (step + 1)), step)
            writer.add_scalars("acc", {"a": step, "b": -step}, step)
        writer.add_scalar("once", float("nan"))
        writer.add_histogram("w", tg.arange(10.0), 2)
        writer.add_image("one", tg.zeros(3, 10, 12))
        writer.add_image("grey", np.zeros((10, 12)), dataformats="HW")
        writer.add_image("last", np.zeros((10, 12, 3), np.uint8), 7, dataformats="HWC")
        writer.add_images("many", tg.rand(4, 1, 8, 8))
        writer.add_text("note", "hello", 3)
        writer.add_graph(nn.Linear(2, 1), tg.ones(1, 2))
        writer.add_hparams({"lr": 0.1}, {"score": 0.5})
        writer.add_embedding(tg.ones(2, 3), metadata=["a", "b"])
        writer.add_pr_curve("pr", tg.tensor([0, 1, 1]), tg.tensor([0.2, 0.6, 0.9]), num_thresholds=3)
        writer.flush()
    said = capsys.readouterr().err
    assert said.count(str(folder)) == 1
    rows = list(csv.DictReader((folder / "scalars.csv").read_text().splitlines()))
    assert [float(row["value"]) for row in rows if row["tag"] == "Loss/train"] == pytest.approx(
        [1 / n for n in range(1, 6)], rel=1e-6
    )
    assert {row["tag"] for row in rows} == {"Loss/train", "acc/a", "acc/b", "once"}
    spread = next(csv.DictReader((folder / "histograms.csv").read_text().splitlines()))
    assert (spread["count"], spread["mean"], sum(map(int, spread["counts"].split()))) == ("10", "4.5", 10)
    sizes = {path.stem: Image.open(path) for path in (folder / "pictures").iterdir()}
    assert {name: image.size for name, image in sizes.items()} == {
        "one_0": (12, 10), "grey_0": (12, 10), "last_7": (12, 10), "many_0": (42, 12),
    }  # fmt: skip
    for image in sizes.values():
        image.close()
    assert "hello" in (folder / "texts.md").read_text()
    assert "Loss/train" in (folder / "scalars.svg").read_text()
    assert "<svg" in (folder / "graph.svg").read_text()
    assert (folder / "hparams.csv").read_text() == "lr,score\n0.1,0.5\n"
    assert (folder / "default_0_words.tsv").read_text() == "a\nb\n"
    assert (folder / "curves.csv").read_text().splitlines()[2] == "pr,0,0.5000,1.000000,1.000000"


def test_a_closed_writer_goes_on(tmp_path):
    writer = SummaryWriter(tmp_path)
    writer.add_scalar("a", 1.0, 0)
    writer.close(quietly=True)
    writer.add_scalar("a", 2.0, 1)
    writer.close(quietly=True)
    assert (tmp_path / "scalars.csv").read_text() == "tag,step,value\na,0,1\na,1,2\n"


def test_a_figure_of_matplotlib_is_a_picture(tmp_path):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(2, 1), dpi=50)
    axes.plot([1, 2])
    writer = SummaryWriter(tmp_path)
    writer.add_figure("curve", figure, 1)
    writer.close(quietly=True)
    with Image.open(tmp_path / "pictures" / "curve_1.png") as image:
        assert image.size == (100, 50)


def test_micrograd_s_own_lesson():
    random.seed(1337)
    model = neurons.MLP(2, [16, 16, 1])
    assert str(model).startswith("MLP of [Layer of [ReLUNeuron(2)")
    assert len(model.parameters()) == 337
    out = model([Value(0.5), -1.0])
    out.backward()
    # micrograd 0.1.0, with the same seed
    assert out.data == pytest.approx(MICROGRAD[0], rel=1e-12)
    assert sum(p.grad for p in model.parameters()) == pytest.approx(MICROGRAD[1], rel=1e-12)
    model.zero_grad()
    assert all(p.grad == 0 for p in model.parameters())


MICROGRAD = (-0.6662156889793147, 1.5104100819778514)


def test_draw_dot_and_trace():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b + a
    nodes, edges = trace(c)
    assert len(nodes) == 4
    assert len(edges) == 4
    picture = draw_dot(c, format="png")
    assert picture.format == "png"
    assert "−3" in picture.source
    assert math.isclose(c.data, -4.0)


def test_they_are_found_under_their_own_names(tmp_path, monkeypatch):
    with aliased():
        import micrograd.nn
        import torchinfo as info
        import torchsummary as summaries
        import torchvision.models as M
        import torchvision.transforms.v2 as v2
        from torch.utils.tensorboard import SummaryWriter as Writer
        from torchvision.models.resnet import BasicBlock
        from torchvision.transforms import functional
        from torchviz import make_dot as drawn

        assert (info.summary, summaries.summary, drawn, Writer) == (
            torchinfo.summary, torchsummary.summary, make_dot, SummaryWriter,
        )  # fmt: skip
        assert micrograd.nn.MLP is neurons.MLP
        assert M.resnet18 is not None
        assert BasicBlock.expansion == 1
        assert v2.ToDtype is not None
        assert functional.hflip is v2.functional.hflip
    (tmp_path / "micrograd").mkdir()
    (tmp_path / "micrograd" / "engine.py").write_text("mine = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    with aliased():  # a learner's own micrograd stays the learner's
        from micrograd import engine

        assert engine.mine == 1


def test_marks_for_compilers_leave_functions_as_they_are():
    with aliased():
        import torch
        from torch.nn.attention import SDPBackend, sdpa_kernel
        from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

        @torch.jit.ignore
        @torch.jit.script
        @torch.compiler.disable()
        def double(x):
            assert not torch.jit.is_scripting()
            return 2 * x

        with sdpa_kernel([SDPBackend.MATH]):
            assert double(torch.ones(2)).tolist() == [2.0, 2.0]
        tree = {"b": [torch.zeros(2), (1, None)], "a": "x"}
        leaves, spec = tree_flatten(tree)
        assert leaves[1:] == [1, None, "x"]
        assert tree_unflatten([0, 1, 2, 3], spec) == {"b": [0, (1, 2)], "a": 3}
        assert tree_map(lambda x, y: x + y, [1, {"k": 2}], [3, {"k": 4}]) == [4, {"k": 6}]
