"""Which module a node of a file stands in: by its name, by what the exporter says, by what lies around it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from tinygrad_fr.bridges.onnx.scopes import modules_of


def node(operator, name, inputs, output, said=None):
    made = helper.make_node(operator, inputs, [output], name)
    if said is not None:
        made.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=repr(["", *said, "op"]))
        made.metadata_props.add(key="pkg.torch.onnx.class_hierarchy", value=repr(["Net", *("nn.Linear" for _ in said), "aten"]))  # fmt: skip
    return made


def places(nodes):
    found = modules_of(nodes)
    return ["/".join(name for name, _kind in found[id(each)]) for each in nodes]


def chain(*named, said=None):
    """One node after the other, each named, or told its module."""
    kinds = ("Transpose", "Add", "Relu", "MatMul")
    return [
        node(kinds[i % 4], "" if said else name, [f"v{i}"], f"v{i + 1}", said[i] if said else None)
        for i, name in enumerate(named or said)
    ]


def test_a_layer_that_tf2onnx_puts_beside_its_module_stands_in_it():
    nodes = chain("net/lstm_1/a", "Unsqueeze__7", "LSTM__8", "Squeeze__9", "net/lstm_1/b", "Cast__3", "net/lstm_2/a", "net/lstm_2/b")  # fmt: skip
    assert places(nodes) == ["lstm_1"] * 5 + [""] + ["lstm_2"] * 2  # what holds them all is the picture


def test_what_a_block_calls_between_its_parts_stands_in_the_block():
    nodes = chain(said=[["table"], [], ["h.0.norm"], ["h.0.qkv"], [], [], ["h.0.out"], [], ["h.1.norm"], ["h.1.qkv"]])
    assert places(nodes) == ["table", "", "h.0/norm", "h.0/qkv", "h.0", "h.0", "h.0/out", "", "h.1/norm", "h.1/qkv"]
    assert modules_of(nodes)[id(nodes[2])] == (("h.0", "Module"), ("norm", "Linear"))


def test_layers_of_a_sequence_are_no_blocks():
    assert places(chain(said=[["features.0"], ["features.1"], ["features.10.conv"]])) == [
        "features.0", "features.1", "features.10/conv",
    ]  # fmt: skip


def test_an_activation_called_all_over_holds_nothing_else():
    nodes = [
        node("Relu" if i % 2 else "MatMul", "act/x" if i % 2 else "free", [f"v{i}"], f"v{i + 1}") for i in range(6)
    ]
    assert places(nodes) == ["", "act", "", "act", "", "act"]


def test_a_module_that_another_one_interrupts_is_left_as_told():
    nodes = chain("a/x", "free", "b/x", "other", "a/y", "b/y")
    assert places(nodes) == ["a", "", "b", "", "a", "b"]


def test_what_two_ways_share_stands_around_both():
    forth = [node("Transpose", "two/forth/t", ["x"], "a"), node("Transpose", "two/back/t", ["x"], "b")]
    both = [node("LSTM", "LSTM__1", ["a", "b"], "c")]
    ends = [node("Squeeze", "two/forth/s", ["c"], "d"), node("Squeeze", "two/back/s", ["c"], "e"), node("MatMul", "head/m", ["d", "e"], "f")]  # fmt: skip
    assert places([*forth, *both, *ends]) == ["two/forth", "two/back", "two", "two/forth", "two/back", "head"]


def reached(nodes, starts):
    """Places of what some nodes lead to."""
    found = set()
    names = {nodes[place].output[0] for place in starts}
    for place, each in enumerate(nodes):
        if names & set(each.input):
            found.add(place)
            names.add(each.output[0])
    return found


@given(st.integers(0, 2**32 - 1))
def test_no_module_is_left_and_entered_again_by_nodes_that_stand_around_it(seed):
    draw = np.random.default_rng(seed)
    nodes = [node("Neg", "first/n", ["x"], "v0")]
    for i in range(int(draw.integers(2, 14))):
        read = sorted({f"v{int(j)}" for j in draw.integers(0, i + 1, 2)})
        scope = draw.choice(["", "", "a/", "a/b/", "a/c/", "d/", "d/e/"])
        nodes.append(node(["MatMul", "Add"][i % 2], f"{scope}n{i}", read, f"v{i + 1}"))
    told = [tuple(each.name.split("/")[:-1]) for each in nodes]
    found = [tuple(place.split("/")) if place else () for place in places(nodes)]
    assert all(after[: len(before)] == before for before, after in zip(told, found, strict=True))
    lying = {}
    for path in {each[: depth + 1] for each in told for depth in range(len(each))}:
        members = {place for place, each in enumerate(told) if each[: len(path)] == path}
        between = {place for place in reached(nodes, members) - members if reached(nodes, {place}) & members}
        if len({nodes[place].op_type for place in members}) > 1 and all(
            told[p] == path[: len(told[p])] for p in between
        ):
            for place in between:
                lying.setdefault(place, []).append(path)
    for place, paths in lying.items():
        deepest = max(paths, key=len)
        nested = all(path == deepest[: len(path)] for path in paths)
        assert not nested or found[place] == deepest


@pytest.mark.parametrize("text", ["[", "['', 3, 'op']", "'h'", "{}"])
def test_what_no_exporter_says_is_passed_over(text):
    made = node("Relu", "layer/relu", ["x"], "y")
    made.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=text)
    assert places([made, node("Relu", "top", ["y"], "z")]) == ["layer", ""]
