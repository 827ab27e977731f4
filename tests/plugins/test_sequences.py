"""Chapter « Réseaux récurrents »: what is read, what is answered, layers that are stacked or read both ways."""

import numpy as np
import pytest
from tinygrad_fr_plugins.tasks import TASKS

from tests.plugins.trained import until
from tinygrad_fr import no_grad, tensor
from tinygrad_fr.data import COPIED, REBER, Corpus, copy_memory, mackey_glass, reber, reber_next
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import flow, gates, observed
from tinygrad_fr.plugins import Batch, Catalogue
from tinygrad_fr.training import built, train


def model_of(name, **changes):
    model = Catalogue().load(name)
    return model, model.settings.replaced({key: str(value) for key, value in changes.items()})


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_the_lstm_solves_the_adding_problem_over_100_steps_and_the_rnn_does_not(seed, request):
    if seed and not request.config.getoption("--nightly"):
        pytest.skip("the other seeds: pytest --nightly")
    lstm, rnn = (model_of(name, reading="adding", steps=100) for name in ("lstm", "rnn"))
    iterations = 3000
    epochs = iterations // 100  # 5 000 rows, 50 a batch

    def solved(epoch):
        return epoch.validation_loss < 0.01

    assert solved(until(solved, *lstm, seed=seed, epochs=epochs).epochs[-1])
    assert min(e.validation_loss for e in train(*rnn, seed=seed, epochs=epochs).epochs) > 0.05


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "reading"),
    [("lstm", "copy"), ("gru", "copy"), ("lstm", "reber"), ("gru", "reber"), ("lstm", "text"), ("rnn", "series")],
)
def test_each_reading_is_learned(name, reading):
    assert train(*model_of(name, reading=reading)).reached


def test_the_copy_problem_asks_for_what_was_said():
    inputs, targets = copy_memory(50, 7)
    assert (targets[:, :-COPIED] == -100).all()
    assert np.array_equal(inputs[:, :COPIED] - 1, targets[:, -COPIED:])
    assert (inputs[:, COPIED : COPIED + 7] == 0).all()
    assert (inputs[:, COPIED + 7] == 9).all()


def test_strings_of_the_grammar_obey_it_and_remember_their_beginning():
    words = reber(300, 30)
    assert all(9 <= len(word) <= 30 for word in words)
    assert {word[1] for word in words} == {"T", "P"}
    for word in words:
        assert word[0] == word[2] == "B"
        assert word[1] == word[-2]
        assert word[-1] == "E"
        following = reber_next(word)
        assert len(following) == len(word) - 1
        assert all(after in allowed for after, allowed in zip(word[1:], following, strict=True))


def test_a_string_counts_when_every_answer_is_allowed():
    task, word = TASKS["reber"], "BTBPVVETE"
    target = np.array([[REBER.index(c) for c in word[1:]]])
    scores = np.full((len(word) - 1, 1, 7), -1.0)
    for step, allowed in enumerate(reber_next(word)):
        scores[step, 0, REBER.index(allowed[-1])] = 1
    assert task.score(tensor(scores), tensor(target)) == 1
    scores[-2, 0, REBER.index("P")] = 2  # forgets that the word began with T
    assert task.score(tensor(scores), tensor(target)) == 0


def test_the_series_is_that_of_mackey_and_glass():
    fine = mackey_glass(400)
    assert 0.2 < fine.min() < 0.6
    assert 1.2 < fine.max() < 1.5
    assert np.array_equal(fine, mackey_glass(400))
    assert not np.array_equal(fine, mackey_glass(400, seed=1))


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_a_bidirectional_network_answers_from_both_ends(name):
    model, settings = model_of(name, bidirectional="yes", hidden=5)
    module = built(model, settings, 0)
    inputs = tensor(TASKS["rows"].rows(8)[1].arrays[0][:2])
    with no_grad():
        whole = module(inputs).detach().numpy()
        states, _last = module.cell(inputs.transpose(0, 1))
    joined = np.concatenate([states.detach().numpy()[-1, :, :5], states.detach().numpy()[0, :, 5:]], axis=1)
    assert np.allclose(
        whole, joined @ module.head.weight.detach().numpy().T + module.head.bias.detach().numpy(), atol=1e-6
    )


@pytest.mark.long
@pytest.mark.parametrize("changes", [{"layers": 2}, {"bidirectional": "yes"}, {"layers": 2, "bidirectional": "yes"}])
@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_stacked_and_bidirectional_networks_learn_and_are_seen(name, changes):
    model, settings = model_of(name, **changes)
    assert train(model, settings).reached
    run = observed(model, settings)
    assert len(flow(run).h) == 8
    assert gates(run).steps == tuple(range(1, 9))


def test_every_layer_starts_with_the_forget_bias_that_is_asked():
    model, settings = model_of("lstm", layers=3, forget_bias=4, hidden=2)
    biases = [np.asarray(p.detach()) for n, p in built(model, settings, 0).named_parameters() if "bias_ih" in n]
    assert len(biases) == 3
    assert all((bias[2:4] == 4).all() for bias in biases)


def test_what_comes_next_is_not_asked_of_who_has_read_it():
    model, settings = model_of("lstm", reading="text", bidirectional="yes")
    with pytest.raises(UsageError, match="reading=text asks what comes next, which a bidirectional network"):
        model.build(settings)


@pytest.mark.parametrize(
    ("reading", "text", "answers"),
    [
        ("adding", "0.5 1 0.2 0 0.3 1", r"-?\d"),
        ("order", "abXcdY", "XX|XY|YX|YY"),
        ("copy", "1 4 2 8 5", r"(\d ){4}\d"),
        ("reber", "BTBPV", "[BTPSXVE]"),
        ("text", "la vache", "^la vache"),
        ("series", "1 0.9 0.8", r"-?\d"),
    ],
)
def test_a_persons_sequence_is_read_and_answered(reading, text, answers):
    import re

    model, settings = model_of("gru", reading=reading, hidden=4)
    batch = model.read(settings, text)
    module = built(model, settings, 0)
    assert float(model.loss(module, batch)) >= 0
    assert re.search(answers, model.answer(module, batch))


def test_a_text_of_a_persons_own_is_read_whatever_the_settings_say():
    model = Catalogue().load("rnn").on(Corpus("abc abd abc abe\n" * 40, "t.txt"))
    run = train(model, epochs=2)
    assert run.epochs[-1].score > run.epochs[0].score
    assert model.answer(run.module, model.read(model.settings, "ab")).startswith("ab")
    assert Batch(*run.recipe.train[:1]).inputs.shape[-1] == 7
