"""What authors of operations and plugins use: check_gradient, strategies, counter-examples, the plugins of test tools."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_fr as tg
from tinygrad_fr import Tensor, nn
from tinygrad_fr.draw import render
from tinygrad_fr.ops.definition import elementwise, registry
from tinygrad_fr.testing import GradientMismatchError, check_gradient, picture, strategies
from tinygrad_fr.testing.proving.prove import search


@pytest.fixture
def wrong():
    op = elementwise("wrong", "tanh(x) * x", {"x": "g * (1 - y * y)"}, symbol="wrong")
    yield op
    del registry["wrong"]


@given(x=strategies.tensors(strategies.shapes(min_dims=1)))
def test_a_composition_of_operations(x):
    check_gradient(lambda x: (x.softmax(-1) * x).sum().tanh(), x)


def test_a_module_and_its_parameters():
    layer = nn.Linear(3, 2)
    check_gradient(layer, np.ones((2, 3)))
    check_gradient(
        lambda w, b: tg.nn.functional.linear(tg.tensor([[1.0, 2.0]], dtype=tg.float64), w, b), [[0.5, 1.0]], [0.1]
    )


def test_kinks_are_refused_smoothly_and_accepted_one_sided():
    with pytest.raises(GradientMismatchError):
        check_gradient(tg.relu, [0.0])
    check_gradient(tg.relu, [0.0], at_kink=True)


@given(x=strategies.tensors_on([-1.0, 0.0, 1.0]))
def test_tensors_on_kinks(x):
    assert set(np.unique(x.detach().numpy())) <= {-1.0, 0.0, 1.0}
    check_gradient(tg.abs, x, at_kink=True)


@given(shapes=strategies.broadcastable_shapes(3))
def test_shapes_that_broadcast(shapes):
    np.broadcast_shapes(*shapes)


@given(x=strategies.arrays(strategies.shapes()))
def test_arrays_have_no_ties(x):
    assert np.unique(x).size == x.size


def test_the_operation_at_fault_is_found_in_a_graph(wrong):
    with pytest.raises(GradientMismatchError) as caught:
        check_gradient(lambda x, y: (tg.sin(x) * wrong(x * y)).sum(), [0.5, -1.0], [1.0, 2.0])
    found = caught.value.counterexample
    assert found.fault is not None
    assert found.graph.by_id[found.fault.id].op is wrong
    y = np.array([0.5, -2.0])
    assert np.allclose(found.fault.expected, np.cos(1.3 * np.arange(2)) * (np.tanh(y) + y / np.cosh(y) ** 2), atol=1e-6)
    drawn = render(picture(found), "svg").decode()
    assert "wrong" in drawn
    assert "expected" in drawn


def test_a_failing_example_is_the_smallest(wrong):
    _tried, error = search(lambda draw: check_gradient(wrong, draw.array(draw.shape(0, 3))), 50)
    assert isinstance(error, GradientMismatchError)
    assert error.subject.arrays[0].shape == ()


def test_an_engine_that_does_not_add_up_has_no_operation_at_fault(monkeypatch):
    right = tg.ops.registry["add"].vjp
    with pytest.raises(GradientMismatchError) as caught:
        check_gradient(lambda x: x.detach() * x, [2.0])
    assert caught.value.counterexample.fault is None
    assert right is tg.ops.registry["add"].vjp


def test_nothing_is_imported_before_it_is_used():
    code = (
        "import sys, tinygrad_fr.testing, tinygrad_fr.testing.pytest_plugin, tinygrad_fr.testing.hypothesis_plugin as h;"
        "h.register(); assert not {'numpy', 'hypothesis', 'numba', 'tinygrad_fr.handles'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_hypothesis_knows_a_tensor_by_its_type():
    from tinygrad_fr.testing import hypothesis_plugin

    hypothesis_plugin.register()

    @given(x=st.from_type(Tensor))
    def proof(x):
        assert x.requires_grad
        assert x.dtype == np.float64

    proof()


@pytest.mark.long
def test_pytest_draws_what_failed(tmp_path):
    test = """
        import tinygrad_fr as tg
        from tinygrad_fr.ops.definition import elementwise
        from tinygrad_fr.testing import check_gradient
        bad = elementwise("bad", "sin(x)", {"x": "-g * cos(x)"})
        def test_bad():
            check_gradient(lambda x: bad(x * 2).sum(), [0.3, 0.4])
    """
    (tmp_path / "test_it.py").write_text(textwrap.dedent(test))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == 1
    assert "counter-example drawn in" in run.stdout
    assert "<svg" in (tmp_path / ".pytest_cache" / "d" / "tinygrad_fr" / "test_bad.svg").read_text()
    assert {each.name for each in tmp_path.iterdir()} <= {"test_it.py", ".pytest_cache", "__pycache__"}
