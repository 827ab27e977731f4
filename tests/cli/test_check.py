"""``check``: proofs from the command line, of operations and models, ours and other people's."""

import json

import pytest

OPERATIONS = """
from tinygrad_fr.ops.definition import elementwise

right = elementwise("right_{n}", "tanh(x) * x", {{"x": "g * (tanh(x) + x * (1 - tanh(x) ** 2))"}})
wrong = elementwise("wrong_{n}", "tanh(x) * x", {{"x": "g * (1 - y * y)"}})
"""


def test_an_operation_and_a_model_hold(run):
    result = run("--lang", "en", "check", "tanh", "matmul", "neuron", "--examples", "5")
    assert result.returncode == 0
    assert "matmul" in result.stdout
    assert "✗" not in result.stdout


def test_json_has_a_row_a_proof(run):
    result = run(
        "--lang", "en", "check", "sigmoid", "--examples", "3", "--proof", "gradient", "--proof", "scalar", "--json"
    )
    rows = json.loads(result.stdout)
    assert [(row["subject"], row["proof"], row["passed"]) for row in rows] == [
        ("sigmoid", "gradient", True),
        ("sigmoid", "scalar", True),
    ]


@pytest.mark.parametrize("seed", [(), ("--seed", "7")])
def test_a_wrong_operation_of_a_file_fails_and_is_drawn(run, tmp_path, seed):
    n = f"a{len(seed)}"
    (tmp_path / "ops.py").write_text(OPERATIONS.format(n=n))
    picture = tmp_path / "found.svg"
    plugin = ("--plugin", str(tmp_path / "ops.py"))
    result = run(
        "--lang", "en", "check", f"right_{n}", f"wrong_{n}", *plugin, "--proof", "gradient", "-o", str(picture), *seed
    )
    assert result.returncode == 1
    assert "✗" in result.stdout
    assert "counter-example drawn in" in result.stderr
    assert "to run it again: tg.ops.registry" in result.stderr
    assert f"wrong_{n}" in picture.read_text()


def test_what_cannot_be_checked_is_said(run):
    for arguments, words in (
        (("check",), "expected an operation or a model, or --all"),
        (("check", "tnah"), "near it: tanh"),
        (("check", "tanh", "--proof", "moral"), "unknown proof “moral”"),
    ):
        result = run("--lang", "en", *arguments)
        assert result.returncode == 2
        assert words in result.stderr
        assert not result.stdout


@pytest.mark.long
def test_other_processes_prove_the_same(run, tmp_path):
    """Examples are cut into the same pieces whoever runs them; what fails elsewhere is drawn here."""
    (tmp_path / "ops.py").write_text(OPERATIONS.format(n="spread"))
    asked = ("right_spread", "wrong_spread", "neuron", "--plugin", str(tmp_path / "ops.py"), "--proof", "gradient")
    asked = ("--lang", "en", "check", *asked, "--examples", "1001", "--json", "-o", str(tmp_path / "found.svg"))
    alone, shared = (run(*asked, *more) for more in ((), ("--workers", "2")))
    assert (alone.returncode, shared.returncode) == (1, 1)
    assert json.loads(alone.stdout) == json.loads(shared.stdout)
    right, wrong, model = json.loads(shared.stdout)
    assert (right["passed"], wrong["passed"], model["passed"]) == (True, False, True)
    assert right["examples"] > 1_000
    assert (tmp_path / "found.svg").exists()
