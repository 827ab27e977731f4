"""Adding an element-wise operation, or a composite, is its definition: everything else is read from it."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import Graph, Scalar, nn, observe, tensor
from tinygrad_fr.draw import diagram_of, render
from tinygrad_fr.explain import walk
from tinygrad_fr.living.code import Code
from tinygrad_fr.living.javascript import operation, spoken
from tinygrad_fr.ops.definition import composite
from tinygrad_fr.ops.reference import reference
from tinygrad_fr.testing.proving.proofs import proofs
from tinygrad_fr.testing.proving.prove import prove

DEFINITION = """
softlog = elementwise(
    "softlog",
    "sign(x) * log1p(abs(x))",
    {"x": "g / (1 + abs(x))"},
    doc="Logarithm on both sides of 0: sign(x) ln(1 + |x|).",
)
"""


@pytest.fixture
def softlog(tmp_path):
    """The operation, defined in a module of its own."""
    path = tmp_path / "of_mine.py"
    path.write_text(f"from tinygrad_fr.ops.definition import elementwise\n{DEFINITION}")
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    yield space["softlog"]
    vars(tg).pop("softlog", None)


def test_it_takes_six_lines_as_formatted(tmp_path):
    path = tmp_path / "of_mine.py"
    path.write_text(DEFINITION)
    pytest.importorskip("ruff")
    formatted = [sys.executable, "-m", "ruff", "format", "--line-length", "120", str(path)]
    subprocess.run(formatted, check=True, capture_output=True)
    assert len(path.read_text().split("\n\n")[0].strip().splitlines()) <= 6
    assert path.read_text().strip() == DEFINITION.strip()


def test_it_is_a_name_of_the_package_and_computes_everywhere(softlog):
    x = np.array([-3.0, 0.0, 1.0])
    expected = np.sign(x) * np.log1p(np.abs(x))
    assert tg.softlog is softlog
    np.testing.assert_allclose(softlog(tensor(x)).numpy(), expected)
    assert softlog(Scalar(-3.0)).value == pytest.approx(expected[0])
    large = np.linspace(-5, 5, 20_000)
    np.testing.assert_allclose(softlog(tensor(large)).numpy(), np.sign(large) * np.log1p(np.abs(large)), rtol=1e-12)


def test_it_is_differentiated_twice_and_proven(softlog):
    x = tensor([2.0, -0.5], requires_grad=True)
    (slope,) = tg.autograd.grad(softlog(x).sum(), x, create_graph=True)
    (curve,) = tg.autograd.grad(slope.sum(), x)
    np.testing.assert_allclose(slope.detach().numpy(), [1 / 3, 1 / 1.5], rtol=1e-6)
    np.testing.assert_allclose(curve.detach().numpy(), [-1 / 9, 1 / 2.25], rtol=1e-6)
    held = [prove(softlog, proof, 3) for proof in proofs() if proof.applies(softlog)]
    assert {verdict.proof for verdict in held} >= {"value", "gradient", "second", "jvp", "float32", "compiled"}
    assert [verdict.proof for verdict in held if verdict.error is not None] == []


def test_it_is_explained_and_drawn(softlog):
    x = tensor([2.0], requires_grad=True, name="x")
    with observe() as seen:
        loss = softlog(x).sum()
        loss.backward()
    assert softlog.latex == r"\operatorname{sign}\left(x\right) \, \ln\left(1 + \left|x\right|\right)"
    assert softlog.derivative_latex == {"x": r"\frac{1}{1 + \left|x\right|}"}
    told = str(walk(softlog(tensor([2.0], requires_grad=True)).sum()))
    assert "Compute softlog." in told
    picture = render(diagram_of(Graph.of(loss, observation=seen), passes="both"), "svg").decode()
    assert "softlog" in picture
    assert "`softlog`" in reference()


def test_a_living_page_computes_it(softlog):
    assert spoken(softlog, {})
    code = operation(Code.of(softlog, {}, 1))
    assert "(sign(x_)*Math.log1p(Math.abs(x_)))" in code
    node = shutil.which("node")
    if node is None:
        return
    program = f"const sign = Math.sign; const o = {code}; const v = [2, 0], d = [0, 1]; o.forward(v, [,0], [], [], 1, 2); o.backward(v, d, [,0], [], [], 1, 2); console.log(JSON.stringify([v[1], d[0]]))"
    done = subprocess.run([node, "-e", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == pytest.approx([np.log(3), 1 / 3])


def test_a_compiled_step_has_it(softlog):
    w = nn.Parameter(np.linspace(-1, 1, 50))

    def step(x):
        w.grad = None
        loss = softlog(w * x).sum()
        loss.backward()
        return loss.detach()

    run = tg.compile(step)
    for factor in (1.0, 2.0, 3.0):
        found = float(run(tensor(factor)))
        gradient = w.grad.numpy().copy()
        assert found == pytest.approx(float(step(tensor(factor))))
        np.testing.assert_allclose(gradient, w.grad.numpy(), rtol=1e-6)


COMPOSITE = '''
@composite(symbol="x − x̄", latex=r"x - \\bar{x}")
def centred(x: Array) -> Array:
    """x without its mean."""
    return sub(x, mean(x))
'''
NAMES = """
from tinygrad_fr.ops.arithmetic import sub
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.reductions.sums import mean
"""


@pytest.fixture(params=["", "from __future__ import annotations\n"], ids=["evaluated", "written"])
def centred(request, tmp_path):
    """A composite in a module of its own, which evaluates its annotations or keeps them as text."""
    path = tmp_path / "of_mine.py"
    path.write_text(request.param + NAMES + COMPOSITE)
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    yield space["centred"]
    vars(tg).pop("centred", None)


def test_a_composite_takes_four_lines_and_is_proven(centred):
    assert len(COMPOSITE.strip().splitlines()) == 4
    assert tg.centred is centred
    x = tensor([2.0, 4.0], requires_grad=True)
    y = centred(x)
    assert y.op is centred
    (slope,) = tg.autograd.grad((y * tensor([1.0, 0.0])).sum(), x)
    assert (y.tolist(), slope.tolist()) == ([-1.0, 1.0], [0.5, -0.5])
    held = [prove(centred, proof, 3) for proof in proofs() if proof.applies(centred)]
    assert {verdict.proof for verdict in held} >= {"value", "equations", "gradient", "second", "jvp", "compiled"}
    assert [verdict.proof for verdict in held if verdict.error is not None] == []


def test_a_composite_is_explained_drawn_and_opened(centred):
    x = tensor([2.0, 4.0], requires_grad=True, name="x")
    with observe() as seen:
        loss = centred(x).square().sum()
        loss.backward()
    assert "Compute centred." in str(walk(centred(x).sum()))
    assert "centred" in render(diagram_of(Graph.of(loss, observation=seen), passes="both"), "svg").decode()
    with tg.opened("equation"):
        assert {vertex.op.name for vertex in Graph.of(centred(x)).nodes if vertex.op is not None} == {"mean", "sub"}
    assert "`centred`" in reference()


def test_an_operation_without_an_input_is_refused_in_one_sentence():
    def lost(x):
        """Nothing says that x is an input."""
        return x

    with pytest.raises(tg.errors.UsageError, match=r"lost: expected a parameter that is annotated Array, got \(x\)"):
        composite(symbol="?", latex="?")(lost)
    assert "lost" not in tg.ops.registry
