"""The generated guard answers as a walk over the same places does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr import optim, tensor
from tinygrad_fr.replay.guards.environment import _settings
from tinygrad_fr.replay.guards.generated import MISSING, Attributes, Guard, Settings

_VALUES = st.sampled_from([None, 0, 1, 1.0, True, "a", (), "b"])
_KEYS = st.sampled_from(["a", "it's", "{0}", ("b", 1), 2])
_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["entry", "cell", "remove", "needs", "value", "strides", "dtype", "code", "appear"]),
        _KEYS,
        _VALUES,
    )
)


def _cell(value: Any) -> Any:
    return (lambda: value).__closure__[0]  # type: ignore[index]


@given(st.dictionaries(_KEYS, _VALUES, min_size=1), _VALUES, _CHANGES)
def test_a_guard_is_a_walk(entries: dict[Any, Any], held: Any, changes: list[tuple[str, Any, Any]]) -> None:
    """It holds exactly while the very objects stand at every place and the tensor is as it was."""
    cell, x = _cell(held), tensor([[1.0, 2.0]])
    function = SimpleNamespace(__code__="a")
    absent = "never there"
    guard = Guard()
    for key in (*entries, absent):
        guard.entry(entries, key)
    guard.entry(Attributes(function), "__code__")
    guard.cell(cell)
    guard.tensor(x, x.needs, (x.value.shape, x.value.strides))
    elsewhere: dict[Any, Any] = {"there": 0}
    guard.absent(elsewhere, frozenset(("a", "b")))
    stands = guard.function()

    def seen() -> list[Any]:
        places = [*[entries.get(key, MISSING) for key in keys], function.__code__, cell.cell_contents, x.rare]
        return [*map(id, places), x.needs, x.value.shape, x.value.strides, x.value.dtype, "a" in elsewhere]

    keys = [*entries, absent]
    before = seen()
    then = (*entries.values(), MISSING, function.__code__, cell.cell_contents, x.rare, x.value.dtype)
    assert stands(then)
    for what, key, value in changes:
        if what == "entry":
            entries[key] = value
        elif what == "cell":
            cell.cell_contents = value
        elif what == "remove":
            entries.pop(key, None)
        elif what == "needs":
            x.needs = int(bool(value))
        elif what == "value":
            x.value = x.value + 1 if value is None else x.value.reshape(1, 2) if value else x.value.reshape(2, 1)
        elif what == "strides":
            x.value = np.repeat(x.value, 2, axis=-1)[:, ::2]
        elif what == "appear":
            elsewhere[key] = value
        elif what == "dtype":
            x.value = x.value.astype("float64" if value is None else "float32")
        else:
            function.__code__ = value
        try:
            answer = stands(then)
        except KeyError:  # an entry that is gone
            answer = False
        assert answer == (seen() == before)


@given(st.lists(st.tuples(st.sampled_from(["momentum", "weight_decay", "nesterov", "lr", "new"]), _VALUES)))
def test_settings_hold_as_their_texts_do(changes: list[tuple[str, Any]]) -> None:
    """The short comparison of an optimizer's settings says what the long one says."""
    optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.1)
    group = optimizer.param_groups[0]
    settings, before = Settings(group, _settings), _settings(group)
    for key, value in changes:
        group[key] = value
        assert settings.hold() == (_settings(group) == before)
