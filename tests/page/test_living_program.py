"""The page's arithmetic: every value and gradient of the JavaScript against the engine's, in double precision."""

import json

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.explain import observed
from tinygrad_fr.living import StaticRunError, alive, script
from tinygrad_fr.living.code import IDENTITY, Code
from tinygrad_fr.living.javascript import activation, operation, spoken
from tinygrad_fr.ops.definition.elementwise import Elementwise
from tinygrad_fr.ops.definition.op import registry
from tinygrad_fr.plugins import Batch, Catalogue, Model, Text


@pytest.fixture
def double():
    before = tg.get_default_dtype()
    tg.set_default_dtype(tg.float64)
    yield
    tg.set_default_dtype(before)


def run(name, **changes):
    """A plugin's run in double precision where that is the default, also where its data is not."""
    model = Catalogue().load(name)
    settings = model.settings.replaced(changes)
    tg.manual_seed(0)
    module, batch = model.build(settings).to(tg.get_default_dtype()), model.example(settings)
    inputs = (
        batch.inputs.to(tg.get_default_dtype()) if getattr(batch.inputs, "dtype", None) == tg.float32 else batch.inputs
    )
    return observed(model, settings, module=module, batch=batch._replace(inputs=inputs))


def computed(tab, living, act="() => {}"):
    """Values and gradients of the page after something was done."""
    tab.evaluate(f"(() => {{{script(living.program.codes.values())}; window.Living = Living}})()")
    tab.evaluate(
        f"([data, loss]) => {{ window.it = new Living(data, loss); ({act})(window.it) }}",
        [json.loads(json.dumps(living.program.to_json())), living.loss],
    )
    return (np.array(tab.evaluate(f"[...it.{name}]")) for name in ("values", "gradients"))


def held(living, values, gradients):
    """How many gradients were compared."""
    count = 0
    for vertex in living.graph.nodes:
        places = living.numbers.get(vertex.id)
        if places is None or isinstance(vertex.value, tuple):
            continue
        np.testing.assert_allclose(values[places], vertex.value, rtol=1e-6, atol=1e-12)
        if vertex.requires_grad and vertex.grad is not None and vertex.id not in living.arranged:
            np.testing.assert_allclose(gradients[places], vertex.grad, rtol=1e-6, atol=1e-12)
            count += places.size
    return count


SMALL = {
    "neuron": {},
    "mlp": {"data": "xor", "hidden": "4"},
    "rnn": {"hidden": "8", "steps": "30"},
    "lstm": {"hidden": "8", "steps": "30"},
    "gru": {"hidden": "8", "steps": "30"},
    "word2vec": {},
    "autoencoder": {},
}


@pytest.mark.parametrize("name", SMALL)
def test_the_page_computes_what_the_engine_computed(tab, double, name):
    living = alive(run(name, **SMALL[name]))
    assert held(living, *computed(tab, living)) > 5


class Formula(Model):
    """A loss of scalars or tensors, drawn at random."""

    name = "formula"
    title = Text(fr="formule", en="formula")
    section = "x"
    explanation = title

    def __init__(self, make):
        self.make = make
        super().__init__()

    def build(self, settings):
        module = nn.Linear(2, 1)
        return module

    def example(self, settings):
        return Batch(tg.tensor([[0.3, -1.2]]), None)

    def loss(self, module, batch):
        return self.make(module, batch)

    def recipe(self, settings):
        raise NotImplementedError

    def score(self, module, batch):
        raise NotImplementedError


UNARY = [name for name, op in registry.items() if isinstance(op, Elementwise) and len(op.inputs) == 1
         and op.differentiable and spoken(op, {})]  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_every_operation_of_one_number_on_its_own(tab, double, name):
    op = registry[name]
    low, high = op.facts.domain.get(op.inputs[0], (-3.0, 3.0))
    low, high = max(low, -3.0) + 0.07, min(high, 3.0) - 0.07

    def loss(module, batch):
        x = tg.tensor(np.linspace(low, high, 41), requires_grad=True, name="x")
        return (op.call(x) * tg.tensor(np.linspace(0.5, 2.0, 41))).sum()

    living = alive(observed(Formula(loss)))
    held(living, *computed(tab, living))


def pools(module, batch):
    """Maxima of windows, with ties, borders and a last window that hangs over."""
    row = tg.tensor(np.round(np.random.default_rng(0).normal(size=(1, 2, 7, 6)), 0), requires_grad=True, name="x")
    found = nn.functional.max_pool2d(row, 3, 2, 1, ceil_mode=True)
    line = nn.functional.max_pool1d(row.reshape(1, 2, 42), 4, dilation=2)
    return (found * found).sum() + (line * 0.5).sum() + (row.max(3).values * row.max(3).values).sum()


def test_the_largest_of_windows_and_rows(tab, double):
    living = alive(observed(Formula(pools)))
    assert held(living, *computed(tab, living)) > 84


def reads_places(module, batch):
    values, places = nn.functional.max_pool1d(module(batch.inputs)[:, None].reshape(1, 1, -1), 1, return_indices=True)
    return (values * places).sum()


@pytest.mark.parametrize("seed", range(6))
def test_random_programs(tab, double, seed):
    draw = np.random.default_rng(seed)

    def loss(module, batch):
        known = [module(batch.inputs).sum(), *(module.weight[0, i] for i in range(2))]
        for _each in range(25):
            a, b = (known[i] for i in draw.integers(0, len(known), 2))
            known.append(
                [a + b, a * b, a - b, tg.maximum(a, b), a / (1 + b * b), a.tanh(), b.sigmoid(), tg.where(a > b, a, b)][
                    draw.integers(8)
                ].tanh()
            )
        return sum(known[-6:], start=known[0])

    state = draw.bit_generator.state

    def same(module, batch):
        draw.bit_generator.state = state
        return loss(module, batch)

    living = alive(observed(Formula(same)))
    assert held(living, *computed(tab, living)) > 10


def test_twenty_steps_of_descent_are_the_engines(tab, double):
    made = run("mlp", data="xor", hidden="4")
    living = alive(made)
    parameters = [living.numbers[vertex.id] for vertex in living.graph.nodes if vertex.kind == "parameter"]
    places = np.concatenate([ids.ravel() for ids in parameters]).tolist()
    values, _gradients = computed(
        tab, living, f"(it) => {{ for (let i = 0; i < 20; i++) it.descend({json.dumps(places)}, 0.1) }}"
    )
    optimizer = tg.optim.SGD(made.module.parameters(), lr=0.1)
    for _step in range(20):
        optimizer.zero_grad()
        made.model.loss(made.module, made.batch).backward()
        optimizer.step()
    for ids, parameter in zip(parameters, made.module.parameters(), strict=True):
        np.testing.assert_allclose(values[ids], parameter.detach().numpy(), rtol=1e-6, atol=1e-12)


def test_changes_and_a_reset_lead_back(tab, double):
    living = alive(run("rnn", hidden="3", steps="4"))
    act = """(it) => { const kept = it.state();
      for (let k = 0; k < 100; k++) { it.values[it.leaves[k % 50 + 1]] += 0.1 * k; it.sweep(); }
      it.stretches.forEach((s) => { if (s.key === 'tanh/1') s.key = 'relu/1'; }); it.sweep(); it.restore(kept); }"""
    assert held(living, *computed(tab, living, act)) > 5


def decides(module, batch):
    y = module(batch.inputs).sum()
    return y * 2 if y.item() > 0 else y * 3


def asks(module, batch):
    y = module(batch.inputs).sum()
    return y * 2 if y > 0 else y * 3


def test_a_yes_or_no_that_python_read_is_guarded(tab, double):
    living = alive(observed(Formula(asks)))
    held(living, *computed(tab, living))
    [guard] = living.guards
    assert guard.where.startswith("test_living_program.py:")
    assert living.program.swept(living.loss)[0][guard.place] == guard.value


def indexes(module, batch):
    y = module.weight[0]
    return y[y.argmax()] * 2


def detaches(module, batch):
    y = module(batch.inputs).sum()
    return (y - y.detach() * 0.5) ** 2


@pytest.mark.parametrize("make", [decides, indexes, detaches, reads_places])
def test_what_is_decided_by_values_is_not_computed_in_silence(make):
    with pytest.raises(StaticRunError):
        alive(observed(Formula(make)))


def test_a_run_that_is_too_large_says_so():
    with pytest.raises(StaticRunError, match=r"1.000"):
        alive(run("rnn"), most=1000)


def test_javascript_is_the_operations_text():
    assert "Math.tanh" in operation(activation("tanh"))
    assert operation(IDENTITY).count("v[i]=x_") == 1
    assert "0.01*x_" in operation(Code.of(registry["leaky_relu"], {}, 1)).replace("(", "").replace(")", "")


def attends(module, batch):
    q = module(batch.inputs)[None]
    return nn.functional.scaled_dot_product_attention(q, q, q, is_causal=True).sum()


def test_what_the_engine_asks_of_infinities_alone_is_no_decision(tab, double):
    """Attention asks whether a row sees nothing; only minus infinity answers yes."""
    living = alive(observed(Formula(attends)))
    held(living, *computed(tab, living))
