"""An array repeated without a copy: where each element lies, and who may write there, is as numpy's own function has it."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr.ops import registry

expanded = registry["expand_to"].function


@st.composite
def cases(draw):
    """An array, laid out in either order, and lengths that may fit it or not; −1 keeps one."""
    own = draw(st.lists(st.sampled_from((0, 1, 1, 2, 3)), max_size=3))
    kind = draw(st.sampled_from(("f4", "f8", "f2", "i8", "?")))
    array = np.arange(int(np.prod(own))).reshape(own).astype(kind)
    array = array.T if draw(st.booleans()) else array
    lead = draw(st.lists(st.sampled_from((0, 1, 2)), max_size=2))
    return array, (*lead, *(draw(st.sampled_from((side, -1, 2))) for side in array.shape))


@given(cases())
def test_elements_lie_where_numpy_has_them(case):
    array, shape = case
    lead = len(shape) - array.ndim
    sides = tuple(array.shape[i - lead] if side == -1 else side for i, side in enumerate(shape))
    try:
        expected = np.broadcast_to(array, sides)
    except ValueError as error:
        with pytest.raises(ValueError, match=re.escape(str(error))):
            expanded(array, shape)
        return
    found = expanded(array, shape)
    np.testing.assert_array_equal(found, expected, strict=True)
    if found.size:
        where = zip(found.strides, expected.strides, found.shape, strict=True)
        assert all(one == other for one, other, side in where if side > 1)
        assert np.may_share_memory(found, array)
    if sides != array.shape:
        assert not found.flags.writeable
