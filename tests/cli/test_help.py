"""Help as a manual page: examples that parse, and run where there is time; what a shell completes."""

import json
import os
import shlex
import shutil
import subprocess
import sys

import click
import pytest
from click.shell_completion import BashComplete

from tinygrad_fr.cli.commands import doctor
from tinygrad_fr.cli.commands.completion import SHELLS, VARIABLE
from tinygrad_fr.cli.examples import examples
from tinygrad_fr.cli.main import PROGRAM, commands, group
from tinygrad_fr.plugins import Catalogue

LINES = [(name, line) for name, each in examples().items() for line, _shown in each]


def words_of(line):
    words = shlex.split(line)
    return words[: next((i for i, word in enumerate(words) if word.startswith(">")), len(words))]


def test_every_command_has_examples():
    assert list(examples()) == [name for name in commands() if name in examples()]
    assert set(examples()) == set(commands())
    for name, line in LINES:
        assert line.split()[0] == name


@pytest.mark.parametrize("name", commands())
def test_help_ends_with_them(run, name):
    for lang, title in (("en", "Examples:"), ("fr", "Exemples\u00a0:")):
        shown = run("--lang", lang, name, "--help").stdout
        assert title in shown
        for line, _what in examples()[name]:
            assert f"    {PROGRAM} {line}\n" in shown
    assert run(name, "--help", "--lang", "en").stdout == run("--lang", "en", name, "--help").stdout


@pytest.mark.parametrize(("name", "line"), LINES, ids=[line for _name, line in LINES])
def test_an_example_is_understood(monkeypatch, name, line):
    seen = []
    known = Catalogue().sources
    plain = click.Command.invoke

    def invoke(self, ctx):
        if isinstance(self, click.Group):
            return plain(self, ctx)
        seen.append(ctx.params)

    monkeypatch.setattr(click.Command, "invoke", invoke)
    group().main(words_of(line), prog_name=PROGRAM, standalone_mode=False)
    model = seen[0].get("name") if seen else None  # a group that answers by itself, such as models
    if model is not None and name not in ("plugins", "export"):
        assert model in known


@pytest.mark.parametrize(("name", "line"), LINES, ids=[line for _name, line in LINES])
def test_an_example_runs(request, run, tmp_path, monkeypatch, name, line):
    if not request.config.getoption("--nightly"):
        pytest.skip("minutes: --nightly")
    if "host:" in line or (name == "tutorial" and "open" in line):
        pytest.skip("asks for a cluster or a browser")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flowers.csv").write_text("a,b,kind\n" + "".join(f"{i},{i % 3},{i % 2}\n" for i in range(40)))
    (tmp_path / "my_op.py").write_text(
        'from tinygrad_fr.ops.definition import elementwise\nop = elementwise("my_op", "x * x", {"x": "2 * g * x"})\n'
    )
    if "runs/lenet" in line and not line.startswith("train lenet -d runs/lenet -o"):
        assert run("train", "lenet", "-d", "runs/lenet").returncode == 0
    if "my_model.py" in line:
        from tests.spread.conftest import MODEL

        (tmp_path / "my_model.py").write_text(MODEL)
    done = run("--lang", "en", *words_of(line.replace("100000", "30")))
    assert done.returncode == 0, done.stderr


def completions(*words):
    """What bash is offered, and which libraries were loaded for it."""
    code = (
        "import sys, tinygrad_fr.cli as c\n"
        "try: c.main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('tinygrad_fr_plugins', 'tinygrad_fr_tutorials', 'numba', 'torch') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, VARIABLE: "bash_complete", "COMP_WORDS": " ".join((PROGRAM, *words)), "COMP_CWORD": str(len(words))},
    )  # fmt: skip
    *found, loaded = done.stdout.splitlines()
    return [each.partition(",")[2] for each in found], loaded


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ren",), ["render"]),
        (("render", "ls"), ["lstm"]),
        (("flow", "rnn", "gr"), ["gru"]),
        (("sweep", "trans"), ["transformer"]),
        (("render", "lstm", "--theme", "d"), ["dark"]),
        (("tutorial", "export", "1"), ["1", *map(str, range(10, 20))]),
        (("completion", ""), list(SHELLS)),
    ],
)
def test_a_shell_completes(words, expected):
    found, loaded = completions(*words)
    assert found == expected
    assert loaded == "[]"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_each_shell(run, shell):
    done = run("completion", shell)
    assert done.returncode == 0
    assert VARIABLE in done.stdout
    program = shutil.which(shell)
    if program is not None and shell == "bash":
        subprocess.run([program, "-n"], input=done.stdout, text=True, check=True)
    assert BashComplete.name in SHELLS


def test_doctor_of_this_installation(run):
    done = run("--lang", "en", "doctor", "--json")
    found = {each["what"]: each for each in json.loads(done.stdout)}
    assert done.returncode == 0, done.stdout
    assert {"numpy", "numba", "Graphviz", "kernels", "kernel cache", "words"} <= set(found)
    assert all(each["state"] != "missing" for each in found.values())
    assert "everything that a plain install promises works" in done.stderr


def test_doctor_says_what_is_missing_and_how_to_mend_it(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "engine_name", lambda: "")
    monkeypatch.setattr(doctor, "FONTS", (str(tmp_path),))
    monkeypatch.setattr(doctor, "version", lambda name: "0.0.1")
    found = {each.what: each for each in doctor.examined()}
    assert found["Graphviz"].state == "missing"
    assert "apt install" in found["Graphviz"].mend
    assert found["DejaVu Sans"].state == "extra"
    assert found["numpy"].state == "missing"
    assert found["numpy"].mend.startswith("pip install 'numpy>=")


@pytest.mark.parametrize("name", ["models", "plugins", "tutorial"])
def test_groups_speak_the_readers_language(run, name):
    french = run("--lang", "fr", name, "--help").stdout
    assert "COMMAND [" not in french
    assert "[ARGS]" not in french
