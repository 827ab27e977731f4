"""A recorded run as the graph that TensorBoard opens and folds: a node for each operation, in folders of its scopes."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinygrad_fr.graph import Graph, Vertex

_KINDS = {"input": "Placeholder", "parameter": "Variable"}


def graphdef(graph: Graph) -> bytes:
    """The record in TensorFlow's format, which TensorBoard reads."""
    proto = "tensorboard.compat.proto"
    definition = import_module(f"{proto}.graph_pb2").GraphDef(
        versions=import_module(f"{proto}.versions_pb2").VersionDef(producer=22)
    )
    values = import_module(f"{proto}.attr_value_pb2").AttrValue
    shapes = import_module(f"{proto}.tensor_shape_pb2").TensorShapeProto
    names: dict[int, str] = {}
    taken: dict[str, int] = {}
    for vertex in graph.nodes:
        wanted = _name(vertex)
        taken[wanted] = taken.get(wanted, 0) + 1
        names[vertex.id] = name = wanted if taken[wanted] == 1 else f"{wanted}_{taken[wanted]}"
        shape = shapes(dim=[shapes.Dim(size=side) for side in vertex.shape])
        definition.node.add(
            name=name,
            op=vertex.op.shown_as if vertex.op is not None else _KINDS[vertex.kind],
            input=[names[x] for x in vertex.inputs if isinstance(x, int)],
            attr={"_output_shapes": values(list=values.ListValue(shape=[shape]))},
        )
    written: bytes = definition.SerializeToString()
    return written


def _name(vertex: Vertex) -> str:
    """Scope and operation, in the signs that TensorFlow's names may have."""
    last = vertex.op.shown_as if vertex.op is not None else vertex.name or vertex.kind
    parts = [*vertex.scope.path.split("/"), last]
    return "/".join(re.sub(r"[^A-Za-z0-9_.-]+", "_", part).strip("_") or "_" for part in parts if part)
