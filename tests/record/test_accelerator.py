"""What exists for speed alone changes no number, and the core runs without it."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr import tensor, where
from tinygrad_fr.nn import functional as F
from tinygrad_fr.record import backward
from tinygrad_fr.record.accelerator import Accelerator

STEPS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: 1 - a * b,
    "mul": lambda a, b: a * b,
    "tanh": lambda a, _b: a.tanh(),
    "leaky": lambda a, _b: F.leaky_relu(a, 0.2),
    "where": lambda a, b: where(a > b, a, b),
    "clamp": lambda a, _b: a.clamp(-0.5, 0.5),
    "matmul": lambda a, b: a @ b,
    "view": lambda a, _b: a.t() * 2,
    "softmax": lambda a, _b: F.softmax(a, -1),
    "unbind": lambda a, _b: a.unbind(0)[0] + a,
}
PROGRAMS = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12
)


def gradients(program):
    """Gradients of three leaves of a program; each step takes two earlier values."""
    generator = np.random.default_rng(0)
    leaves = [tensor(generator.normal(size=(3, 3)).astype(np.float32), requires_grad=True) for _ in range(3)]
    values = list(leaves)
    for name, i, j in program:
        values.append(STEPS[name](values[i % len(values)], values[j % len(values)]))
    sum((value.sum() for value in values[3:]), 0.0 * leaves[0].sum()).backward()
    return [None if leaf.grad is None else leaf.grad.detach().numpy() for leaf in leaves]


@given(PROGRAMS)
def test_the_inlined_loop_is_the_readable_one(program):
    found = gradients(program)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backward_module, "accelerator", Accelerator)
        expected = gradients(program)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


backward_module = sys.modules[backward.__module__]

# A finder that finds nothing under the package's name, as where it was never installed.
ABSENT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition("tinygrad_fr.fast")[1]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""

# Element-wise operations with and without attributes, products, views, several outputs, fused composites, sequences, optimizers, compile.
SCRIPT = """
import sys
import numpy as np
import tinygrad_fr as tg
from tinygrad_fr import nn, optim
F = nn.functional
tg.manual_seed(0)

def show(*values):
    for value in values:
        print(" ".join(f"{x:.4g}" for x in np.asarray(value, np.float64).reshape(-1)))

x = tg.tensor([1.0, -2.0], requires_grad=True)
(1 - F.leaky_relu(x, 0.5)).tanh().sum().backward()
show(x.grad.detach().numpy())
w = tg.tensor([[0.5, -1.0], [2.0, 0.25]], requires_grad=True)
y = F.layer_norm(w @ w.t()[:, :1] + w.sort(0)[0], (2,))
(g,) = tg.autograd.grad((y ** 3).sum(), w, create_graph=True)
g.square().sum().backward()
show(y.detach().numpy(), w.grad.detach().numpy())
model = nn.Sequential(nn.Embedding(50, 4), nn.LSTM(4, 3, batch_first=True))
head = nn.Linear(3, 2)
ids, labels = tg.tensor([[1, 2, 1], [3, 0, 7]]), tg.tensor([0, 1])
for kind in (optim.SGD, optim.Adam):
    optimizer = kind([*model.parameters(), *head.parameters()], lr=0.1)
    @tg.compile
    def step(ids, labels):
        optimizer.zero_grad()
        loss = F.cross_entropy(head(model(ids)[0][:, -1]), labels)
        loss.backward()
        optimizer.step()
        return loss
    for _ in range(3):
        show(step(ids, labels).detach().numpy())
show(*[p.detach().numpy() for p in model.parameters()])
step.replays > 0 or print("eager")
print(type(tg.record.accelerator.accelerator()).__name__)
assert type(tg.record.accelerator.accelerator()).__name__ == "Fast" or "tinygrad_fr.fast" not in sys.modules
"""


def run(first="", **environment):
    given = {**os.environ, "TINYGRAD_FR_LANG": "en", **environment}
    return subprocess.run(
        [sys.executable, "-c", first + SCRIPT], capture_output=True, text=True, env=given, check=False
    )


@pytest.mark.long
def test_the_core_runs_alone_with_the_same_numbers():
    fast = run(TINYGRAD_FR_PLAIN="0")
    *numbers, name = fast.stdout.splitlines()
    assert name == "Fast", fast.stderr
    for alone in (run(TINYGRAD_FR_PLAIN="1"), run(ABSENT, TINYGRAD_FR_PLAIN="0")):
        assert alone.stdout.splitlines() == [*numbers, "eager", "Accelerator"], alone.stderr


@pytest.mark.long
def test_the_tests_of_the_core_pass_without_the_package(tmp_path):
    (tmp_path / "absent.py").write_text(ABSENT)
    chosen = [f"tests/record/test_{name}.py" for name in ("backward", "in_place", "views", "custom", "record")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "absent", "-p", "no:cacheprovider", *chosen, "tests/ops"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "TINYGRAD_FR_PLAIN": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_an_unknown_value_is_refused_in_one_sentence():
    refused = run(TINYGRAD_FR_PLAIN="yes").stderr.strip().splitlines()[-1]
    assert refused.endswith("UsageError: TINYGRAD_FR_PLAIN: expected 0 or 1, got yes")
