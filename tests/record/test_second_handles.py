"""A second handle on a node, as operations in place take it, has all that the node has."""

import tinygrad_fr as tg
from tinygrad_fr.record.node import Node


def test_a_snapshot_has_every_field_of_its_node():
    x = tg.tensor([1.0, 2.0], requires_grad=True, name="x")
    y = (x * 2.0).sum()
    y.backward(retain_graph=True)
    for node in (x, y):
        copy = node.snapshot()
        assert type(copy) is type(node)
        for slot in set(Node.__slots__) - {"__weakref__", "rare"}:
            assert getattr(copy, slot) is getattr(node, slot), slot
