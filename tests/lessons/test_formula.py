"""Any formula: what is recorded is what Python's own numbers say, and bad input is one sentence."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import observed, walk
from tinygrad_fr.handles.scalar import Scalar
from tinygrad_fr.lessons.formula import DEEPEST, Formula, FormulaModel, values
from tinygrad_fr.page.alive import Life, life_of

LETTERS = ("w", "x₁", "β", "été")
SMOOTH = {
    "tanh": math.tanh, "sigmoid": lambda v: 1 / (1 + math.exp(-v)), "sin": math.sin, "cos": math.cos, "atan": math.atan,
}  # fmt: skip


def grown(inner):
    """Formulas with what Python computes for them: text, and a function of the letters' values."""
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda p: (f"({p[0][0]} + {p[1][0]})", lambda v, p=p: p[0][1](v) + p[1][1](v))),
        pairs.map(lambda p: (f"({p[0][0]} − {p[1][0]})", lambda v, p=p: p[0][1](v) - p[1][1](v))),
        pairs.map(lambda p: (f"({p[0][0]} × {p[1][0]})", lambda v, p=p: p[0][1](v) * p[1][1](v))),
        inner.map(lambda e: (f"(−{e[0]})²", lambda v, e=e: e[1](v) ** 2)),
        st.tuples(st.sampled_from(sorted(SMOOTH)), inner).map(
            lambda p: (f"{p[0]}({p[1][0]})", lambda v, p=p: SMOOTH[p[0]](p[1][1](v)))
        ),
    )


FORMULAS = st.recursive(
    st.one_of(
        st.sampled_from(LETTERS).map(lambda name: (name, lambda v, name=name: v[name])),
        st.integers(-2, 2).map(lambda n: (f"({n})", lambda _v, n=n: float(n))),
    ),
    grown,
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(FORMULAS, st.lists(st.floats(-1.5, 1.5).map(lambda v: round(v, 2)), min_size=4, max_size=4))
def test_a_formula_has_its_value_and_its_numerical_derivatives(drawn, numbers):
    text, python = drawn
    at = dict(zip(LETTERS, numbers, strict=True))
    formula = Formula(f"L = {text} + 0*(w + x₁ + β + été)")
    leaves = {name: Scalar(at[formula.as_typed(name)]) for name in formula.letters}
    loss = formula.record(leaves)
    assert loss.item() == pytest.approx(python(at), rel=1e-9, abs=1e-9)
    loss.backward()
    for name, leaf in leaves.items():
        typed, step = formula.as_typed(name), 1e-5
        up, down = (python(at | {typed: at[typed] + move}) for move in (step, -step))
        assert leaf.grad == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-4 * max(1.0, abs(up)))


def run(text, at):
    model = FormulaModel(text)
    return observed(model, model.settings.replaced(dict(values(at))))


def test_statements_letters_and_values_are_the_learners():
    seen = run("h = tanh(w₁*x + b); L = (h − 1)²", "w1=0,5; x=2,b=1")
    assert {vertex.name for vertex in seen.graph.nodes} >= {"w₁", "x", "b", "h"}
    h = math.tanh(2)
    grads = {vertex.name: float(vertex.grad) for vertex in seen.graph.nodes}
    assert grads["w₁"] == pytest.approx(2 * (h - 1) * (1 - h * h) * 2)
    assert "∂L/∂w₁" in walk(seen.graph).conclusion()


def test_matrices():
    seen = run("L = s * sum((W @ v)**2)", "W=[[1,2],[3,4]],v=[1,-1],s=2")
    assert seen.loss.item() == 4.0
    grads = {vertex.name: vertex.grad for vertex in seen.graph.nodes}
    assert grads["W"].tolist() == [[-4.0, 4.0], [-4.0, 4.0]]
    assert grads["v"].tolist() == [-16.0, -24.0]
    assert float(grads["s"]) == 2.0


def test_values_may_stand_in_the_formula_and_be_replaced():
    assert run("w = 2; L = w*w", "w=3").loss.item() == 9.0
    assert observed(FormulaModel("w = 2; L = w*w")).loss.item() == 4.0


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("L = tanh(w*x + )", "w=1,x=1", "“L = tanh(w*x + ^)”"),
        ("L = x ^ 2", "x=1", "“L = x ^^ 2”: a power is written"),
        ("L = tahn(x)", "x=1", "“L = ^tahn(x)”: unknown function “tahn” (did you mean"),
        ("L = w(x + 1)", "x=1", "a product is written w*(…)"),
        ("L = __import__('os').system('ls')", "x=1", "“L = ^__import__"),
        ("import os", "x=1", "“^import os”"),
        ("L = x.data", "x=1", "“L = ^x.data”"),
        ("L = (lambda: x)()", "x=1", "^(lambda"),
        ("L = [x for x in w]", "w=1", "“L = ^["),
        ("L = 'a' * x", "x=1", "expected a number here"),
        ("L = 1j * x", "x=1", "expected a number here"),
        ("L = x < 1", "x=1", "“L = ^x < 1”"),
        ("L = x * 10**10**10", "x=1", "infinite, or too large"),
        ("L = x * 1" + "0" * 400, "x=1", "infinite, or too large"),
        ("L = x + log(-w)", "x=1,w=2", "“L = x + ^log(-w)”: here the value is not a number"),
        ("L = sqrt(x*x)", "x=0", "its derivative for x is not a number"),
        ("L = " + "-" * (DEEPEST + 2) + "x", "x=1", "inside one another"),
        ("L = " + "(" * 300 + "x" + ")" * 300, "x=1", "inside one another"),
        ("L = x" + " + x" * 1000, "x=1", "characters"),
        ("L = x; L = 2*x", "x=1", "two values"),
        ("a = b*2; b = x; L = a", "x=1", "before it is computed"),
        ("x = 1; L = 0*3", "x=1", "depends on no letter"),
        ("", "x=1", "an empty one"),
        ("x = x + 1", "x=1", "before it is computed"),
        ("x, y = 1, 2", "", "letter = formula"),
        ("L = atan2(x)", "x=1", "reads 2 values, got 1"),
        ("L = W @ v", "W=[[1,2],[3,4]],v=[1,1]", "sum(…)"),
        ("L = sum(W @ v)", "W=[[1,2],[3,4]],v=[1,1,1]", "expected (…, m, k)"),
        ("L = sum(W)", "W=[[1,2],[3]]", "rows of numbers"),
        ("L = x @ w", "x=1,w=2", "a product of numbers is written *"),
        ("L = w*x + b", "w=3", "no value for x, b: tinygrad-fr step 'L = w*x + b' --at w=3,x=0.5,b=2"),
        ("L = w*x", "w=1,x=1,z=2", "no letter “z”"),
        ("L = x", "x=nan", "got “nan”"),
        ("L = x", "x=1e999", "infinite"),
        ("L = x", "x", "letter=value"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(text, at, said):
    with pytest.raises(UsageError) as caught:
        run(text, at)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["L = (tanh(w*x + b) - 1)**2", "L = relu(w*x) + b", "h = sin(w); L = h*x - exp(b)"])
def test_the_page_of_a_formula_computes(text):
    """What we look at to refuse an infinite value is no decision of the formula's."""
    assert isinstance(life_of(run(text, "w=0.5,x=2,b=1")), Life)
