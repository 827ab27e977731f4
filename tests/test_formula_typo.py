"""A slip in an operation's text is one sentence where the operation is defined."""

from __future__ import annotations

import pytest

from tinygrad_fr.errors import UsageError
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition import elementwise


@pytest.mark.parametrize(
    ("forward", "partial", "wrong"),
    [
        ("sinn(x)", "g * cos(x)", "sinn"),
        ("sin(x)", "g * coss(x)", "coss"),
        ("sin(z)", "g * cos(x)", "z"),
        ("sin(x)", "g * cos(u)", "u"),
        ("sin(x", "g", "sin(x"),
    ],
)
def test_a_slip_is_refused_by_name(forward, partial, wrong):
    with pytest.raises(UsageError, match=wrong.replace("(", r"\(")):
        elementwise("slip_of_a_pen", forward, {"x": partial}, symbol="s", doc="A slip.")
    assert "slip_of_a_pen" not in registry
