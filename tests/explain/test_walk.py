"""A walk tells what backward did: its shares add up to the gradients, and nothing is disturbed."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources import line_of
from tinygrad_fr import Graph, Scalar, cat, observe, ops, softmax, tensor, where
from tinygrad_fr.errors import GradientError, UsageError
from tinygrad_fr.explain import observed, walk
from tinygrad_fr.explain.steps.cursor import Cursor
from tinygrad_fr.explain.steps.known_values import known
from tinygrad_fr.locale import set_language
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.plugins import Catalogue

MODELS = Catalogue()
NUMBERS = st.floats(-2, 2, allow_subnormal=False)

SCALAR = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (b * b + 1.0),
    lambda a, b: (a * b).tanh(),
    lambda a, b: a.sigmoid() * b,
    lambda a, b: a.relu() + b,
    lambda a, b: a * a - b,
    lambda a, b: -a,
]
TENSOR = [
    *SCALAR,
    lambda a, b: a @ b.mT @ b,
    lambda a, b: cat([a, b])[1:3],
    lambda a, b: softmax(a) * b,
    lambda a, b: a.sum(0) + b,
    lambda a, b: a.mean(1, keepdim=True) * b,
    lambda a, b: where(a > b, a, b),
]


@st.composite
def programs(draw, operations, values):
    """A loss, and the leaves that it was computed from."""
    leaves = [draw(values) for _leaf in range(draw(st.integers(1, 3)))]
    found = list(leaves)
    for _step in range(draw(st.integers(1, 7))):
        a, b = (found[draw(st.integers(0, len(found) - 1))] for _operand in "ab")
        found.append(draw(st.sampled_from(operations))(a, b))
    loss = found[-1] if isinstance(found[-1], Scalar) else (found[-1] * found[-1]).sum()
    return loss, leaves


scalars = programs(SCALAR, NUMBERS.map(Scalar))
tensors = programs(
    TENSOR,
    st.lists(NUMBERS, min_size=6, max_size=6).map(
        lambda numbers: tensor(np.reshape(np.array(numbers), (2, 3)), requires_grad=True)
    ),
)


def check(loss, leaves):
    told = walk(loss)
    loss.backward()
    sums = told.sums()
    for leaf in leaves:
        if leaf.id not in told.graph.by_id:
            continue
        if leaf.id == loss.id:
            continue
        gradient = np.asarray(leaf.grad)
        assert np.allclose(sums[leaf.id], gradient, rtol=1e-9, atol=1e-12)
        assert np.shape(sums[leaf.id]) == np.shape(gradient)
    for step in told:
        for share in step.shares:
            vertex = step.vertex
            if not isinstance(vertex.op, Elementwise):
                assert share.local is None
                continue
            product = vertex.grad * share.local  # upstream × local = contribution, added up where it was spread
            shape = np.shape(told.graph.by_id[share.source].value)
            axes = tuple(range(np.ndim(product) - len(shape)))
            product = np.sum(product, axis=axes)
            spread = tuple(i for i, side in enumerate(shape) if side < np.shape(product)[i])
            assert np.allclose(np.sum(product, axis=spread, keepdims=True).reshape(shape), share.contribution)
            if share.complete and told.graph.by_id[share.source].op is not None:
                assert np.allclose(share.total, told.graph.by_id[share.source].grad)
    assert len({told.equations.names[vertex.id] for vertex in told.graph.nodes}) == len(told.graph.nodes)
    assert str(told).count("\n") >= 3 * len(told)
    for step in told:
        step.to_json()


@given(program=scalars)
def test_shares_of_a_scalar_program_add_up_to_the_gradients(program):
    check(*program)


@given(program=tensors)
def test_shares_of_a_tensor_program_add_up_to_the_gradients(program):
    check(*program)


def test_a_walk_adds_to_no_gradient():
    w, x = Scalar(3.0), tensor([1.0, 2.0], requires_grad=True)
    (w * w).backward()
    x.sum().backward()
    walk(w * w * w)
    walk((x * x).sum())
    assert w.grad == 6.0
    assert x.grad.tolist() == [1.0, 1.0]


def test_an_older_gradient_is_not_told_as_this_walk():
    w = Scalar(3.0, name="w")
    (w * w).backward()
    told = walk((w * 2).relu())
    assert told.sums() == {w.id: 2.0}
    assert "∂L/∂w = ∂L/∂v₁ × ∂v₁/∂w" in str(told)


def test_the_same_steps_from_an_observed_run():
    w = tensor([1.0, -2.0], requires_grad=True, name="w")
    with observe() as seen:
        loss = (w.relu() * 3).sum()
        loss.backward()
    assert str(walk(Graph.of(loss, observation=seen))) == str(walk(loss))


def test_what_cannot_be_walked_is_said_in_a_sentence():
    x = tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(UsageError, match="holds no backward pass"):
        walk(Graph.of(x.sum()))
    with pytest.raises(GradientError):
        walk(x * x)
    assert walk(x * x, tensor([1.0, 10.0])).sums()[x.id].tolist() == [2.0, 40.0]
    with pytest.raises(GradientError):
        walk(tensor([1.0]).sum())


def neuron():
    return walk(observed(MODELS.load("neuron")).graph)


def test_a_notebook_shows_steps_that_open_and_names_stay_text():
    x = Scalar(2.0, name="<script>alert(1)</script>")
    page = ET.fromstring(f"<div>{walk((x * x).tanh())._repr_html_()}</div>")
    tags = [element.tag.split("}")[-1] for element in page.iter()]
    assert tags.count("details") == 5
    assert tags.count("math") == 0  # Jupyter removes it from a notebook that is not trusted
    assert tags.count("pre") == 5 + 1
    assert "script" not in tags


def test_the_neuron_line_by_line():
    """The chain rule of z = Σwx + b, a = tanh z, as a teacher writes it."""
    told = neuron()
    assert told.totals == {"forward": 7, "backward": 8}
    by_name = {(step.phase, step.name, bool(step.shares)): told.text(step) for step in told}
    assert by_name["forward", "weighted1", False].splitlines()[2:] == [
        "  computes      weighted1 = w₁ × x₁",
        "  with numbers  weighted1 = −0.007 × 2 = −0.015",
    ]
    assert by_name["backward", "L", False].splitlines()[2:] == ["  receives  ∂L/∂L = 1"]
    assert by_name["backward", "L", True].splitlines()[2:] == [
        "  computed                L = error × error",
        "  receives                ∂L/∂L = 1",
        "  share 1 of 2 for error  ∂L/∂L × error",
        "                          = 1 × (−1.515) = −1.515",
        "                          ∂L/∂error = −1.515   (1 more to come)",
        "  share 2 of 2 for error  ∂L/∂L × error",
        "                          = 1 × (−1.515) = −1.515",
        "                          ∂L/∂error = −1.515 + (−1.515) = −3.030   (complete)",
    ]
    assert by_name["backward", "a", True].splitlines()[1:] == [
        "  tanh lets 73 % of the gradient through.",
        "  computed    a = tanh(z)",
        "  receives    ∂L/∂a = −3.030",
        "  sends to z  ∂L/∂z = ∂L/∂a × ∂a/∂z",
        "                    = ∂L/∂a × (1 − a × a)",
        "                    = −3.030 × (1 − (−0.515) × (−0.515)) = −3.030 × 0.735 = −2.226",
    ]
    line = line_of("neuron", "weighted1 = self.w1 * x1")
    assert f"neuron.py:{line}  weighted1 = self.w1 * x1" in by_name["forward", "weighted1", False]
    assert told.conclusion().splitlines()[1:] == [
        "  ∂L/∂w₁ = −4.452   L falls when w₁ grows a little",
        "  ∂L/∂w₂ = −1.113   L falls when w₂ grows a little",
        "  ∂L/∂b = −2.226   L falls when b grows a little",
    ]


def test_a_walk_speaks_french():
    told = neuron()
    set_language("fr")
    text = str(told)
    assert "Une addition transmet le gradient, inchangé, à ses deux termes." in text
    assert "= −2,226 × 2 = −4,452" in text
    assert "gradient that" not in text
    assert "L diminue quand w₁ augmente un peu" in text


def test_equations_of_the_course_bear_their_numbers():
    told = walk(observed(MODELS.load("mlp")).graph)
    numbers = [[share.course for share in step.shares] for step in told if step.shares]
    assert numbers == [[3], [4, 5, 6], [4], [5, 6]]
    x = tensor([[1.0, 2.0]])
    weight, bias = (tensor(np.ones(side, np.float32), requires_grad=True) for side in ((2, 2), 2))
    last = walk(((F.linear(x, weight, bias).sigmoid() - 1).square()).sum())
    assert [share.course for share in last[-2].shares] == [3]


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_sequences_are_walked_and_add_up(name):
    run = observed(MODELS.load(name))
    told = walk(run.graph)
    for i, total in told.sums().items():
        assert np.allclose(total, told.graph.by_id[i].grad, rtol=1e-4, atol=1e-6)
    assert {vertex.id for vertex in told.graph.nodes if vertex.kind == "parameter"} == set(told.sums())
    str(told)


def test_definitions_speak_of_the_letters_that_their_formulas_have():
    told = {name: op.explained for name, op in ops.registry.items() if op.explained.letters}
    assert {"linear", "matmul", "softmax"} <= told.keys()
    for name, rule in told.items():
        assert all(letter in ops.registry[name].latex for letter in rule.letters), name
        assert len(rule.sends) == len(rule.letters)
        assert len(rule.figures) in (0, 1 + len(rule.sends))


@pytest.mark.parametrize("name", ["deep", "lenet", "resnet", "vit"])
def test_models_of_other_chapters_are_walked_too(name):
    """A parameter bears the shortest path of modules that is its own."""
    told = walk(observed(MODELS.load(name)).graph)
    assert len({name.plain for name in told.equations.names.values()}) == len(told.graph.nodes)
    assert not [name for name in told.equations.names.values() if name.copy and "weight" in name.word]
    for i, total in told.sums().items():
        assert np.allclose(total, told.graph.by_id[i].grad, rtol=1e-4, atol=1e-5)
    str(told)


def test_what_is_known_grows_and_nothing_is_zero_before_it_is_computed():
    told = neuron()
    z = next(step.vertex for step in told if step.name == "z")
    error = next(step.vertex for step in told if step.name == "error")
    states = [known(told, i) for i in range(len(told))]
    assert [state.value(z.id) for state in states[:4]] == [None, None, None, "−0.570"]
    assert [state.gradient(z.id) for state in states[7:11]] == [None, None, None, "−2.226"]
    assert states[7].gradient(error.id) is None
    assert states[8].gradient(error.id) == "−3.030"
    assert states[8].complete(error.id)


def test_a_partial_sum_says_that_more_is_to_come():
    x = Scalar(3.0, name="x")
    told = walk(x * 2 + x.relu())
    states = [state.gradient(x.id) for state in (known(told, i) for i in range(len(told)))]
    assert states[-2:] == ["1  (1/2)", "3"]


def test_saturation_and_dead_units_are_said():
    x = Scalar(5.0, name="x")
    assert walk(x.tanh())[-1].sentence == "tanh is saturated: it lets only 0.02 % of the gradient through."
    assert walk((x * -1).relu())[-2].sentence == "ReLU stops the gradient: its derivative is 0 here."
    assert walk(x.relu())[-1].sentence == "ReLU lets 100 % of the gradient through."


# Moving about


def test_a_cursor_moves_and_stays_inside():
    cursor = Cursor(neuron())
    cursor.back()
    assert cursor.place == 0
    cursor.next()
    assert cursor.place == 1
    cursor.end()
    cursor.next()
    assert cursor.place == 14
    cursor.jump("3")
    assert cursor.step.name == "total"
    cursor.to("z")
    assert (cursor.step.phase, cursor.step.name) == ("forward", "z")
    cursor.to("z")
    assert (cursor.step.phase, cursor.step.name) == ("backward", "z")
    cursor.to("z")
    assert cursor.step.phase == "forward"
    cursor.start()
    assert cursor.place == 0


@pytest.mark.parametrize(
    ("condition", "number"),
    [("norm > 3", 10), ("norm >= 1", 8), ("value > 1", 6), ("neuron", 1), ("neur*", 1), ("error", 6), ("norm>2,5", 10)],
)
def test_a_walk_stops_where_a_condition_holds(condition, number):
    cursor = Cursor(neuron())
    cursor.until(condition, here=True)
    assert cursor.place == number - 1


def test_a_walk_stops_at_the_first_nan_in_either_pass():
    x = Scalar(0.0, name="x")
    cursor = Cursor(walk((x + 1.0) * x.sqrt()))
    cursor.until("nan")
    assert (cursor.step.phase, cursor.step.vertex.op.name) == ("backward", "sqrt")
    y = Scalar(-1.0, name="y")
    cursor = Cursor(walk(y.log() * 2))
    cursor.until("NaN", here=True)
    assert (cursor.step.phase, cursor.step.vertex.op.name) == ("forward", "log")


def test_a_scope_is_found_by_its_path_its_name_or_a_pattern():
    told = walk(observed(MODELS.load("lstm")).graph)
    for text in ("lstm/cell/t=3", "t=3", "*/t=3"):
        cursor = Cursor(told)
        cursor.until(text)
        assert cursor.step.vertex.scope.time == 3


@pytest.mark.parametrize(
    ("move", "text", "said"),
    [
        ("until", "nrm < 3", "“nrm” cannot be compared: expected norm, value"),
        ("until", "norm < small", "expected a number behind <, got “small”"),
        ("until", "weigthed1", "nor a scope or a node of this walk; the nearest are weighted1"),
        ("until", "norm < 1e-9", "holds at no step from here to the end"),
        ("to", "totl", "no step of this walk is named “totl”; the nearest are total"),
        ("jump", "16", "expected the number of a step, from 1 to 15, got “16”"),
        ("jump", "0", "from 1 to 15, got “0”"),
        ("jump", "two", "got “two”"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(move, text, said):
    cursor = Cursor(neuron())
    with pytest.raises(UsageError) as error:
        getattr(cursor, move)(text)
    assert said in str(error.value)
    assert cursor.place == 0


def test_an_operand_without_a_formula_of_its_own_has_the_general_one():
    """The weights of classes may be learned; the formula speaks of scores and labels alone."""
    scores, weight = tensor([[0.0, 1.0], [2.0, 0.0]], requires_grad=True), tensor([1.0, 2.0], requires_grad=True)
    told = str(walk(F.cross_entropy(scores, tensor([0, 1]), weight)))
    assert told.count("Jᵀ ∂L/∂L") == 1
    assert "softmax(" in told
