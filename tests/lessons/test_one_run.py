"""Several lenses look at one run of a script."""

import pytest

from tinygrad_fr.cli.main import main
from tinygrad_fr.explain.lenses.answer import answer
from tinygrad_fr.explain.lenses.attention import attentions
from tinygrad_fr.lessons.failure import told
from tinygrad_fr.lessons.model import watch
from tinygrad_fr.lessons.runner import run

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


@pytest.mark.long
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
    assert [each.path for each in attentions(watch(lesson))] == ["net/body.layers.0", "net/body.layers.1"]


def test_a_script_s_answers_are_counted(tmp_path):
    lesson = tmp_path / "lesson.py"
    lesson.write_text(
        "import torch\nx = torch.eye(3).requires_grad_()\ntorch.nn.functional.cross_entropy(x, torch.tensor([0, 1, 0])).backward()\n"
    )
    assert answer(watch(lesson)).sentence() == "2 of 3 answers are right"


DECODER = """
import torch
from torch import nn
torch.manual_seed(0)
encoder, decoder, score, head = nn.GRU(4, 6), nn.GRU(10, 6), nn.Linear(6, 6), nn.Linear(12, 12)
x, y = torch.randn(5, 2, 4), torch.randn(3, 2, 4)
states, h = encoder(x)
outputs = []
for t in range(3):
    SCORES
    means = torch.bmm(weights.unsqueeze(1), states.transpose(0, 1))
    output, h = decoder(torch.cat((y[t][None], means.transpose(0, 1)), 2), h)
    outputs.append(head(torch.cat((output[0], means[:, 0]), 1)))
torch.stack(outputs).pow(2).mean().backward()
"""
SCORES = {
    "by a product": "weights = torch.softmax(torch.einsum('sbh,bh->bs', score(states), h[0]), 1)",
    "one by one": """scores = torch.zeros(2, 5)
    for s in range(5):
        for b in range(2):
            scores[b, s] = torch.dot(score(states[s])[b], h[0, b])
    weights = torch.softmax(scores, 1)""",
}


@pytest.mark.parametrize("how", SCORES)
def test_a_decoder_s_attention_is_one_query_a_step(tmp_path, how):
    lesson = tmp_path / "lesson.py"
    lesson.write_text(DECODER.replace("SCORES", SCORES[how]))
    (found,) = attentions(watch(lesson))
    assert found.weights.shape == (1, 3, 5)
    assert found.weights.sum(-1).ravel().tolist() == pytest.approx([1.0] * 3)


@pytest.mark.parametrize(
    ("line", "way"),
    [
        ("torch.zeros(2, names=('N',))", "dimensions have no names here"),
        ("torch.ones(2).refine_names('N')", "dimensions have no names here"),
        ("torch.ones(2).to_sparse()", "arrays are dense here"),
        ("torch.sparse_coo_tensor([[0]], [1.0])", "arrays are dense here"),
        ("torch.nested.nested_tensor([])", "pad_sequence"),
    ],
)
def test_what_arrays_are_not_here_is_said_with_what_to_do(tmp_path, line, way):
    lesson = tmp_path / "lesson.py"
    lesson.write_text(f"import torch\n{line}\n")
    with pytest.raises((AttributeError, TypeError)) as caught:
        run(lesson)
    assert way in told(caught.value).splitlines()[-1]
