"""The tables of compiled training steps reach nothing but the step's own memory and the arrays that it is given."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tests.fence import tables
from tinygrad_fr import nn, optim
from tinygrad_fr.replay.execution.assembly import Assembly

pytestmark = pytest.mark.fast("the tables of steps that are replayed")

MODELS = {
    "layers": lambda: nn.Sequential(nn.Linear(64, 33), nn.Tanh(), nn.Linear(33, 17), nn.ReLU(), nn.Linear(17, 5)),
    "convolution": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
    ),
    "normalised": lambda: nn.Sequential(nn.Linear(64, 31), nn.LayerNorm(31), nn.GELU(), nn.Linear(31, 4)),
    "recurrent": lambda: nn.Sequential(nn.Unflatten(1, (8, 8)), Last(nn.LSTM(8, 7, batch_first=True))),
}


class Last(nn.Module):
    """The last state of a sequence."""

    def __init__(self, inside):
        super().__init__()
        self.inside = inside

    def forward(self, x):
        return self.inside(x)[0][:, -1]


@pytest.fixture
def made(monkeypatch):
    """The assemblies that a test makes."""
    found = []
    monkeypatch.setattr(Assembly, "__init__", Assembly.__init__)  # put back after the test
    tables.watched(found.append)
    return found


def trained(name, batch, turns=3):
    tg.manual_seed(0)
    model = MODELS[name]()
    optimizer = optim.Adam(model.parameters(), lr=1e-3)

    def step(x):
        loss = (model(x) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step = tg.compile(step)
    for turn in range(turns):
        step(tg.tensor(np.random.default_rng(turn).standard_normal((batch, 64)).astype(np.float32)))


@pytest.mark.parametrize("batch", [1, 2, 17, 4097])
@pytest.mark.parametrize("name", MODELS)
def test_a_training_step_reaches_its_own_memory_alone(made, name, batch):
    trained(name, batch)
    assert made
    for assembly in made:
        wrong, seen = tables.faults(assembly)
        assert not wrong
        assert seen or name in ("convolution", "recurrent")


@pytest.mark.parametrize("column", [1, 2])
def test_a_table_that_reaches_outside_is_found(made, column):
    """The tooth: an operand's place moved by a million numbers, at either end."""
    trained("layers", 17)
    (assembly, *_others) = made
    assert not tables.faults(assembly)[0]
    place = 1 + 1  # of the first instruction's result
    assembly.tables.code[:, place] += 1_000_000 if column == 1 else -1_000_000
    assert tables.faults(assembly)[0]
