"""Each command does its work: data on standard output, messages on standard error, files whole."""

import json
import xml.etree.ElementTree as ET

import pytest


def test_models(ok):
    listed = json.loads(ok("models", "--json").stdout)
    names = [model["name"] for model in listed]
    assert names == sorted(names)
    assert {"deep", "gru", "lenet", "lstm", "mlp", "neuron", "resnet", "rnn"} <= set(names)
    assert "LSTM, long short-term memory" in ok("models").stdout
    shown = ok("models", "show", "gru").stdout
    assert "--set convention=course" in shown
    assert "joins the forget and input gates" in json.loads(ok("models", "show", "gru", "--json").stdout)["explanation"]


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot", "json"])
def test_render_writes_the_format_of_the_suffix(ok, tmp_path, suffix):
    file = tmp_path / f"mlp.{suffix}"
    done = ok("render", "mlp", "--pass", "both", "-o", file)
    assert done.stdout == ""
    assert done.stderr == f"{file}: 11 nodes, 2,410 parameters\n"
    start = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph", "json": b"{"}[suffix]
    assert file.read_bytes().startswith(start)


def test_render_to_standard_output(ok):
    done = ok("render", "neuron", "-o", "-")
    ET.fromstring(done.stdout)
    assert done.stderr == ""


def test_render_unrolls_as_many_steps_as_asked(ok, tmp_path):
    file = tmp_path / "lstm.json"
    ok("render", "lstm", "--steps", 12, "--set", "hidden=3", "-o", file)
    assert json.loads(file.read_text())["statistics"]["time_steps"] == 12


@pytest.mark.parametrize("zoom", ["model", "module", "op", "equation", "scalar"])
def test_render_at_every_distance(ok, tmp_path, zoom):
    file = tmp_path / "gru.svg"
    ok("render", "gru", "--steps", 2, "--set", "hidden=2", "--zoom", zoom, "--pass", "both", "-o", file)
    ET.parse(file)


def test_render_chooses_for_itself_and_says_what_is_closed(ok, tmp_path):
    done = ok("render", "lstm", "-o", tmp_path / "lstm.svg")
    assert done.stderr.endswith("; 18 cards, 8 of them closed: --zoom op shows every operation\n")
    assert "the same parameters at 100 time steps" in ok("render", "lstm", "--steps", 100, "-o", "-").stdout


def test_render_opens_closes_and_measures(ok, tmp_path):
    file = tmp_path / "x.svg"
    for options in (
        ("resnet", "--open", "resnet/layer1/0", "--close", "resnet/layer1/0/conv1", "--color", "flops"),
        ("lstm", "--time", "3..4", "--zoom", "op", "--theme", "dark", "--size", "slide"),
        ("lstm", "--zoom", "op", "--around", "C̃", "--radius", 1, "--color", "saturation", "--theme", "print"),
        ("mlp", "--zoom", "equation", "--depth", 2, "--color", "gradient", "--theme", "contrast", "--size", "page"),
    ):
        ok("render", *options, "-o", file)
        ET.parse(file)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--open", "lstm/sell"), "no part of this run is called “lstm/sell”; the nearest are lstm/cell"),
        (("--close", "nothing"), "no part of this run is called “nothing”"),
        (("--time", "5..9"), "time: expected a window between 1 and 8, got 5..9"),
        (("--time", "x"), "--time: expected A..B, such as 3..6, got “x”"),
        (("--around", "hh"), "nothing in this picture is called “hh”; the nearest are "),
        (("--set", "hidden=64", "--zoom", "scalar", "--steps", "8"), "and the nearest distance shows up to 300,000"),
        (("--zoom", "near"), "'near' is not one of 'model', 'module', 'op', 'equation', 'scalar'"),
        (("--theme", "pink"), "'pink' is not one of 'light', 'dark', 'print', 'contrast'"),
    ],
)
def test_wrong_distances_are_one_sentence(run, tmp_path, options, said):
    done = run("--lang", "en", "render", "lstm", *options, "-o", str(tmp_path / "x.svg"))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_flow_side_by_side(ok, tmp_path):
    file = tmp_path / "flow.svg"
    done = ok("flow", "rnn", "lstm", "--steps", 6, "--json", "-o", file)
    flows = json.loads(done.stdout)
    assert [flow["name"] for flow in flows] == ["rnn", "lstm"]
    assert all(len(flow["gradient_h"]) == 6 for flow in flows)
    assert flows[0]["gradient_C"] is None
    assert len(flows[1]["gradient_C"]) == 6
    ET.parse(file)
    assert "RNN: the gradient" in ok("flow", "rnn", "--steps", 3).stdout


