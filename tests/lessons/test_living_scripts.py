"""The page of a script computes unless the pass that is shown hangs on numbers that Python read in it."""

import pytest

from tinygrad_fr.lessons.model import watch
from tinygrad_fr.living.alive import alive
from tinygrad_fr.living.lower import StaticRunError

START = """
import torch
x, y = torch.linspace(-1, 1, 8).reshape(8, 1), torch.linspace(0, 1, 8).reshape(8, 1)
model = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
"""

LIVE = {
    "prints the loss of each step": """
for _ in range(3):
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    print(loss.item())
""",
    "keeps the best loss, and clips": """
best = float("inf")
for _ in range(3):
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad(); loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    best = min(best, loss.item())
""",
    "looks at the answers afterwards": """
for _ in range(2):
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
with torch.no_grad():
    print((model(x) - y).abs().max().item(), model.weight.item())
""",
    "ranks its answers between steps": """
for _ in range(2):
    out = model(x)
    loss = ((out - y) ** 2).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    print(out.flatten().topk(2).indices.eq(3).sum().item())
""",
}

STATIC = {
    "divides by a number that it read": """
for _ in range(2):
    out = model(x)
    loss = ((out / out.abs().max().item() - y) ** 2).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
""",
    "reads a weight before the pass": """
scale = float(model.weight)
loss = ((model(x) * scale - y) ** 2).mean()
loss.backward()
""",
    "feeds an answer back as data": """
target = model(x).detach().clone()
loss = ((model(x) * 2 - target) ** 2).mean()
loss.backward()
""",
}


def run_of(tmp_path, text):
    script = tmp_path / "lesson.py"
    script.write_text(START + text)
    return watch(script)


@pytest.mark.parametrize("name", LIVE)
def test_what_was_read_of_earlier_steps_decides_nothing(name, tmp_path):
    assert alive(run_of(tmp_path, LIVE[name])).program.size > 20


@pytest.mark.parametrize("name", STATIC)
def test_what_was_read_in_the_pass_is_named(name, tmp_path):
    with pytest.raises(StaticRunError, match=r"lesson\.py:\d+"):
        alive(run_of(tmp_path, STATIC[name]))
