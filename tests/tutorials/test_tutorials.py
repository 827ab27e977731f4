"""Every tutorial runs in both languages, and every exercise knows a right answer from a wrong one."""

import os

import pytest
from hypothesis import Phase, settings

from docs.site import kept
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import LANGUAGES, set_language
from tinygrad_fr.tutorials import check, exercise, prove
from tinygrad_fr.tutorials.exercises import registry
from tinygrad_fr.tutorials.notebook import notebook, run
from tinygrad_fr.tutorials.reading import load_exercises, tutorial, tutorials

EVERY = tutorials()
load_exercises()
SHORT = {1, 2}  # tutorials; the others train, prove or draw for more than a second
TRAINING = {
    "5.3",
    "7.1",
    "8.2",
    "9.1",
    "9.3",
    "10.1",
    "10.2",
    "16.1",
    "17.2",
    "19.1",
}  # their proofs train a network, or read many
LONG, REPLAYED = [pytest.mark.long], [pytest.mark.fast("steps that are recorded and replayed")]
EXERCISES = [registry[number] for number in sorted(registry, key=lambda n: [int(part) for part in n.split(".")])]


@pytest.fixture
def in_french():
    set_language("fr")
    yield
    set_language(None)


@pytest.mark.parametrize("lang", ["fr", pytest.param("en", marks=pytest.mark.long)])  # the code is the same
@pytest.mark.parametrize(
    "each",
    [pytest.param(each, marks=LONG * (each.number not in SHORT) + REPLAYED * (each.number == 20)) for each in EVERY],
    ids=lambda each: each.name,
)
def test_it_runs(each, lang, monkeypatch):
    if "PYTEST_XDIST_WORKER" in os.environ:  # other tests run beside it
        monkeypatch.setenv("OMP_NUM_THREADS", "1")
    made = run(each, lang)
    streams = [o for cell in made.cells for o in cell.get("outputs", ()) if o.output_type == "stream"]
    assert not [o.text for o in streams if o.name == "stderr"]  # no warning in front of a student
    kept.keep(each, lang, made)  # for the site


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.name)
def test_both_languages_say_the_same(each):
    """The same ids in the same places, nothing in one language alone, nothing run and kept."""
    french, english = (each.read(lang) for lang in ("fr", "en"))
    assert [(cell.kind, cell.id) for cell in french] == [(cell.kind, cell.id) for cell in english]
    for cell in each.cells:
        assert cell.id, cell.source[:60]
        assert (cell.lang is None) == (cell.kind == "code"), cell.id
    ids = [cell.id for cell in french]
    assert len(set(ids)) == len(ids)
    assert ids[0] == "title"
    for lang in LANGUAGES:
        assert each.title(lang).startswith(f"{each.number}. ")
        assert each.minutes(lang)
    asked = {
        line.split('"')[1] for cell in french for line in cell.source.splitlines() if line.startswith("check.exercise")
    }
    assert asked == {number for number in registry if number.split(".")[0] == str(each.number)}
    assert len(asked) >= 2


def test_the_tutorials_are_there_in_their_order():
    assert [each.number for each in EVERY] == list(range(1, 22))


def test_a_notebook_holds_one_language_and_no_output():
    made = notebook(EVERY[0], "en")
    texts = [cell.source for cell in made.cells if cell.cell_type == "markdown"]
    assert texts[0].startswith(f"# {EVERY[0].title('en')}")
    assert not any(cell.get("outputs") for cell in made.cells)


def test_a_notebook_speaks_its_language_on_any_machine():
    for each in EVERY:
        first = next(cell for cell in notebook(each, "en").cells if cell.cell_type == "code")
        assert first.source.endswith('set_language("en")')
        compile(first.source, each.name, "exec")


@pytest.mark.parametrize("each", EXERCISES, ids=lambda each: each.number)
def test_an_exercise_accepts_its_solution(each):
    assert check.refusal(each.number, each.solution) is None


@pytest.fixture
def unshrunk():
    """Proofs that stop at the first example that fails: which one a student reads is test_what_a_student_reads'."""
    default = settings.get_current_profile_name()
    settings.register_profile("unshrunk", settings.get_profile(default), phases=[Phase.explicit, Phase.generate])
    settings.load_profile("unshrunk")
    yield
    settings.load_profile(default)


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(
    "each",
    [pytest.param(each, marks=[pytest.mark.long] if each.number in TRAINING else []) for each in EXERCISES],
    ids=lambda each: each.number,
)
def test_an_exercise_refuses_wrong_answers(each):
    assert each.wrong
    for answer in each.wrong:
        assert check.refusal(each.number, answer)


@pytest.mark.parametrize("each", EXERCISES, ids=lambda each: each.number)
def test_an_exercise_may_wait(each, capsys):
    check.exercise(each.number, ...)
    assert each.number in capsys.readouterr().out


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """A folder of notebooks: what is answered is kept there."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def square():
    @exercise("99.1", solution=lambda x: x * x, wrong=(lambda x: 2 * x,))
    def proof(answer):
        """Prove that the answer squares."""
        prove.same(answer, lambda x: x**2, x=prove.reals(-3, 3))

    yield
    del registry["99.1"]


@pytest.mark.usefixtures("in_french", "square", "beside")
def test_what_a_student_reads(capsys):
    check.exercise("99.1", lambda x: x * x)
    check.exercise("99.1", lambda x: 2 * x)
    check.exercise("99.1", lambda x: 1 / 0)
    check.exercise("99.1", 4)
    right, wrong, broken, number = capsys.readouterr().out.splitlines()
    assert right == "✓ exercice 99.1\u00a0: juste, prouvé"
    assert wrong == "✗ exercice 99.1\u00a0: pour x = 1, la réponse donne 2, et le moteur calcule 1"
    assert "division by zero" in broken
    assert "fonction de x" in number


@pytest.mark.usefixtures("square")
def test_a_slip_in_the_function_itself_is_said_as_such():
    assert "return" in check.refusal("99.1", lambda x: None)
    assert "a, b" in check.refusal("99.1", lambda a, b: a)


def test_arguments_go_by_their_names():
    prove.same(lambda y, x: x - y, lambda x, y: x - y, x=prove.reals(), y=prove.reals())
    with pytest.raises(prove.Refused):
        prove.same(lambda b, a: b - a, lambda x, y: y - x, x=prove.reals(), y=prove.reals())  # other names: by place


def test_unknown_numbers():
    with pytest.raises(UsageError, match=r"1\.1"):
        check.exercise("1.11", ...)
    with pytest.raises(UsageError, match=r"1\.[12]"):  # of the same tutorial
        check.exercise("1.3", ...)
    with pytest.raises(UsageError, match="77"):
        tutorial("77")
