"""Kernels of expressions give what plain numpy gives."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tinygrad_fr import tensor
from tinygrad_fr.expression.expression import said
from tinygrad_fr.fast.kernel_choice import CURVED_SIZE, KERNEL_SIZE, NEVER, kernel_size
from tinygrad_fr.gradients import grad
from tinygrad_fr.kernels import elementwise
from tinygrad_fr.kernels.elementwise import kernel
from tinygrad_fr.kernels.runtime import generated
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition import Elementwise


def large(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


TEXTS = [
    (op.name, side, expression.text, args)
    for op in registry.values()
    if isinstance(op, Elementwise)
    for side, expression, args in (
        [("forward", op.forward, (*op.inputs, *op.defaults))]
        + [(x, e, op.partial_args) for x, e in op.partials.items() if e is not None]
    )
    if expression.passes >= 3 and expression.calls <= elementwise.KERNEL_FUNCTIONS
]


@pytest.mark.parametrize(
    ("name", "side", "text", "args"),
    [  # what the engine leaves to numpy up to large arrays is seldom a kernel's
        pytest.param(
            *given, id="-".join(given[:2]), marks=[pytest.mark.long] * (kernel_size(said(given[2])) > KERNEL_SIZE)
        )
        for given in TEXTS
    ],
)
def test_a_kernel_equals_numpys_passes(name, side, text, args):
    """Every text of every operation with numbers for its attributes, compiled whether or not the engine would choose to."""
    expression = said(text)
    used = [a for a in args if a in expression.reads]
    generator = np.random.default_rng(1)
    attrs = registry[name].defaults
    values = [generator.uniform(0.1, 2.0, None if a in attrs else 1000) for a in used]
    found = kernel(tuple(used), text)(*values)
    expected = expression.of_arrays(used)(*values)
    assert np.allclose(found, expected, rtol=1e-12, equal_nan=True)


def test_large_arrays_go_through_a_kernel_and_small_ones_do_not():
    tanh_op = registry["tanh"]
    big = large(KERNEL_SIZE)
    partial = tanh_op.array_partials[0]
    assert np.allclose(partial(big, big, big), big * (1 - big * big), rtol=1e-6)
    assert partial(big[:10], big[:10], big[:10]).shape == (10,)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sigmoid", "softplus", "elu", "silu"])
def test_a_curve_of_a_large_array_is_that_of_its_halves(name, dtype):
    """On both sides of the size from which a kernel computes it."""
    x = tensor(np.random.default_rng(3).uniform(0.1, 4.0, CURVED_SIZE).astype(dtype), requires_grad=True)
    op = registry[name]
    whole, halves = op(x), [op(x[: CURVED_SIZE // 2]), op(x[CURVED_SIZE // 2 :])]
    close = {"rtol": 1e-6 if dtype == "float32" else 1e-14, "atol": 0.0}
    np.testing.assert_allclose(
        whole.detach().numpy(), np.concatenate([half.detach().numpy() for half in halves]), **close
    )
    (of_whole,), (of_halves,) = grad(whole.sum(), x), grad(halves[0].sum() + halves[1].sum(), x)
    np.testing.assert_allclose(
        of_whole.detach().numpy(), of_halves.detach().numpy(), rtol=3 * close["rtol"], atol=3 * close["rtol"]
    )


@pytest.mark.parametrize(
    "operands",
    [
        (large(8, 1, 80), large(8, 80, 80)),
        (large(80, 80).T, large(80, 80)),
        (large(80, 80), large(80, 80).astype(np.float64)),
    ],
    ids=["broadcast", "strided", "mixed"],
)
def test_what_a_kernel_does_not_take_goes_to_numpy(operands):
    a, b = operands
    assert kernel(("a", "b"), "a * b * b")(a, b) is None
    assert np.allclose(registry["tanh"].array_partials[0](a, b, a), a * (1 - b * b), rtol=1e-5)


def test_numbers_keep_the_arrays_dtype():
    x = large(KERNEL_SIZE)
    assert kernel(("x", "s"), "where(x > 0, x, s * x) * 2")(x, 0.01).dtype == np.float32


@pytest.mark.long
def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    code = (
        "import numpy as np; from tinygrad_fr.kernels.elementwise import kernel;"
        "print(kernel(('x',), 'x * x * 2')(np.ones(3)).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(blocked)},
    )
    assert done.stdout.strip() == "[2.0, 2.0, 2.0]"


@pytest.mark.long
def test_a_kernel_is_read_back_by_the_next_process(tmp_path):
    """Compiled once: the second process adds no file, and says that it hit numba's cache."""
    code = (
        "import sys, numpy as np; from tinygrad_fr.kernels.elementwise import kernel;"
        "kernel(('x',), 'x * x * 2')(np.ones(3));"
        "(module,) = [m for n, m in sys.modules.items() if n.startswith('kernel_')];"
        "print(sum(module.kernel.alone.stats.cache_hits.values()))"
    )
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    run = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
        for _process in range(2)
    ]
    assert [done.stdout.strip() for done in run] == ["0", "1"]


