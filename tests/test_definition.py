"""How an operation is said: one text, and everything that comes of it."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr import Scalar, Tensor, ops, tensor
from tinygrad_fr.errors import DataError, DtypeError, RangeError, ShapeError, UsageError
from tinygrad_fr.expression.expression import Expression
from tinygrad_fr.expression.vocabulary import FLOAT_OPERATORS, WORDS
from tinygrad_fr.gradients import grad
from tinygrad_fr.ops.definition import Elementwise, elementwise, registry
from tinygrad_fr.record import Node
from tinygrad_fr.sampling import Sample
from tinygrad_fr.testing.inputs.draws import seeded
from tinygrad_fr.testing.proving import gradients
from tinygrad_fr.testing.proving.subject import Called


@pytest.fixture(scope="module")
def gaussian():
    op = elementwise("gaussian", "exp(-x * x)", {"x": "-2 * g * x * y"}, symbol="e⁻ˣ²")
    yield op
    del registry["gaussian"]


def test_six_lines_give_everything(gaussian):
    assert float(gaussian(Scalar(0.5)).data) == pytest.approx(math.exp(-0.25))
    assert np.allclose(gaussian(tensor([0.5, 1.0])).detach().numpy(), np.exp([-0.25, -1.0]))
    assert gaussian(0.0) == 1.0
    x = tensor(np.float64(0.5), requires_grad=True)
    (first,) = grad(gaussian(x), x, create_graph=True)
    (second,) = grad(first, x)
    assert second.item() == pytest.approx((4 * 0.25 - 2) * math.exp(-0.25))
    assert gaussian.latex == r"e^{-x \, x}"
    assert gaussian.derivative_latex == {"x": r"-2 \, x \, y"}
    for seed in range(5):
        sample = gaussian.sample(seeded(seed))
        gradients.first_order(Called(gaussian, sample))
        gradients.second_order(Called(gaussian, sample))
        gradients.equations(gaussian, sample)


def test_an_example_ends_the_docstring_of_the_operation_and_of_its_method():
    assert ops.activation.relu.__doc__ == Tensor.relu.__doc__
    assert Tensor.relu.__doc__.endswith(
        "Example:\n    >>> import tinygrad_fr as tg\n    >>> tg.tensor([-1.0, 0.0, 2.0]).relu()\n    tensor([0., 0., 2.])"
    )
    assert Tensor.relu_.__doc__.startswith("In place: Rectified linear unit")
    assert "Example" not in Tensor.relu_.__doc__  # it shows the other form


def test_two_operations_cannot_share_a_name():
    with pytest.raises(ValueError, match="two operations are named add"):
        elementwise("add", "a + b", {"a": "g", "b": "g"})


def test_an_operation_of_ones_own_may_be_said_again():
    """A cell of a notebook is run again after it was mended."""
    wrong = elementwise("again", "x * x", {"x": "g * x"})
    right = elementwise("again", "x * x", {"x": "2 * g * x"})
    for operation, expected in ((wrong, 3.0), (right, 6.0)):
        x = Scalar(3.0)
        operation(x).backward()
        assert x.grad == expected


def test_a_derivative_says_what_it_reads():
    assert registry["add"].reads == [frozenset(), frozenset()]
    assert registry["tanh"].reads == [frozenset((-1,))]
    assert registry["mul"].reads == [frozenset((1,)), frozenset((0,))]


LATEX = {
    "a * (b + c)": r"a \, \left(b + c\right)",
    "a - (b - c)": r"a - \left(b - c\right)",
    "-a * b": r"-a \, b",
    "a - -b * c": r"a - \left(-b \, c\right)",
    "1 / (1 + exp(-x))": r"\frac{1}{1 + e^{-x}}",
    "(a + b) ** 2": r"\left(a + b\right)^{2}",
    "where(x > 0, x, alpha * x)": r"\begin{cases} x & x > 0 \\ \alpha \, x & \end{cases}",
}


@pytest.mark.parametrize("text", LATEX)
def test_latex(text):
    assert Expression(text).latex == LATEX[text]


@pytest.mark.parametrize("op", sorted(registry.values(), key=lambda op: op.name), ids=lambda op: op.name)
def test_every_operation_explains_itself(op):
    assert op.__doc__
    if op.name != "select":
        assert op.symbol
        assert op.latex
    if op.facts.kinks and op.name not in ("floor", "ceil", "trunc", "round", "frac"):
        assert op.facts.at_kink


@given(x=st.floats(), y=st.floats())
def test_words_on_floats_follow_numpy(x, y):
    """A Scalar and an array of one element agree, infinities and NaN included."""
    whole = ("gcd", "lcm", "left_shift", "right_shift", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not")
    with np.errstate(all="ignore"):
        for name, word in WORDS.items():
            fields = word.latex.count("{2}") + word.latex.count("{1}") + word.latex.count("{0}")
            if name in whole or name == "nextafter":
                continue
            given_ = {"where": (x > y, x, y), "polygamma": (1, x)}.get(name, (x, y)[:fields])
            found, expected = word.of_float(*given_), float(word.of_array(*map(np.float64, given_)))
            assert found == pytest.approx(expected, rel=1e-12, abs=1e-300, nan_ok=True), name
        for function, expected in ((FLOAT_OPERATORS["Div"], np.float64(x) / np.float64(y)),):
            assert function(x, y) == pytest.approx(float(expected), rel=1e-12, nan_ok=True)
        power = float(np.float64(x) ** np.float64(y))
        assert FLOAT_OPERATORS["Pow"](x, y) == pytest.approx(power, rel=1e-12, abs=1e-300, nan_ok=True)


def test_errors_say_what_was_expected_what_came_and_where():
    a, b = tensor(np.ones((2, 3))), tensor(np.ones((2, 3)))
    for call, error, message in (
        (lambda: a @ b, ShapeError, r"matmul: expected \(…, m, k\) @ \(…, k, n\), got \(2, 3\), \(2, 3\) \(test_definition\.py:\d+\)"),
        (lambda: a + tensor(np.ones(2)), ShapeError, r"add: shapes \(2, 3\), \(2,\) do not fit.*test_definition\.py:\d+"),
        (lambda: a.reshape(5), ShapeError, r"reshape: shapes \(2, 3\)"),
        (lambda: a[7], ShapeError, "index: .*out of bounds"),
        (lambda: a + "x", DtypeError, "expected a tensor, a scalar or a number, got str"),
        (lambda: ops.loss.cross_entropy(a, tensor([0, 3])), RangeError, "expected labels from 0 to 2, got 3"),
        (lambda: ops.loss.cross_entropy(a, tensor([0.0, 1.0])), DataError, "expected integer labels, got float32"),
        (lambda: ops.lookup.embedding(tensor([5]), a), RangeError, "expected indices from 0 to 1, got 5"),
        (lambda: ops.products.linear(a, tensor(np.ones((4, 2)))), ShapeError, r"expected an input of 2 features, got shape \(2, 3\)"),
        (lambda: tensor([[1.0], [1.0, 2.0]]), DataError, "expected numbers in lists of equal lengths"),
        (lambda: tensor(["a"]), DataError, "expected numbers, got 'a'"),
    ):  # fmt: skip
        with pytest.raises(error, match=message):
            call()


@pytest.mark.parametrize("shape", [(0,), (2, 0), ()])
def test_empty_and_zero_dimensional_arrays(shape):
    x = tensor(np.ones(shape), requires_grad=True)
    y = (x * 2 + 1).tanh()
    assert y.shape == shape
    y.sum().backward()
    assert x.grad.shape == shape


GENERATED = [op for op in registry.values() if isinstance(op, Elementwise) and op.call is not op.general]


def _forward_and_back(op, call, sample, kind):
    """Value and gradients of an operation on tensors or numbers, whose floats are leaves."""
    floats = [np.asarray(x).dtype.kind == "f" for x in sample.inputs]
    leaves = [
        x if not f else Scalar(x) if kind == "numbers" else tensor(x, requires_grad=True)
        for x, f in zip(sample.inputs, floats, strict=True)
    ]
    y = call(*leaves, **sample.attrs)
    if op.differentiable:
        y.backward() if kind == "numbers" else y.sum().backward()
        assert y.op is op
    result = y.value if isinstance(y, Node) else y
    return [np.asarray(result), *(np.asarray(x.grad) for x in leaves if isinstance(x, Node) and op.differentiable)]


@pytest.mark.parametrize(
    ("op", "kind"),
    [(op, kind) for op in GENERATED for kind in ("arrays", "numbers") if kind == "arrays" or "f" in op.kinds.common],
    ids=lambda each: each if isinstance(each, str) else each.name,
)
def test_generated_code_is_the_general_path(op, kind, monkeypatch):
    """The same bits come out, forward and back."""
    for seed in range(5):
        try:
            sample = op.sample(seeded(seed))
        except ValueError:  # an operation of another test's own
            return
        if kind == "numbers":
            sample = Sample(tuple(float(np.asarray(x).reshape(-1)[0]) for x in sample.inputs), sample.attrs)
        fast = _forward_and_back(op, op.call, sample, kind)
        with monkeypatch.context() as patch:
            patch.setattr(op, "vjp", lambda node, gradient: Elementwise.vjp(op, node, gradient))
            general = _forward_and_back(op, op.general, sample, kind)
        for one, other in zip(fast, general, strict=True):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


@pytest.mark.fast("generated calls")
def test_attributes_and_comparisons_have_generated_code_too():
    names = {"add", "mul", "tanh", "exp", "pow", "relu", "leaky_relu", "gt", "eq", "where", "clamp_between"}
    assert names <= {op.name for op in GENERATED}


@pytest.mark.parametrize(
    ("forward", "partial", "said"),
    [
        ("sinn(x)", "g", "did you mean “sin”"),
        ("sin(x)", "g * coss(x)", "“coss” is not known"),
        ("sin(x", "g", "is no formula"),
    ],
)
def test_a_typo_in_a_formula_is_one_sentence(forward, partial, said):
    with pytest.raises(UsageError, match=said):
        elementwise("with_a_typo", forward, {"x": partial})


@pytest.mark.fast("generated calls")
def test_a_call_is_written_at_its_first_use_and_stays_the_function_that_tensors_have() -> None:
    script = """
import tinygrad_fr as tg
from tinygrad_fr.ops import registry
op = registry["mul"]
first, waiting = op.call, registry["tanh"].call.__code__
w = tg.tensor([1.0, 2.0], requires_grad=True)
before = first.__code__
y = w.mul(w)
assert first is op.call is type(w).mul and first.__code__ is not before
assert y.code.co_filename == "<string>"  # the user's line, not the text's
y.sum().backward()
assert registry["tanh"].call.__code__ is waiting
print(w.grad.tolist())
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("[2.0, 4.0]\n", "")
