"""``export``, and files of its kind where a model's name is taken."""

import onnx
import pytest


def test_export_writes_what_render_step_and_flow_read(run, tmp_path):
    done = run("--lang", "en", "export", "lstm", "--steps", "3", "-o", str(tmp_path / "lstm.onnx"))
    assert done.returncode == 0
    assert "ONNX opset 23; inputs x (N, 3, 8); outputs y (N, 10)" in done.stderr
    onnx.checker.check_model(str(tmp_path / "lstm.onnx"), full_check=True)
    for arguments in (["render", "-o", str(tmp_path / "lstm.svg")], ["flow", "--json"], ["gates", "--json"]):
        command, *rest = arguments
        done = run(command, str(tmp_path / "lstm.onnx"), *rest)
        assert done.returncode == 0, done.stderr
    assert "OnnxModule" in (tmp_path / "lstm.svg").read_text(encoding="utf-8")


def test_a_run_is_exported_with_its_settings_and_weights(run, tmp_path):
    assert run("train", "mlp", "--set", "hidden=7", "--epochs", "1", "-d", str(tmp_path / "run")).returncode == 0
    assert run("export", str(tmp_path / "run"), "-o", str(tmp_path / "m.onnx"), "--fixed").returncode == 0
    sides = {tensor.name: tuple(tensor.dims) for tensor in onnx.load(tmp_path / "m.onnx").graph.initializer}
    assert sides["hidden.weight"] == (7, 64)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["export", "mlp", "-o", "m.pt"], 2, "export: expected a file that ends in .onnx"),
        (["render", "text.onnx"], 1, "text.onnx is no whole ONNX file"),
        (["flow", "none.onnx"], 1, "cannot read none.onnx"),
        (["train", "text.onnx"], 1, "text.onnx is no whole ONNX file"),
    ],
)
def test_bad_input_is_one_sentence(run, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.onnx").write_text("a,b\n1,2\n")
    done = run("--lang", "en", *arguments)
    assert done.returncode == code
    assert done.stderr.startswith(f"Error: {message}")
    assert done.stderr.count("\n") == 1


def test_a_file_is_described_as_a_model_is(run, tmp_path):
    path = str(tmp_path / "neuron.onnx")
    assert run("export", "neuron", "-o", path).returncode == 0
    for arguments in (["models", "show", path], ["models", "show", path, "--json"], ["plugins", "show", path]):
        done = run("--lang", "en", *arguments)
        assert done.returncode == 0, done.stderr
        assert "neuron" in done.stdout
