"""The program around its commands: help, languages, sentences for errors, exit codes."""

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from tinygrad_fr.cli import main as module
from tinygrad_fr.cli.commands import models
from tinygrad_fr.cli.main import commands
from tinygrad_fr.errors import TinygradError, UsageError

shell = sys.modules["tinygrad_fr.cli.main"]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["--nope"], ["nope"], []])
def test_answering_loads_no_heavy_library(arguments):
    code = f"""
import sys
from tinygrad_fr.cli import main
try:
    main({arguments})
except SystemExit:
    pass
heavy = ("numpy", "numba", "matplotlib", "sklearn", "rich", "babel", "pygraphviz", "hypothesis", "jinja2", "onnx")
print("loaded:", [name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"


@pytest.mark.parametrize("name", commands())
def test_every_command_explains_itself(run, name):
    done = run("--lang", "en", name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: tinygrad-fr {name}")
    assert " ".join(done.stdout.split()).count(commands()[name]) == 1


def test_help_lists_the_commands_in_both_languages(run):
    french, english = run("--help"), run("--lang", "en", "--help")
    assert french.returncode == english.returncode == 0
    assert french.stdout.startswith("Utilisation\u00a0: tinygrad-fr [OPTIONS] COMMANDE [ARGUMENTS]…")
    assert english.stdout.startswith("Usage: tinygrad-fr [OPTIONS] COMMAND [ARGUMENTS]…")
    assert "Options\u00a0:" in french.stdout
    assert "Options:" in english.stdout
    assert "Afficher cette aide et quitter." in french.stdout
    for name in commands():
        assert f"\n  {name} " in french.stdout
        assert f"\n  {name} " in english.stdout


def test_version(run):
    assert run("--version").stdout == f"tinygrad-fr {version('tinygrad_fr')}\n"


@pytest.mark.parametrize(
    ("arguments", "environment", "first"),
    [
        ((), {}, "Erreur"),
        ((), {"LANG": "C.UTF-8"}, "Erreur"),
        ((), {"LANG": "en_US.UTF-8"}, "Error"),
        ((), {"TINYGRAD_FR_LANG": "en", "LC_ALL": "fr_FR.UTF-8"}, "Error"),
        (("--lang", "en"), {"TINYGRAD_FR_LANG": "fr"}, "Error"),
        (("--lang=fr",), {"TINYGRAD_FR_LANG": "en"}, "Erreur"),
    ],
)
def test_the_language_of_an_error(run, arguments, environment, first):
    done = run(*arguments, "nope", **environment)
    assert done.returncode == 2
    assert done.stderr.startswith(first)


WRONG = [
    ("nope", "Commande inconnue : « nope ».", "No such command 'nope'."),
    ("--nope", "Option inconnue : « --nope ».", "No such option '--nope'."),
    ("render", "Argument manquant 'NOM'.", "Missing argument 'NAME'."),
    ("render lstm --steps", "L’option « --steps » demande une valeur.", "Option '--steps' requires an argument."),
    ("render lstm --steps 0", "Valeur incorrecte pour '--steps' : 0", "Invalid value for '--steps': 0"),
    ("render lstm --set x", "--set : clé=valeur attendu", "--set: expected key=value"),
    ("models show ltsm", "modèle inconnu « ltsm » (vouliez-vous dire « lstm »", "unknown model"),
    ("gates lstm --set hiden=3", "réglage inconnu « hiden »", "unknown setting"),
]


@pytest.mark.parametrize(("line", "french", "english"), WRONG, ids=[line for line, *_ in WRONG])
def test_a_wrong_request_is_one_sentence_and_2(run, line, french, english):
    for language, expected in (("fr", f"Erreur : {french}"), ("en", f"Error: {english}")):
        done = run("--lang", language, *line.split())
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.replace("\u00a0", " ").startswith(expected)
        assert done.stderr.count("\n") == 1


def test_no_argument_gives_the_help_and_2(run):
    done = run()
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Utilisation")


def test_without_colours_nothing_but_text(run):
    assert "\x1b" not in run("models").stdout
    assert "\x1b[3" not in run("models", NO_COLOR="1", FORCE_COLOR="1").stdout  # bold remains: it is no colour


def fails_with(monkeypatch, error):
    """Exit code of the program when a command raises ``error``."""

    class Failing:
        def main(self, *_arguments, **_more):
            raise error

    monkeypatch.setattr(shell, "group", Failing)
    with pytest.raises(SystemExit) as stop:
        module([])
    return stop.value.code


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (TinygradError("it failed"), 1, "Error: it failed\n"),
        (UsageError("ask better"), 2, "Error: ask better\n"),
        (KeyboardInterrupt(), 130, "Error: interrupted\n"),
        (
            ZeroDivisionError("by 0"),
            1,
            "Error: unexpected ZeroDivisionError: by 0 (set TINYGRAD_FR_DEBUG=1 to see where)\n",
        ),
    ],
)
def test_exit_codes(monkeypatch, capsys, error, code, sentence):
    monkeypatch.delenv("TINYGRAD_FR_DEBUG", raising=False)
    monkeypatch.setenv("LANGUAGE", "en")
    assert fails_with(monkeypatch, error) == code
    assert capsys.readouterr() == ("", sentence)


def test_the_end_of_a_damaged_file_is_no_interruption(monkeypatch, capsys):
    def fail(**_options):
        raise EOFError("data too short")

    monkeypatch.delenv("TINYGRAD_FR_DEBUG", raising=False)
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setattr(models.command, "callback", fail)
    with pytest.raises(SystemExit) as stop:
        module(["models"])
    assert stop.value.code == 1
    assert capsys.readouterr().err.startswith("Error: unexpected RuntimeError: EOFError: data too short (")


@pytest.mark.parametrize("error", [TinygradError("it failed"), ZeroDivisionError("by 0")])
def test_the_traceback_on_request(monkeypatch, error):
    monkeypatch.setenv("TINYGRAD_FR_DEBUG", "1")
    monkeypatch.setenv("LANGUAGE", "en")
    with pytest.raises(type(error)):
        fails_with(monkeypatch, error)


def test_a_reader_that_goes_away_is_no_news():
    end, start = os.pipe()
    with os.fdopen(start, "wb") as closed:
        os.close(end)
        done = subprocess.run(
            [sys.executable, "-c", "from tinygrad_fr.cli import main; main()", "models"],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr == ""
