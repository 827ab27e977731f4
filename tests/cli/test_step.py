"""``step``: text for pipes, data, pictures whole or not at all, and a reader that obeys its keys."""

import fcntl
import io
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import xml.etree.ElementTree as ET
from functools import partial

import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.sources import line_of
from tinygrad_fr.cli.reader import screen
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import observed, walk
from tinygrad_fr.explain.steps.cursor import Cursor
from tinygrad_fr.plugins import Catalogue

LINE = line_of("neuron", "weighted1 = self.w1 * x1")


@pytest.fixture
def ok(ok):
    """The command ``step``, in English, which succeeds."""
    return partial(ok, "step")


def test_text_when_the_output_is_no_terminal(ok):
    text = ok("neuron").stdout
    assert text == ok("neuron", "--plain").stdout
    blocks = text.rstrip("\n").split("\n\n")
    assert blocks[0] == "Artificial neuron. 7 steps forward, 8 steps backward; figures are rounded."
    assert len(blocks) == 1 + 15 + 1
    assert blocks[1].startswith(f"Forward, step 1 of 7 · weighted1 · neuron.py:{LINE}")
    assert "∂L/∂w₁ = −4.452" in blocks[-1]
    assert "\x1b" not in text


def test_text_in_french(run):
    text = run("step", "neuron").stdout
    assert "Retour, pas 8 sur 8 · weighted1" in text
    assert "= −2,226 × 2 = −4,452" in text


def test_data(ok):
    steps = json.loads(ok("neuron", "--json").stdout)["steps"]
    assert [step["phase"] for step in steps] == ["forward"] * 7 + ["backward"] * 8
    share = steps[-1]["shares"][0]
    assert share["name"] == "w₁"
    assert share["complete"]
    assert share["contribution"] == pytest.approx(steps[-1]["gradient"] * share["local"])
    assert steps[0]["formula"]["latex"] == r"\text{weighted1} = w_{1} \times x_{1}"


def test_the_lines_shown_are_the_models(ok):
    """Of a command, no line of the user's ran anything; the library that starts it is nobody's."""
    for name in ("mlp", "neuron", "lenet", "word2vec"):
        files = {step["source"]["file"].rpartition("/")[2] for step in json.loads(ok(name, "--json").stdout)["steps"]}
        assert files <= {"neuron.py", "classifier.py", "lenet.py", "words.py"}, name


def test_until_stops_there(ok):
    steps = json.loads(ok("neuron", "--until", "norm > 3", "--json").stdout)["steps"]
    assert len(steps) == 10
    assert "Result" not in ok("neuron", "--until", "norm > 3").stdout
    assert json.loads(ok("lstm", "--until", "t=2", "--json").stdout)["steps"][-1]["scope"] == "lstm/cell/t=2"


def test_frames_in_one_svg(ok, tmp_path):
    file = tmp_path / "frames.svg"
    done = ok("neuron", "-o", file)
    assert done.stderr == f"{file}: 15 steps\n"
    assert done.stdout == ""
    assert "@keyframes" in file.read_text(encoding="utf-8")
    ET.fromstring(ok("neuron", "--until", "z", "-o", "-").stdout)


