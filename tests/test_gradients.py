"""Every operation, by one factory: what an operation says of itself is all that is needed to prove it."""

import gc
import random
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import settings

from tests.leaks import left
from tinygrad_fr import Tensor, ops
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.record.accelerator import Accelerator
from tinygrad_fr.sampling import Sample
from tinygrad_fr.testing.inputs.draws import Draws, seeded
from tinygrad_fr.testing.proving import gradients
from tinygrad_fr.testing.proving.gradients import GradientMismatchError
from tinygrad_fr.testing.proving.proofs import Proof, operations, proofs
from tinygrad_fr.testing.proving.prove import prove
from tinygrad_fr.testing.proving.subject import Called, Subject

FEW = 12  # examples of a proof; --all tries all that the profile of hypothesis says
TABLE = [(op, proof) for op in operations() for proof in proofs() if proof.applies(op)]


def examples(count):
    """The smallest and the largest draws, then a seeded generator's: half the cost of hypothesis, for examples that are the same each time."""
    yield Draws(lambda low, high: low)
    yield Draws(lambda low, high: high)
    yield from (seeded(i) for i in range(count - 2))


@pytest.mark.parametrize(("op", "proof"), TABLE, ids=[f"{op.name}-{proof.name}" for op, proof in TABLE])
def test_proof(op, proof, request):
    """Half of the examples, unless everything is asked for."""
    everything = request.config.getoption("everything") or request.config.getoption("--nightly")
    proved(op, proof, settings().max_examples if everything else FEW)


def proved(op, proof, count):
    """Where an example fails, hypothesis looks for the smallest one; in a profile that draws at random it draws them all."""
    profile = settings()
    if profile.derandomize:
        try:
            for draws in examples(min(count, proof.most)):
                proof.run(op, draws)
        except Exception as error:
            raise prove(op, proof, 200).error or error from None
        return
    verdict = prove(op, proof, profile.max_examples, random.getrandbits(32))
    if verdict.error is not None:
        raise verdict.error


def test_a_failing_proof_is_shrunk():
    """The tooth: a proof that fails on arrays of three elements or more is reported on the smallest of them."""
    op = ops.registry["tanh"]
    found = []

    def run(_op, draws):
        size = draws.integer(0, 40)
        if size >= 3:
            found.append(size)
            raise AssertionError(f"size {size}")

    with pytest.raises(AssertionError, match="size 3"):
        proved(op, Proof("tooth", "", lambda _op: True, run), FEW)
    assert found[0] == 40


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
    gradients.equations(ops.registry[name], sample)


# Points on the kinks of element-wise operations: name → values of each input.
KINKED = {
    "abs": [[0.0]],
    "clamp_between": [[-1.0, 1.0, 0.0], [-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]],
    "clamp_max": [[1.0], [1.0]],
    "clamp_min": [[1.0], [1.0]],
    "elu": [[0.0]],
    "fmax": [[1.0, -2.0], [1.0, -2.0]],
    "fmin": [[1.0, -2.0], [1.0, -2.0]],
    "hardsigmoid": [[-3.0, 3.0]],
    "hardswish": [[-3.0, 3.0]],
    "hardtanh": [[-1.0, 1.0]],
    "leaky_relu": [[0.0]],
    "maximum": [[1.0, -2.0], [1.0, -2.0]],
    "minimum": [[1.0, -2.0], [1.0, -2.0]],
    "parametric_relu": [[0.0], [0.25]],
    "relu": [[0.0]],
    "relu6": [[0.0, 6.0]],
    "selu": [[0.0]],
    "sign": [[0.5]],
    "softshrink": [[-0.5, 0.5]],
    "threshold": [[0.0]],
}
# Where the function jumps, neither side has a finite derivative.
JUMPS = {"floor", "div_floor", "ceil", "trunc", "round", "frac", "fmod", "remainder", "copysign", "hardshrink"}


@pytest.mark.parametrize("name", KINKED)
def test_gradient_at_a_kink_lies_between_the_one_sided_ones(name):
    op = ops.registry[name]
    gradients.one_sided(Subject(op, [np.array(values) for values in KINKED[name]], f"tg.{name}({{}})", plain=True))


def test_every_kink_of_an_elementwise_operation_is_tested():
    differentiable = [op for op in operations() if op.differentiable and isinstance(op, Elementwise)]
    assert {op.name for op in differentiable if op.facts.kinks} - set(KINKED) == JUMPS


# Wrong gradients, each of which the proofs must reject.
FLAT = {"sign", "floor", "div_floor", "ceil", "trunc", "round"}  # derivative 0 everywhere
SMOOTH = [op for op in operations() if op.differentiable and op.name not in FLAT]


def transposed(c):
    """The same numbers with two dimensions exchanged, forced back into the shape."""
    return np.swapaxes(c, -1, -2).reshape(c.shape) if np.ndim(c) > 1 else np.flip(c)


