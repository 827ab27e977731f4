"""Random programs: every gradient equals that of an engine that shares no line with ours."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import find, given

import tinygrad_fr as tg
from tinygrad_fr.testing.inputs import strategies
from tinygrad_fr.testing.inputs.draws import seeded
from tinygrad_fr.testing.inputs.programs import LISTS, computed, program
from tinygrad_fr.testing.proving.subject import weights

sys.path.append(str(Path(__file__).parent))
import naive


def on_tensors(step, values):
    operation = getattr(tg, step.name)
    return operation(values, **step.attrs) if step.name in LISTS else operation(*values, **step.attrs)


def ours(drawn):
    leaves = [tg.tensor(x, requires_grad=True) for x in drawn.inputs]
    values = drawn.run(leaves, on_tensors)
    chosen = weights([tuple(values[i].shape) for i in drawn.ends])
    found = tg.autograd.grad([values[i] for i in drawn.ends], leaves, [tg.tensor(w) for w in chosen], allow_unused=True)
    return (
        values,
        chosen,
        [np.zeros(x.shape) if g is None else g.detach().numpy() for g, x in zip(found, leaves, strict=True)],
    )


def close(a, b):
    return np.allclose(a, b, rtol=1e-8, atol=1e-8 * (1 + np.max(np.abs(b), initial=0.0)))


@pytest.mark.long
@given(drawn=strategies.programs())
def test_values_are_numpys_and_gradients_are_the_naive_engines(drawn):
    values, chosen, found = ours(drawn)
    for value, plain in zip(values, drawn.run(list(drawn.inputs), computed), strict=True):
        assert np.allclose(value.detach().numpy(), plain, rtol=1e-12, atol=1e-12)
    for a, b in zip(found, naive.gradients(drawn, chosen), strict=True):
        assert close(a, b), str(drawn)


@given(drawn=strategies.programs(nodes=12))
def test_the_python_of_a_program_gives_its_values(drawn):
    """What a failure prints can be pasted."""
    names = {"tg": tg}
    exec(str(drawn), names)
    values, _chosen, _found = ours(drawn)
    for i, value in enumerate(values):
        assert np.array_equal(names[f"v{i}"].detach().numpy(), value.detach().numpy())


def test_programs_reach_every_operation_and_many_nodes():
    seen, longest = set(), 0
    for seed in range(300):
        drawn = program(seeded(seed))
        seen |= {step.name for step in drawn.steps}
        longest = max(longest, len(drawn.steps))
    assert seen >= {"matmul", "softmax", "amax", "cat", "stack", "div", "atan2", "log", "cumsum", "flip", "reshape"}
    assert longest >= 38


def test_a_wrong_derivative_shrinks_to_its_own_operation(monkeypatch):
    """hypothesis drops every operation that has no part in a failure."""
    monkeypatch.setattr(tg.ops.registry["sin"], "vjp", lambda node, g: (g,))

    def fails(drawn):
        _values, chosen, found = ours(drawn)
        return not all(close(a, b) for a, b in zip(found, naive.gradients(drawn, chosen), strict=True))

    smallest = find(strategies.programs(), fails)
    assert [step.name for step in smallest.steps] == ["sin"]


@pytest.mark.skipif("not config.getoption('--nightly')", reason="ten thousand programs: pytest --nightly")
def test_ten_thousand_programs():
    for seed in range(10_000):
        drawn = program(seeded(seed))
        _values, chosen, found = ours(drawn)
        for a, b in zip(found, naive.gradients(drawn, chosen), strict=True):
            assert close(a, b), f"seed {seed}\n{drawn}"
