"""Every operation's gradient, by one factory: what an operation says of itself is all that is needed to prove it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr import ops
from tinygrad_fr.ops.definition import Composite, Elementwise, Sample
from tinygrad_fr.testing.draws import from_hypothesis, seeded
from tinygrad_fr.testing.gradients import (
    GradientMismatchError,
    check_equations,
    check_first,
    check_kink,
    check_second,
)

DIFFERENTIABLE = [op for name, op in sorted(ops.registry.items()) if op.differentiable and name != "select"]
SMOOTH = [op for op in DIFFERENTIABLE if op.name not in ("sign", "floor", "ceil", "trunc", "round")]
DEFINED = [
    op for op in DIFFERENTIABLE if isinstance(op, Composite) or (isinstance(op, Elementwise) and not op.primitive)
]


def named(op):
    return op.name


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=named)
@given(data=st.data())
def test_gradient_equals_central_differences(op, data):
    check_first(op, op.sample(from_hypothesis(data.draw)))


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=named)
def test_second_gradient_equals_central_differences_of_the_first(op):
    for seed in range(4):
        check_second(op, op.sample(seeded(seed)))


@pytest.mark.parametrize("op", DEFINED, ids=named)
@given(data=st.data())
def test_fused_equals_equations(op, data):
    check_equations(op, op.sample(from_hypothesis(data.draw)))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "cross_entropy"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_kernels_over_rows_equal_equations(name, reduction):
    """The same check where the arrays are large enough for the kernels to be chosen."""
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(40, 32)) * 5
    if name == "cross_entropy":
        sample = Sample((rows, generator.integers(32, size=40)), {"reduction": reduction})
    else:
        sample = Sample((rows,), {"dim": -1})
    check_equations(ops.registry[name], sample)


KINKED = {
    "abs": [[0.0]],
    "relu": [[0.0]],
    "leaky_relu": [[0.0]],
    "maximum": [[1.0, -2.0], [1.0, -2.0]],
    "minimum": [[1.0, -2.0], [1.0, -2.0]],
    "sign": [[0.5]],
    "elu": [[0.0]],
    "selu": [[0.0]],
    "relu6": [[0.0, 6.0]],
    "hardtanh": [[-1.0, 1.0]],
    "hardsigmoid": [[-3.0, 3.0]],
    "hardswish": [[-3.0, 3.0]],
}
JUMPS = {"floor", "ceil", "trunc", "round", "frac"}  # neither side has a finite derivative


@pytest.mark.parametrize("name", KINKED)
def test_gradient_at_a_kink_lies_between_the_one_sided_ones(name):
    check_kink(ops.registry[name], [np.array(values) for values in KINKED[name]])


def test_every_kink_of_an_elementwise_operation_is_tested():
    at_a_point = {op.name for op in DIFFERENTIABLE if isinstance(op, Elementwise) and op.facts.kinks}
    assert at_a_point - set(KINKED) == JUMPS


MUTATIONS = {
    "zero": lambda c: c * 0,
    "sign": lambda c: -c,
    "doubled": lambda c: 2 * c,
    "shuffled": lambda c: np.roll(c, 1, axis=None) if np.size(c) > 1 else 2 * c,
    "reduced": lambda c: np.full_like(c, np.mean(c)) if np.size(c) > 1 else 0 * c,
}


def rejected(op, monkeypatch, mutate):
    """Whether the check refuses the operation once its derivative is spoilt."""
    right = op.vjp

    def wrong(node, gradient):
        return tuple(None if c is None else mutate(c) for c in right(node, gradient))

    monkeypatch.setattr(op, "vjp", wrong)
    for seed in range(12):
        try:
            check_first(op, op.sample(seeded(seed)))
        except GradientMismatchError:
            return True
    return False


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("op", SMOOTH, ids=named)
def test_the_check_has_teeth(op, mutation, monkeypatch):
    assert rejected(op, monkeypatch, MUTATIONS[mutation])


@pytest.mark.parametrize("op", [op for op in DIFFERENTIABLE if op not in SMOOTH], ids=named)
def test_the_check_has_teeth_where_the_gradient_is_zero(op, monkeypatch):
    assert rejected(op, monkeypatch, lambda c: c * 0 + 1)