MUTATIONS = {
    "zero": lambda c: c * 0,
    "sign": lambda c: -c,
    "doubled": lambda c: 2 * c,
    "shuffled": lambda c: np.roll(c, 1, axis=None) if np.size(c) > 1 else 2 * c,
    "transposed": transposed,
    "reduced": lambda c: np.full_like(c, np.mean(c)) if np.size(c) > 1 else 0 * c,
}
# Mutations that change nothing there: the gradient has one element, or the same one everywhere.
HARMLESS = {
    "shuffled": set(),
    "reduced": {"trace"},
    "transposed": {"to_scalar", "cholesky_lower", "eigh_lower"},
}


def rejected(op, monkeypatch, mutate, check=gradients.first_order):
    """Whether the check refuses the operation once its derivative is spoilt."""
    right = op.vjp

    def wrong(node, gradient):
        return tuple(None if c is None else mutate(c) for c in right(node, gradient))

    monkeypatch.setattr(op, "vjp", wrong)
    for seed in range(25):
        try:
            check(Called(op, op.sample(seeded(seed))))
        except GradientMismatchError:
            return True
    return False


TEETH = [(op, name) for op in SMOOTH for name in MUTATIONS if op.name not in HARMLESS.get(name, ())]


@pytest.mark.parametrize(("op", "mutation"), TEETH, ids=[f"{op.name}-{name}" for op, name in TEETH])
def test_a_wrong_gradient_is_rejected(op, mutation, monkeypatch):
    assert rejected(op, monkeypatch, MUTATIONS[mutation])


@pytest.mark.parametrize("op", [op for op in operations() if op.name in FLAT], ids=lambda op: op.name)
def test_a_wrong_gradient_is_rejected_where_it_should_be_zero(op, monkeypatch):
    assert rejected(op, monkeypatch, lambda c: c * 0 + 1)


SPOILT = {
    "dropped": lambda c: c.detach(),
    "doubled": lambda c: 2 * c - c.detach(),
    "a thousandth more": lambda c: 1.001 * c - 0.001 * c.detach(),
}


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("name", ["tanh", "mul", "matmul", "softmax", "div", "logsumexp", "conv2d", "cholesky_lower"])
def test_a_wrong_second_gradient_is_rejected(name, spoilt, monkeypatch):
    """The recorded gradient has its value, and another derivative."""
    assert rejected(
        ops.registry[name],
        monkeypatch,
        lambda c: SPOILT[spoilt](c) if isinstance(c, Tensor) else c,
        gradients.second_order,
    )


BACKWARD = sys.modules["tinygrad_fr.record.backward"]
plus = BACKWARD.plus


class Overwriting(Accelerator):
    """The readable loop of backward, whose sums outside of operations are replaced."""

    def sweep(self, general):
        def run(roots, reached, this):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(BACKWARD, "plus", plus if this.inside else last)
                return general(roots, reached, this)

        return run


def last(total, part):
    """The last contribution alone; the outputs of one operation still come together."""
    if isinstance(total, tuple) and isinstance(part, tuple):
        return tuple(a if b is None else b for a, b in zip(total, part, strict=True))
    return part


@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)
def test_overwriting_instead_of_accumulating_is_rejected(op, monkeypatch):
    """An engine that keeps the last contribution alone, instead of their sum."""
    monkeypatch.setattr(BACKWARD, "accelerator", Overwriting)
    for seed in range(25):
        try:
            gradients.accumulation(Called(op, op.sample(seeded(seed))))
        except GradientMismatchError:
            return
    pytest.fail(f"{op.name}: nothing noticed")


BROADCASTING = [op for op, proof in TABLE if proof.name == "broadcast" and op.name not in FLAT]


@pytest.mark.parametrize("op", BROADCASTING, ids=lambda op: op.name)
def test_a_missing_reduction_is_rejected(op, monkeypatch):
    """An engine that takes the first row of what was broadcast, instead of the sum over the rows."""
    from tinygrad_fr.ops.definition import op as definition

    def first(array, shape):
        lead = array.ndim - len(shape)
        if lead < 0:
            return np.broadcast_to(array, shape)
        index = (0,) * lead + tuple(slice(0, side) for side in shape)
        return array[index]

    monkeypatch.setattr(definition, "sum_to", first)
    proof = next(proof for proof in proofs() if proof.name == "broadcast")
    for seed in range(25):
        try:
            proof.run(op, seeded(seed))
        except GradientMismatchError:
            return
    pytest.fail(f"{op.name}: nothing noticed")


@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)
def test_forward_and_backward_leave_no_reference_cycle(op):
    """What a step recorded goes when the last handle goes, without the collector."""
    about = Called(op, op.sample(seeded(1)))
    about.gradients()  # whatever is made once is made
    assert left(about.gradients) == []


@pytest.mark.long
def test_peak_memory_is_flat_over_a_thousand_steps():
    about = Called(ops.registry["softmax"], Sample((np.random.default_rng(0).normal(size=(64, 64)),), {"dim": -1}))
    peaks = []
    gc.disable()
    try:
        tracemalloc.start()
        for _block in range(3):  # the first fills Python's free lists
            tracemalloc.reset_peak()
            for _step in range(1000):
                about.gradients()
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
        gc.enable()
    assert peaks[2] <= 1.01 * peaks[1]
