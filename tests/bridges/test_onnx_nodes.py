"""ONNX's own tests of its operators: what is computed is ONNX's value, and the rest is refused in one sentence."""

import pytest

from tinygrad_fr.testing.onnx_nodes import AGREES, REFUSED, cases, outcomes


@pytest.fixture(scope="module")
def found():
    return outcomes(cases())


def test_no_value_is_wrong_and_nothing_breaks(found):
    assert [one for one in found if one.kind not in (AGREES, REFUSED)] == []


def test_most_agree(found):
    assert sum(one.kind == AGREES for one in found) >= 1600


def test_what_is_refused_is_refused_in_one_sentence(found):
    for one in found:
        if one.kind == REFUSED:
            assert "\n" not in one.why
            assert 0 < len(one.why) < 300
