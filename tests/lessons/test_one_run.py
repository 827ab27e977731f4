"""Several lenses look at one run of a script."""

import pytest

from tinygrad_fr.cli.main import main

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
