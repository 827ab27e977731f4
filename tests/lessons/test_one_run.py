"""Several lenses look at one run of a script."""

import pytest

from tinygrad_fr.cli.main import main
from tinygrad_fr.explain.lenses.answer import answer
from tinygrad_fr.explain.lenses.attention import attentions
from tinygrad_fr.lessons.model import watch

LESSON = """
import torch
with open("runs.txt", "a") as file:
    file.write("once ")
torch.manual_seed(0)
x = torch.randn(2, 3, 4)
model = torch.nn.GRU(4, 3, batch_first=True)
head = torch.nn.Linear(3, 2)
optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], lr=0.1)
for _ in range(2):
    output, _h = model(x)
    loss = torch.nn.functional.cross_entropy(head(output[:, -1]), torch.tensor([0, 1]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize("lenses", [["draw.svg", "flow.svg", "gates.svg"], ["draw.svg", "page.html"]])
def test_one_run(tmp_path, monkeypatch, lenses):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lesson.py").write_text(LESSON)
    options = [part for file in lenses for part in (f"--{file.partition('.')[0]}", file)]
    monkeypatch.setattr("sys.argv", ["tinygrad-fr", "run", "lesson.py", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert (tmp_path / "runs.txt").read_text() == "once "
    assert all((tmp_path / file).stat().st_size > 1000 for file in lenses)


LISTED = """
import torch
from torch import nn
torch.manual_seed(0)

class Dot(nn.Module):
    def forward(self, q, k, v):
        return torch.softmax(q @ k.transpose(1, 2) / 2, -1) @ v

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        return x + Dot()(self.q(x), self.k(x), self.v(x))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.ModuleDict(dict(layers=nn.ModuleList([Block(), Block()])))
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        for layer in self.body["layers"]:
            x = layer(x)
        return self.head(x)

net, x, y = Net(), torch.randn(2, 5, 4), torch.randint(3, (2, 5))
for _ in range(2):
    nn.functional.cross_entropy(net(x).reshape(-1, 3), y.reshape(-1)).backward()
"""


def test_modules_of_lists_bear_pytorchs_paths_and_attention_its_module_s(tmp_path):
    lesson = tmp_path / "lesson.py"
    lesson.write_text(LISTED)
    run = watch(lesson)
    assert [each.path for each in attentions(run)] == ["net/body.layers.0", "net/body.layers.1"]


def test_a_script_s_answers_are_counted(tmp_path):
    lesson = tmp_path / "lesson.py"
    lesson.write_text(
        "import torch\nx = torch.eye(3).requires_grad_()\ntorch.nn.functional.cross_entropy(x, torch.tensor([0, 1, 0])).backward()\n"
    )
    assert answer(watch(lesson)).sentence() == "2 of 3 answers are right"