@pytest.mark.parametrize(("form", "magic"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_frames_in_a_folder(ok, tmp_path, form, magic):
    folder = tmp_path / "deep" / "frames"
    ok("neuron", "--until", "total", "-o", f"{folder}/", "--format", form)
    assert sorted(file.name for file in folder.iterdir()) == [f"{i}.{form}" for i in (1, 2, 3)]
    assert all(file.read_bytes().startswith(magic) for file in folder.iterdir())


def test_the_course_and_the_chain_rule(ok):
    assert "(4)  δ⁽¹⁾ = (W⁽²⁾)ᵀ δ⁽²⁾ ⊙ σ′(z⁽¹⁾)" in ok("mlp", "--course").stdout
    equations = json.loads(ok("mlp", "--course", "--json").stdout)
    assert {each["number"] for each in equations} == set(range(1, 8))
    assert all(each["agrees"] for each in equations)
    assert "= (error + error) × 1 × (1 − a × a) × 1 × 1 × x₁" in ok("neuron", "--derive").stdout
    assert json.loads(ok("neuron", "--derive", "--json").stdout)[0]["mathml"].startswith("<math")


WRONG = [
    ("neuron --until nrm<3", 2, "“nrm” cannot be compared: expected norm, value"),
    ("neuron --until totl", 2, "nor a scope or a node of this walk; the nearest are total"),
    ("neuron --until norm<1e-9", 2, "“norm<1e-9” holds at no step"),
    (
        "neuron -o x.gif",
        2,
        "x.gif: the steps are drawn in one .svg that shows them in turn, in an .html page, or in a folder: x/",
    ),
    ("lstm -o x.svg", 1, "this walk has 216 nodes, and its pictures can show 80"),
    ("lstm --derive", 2, "ways lead from the loss to weight_ih_l0, more than the 16"),
    ("neuron --course", 2, "equations (1) to (7) are those of layers one after the other"),
    ("nope", 2, "nope"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), WRONG)
def test_bad_input_is_one_sentence_and_leaves_nothing(run, tmp_path, monkeypatch, arguments, code, said):
    monkeypatch.chdir(tmp_path)
    done = run("--lang", "en", "step", *arguments.split())
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder(run, tmp_path):
    (tmp_path / "frames").write_text("mine")
    done = run("--lang", "en", "step", "neuron", "--until", "total", "-o", str(tmp_path / "frames"))
    assert done.returncode == 1
    assert "it is a file" in done.stderr
    assert (tmp_path / "frames").read_text() == "mine"


# The reader in a terminal


class Terminal:
    """The program in a terminal of its own: keys in, the last screen out."""

    def __init__(self, *arguments, size=(120, 60)):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            os.environ.pop("COLUMNS", None)
            os.environ.pop("LINES", None)
            os.environ.update(TERM="xterm", TINYGRAD_FR_LANG="en")
            code = "from tinygrad_fr.cli import main; main()"
            os.execv(sys.executable, [sys.executable, "-c", code, "step", *arguments])

    def read(self, until):
        """What is written, up to a text that is awaited."""
        text = ""
        while until not in text:
            ready, _out, _err = select.select([self.file], [], [], 60)
            assert ready, f"{until!r} was not seen in {text!r}"
            try:
                data = os.read(self.file, 65536)
            except OSError:  # the program ended
                break
            if not data:
                break
            text += re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", data.decode(errors="replace"))
        assert until in text
        return text

    def press(self, key, until):
        """Press a key once the program waits for one: what is typed earlier is lost."""
        while termios.tcgetattr(self.file)[3] & termios.ICANON:
            assert os.waitpid(self.pid, os.WNOHANG)[0] == 0, "the program has ended"
            os.sched_yield()
        os.write(self.file, key.encode())
        return self.read(until)

    def ask(self, key, answer, until):
        self.press(key, ": ")
        os.write(self.file, f"{answer}\r".encode())
        return self.read(until)

    def resize(self, columns, lines):
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        return self.read("q quit")

    def end(self):
        self.press("q", "")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_the_reader_obeys_its_keys():
    terminal = Terminal("neuron")
    first = terminal.read("q quit")
    assert "Forward, step 1 of 7 · weighted1" in first
    assert "not computed yet" in first
    assert "Forward, step 2 of 7" in terminal.press("n", "2/15")
    terminal.press("\x1b[C", "3/15")
    terminal.press("\x1b[D", "2/15")
    assert "Backward, step 8 of 8" in terminal.press("e", "15/15")
    terminal.press("s", "1/15")
    terminal.ask("j", "12", "12/15")
    assert "number of a step, from 1 to 15, got “99”" in terminal.ask("j", "99", "got “99”")
    assert "Backward, step 6 of 8 · total" in terminal.ask("t", "total", "13/15")
    assert "Forward, step 3 of 7 · total" in terminal.ask("t", "total", "3/15   →")
    assert "∂L/∂error = −3.030" in terminal.ask("u", "norm > 3", "10/15")
    assert "the nearest are error" in terminal.ask("t", "erorr", "nearest are error")
    terminal.press("x", "this key does nothing")
    assert terminal.end() == 0


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (120, 40), (80, 10)])
@pytest.mark.parametrize("name", ["neuron", "mlp", "lstm"])
def test_a_step_is_whole_in_a_terminal_of_any_size(name, size):
    walked = walk(observed(Catalogue().load(name)).graph)
    cursor, title = Cursor(walked), str(Catalogue().load(name).title)
    for place in {0, len(walked) // 2, len(walked) - 1}:
        cursor.place = place
        out = io.StringIO()
        Console(file=out, width=size[0], height=size[1]).print(screen(cursor, title, *size, "a message"), end="")
        lines = out.getvalue().splitlines()
        assert len(lines) <= size[1]
        assert max(map(cell_len, lines)) <= size[0]
        assert "q quit" in lines[-1]
        assert "a message" in lines[-2]
        assert any(line.startswith("╰") for line in lines)  # the frame is closed


def test_the_reader_shows_the_code_around_helps_and_survives_a_resize():
    terminal = Terminal("neuron", size=(80, 24))
    first = terminal.read("q quit")
    assert re.search(rf"› *{LINE} .*\n.* {LINE + 1} ", first.replace("\r", ""))
    assert "any key closes it" in terminal.press("?", "quit")
    terminal.press(" ", "1/15")
    assert "sends to w₁" in terminal.ask("t", "w1", "15/15")
    assert "\n" not in terminal.resize(100, 30).replace("\r\n", "")  # each line starts at the left
    assert terminal.end() == 0


def test_names_are_typed_as_a_keyboard_has_them():
    cursor = Cursor(walk(observed(Catalogue().load("neuron")).graph))
    cursor.to("w1")  # a parameter: the step that reads it
    assert any(cursor.walk.equations.names[i].plain == "w₁" for i in cursor.step.vertex.inputs if isinstance(i, int))
    cursor.to("w_2")
    assert cursor.step.phase == "forward"
    cursor.to("weighted1")
    assert cursor.step.name == "weighted1"
    with pytest.raises(UsageError, match="no step of this walk"):
        cursor.to("w9")


def test_the_reader_starts_where_until_says():
    terminal = Terminal("neuron", "--until", "norm > 3")
    assert "Backward, step 3 of 8 · error" in terminal.read("10/15")
    assert terminal.end() == 0


def test_a_window_that_changes_while_it_is_drawn():
    """Many changes at once, of which the terminal tells while the reader writes: the last one is what is seen."""
    terminal = Terminal("neuron", size=(80, 24))
    terminal.read("q quit")
    for turn in range(300):
        fcntl.ioctl(terminal.file, termios.TIOCSWINSZ, struct.pack("HHHH", 24 + turn % 9, 80 + turn % 20, 0, 0))
    assert "1/15" in terminal.resize(100, 30)
    assert "2/15" in terminal.press(" ", "2/15")
