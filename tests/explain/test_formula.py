"""Formulas: what is read is what is written, in every language, and no name ever becomes markup."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr import ops
from tinygrad_fr.explain.formula import Formula, figure, filled, name, read, value
from tinygrad_fr.explain.formula.read import NAMED
from tinygrad_fr.explain.formula.tree import Row
from tinygrad_fr.locale import set_language

OPERATIONS = sorted(ops.registry)


def every_latex(op):
    return [op.latex, *op.derivative_latex.values()]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_formula_of_the_registry_is_read_and_written(name):
    for latex in every_latex(ops.registry[name]):
        formula = read(latex)
        assert not set("\\&") & set(formula.plain)
        assert read(formula.latex).plain == formula.plain
        ET.fromstring(formula.mathml)


def test_no_operation_says_a_word_of_latex_that_is_not_understood():
    """A command that the reader does not know would stand in the text as its own name."""
    used = {word for name in OPERATIONS for latex in every_latex(ops.registry[name]) for word in words(latex)}
    names = {word for word in used if word in read(f"\\{word} y").plain}
    assert names <= NAMED


def words(latex):
    bare = re.sub(r"\\(?:text|operatorname|mathbf|mathrel|begin|end)\{[^}]*\}|\\(?:left|right|t?frac|sqrt)", " ", latex)
    return re.findall(r"\\([a-zA-Z]+)", bare)


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"|d| < \delta", "|d| < δ"),
        (r"a \, \& \, b", "a ∧ b"),
        (r"\tfrac{x}{2} \Phi(x)", "x/2 Φ(x)"),
        (r"\#\{x \neq 0\}", "#{x ≠ 0}"),
        (r"\frac{a}{b + 1} \, c", "a/(b + 1) × c"),
        (r"\sigma(x) = \frac{1}{1 + e^{-x}}", "σ(x) = 1/(1 + e⁻ˣ)"),
        (r"\begin{cases} x & x > 0 \\ 0 & \end{cases}", "(x if x > 0, 0 otherwise)"),
        (r"-\left(a - b\right)^{2}", "−(a − b)²"),
        (r"W^{\top} \delta \odot \sigma'(z^{(1)})", "Wᵀ δ ⊙ σ′(z⁽¹⁾)"),
        (r"h_{t-1} + W_{hh}", "hₜ₋₁ + Wₕₕ"),
        (r"2 (x - t)", "2 (x − t)"),
        (r"\frac{\partial L}{\partial w}", "∂L/∂w"),
        (r"\sqrt{a \, a + b}", "√(a × a + b)"),
    ],
)
def test_plain_text_is_what_a_person_would_type(latex, plain):
    assert read(latex).plain == plain


@pytest.mark.parametrize(
    ("latex", "terms", "plain"),
    [
        (r"a + b", (2.0, -3.0), "2 + (−3)"),
        (r"a + b", (-3.0, 2.0), "−3 + 2"),
        (r"-a", (-3.0, 0.0), "−(−3)"),
        (r"a^{b}", (-3.0, -2.0), "(−3)⁻²"),
        (r"a \, b", (2.0, 3e-9), "2 × (3.00×10⁻⁹)"),
        (r"\frac{a}{b}", (-1.0, 4.0), "(−1)/4"),
    ],
)
def test_numbers_take_the_parentheses_that_they_need(latex, terms, plain):
    assert filled(read(latex), dict(zip("ab", map(figure, terms), strict=True))).plain == plain


def test_figures_follow_the_reader():
    set_language("fr")
    assert figure(-0.7861).plain == "−0,786"
    assert figure(-0.7861).latex == "-0{,}786"
    assert figure(2.95e-5).plain == "2,95·10⁻⁵"
    assert figure(2.95e-5).latex == r"2{,}95 \cdot 10^{-5}"
    assert figure(2.95e-5).compound
    assert not figure(1010.5).compound
    assert read("0.5 x").plain == "0,500 x"


@pytest.mark.parametrize(
    ("word", "latex"),
    [
        ("w₁", "w_{1}"),
        ("W_f", "W_{f}"),
        ("C̃", r"\tilde{C}"),
        ("total", r"\text{total}"),
        ("a_b%", r"\text{a\_b\%}"),
    ],
)
def test_names_are_written_as_people_write_them(word, latex):
    assert Formula(Row((name(word),))).latex == latex


@given(word=st.text(min_size=1, max_size=30))
def test_any_name_stays_text(word):
    formula = filled(read(r"x + \frac{1}{x}"), {"x": name(word)})
    tree = ET.fromstring(formula.mathml)
    assert {element.tag.split("}")[1] for element in tree.iter()} <= {
        "math", "mrow", "mfrac", "mi", "mn", "mo", "mtext", "msub", "msup",
    }  # fmt: skip
    text = formula.latex
    for escaped in (r"\{", r"\}", r"\$", r"\&", r"\#", r"\%", r"\_", r"\^"):
        text = text.replace(escaped, "")
    assert text.count("{") == text.count("}")
    assert not set("$&#%") & set(text)


@pytest.mark.parametrize(
    ("found", "plain"),
    [
        (2.0, "2"),
        ([[1.0, 2.0], [3.0, 4.5]], "[1  2 ; 3  4.500]"),
        ([1.0] * 10, "[10]"),
        (None, "∅"),
        (float("nan"), "NaN"),
        (True, "1"),
    ],
)
def test_values_are_written_out_while_they_are_few(found, plain):
    import numpy as np

    array = np.array(found) if isinstance(found, list) else found
    assert Formula(Row((value(array),))).plain == plain
