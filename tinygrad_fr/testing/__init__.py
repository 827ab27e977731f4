"""Proofs, for us and for the authors of operations, models and plugins.

    from hypothesis import given
    from tinygrad_fr.testing import check_gradient, strategies as tst

    @given(x=tst.tensors(tst.shapes(min_dims=1)))
    def test_my_function(x):
        check_gradient(my_function, x)

A failure says what was found and expected, and carries a ``counterexample`` that can be drawn: the recorded graph with
the operation at fault marked. Under pytest the picture is written next to the failure's report.

Nothing is imported before it is used: neither numpy nor hypothesis.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# What is found here → the module that it comes from.
_HOME = {
    "Comparison": "by_hand",
    "Counterexample": "proving.counterexample",
    "GradientMismatchError": "proving.gradients",
    "Program": "inputs.programs",
    "assert_allclose": "close",
    "assert_close": "close",
    "check_gradient": "proving.gradients",
    "compare": "by_hand",
    "numerical_gradient": "proving.gradients",
    "picture": "proving.drawing",
}
_MODULES = {
    "by_hand": "by_hand",
    "close": "close",
    "contract": "contract",
    "counterexample": "proving.counterexample",
    "draws": "inputs.draws",
    "drawing": "proving.drawing",
    "gradients": "proving.gradients",
    "probes": "probes",
    "programs": "inputs.programs",
    "proofs": "proving.proofs",
    "prove": "proving.prove",
    "scores": "tables.scores",
    "strategies": "inputs.strategies",
    "subject": "proving.subject",
}


def __getattr__(name: str) -> Any:
    if name in _HOME or name in _MODULES:
        module = import_module(f"tinygrad_fr.testing.{_HOME.get(name) or _MODULES[name]}")
        import_module("tinygrad_fr.testing.hypothesis_plugin").register()
        return getattr(module, name) if name in _HOME else module
    raise AttributeError(f"module 'tinygrad_fr.testing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*_HOME, *_MODULES})
