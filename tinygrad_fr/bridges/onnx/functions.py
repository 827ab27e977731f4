"""Operators that ONNX itself says in smaller ones: written out where they have no meaning of their own here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.bridges.onnx.meanings import MEANINGS
from tinygrad_fr.bridges.onnx.reader import graphs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def written_out(model: Any) -> Any:
    """The model with ONNX's own bodies in the place of operators that nothing here means."""
    from onnx import inliner

    opsets = {_bare(entry.domain): entry.version for entry in model.opset_import}
    unknown = {
        (node.domain, node.op_type)
        for node in deep(model.graph.node)
        if (_bare(node.domain), node.op_type) not in MEANINGS
    }
    bodies = {key: _schema(key[1], opsets.get(_bare(key[0]), 0), _bare(key[0])) for key in sorted(unknown)}
    chosen = [key for key, schema in bodies.items() if schema is not None]
    if not chosen:
        return model
    for node in deep(model.graph.node):
        if bodies.get((node.domain, node.op_type)) is not None:  # a body refers to attributes, and knows no defaults
            said = {attribute.name for attribute in node.attribute}
            schema = bodies[node.domain, node.op_type]
            node.attribute.extend(
                attribute.default_value
                for name, attribute in schema.attributes.items()
                if name not in said and attribute.default_value.type
            )
    try:
        return inliner.inline_selected_functions(model, chosen, inline_schema_functions=True)
    except (RuntimeError, ValueError):  # a body that depends on types which the file leaves open
        return model


def written_out_ones() -> list[str]:
    """Operators of ONNX that have no meaning of their own here, and a body there."""
    from onnx import defs

    schemas: Any = defs.get_all_schemas()
    return sorted(
        schema.name if not schema.domain else f"{schema.domain}.{schema.name}"
        for schema in schemas
        if (schema.domain, schema.name) not in MEANINGS
        and (schema.has_function or schema.has_context_dependent_function)
    )


def _schema(operator: str, opset: int, domain: str) -> Any:
    """What ONNX says of an operator, if it says it in smaller ones."""
    from onnx import defs

    try:
        schema: Any = defs.get_schema(operator, opset, domain)
    except defs.SchemaError:
        return None
    return schema if schema.has_function or schema.has_context_dependent_function else None


def deep(nodes: Iterable[Any]) -> Iterator[Any]:
    """Nodes, and those of the graphs inside them."""
    for node in nodes:
        yield node
        for attribute in node.attribute:
            for inside in graphs_of(attribute):
                yield from deep(inside.node)


def _bare(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain
