"""A person's own input: read, or refused in one sentence that says what was expected, what came, and where."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import observed
from tinygrad_fr.plugins import Catalogue, numbers, symbols

MODELS = Catalogue()


@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20),
    separators=st.lists(st.sampled_from([" ", ", ", ";", "\n", "\t"]), min_size=20, max_size=20),
)
def test_numbers_between_any_separators(values, separators):
    text = "".join(f"{value!r}{separator}" for value, separator in zip(values, separators, strict=False))
    assert numbers(text).tolist() == np.asarray(values, np.float32).tolist()


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("1 2 trois", {}, "expected numbers, got “trois” at place 3"),
        ("1 nan", {}, "expected numbers, got “nan” at place 2"),
        ("1 2 3", {"count": 64}, "expected 64 numbers, got 3"),
        ("1 2 3", {"multiple_of": 2}, "expected 2 numbers a step, got 3 in all"),
        ("", {}, "expected 1 numbers a step, got 0 in all"),
        ("1 17", {"low": 0, "high": 16}, "expected numbers from 0 to 16, got 17 at place 2"),
    ],
)
def test_numbers_that_do_not_fit(text, options, message):
    with pytest.raises(UsageError, match=message):
        numbers(text, **options)


@given(text=st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text):
    for read in (lambda: symbols(text, "abXY"), lambda: numbers(text)):
        said = _refusal(read)
        assert "\n" not in said
        assert len(said) < 200


def _refusal(read):
    try:
        read()
    except UsageError as error:
        return str(error)
    return ""


def test_symbols_and_their_vocabulary():
    assert symbols("aX\n b", "abXY") == [0, 2, 1]
    with pytest.raises(UsageError, match="expected symbols among a b X Y, got “Q” at place 2"):
        symbols("aQ", "abXY")
    with pytest.raises(UsageError, match="got none"):
        symbols(" \n", "abXY")


def test_a_digit_of_ones_own_is_compared_with_the_models_answer():
    model = MODELS.load("lstm")
    settings = model.settings
    image = np.arange(64) % 17
    batch = model.read(settings, " ".join(map(str, image)))
    assert batch.inputs.detach().numpy() == pytest.approx(image.reshape(1, 8, 8) / 16)
    seen = observed(model, settings, batch=batch)
    scores = seen.module(batch.inputs)
    wanted = float(scores.exp().sum().log() - scores.max())
    assert float(seen.loss) == pytest.approx(wanted, rel=1e-5)


def test_a_word_says_its_own_order():
    model = MODELS.load("rnn")
    settings = model.settings.replaced({"reading": "order"})
    assert model.read(settings, "aXbYc").target.tolist() == [1]
    assert model.read(settings, "aYbYc").target.tolist() == [3]
    assert model.read(settings, "abc").target is None
    assert model.tokens(settings, model.read(settings, "aXbYc")) == tuple("aXbYc")


def test_a_model_that_reads_nothing_says_so():
    model = MODELS.load("mlp")
    with pytest.raises(UsageError, match="“mlp” reads no input of yours"):
        model.read(model.settings, "1")


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("gain", [0.5, 1.5])
def test_initialisations_of_the_recurrent_matrix(name, gain):
    model = MODELS.load(name)
    for init in ("orthogonal", "identity"):
        settings = model.settings.replaced({"hidden": "5", "init": init, "gain": str(gain)})
        for block in np.asarray(model.build(settings).cell.weight_hh_l0.detach()).reshape(-1, 5, 5):
            assert block @ block.T == pytest.approx(gain**2 * np.eye(5), abs=1e-5)
            assert init == "orthogonal" or block == pytest.approx(gain * np.eye(5))


def test_normalised_layers_have_mean_zero_and_variance_one():
    model = MODELS.load("deep")
    seen = observed(
        model, model.settings.replaced({"norm": "yes", "activation": "tanh", "residual": "no", "layers": "3"})
    )
    inputs = [seen.graph.by_id[v.inputs[0]].value for v in seen.graph.nodes if v.op is not None and v.op.name == "tanh"]
    assert len(inputs) == 3
    for z in inputs:
        assert float(z.mean()) == pytest.approx(0, abs=1e-6)
        assert float(z.var()) == pytest.approx(1, abs=0.01)


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_gated_models_learn_the_order_of_letters(name, seed):
    from tinygrad_fr.training import train

    model = MODELS.load(name)
    assert train(model, model.settings.replaced({"reading": "order"}), seed=seed).score > 0.9 > 0.25
