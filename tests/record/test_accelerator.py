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
    return [None if leaf.grad is None else leaf.grad.numpy() for leaf in leaves]


@given(PROGRAMS)
def test_the_inlined_loop_is_the_readable_one(program):
    found = gradients(program)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backward_module, "accelerator", Accelerator)
        expected = gradients(program)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


backward_module = sys.modules[backward.__module__]

SCRIPT = """
import sys
import tinygrad_fr as tg
x = tg.tensor([1.0, -2.0], requires_grad=True)
(1 - tg.nn.functional.leaky_relu(x, 0.5)).tanh().sum().backward()
print(x.grad.tolist(), type(tg.record.accelerator.accelerator()).__name__)
"""


def run(first="", **environment):
    given = {**os.environ, "TINYGRAD_FR_LANG": "en", **environment}
    return subprocess.run(
        [sys.executable, "-c", first + SCRIPT], capture_output=True, text=True, env=given, check=False
    )


def test_the_core_runs_alone_with_the_same_numbers():
    fast = run(TINYGRAD_FR_PLAIN="0").stdout
    assert fast.endswith("Fast\n")
    absent = "import sys; sys.modules['tinygrad_fr.fast'] = None"
    for alone in (run(TINYGRAD_FR_PLAIN="1"), run(absent, TINYGRAD_FR_PLAIN="0")):
        assert alone.stdout == fast.replace("Fast", "Accelerator"), alone.stderr


def test_an_unknown_value_is_refused_in_one_sentence():
    refused = run(TINYGRAD_FR_PLAIN="yes").stderr.strip().splitlines()[-1]
    assert refused.endswith("UsageError: TINYGRAD_FR_PLAIN: expected 0 or 1, got yes")
