"""``words``: questions to word vectors, and what a person brings."""

import json

import pytest


def test_the_command_answers_and_draws(run, tmp_path):
    text = tmp_path / "texte.txt"
    text.write_text("Le chat dort sur le lit. Le chien dort sous le lit. Le chat mange. Le chien mange.\n" * 20)
    picture = tmp_path / "carte.svg"
    done = run(
        "--lang",
        "en",
        "words",
        "cooccurrence",
        "chat",
        "--data",
        str(text),
        "--set",
        "size=4",
        "-o",
        str(picture),
        "--json",
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["words"] == 8
    assert "chien" in [each["word"] for each in found["neighbours"]["chat"]][:2]
    assert b"chien" in picture.read_bytes()
    plain = run("words", "cooccurrence", "--similar", "cnn", "svm", "--analogy", "cnn", "svm", "crop", "--groups", "3")
    assert plain.returncode == 0, plain.stderr
    assert "3.72113518" not in plain.stdout
    assert "3.72113518" in run("words", "cooccurrence").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mlp", "a"), "model “mlp” gives words no vectors; try word2vec or cooccurrence"),
        (("cooccurrence", "zebra"), "the word “zebra” is not among the 22 words that were read"),
        (("cooccurrence", "--similar", "cnn"), "--similar: expected at least two words"),
        (("cooccurrence", "--groups", "40"), "expected from 1 to 22 groups for 22 words, got 40"),
        (("word2vec", "--analogy", "roi", "reinee", "père"), "near it: reine"),
        (("word2vec", "--data", "none.txt"), "there is no file or folder none.txt"),
    ],
)
def test_wrong_questions_are_answered_in_one_sentence(run, arguments, said):
    done = run("--lang", "en", "words", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_models_say_what_data_they_learn_from(run, tmp_path):
    table, text = tmp_path / "t.csv", tmp_path / "t.txt"
    table.write_text("x,y\n1,a\n2,b\n")
    text.write_text("deux mots")
    for model, file, said in (
        ("mlp", text, "model “mlp” learns from rows with their classes, not from a text"),
        ("glove", table, "model “glove” learns from a text, not from rows with their classes"),
        ("neuron", text, "model “neuron” learns from no data of yours"),
    ):
        done = run("--lang", "en", "train", model, "--data", str(file))
        assert done.returncode == 2
        assert said in done.stderr
