"""ONNX's own tests of its operators: what is computed is ONNX's value, and the rest is refused in one sentence."""

import contextlib
import random
import warnings

import numpy as np
import pytest
from onnx import ModelProto, helper

from tinygrad_fr.bridges.onnx import load
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.testing.tables.onnx_nodes import AGREES, REFUSED, cases, outcomes


@pytest.fixture(scope="module")
def found():
    return outcomes(cases())


@pytest.mark.long
def test_no_value_is_wrong_and_nothing_breaks(found):
    assert [one for one in found if one.kind not in (AGREES, REFUSED)] == []


@pytest.mark.long
def test_most_agree(found):
    assert sum(one.kind == AGREES for one in found) >= 1600


@pytest.mark.long
def test_what_is_refused_is_refused_in_one_sentence(found):
    for one in found:
        if one.kind == REFUSED:
            assert "\n" not in one.why
            assert 0 < len(one.why) < 300


NUMBERS = [0, 1, -1, 2, 3, 7, -2, 100, 2**31, -(2**31), 2**40, 2**62]


def spoil(model, draw):
    """Say something else of a node: an attribute, an operand, a type, an opset."""
    node = draw.choice(model.graph.node)
    names = ["", *(value.name for value in model.graph.input)]
    kind = draw.randrange(7)
    if kind == 0 and node.attribute:
        attribute = draw.choice(node.attribute)
        attribute.i = draw.choice(NUMBERS)
        attribute.s = draw.choice([b"", b"NONE", b"\xff", b"SAME_UPPER", b"linear"])
        if attribute.ints:
            attribute.ints[draw.randrange(len(attribute.ints))] = draw.choice(NUMBERS)
    elif kind == 1 and node.attribute:
        del node.attribute[draw.randrange(len(node.attribute))]
    elif kind == 2 and node.input:
        node.input[draw.randrange(len(node.input))] = draw.choice(names)
    elif kind == 3:
        node.input.append(draw.choice(names))
    elif kind == 4:
        node.attribute.append(
            helper.make_attribute(
                draw.choice(["axis", "axes", "perm", "mode", "to"]), draw.choice([1, -1, [1, 2], "x"])
            )
        )
    elif kind == 5 and model.graph.input:
        draw.choice(model.graph.input).type.tensor_type.elem_type = draw.choice([1, 2, 3, 6, 7, 9, 10, 11, 8, 16])
    else:
        model.opset_import[0].version = draw.choice([6, 7, 8, 9, 10, 11, 13, 18, 21, 28])


@pytest.mark.long
def test_a_spoilt_node_is_refused_in_one_sentence_or_runs(tmp_path, request):
    draw = random.Random(0)
    every = [case for case in cases() if case.model.ByteSize() < 20_000]
    ran = 0
    for _trial in range(20_000 if request.config.getoption("--nightly") else 400):
        case, model = draw.choice(every), ModelProto()
        model.CopyFrom(case.model)
        for _each in range(draw.randrange(1, 4)):
            spoil(model, draw)
        (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
        with contextlib.suppress(TinygradError), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            module = load(tmp_path / "m.onnx")
            module(*(x for x in case.data_sets[0][0] if not hasattr(x, "data_type")))
            ran += 1
    assert ran > 10
