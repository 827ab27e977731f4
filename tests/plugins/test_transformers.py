"""Chapter « Transformers », and the translation that seq2seq shares with it."""

import numpy as np
import pytest
from tinygrad_fr_plugins import numerals, stories

from tinygrad_fr import no_grad, tensor
from tinygrad_fr import random as rng
from tinygrad_fr.data import Corpus
from tinygrad_fr.errors import UsageError
from tinygrad_fr.plugins import Batch, Catalogue
from tinygrad_fr.training import built, train


def test_numbers_are_spelled_as_in_france():
    said = {
        0: "zéro", 16: "seize", 17: "dix-sept", 21: "vingt et un", 60: "soixante", 70: "soixante-dix",
        71: "soixante et onze", 79: "soixante-dix-neuf", 80: "quatre-vingts", 81: "quatre-vingt-un",
        90: "quatre-vingt-dix", 91: "quatre-vingt-onze", 99: "quatre-vingt-dix-neuf", 100: "cent", 101: "cent un",
        180: "cent quatre-vingts", 200: "deux cents", 201: "deux cent un", 1000: "mille", 1001: "mille un",
        1995: "mille neuf cent quatre-vingt-quinze", 2000: "deux mille", 9999: "neuf mille neuf cent quatre-vingt-dix-neuf",
    }  # fmt: skip
    assert {n: numerals.in_french(n) for n in said} == said
    assert len({numerals.in_french(n) for n in range(10_000)}) == 10_000


def test_no_number_is_both_learned_and_scored():
    (learned, _a), (held, _b) = numerals.rows()
    assert len(learned) + len(held) == 10_000
    assert not set(map(tuple, learned.tolist())) & set(map(tuple, held.tolist()))


@pytest.mark.parametrize("name", ["seq2seq", "transformer"])
def test_giving_the_signs_before_says_what_writing_them_one_by_one_says(name):
    model = Catalogue().load(name)
    module = built(model, model.settings, 0)
    words = tensor(numerals.rows()[1][0][:5])
    signs = module.translate(words)
    with no_grad():
        scores = module(words, tensor(signs[:, :-1])).detach().numpy()
    assert np.array_equal(scores.argmax(axis=2), signs[:, 1:])


@pytest.mark.parametrize("name", ["seq2seq", "transformer"])
def test_a_persons_number_is_read_and_a_wrong_one_is_named(name):
    model = Catalogue().load(name)
    batch = model.read(model.settings, "Quatre-vingt-dix-neuf")
    assert model.tokens(model.settings, batch)[-4:] == ("quatre", "vingt", "dix", "neuf")
    assert float(model.loss(built(model, model.settings, 0), batch)) > 0
    with pytest.raises(UsageError, match="the word “septante” is not one of those that say the numbers"):
        model.read(model.settings, "septante")
    with pytest.raises(UsageError, match="expected from 1 to 8 words, got 0"):
        model.read(model.settings, "…")


def test_every_story_agrees_and_none_is_said_twice():
    assert len(stories.known()) == len(stories.every()) == 4096
    assert "la vache noire dort dans le jardin. elle est petite." in stories.known()
    assert "les chats noirs dorment sur le toit. ils sont petits." in stories.known()
    assert "la vache noir dort dans le jardin. elle est petite." not in stories.known()


def test_gpt_sees_nothing_of_what_follows():
    model = Catalogue().load("gpt")
    module = built(model, model.settings, 0)
    ids = stories.lines()[1][:2, :20].copy()
    with no_grad():
        before = module(tensor(ids)).detach().numpy()
        ids[:, 12:] = 3
        after = module(tensor(ids)).detach().numpy()
    assert np.array_equal(before[:, :12], after[:, :12])
    assert not np.allclose(before[:, 12:], after[:, 12:])


def test_gpt_draws_by_the_probabilities_that_it_gives():
    model = Catalogue().load("gpt")
    module = built(model, model.settings, 3)
    with no_grad():
        scores = module(tensor(np.zeros((1, 1), int))).detach().numpy()[0, 0].astype(float)
    shares = np.exp(scores) / np.exp(scores).sum()
    rng.manual_seed(0)
    drawn = module.written(np.zeros((20_000, 1), int), 1)[:, 1]
    assert np.abs(np.bincount(drawn, minlength=len(shares)) / len(drawn) - shares).max() < 0.01


def test_gpt_learns_from_a_text_of_a_persons_own():
    model = Catalogue().load("gpt").on(Corpus("un deux trois quatre cinq six sept huit neuf dix\n" * 20, "t.txt"))
    run = train(model, epochs=2)
    assert run.epochs[-1].loss < run.epochs[0].loss
    assert model.answer(run.module, model.read(model.settings, "un deux")).startswith("un deux")
    with pytest.raises(UsageError, match="has not read the sign “Z”"):
        model.read(model.settings, "Z")


def test_bert_hides_words_and_is_asked_for_those_alone():
    model = Catalogue().load("bert")
    recipe = model.recipe(model.settings)
    hidden, target = recipe.test.arrays
    asked = target[:, 1:] != -100
    assert (asked.sum(axis=1) == 1).all()
    assert (hidden[:, 1:][asked] == 3).all()
    assert set(target[:, 0]) == {0, 1}


@pytest.mark.long
def test_bert_finds_the_article_from_what_follows_it():
    model = Catalogue().load("bert")
    module = train(model).module
    for story, answer in (
        ("[MASK] vache noire dort sur le toit. elle est petite.", "la"),
        ("[MASK] chats noirs dorment sur le toit. ils sont petits.", "les"),
        ("[MASK] lapin brun mange sous la table. il est content.", "le"),
    ):
        assert model.answer(module, model.read(model.settings, story)) == story.replace("[MASK]", answer)
    with pytest.raises(UsageError, match="has not read the word “baleine”"):
        model.read(model.settings, "la baleine noire dort sur le toit. elle est petite.")
    with pytest.raises(UsageError, match="expected two sentences of seven and three words"):
        model.read(model.settings, "la vache dort")


def test_the_second_sentence_is_judged_by_its_pronoun():
    model = Catalogue().load("bert")
    ids, agrees = model._rows()
    assert 0.5 < agrees.mean() < 0.75
    assert Batch(tensor(ids[:1]), None).inputs.shape == (1, 13)