def test_other_functions_make_another_kernel(monkeypatch):
    """numba watches the generated file alone, so its name must change with the functions that it inlines."""
    written = [elementwise._source(("x",), {"x": ""}, "exp(x)", "float64")]
    monkeypatch.setattr(generated, "version", lambda: "later")
    written.append(elementwise._source(("x",), {"x": ""}, "exp(x)", "float64"))
    assert written[0] != written[1]


def test_only_floats_have_kernels():
    assert kernel(("x",), "x * 0.5")(np.arange(4)) is None


def test_importing_the_package_imports_no_numba():
    code = "import sys, tinygrad_fr; tinygrad_fr.tensor([1.0]); tinygrad_fr.nn; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def _definitions():
    """Every element-wise operation whose value or derivative takes a kernel on large arrays, with that many elements."""
    for op in registry.values():
        if isinstance(op, Elementwise) and op.differentiable:
            sizes = [kernel_size(e) for e in (op.forward, *op.partials.values()) if e is not None]
            least = [size for size in sizes if size < NEVER]
            if least and len(op.inputs) <= 3:
                yield pytest.param(op, max(least), id=op.name)


@pytest.mark.long
@pytest.mark.fast("large arrays take kernels there alone")
@pytest.mark.parametrize(("op", "size"), list(_definitions()))
def test_large_arrays_give_what_small_ones_do(op, size):
    """The value and every derivative of each operation, by the kernel and by numpy's passes over the same numbers."""
    generator = np.random.default_rng(2)
    few = 64
    numbers = {x: generator.uniform(0.1, 0.9, few).astype(np.float32) for x in op.inputs}
    for x, counts in zip(op.inputs, op.counts, strict=True):
        if not counts:
            numbers[x] = numbers[x] > 0.5
    found = {}
    for repeats in (1, -(-size // few)):
        given = [
            tensor(np.tile(numbers[x], repeats), requires_grad=counts)
            for x, counts in zip(op.inputs, op.counts, strict=True)
        ]
        y = op(*given)
        y.backward(tensor(np.ones(few * repeats, np.float32)))
        found[repeats] = [y.detach().numpy(), *(x.grad.numpy() for x in given if x.grad is not None)]
    small, large = found.values()
    assert len(small) == len(large)
    for one, many in zip(small, large, strict=True):
        assert np.array_equal(
            many.reshape(-1, few)[0], many.reshape(-1, few)[-1], equal_nan=True
        )  # wherever it was cut
        np.testing.assert_allclose(many[:few], one, rtol=2e-6, atol=1e-7)


SHAPES = [  # of two operands, and whether one matrix says how they are repeated
    ((3, 20, 1), (3, 20, 17), True),
    ((1, 20, 17), (3, 20, 17), True),
    ((3, 1, 1), (3, 20, 17), True),
    ((20, 17), (3, 20, 17), True),
    ((17,), (3, 20, 1), True),
    ((16, 1), (16,), True),
    ((0, 16), (16,), True),
    ((3, 1, 17), (3, 20, 17), False),
    ((3, 20, 1), (20, 17), False),
    ((4, 1, 16), (4, 5, 16), False),
    ((1, 1, 1), (3, 20, 17), False),
    ((3, 1), (3, 4), False),
    ((5,), (6,), False),
    ((), (6,), False),
]


@pytest.mark.parametrize(("one", "other", "fits"), SHAPES)
def test_rows_and_columns_are_repeated_as_numpy_does(one, other, fits):
    chance = np.random.default_rng(len(one))
    a, b = (chance.standard_normal(shape).astype(np.float32) for shape in (one, other))
    lesser = kernel(("a", "b", "c"), "where(c, a - b, a * 2)")
    for x, y in ((a, b), (b, a)):
        truths = chance.integers(0, 2, y.shape).astype(bool)
        found = lesser(x, y, truths)
        assert (found is not None) == fits
        if fits:
            np.testing.assert_array_equal(found, np.where(truths, x - y, x * 2))


def test_a_plan_is_not_that_of_another_order_of_bytes_or_layout():
    x = large(100, 20)
    double = kernel(("x",), "x + x")
    assert double(x) is not None
    assert double(x.astype(">f4")) is None
    assert double(np.asfortranarray(x)) is None
    assert double(x.astype(np.int32)) is None
    np.testing.assert_array_equal(double(x), x + x)


def test_operations_repeat_rows_and_columns_of_large_arrays():
    x, row, column = large(200, 100), large(100), large(200)[:, None]
    leaf = tensor(x, requires_grad=True)
    for small in (row, column):
        own = tensor(small, requires_grad=True)
        result = leaf * own + own
        np.testing.assert_allclose(result.detach().numpy(), x * small + small, rtol=1e-6, atol=1e-6)
        to_x, to_small = grad((result * result).sum(), [leaf, own])
        sent = 2 * (x * small + small)
        assert np.allclose(to_x.detach().numpy(), sent * small, rtol=1e-5)
        summed = (sent.astype(np.float64) * (x + 1)).sum(0 if small is row else 1, keepdims=small is not row)
        assert np.allclose(to_small.detach().numpy(), summed, rtol=1e-4, atol=1e-3)