@pytest.mark.parametrize("lens", [("flow", "rnn", "lstm", "gru"), ("gates", "lstm"), ("gates", "gru", "--compare")])
def test_conclusions_come_first_and_tables_on_request_fit_80_columns(ok, lens):
    short = ok(*lens, "--set", "hidden=4", "--steps", 12)
    assert "┃" not in short.stdout
    assert "--table" in short.stderr
    long = ok(*lens, "--set", "hidden=4", "--steps", 12, "--table").stdout
    assert long.startswith(short.stdout)
    lines = long[len(short.stdout) :].splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("│ 12 ") for line in lines) >= 2 or len(lens) == 2


@pytest.mark.parametrize(("name", "symbols"), [("lstm", "f i o C̃ C h"), ("gru", "z r h̃ h")])
def test_gates(ok, tmp_path, name, symbols):
    file = tmp_path / "gates.png"
    data = json.loads(ok("gates", name, "--steps", 3, "--json", "-o", file).stdout)
    assert list(data["values"]) == symbols.split()
    assert file.read_bytes().startswith(b"\x89PNG")
    assert "‖∂L/∂h‖" in ok("gates", name, "--steps", 3, "--table").stdout


def test_train_says_whether_the_score_was_reached(ok, run, tmp_path):
    curve = tmp_path / "curve.svg"
    done = ok("train", "neuron", "--json", "-o", curve)
    assert json.loads(done.stdout)["reached"]
    assert "score 100.0 %" in done.stderr
    ET.parse(curve)
    short = run("--lang", "en", "train", "rnn", "--set", "lr=1e-9")
    assert short.returncode == 1
    assert "under the 90 % expected" in short.stderr


def test_probes_pass(ok):
    assert all(probe["passes"] for probe in json.loads(ok("probes", "--json").stdout))
    assert ok("probes").stdout.count("✓") == 12


@pytest.mark.long
def test_demo_end_to_end_and_faster_or_not_the_second_time(ok, tmp_path):
    folder = tmp_path / "demo"
    first = ok("demo", "-o", folder)
    assert first.stdout.strip() == str(folder / "index.html")
    assert "First run" in first.stderr
    assert sorted(p.name for p in folder.iterdir()) == [
        "flow_pixels.svg", "flow_rows.svg", "gates.svg", "graph.svg", "index.html", "times.json",
    ]  # fmt: skip
    page = (folder / "index.html").read_text(encoding="utf-8")
    for picture in folder.glob("*.svg"):
        ET.parse(picture)
        assert f'src="{picture.name}"' in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    (folder / "times.json").write_text('{"total": "nonsense"}')
    assert "First run" in ok("demo", "-o", folder).stderr
    assert "times as fast" in ok("demo", "-o", folder).stderr


@pytest.mark.long
def test_the_first_screen_of_demo_says_what_its_numbers_say():
    """The RNN's gradient vanishes, a new LSTM's too and less, and it lasts where the forget gates are open."""
    from tinygrad_fr.plugins import Catalogue
    from tinygrad_fr.report.demo import told

    rnn, ajar, wide = told({name: Catalogue().load(name) for name in ("rnn", "lstm")})
    assert [each.flow.verdict for each in (rnn, ajar, wide)] == ["vanishes", "vanishes", "lasts"]
    assert rnn.flow.ratio < ajar.flow.ratio < wide.flow.ratio
    assert ajar.forget < 0.8 < 0.95 < wide.forget


