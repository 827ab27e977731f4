"""Each command does its work: data on standard output, messages on standard error, files whole."""

import json
import xml.etree.ElementTree as ET

import pytest


@pytest.fixture
def ok(run):
    """Run in English and expect success."""

    def program(*arguments):
        done = run("--lang", "en", *map(str, arguments))
        assert done.returncode == 0, done.stderr
        return done

    return program


def test_models(ok):
    listed = json.loads(ok("models", "--json").stdout)
    assert [model["name"] for model in listed] == ["gru", "lstm", "mlp", "neuron", "rnn"]
    assert "LSTM, long short-term memory" in ok("models").stdout
    shown = ok("models", "show", "gru").stdout
    assert "--set convention=course" in shown
    assert "joins forgetting and input" in json.loads(ok("models", "show", "gru", "--json").stdout)["explanation"]


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


def test_render_closed_draws_a_sequence_as_one_operation(ok, tmp_path):
    file = tmp_path / "lstm.json"
    ok("render", "lstm", "--closed", "-o", file)
    assert json.loads(file.read_text())["statistics"]["operations"]["lstm_sequence"] == 1


def test_flow_side_by_side(ok, tmp_path):
    file = tmp_path / "flow.svg"
    done = ok("flow", "rnn", "lstm", "--steps", 6, "--json", "-o", file)
    flows = json.loads(done.stdout)
    assert [flow["name"] for flow in flows] == ["rnn", "lstm"]
    assert all(len(flow["gradient_h"]) == 6 for flow in flows)
    assert flows[0]["gradient_C"] is None
    assert len(flows[1]["gradient_C"]) == 6
    ET.parse(file)
    table = ok("flow", "rnn", "--steps", 3).stdout
    assert "RNN: the gradient" in table


@pytest.mark.parametrize(("name", "symbols"), [("lstm", "f i o C̃ C h"), ("gru", "z r h̃ h")])
def test_gates(ok, tmp_path, name, symbols):
    file = tmp_path / "gates.png"
    data = json.loads(ok("gates", name, "--steps", 3, "--json", "-o", file).stdout)
    assert list(data["values"]) == symbols.split()
    assert file.read_bytes().startswith(b"\x89PNG")
    assert "‖∂L/∂h‖" in ok("gates", name, "--steps", 3).stdout


def test_train_says_whether_the_score_was_reached(ok, run, tmp_path):
    curve = tmp_path / "curve.svg"
    done = ok("train", "neuron", "--json", "-o", curve)
    assert json.loads(done.stdout)["reached"]
    assert "score 100.0 %" in done.stderr
    ET.parse(curve)
    short = run("--lang", "en", "train", "rnn", "--set", "lr=0.0")
    assert short.returncode == 1
    assert "under the 90 % expected" in short.stderr


def test_probes_pass(ok):
    assert all(probe["passes"] for probe in json.loads(ok("probes", "--json").stdout))
    assert ok("probes").stdout.count("✓") == 12


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


def test_nothing_is_left_of_a_picture_that_failed(run, tmp_path):
    done = run("render", "lstm", "--steps", "100", "-o", str(tmp_path / "x.png"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