def test_nothing_is_left_of_a_picture_that_failed(run, tmp_path):
    done = run("render", "lstm", "--steps", "100", "--zoom", "op", "--unroll", "-o", str(tmp_path / "x.png"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_flow_with_remedies_beside_the_model_without(ok):
    flows = json.loads(
        ok("flow", "rnn", "lstm", "--activation", "relu", "--forget-bias", 3, "--compare", "--json").stdout
    )
    assert [flow["label"] for flow in flows] == ["RNN", "RNN relu", "LSTM", "LSTM forget bias 3"]
    assert flows[3]["ratio"] > flows[2]["ratio"]
    same = json.loads(ok("flow", "rnn", "--set", "activation=relu", "--json").stdout)
    assert same[0]["gradient_h"] == flows[1]["gradient_h"]


def test_flow_of_variants_through_depth(ok, tmp_path):
    file = tmp_path / "deep.svg"
    done = ok("flow", "deep:activation=sigmoid,residual=no", "deep", "--clip-value", 0.01, "-o", file)
    assert "DEEP sigmoid no residual: the gradient vanishes" in done.stdout
    assert "certain for any input" in done.stdout
    assert done.stdout.count("clipped by value at 0.010") == 2
    ET.parse(file)


def test_flow_during_training(ok, tmp_path):
    file = tmp_path / "history.svg"
    data = json.loads(ok("flow", "rnn", "--set", "hidden=3", "--during-training", "--json", "-o", file).stdout)
    assert data[0]["iterations"][0] == 0
    assert len(data[0]["gradients"]) == len(data[0]["losses"]) == len(data[0]["iterations"])
    ET.parse(file)


def test_a_long_flow_is_one_short_line(ok):
    last = ok("flow", "rnn", "--set", "hidden=2", "--steps", 500).stdout.splitlines()[-1]
    assert last.index("  RNN") == 64


def test_cliff(ok, tmp_path):
    file = tmp_path / "cliff.svg"
    assert "440 at w = 4.69, b = −2.42" in ok("cliff", "-o", file).stdout
    ET.parse(file)
    assert json.loads(ok("cliff", "--json").stdout)["largest_gradient"] == pytest.approx(439.96, abs=0.01)


def test_activations(ok, run, tmp_path):
    file = tmp_path / "activations.svg"
    said = ok("activations", "relu", "gelu", "-o", file).stdout.splitlines()
    assert said == [
        "relu: largest slope 1.00; saturates for x < 0.0",
        "gelu: largest slope 1.13 at x = 1.4; saturates for x < −2.4",
    ]
    ET.parse(file)
    data = json.loads(ok("activations", "--json").stdout)
    assert [each["name"] for each in data][:3] == ["sigmoid", "tanh", "relu"]
    wrong = run("--lang", "en", "activations", "sigmoide", "-o", str(tmp_path / "none.svg"))
    assert wrong.returncode == 2
    assert wrong.stderr == "Error: no activation function is called “sigmoide”; near it: sigmoid\n"
    assert not (tmp_path / "none.svg").exists()


def test_descent(ok, run, tmp_path):
    file = tmp_path / "descent.svg"
    said = ok("descent", "--optimizer", "sgd,adam", "--surface", "bowl", "-o", file).stdout.splitlines()
    assert said[0] == "SGD, η = 0.100: at the minimum from step 43 on"
    assert len(said) == 2
    ET.parse(file)
    data = json.loads(ok("descent", "--optimizer", "sgd", "--lr", 0.05, "--steps", 3, "--json").stdout)
    (found,) = data["descents"]
    assert data["surface"] == "ravine"
    assert len(found["path"]) == len(found["losses"]) == 4
    wrong = run("--lang", "en", "descent", "--optimizer", "sgd,adamm", "-o", str(tmp_path / "none.svg"))
    assert wrong.returncode == 2
    assert wrong.stderr == "Error: no optimizer is called “adamm”; near it: adam, adamw\n"
    assert not (tmp_path / "none.svg").exists()


def test_gates_of_a_text_and_of_a_file(ok, tmp_path):
    word = tmp_path / "word.txt"
    word.write_text("ab Xc\nYd\n")
    from_text, from_file = (
        json.loads(ok("gates", "gru", "--set", "reading=order", "--input", given, "--json").stdout)
        for given in ("abXcYd", word)
    )
    assert from_text == from_file
    assert from_text["tokens"] == list("abXcYd")


def test_gates_before_and_after_training(ok, tmp_path):
    file = tmp_path / "both.svg"
    before, after = json.loads(ok("gates", "lstm", "--set", "hidden=4", "--compare", "--json", "-o", file).stdout)
    assert before["values"] != after["values"]
    assert before["values"] == json.loads(ok("gates", "lstm", "--set", "hidden=4", "--json").stdout)["values"]
    assert "after training" in file.read_text(encoding="utf-8")


def test_gates_in_a_window(ok, tmp_path):
    file = tmp_path / "window.svg"
    ok("gates", "lstm", "--time", "3..4", "-o", file)
    picture = file.read_text(encoding="utf-8")
    assert "t = 3" in picture
    assert "t = 4" in picture
    assert "t = 5" not in picture
    assert "Steps 3 to 4 of 8." in picture


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("flow rnn --norm", "none of these models has the setting “norm”: rnn"),
        ("flow rnn --compare", "--compare: expected a remedy to compare with: --activation"),
        ("flow rnn deep", "models with time steps and models with layers cannot share an axis"),
        ("flow rnn:ini=identity", "unknown setting “ini” (did you mean “init”?)"),
        ("flow rnn:init", "expected key=value, got “init”"),
        ("flow rnn --activation swish", "setting activation: expected one of tanh, relu, got “swish”"),
        ("flow neuron", "“neuron” has neither time steps nor several layers"),
        ("flow rnn --clip-norm 1 --clip-value 1", "expected one bound, on the norm or on each element, got both"),
        ("gates lstm --input 1,2,3", "input: expected 64 numbers, got 3"),
        ("gates lstm --set reading=order --input abQ", "expected symbols among a b c d X Y, got “Q” at place 3"),
        ("gates lstm --set reading=adding --input 1,2,3", "expected 2 numbers a step, got 3 in all"),
        ("gates lstm --input missing.txt", "there is no file missing.txt"),
        ("gates lstm --input {binary}", "{binary} is not text in UTF-8"),
        ("gates lstm --input {folder}", "cannot read {folder}: it is a folder"),
        ("gates lstm --time 7..9", "expected a window such as 3..6 between 1 and 8, got “7..9”"),
        ("gates lstm --time later", "expected a window such as 3..6 between 1 and 8, got “later”"),
        ("gates lstm --set reading=pixels --time 1..20", "--time: expected at most 8 steps, got 20"),
    ],
)
def test_what_was_asked_for_wrongly_gets_one_sentence(run, tmp_path, arguments, message):
    binary = tmp_path / "b"
    binary.write_bytes(b"\xff\xfe\x00")
    names = {"{binary}": str(binary), "{folder}": str(tmp_path)}
    given = [names.get(word, word) for word in arguments.split()]
    picture = tmp_path / "x.svg"
    done = run("--lang", "en", *given, "-o", str(picture))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    for key, value in names.items():
        message = message.replace(key, value if len(value) <= 40 else value[:39] + "…")
    assert message in done.stderr
    assert not picture.exists()


@pytest.mark.parametrize(
    ("option", "file", "said"),
    [
        ("--attention", "heads.html", "expected a suffix among .svg, .png, .pdf, .dot, .json, got “html”"),
        ("--draw", "graph.txt", "got “txt”"),
        ("--page", "steps.svg", "expected a file that ends in .html, got"),
    ],
)
def test_a_script_does_not_run_before_a_wrong_suffix_is_said(run, tmp_path, option, file, said):
    script = tmp_path / "lesson.py"
    script.write_text("print('it ran')\n")
    done = run("--lang", "en", "run", str(script), option, str(tmp_path / file))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
