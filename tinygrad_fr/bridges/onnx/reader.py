"""An ONNX file, read with suspicion: nothing in it runs, nothing is allocated that the file does not hold."""

from __future__ import annotations

import unicodedata
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import files
from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_FILE = 2**31 - 1  # protobuf's own limit
LARGEST = 2**27  # elements of a value whose size a file chooses
OLDEST, NEWEST = 6, 28  # opsets whose operators are known here
LARGEST_COUNT = 100_000  # nodes of a file, its functions written out
LONGEST_NAME = 120


def read(path: Path) -> Any:
    """The model of a file, checked as far as it can be without running it.

    Raises:
        TinygradError: the file cannot be read.
        OnnxError: it is no ONNX model, or one that cannot be used; in one sentence.
    """
    from google.protobuf.message import DecodeError
    from onnx import ModelProto, checker, inliner

    if path.is_file() and path.stat().st_size > LARGEST_FILE:
        raise OnnxError(
            _("{path}: expected a file of at most {limit} bytes, got {found}").format(
                path=path, limit=number(LARGEST_FILE), found=number(path.stat().st_size)
            )
        )
    data, model = files.read(path), ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        raise OnnxError(_("{path} is no whole ONNX file").format(path=path)) from None
    if not model.HasField("graph") or not model.graph.output or not model.opset_import:
        raise OnnxError(_("{path} is no whole ONNX file").format(path=path))
    if not all(isinstance(text, str) for text in _texts(model)):
        raise OnnxError(_("{path} is no whole ONNX file: one of its names is no text").format(path=path))
    _check_opset(model, path)
    for tensor in _tensors(model):
        _bring(tensor, path)
    if model.functions:
        _check_count(model, path)
        model = inliner.inline_local_functions(model)
    _check_order(model.graph, set(), path)
    shapeless = [
        value.type.tensor_type
        for value in (*model.graph.input, *model.graph.output)
        if value.type.tensor_type.elem_type and not value.type.tensor_type.HasField("shape")
    ]
    try:
        for kind in shapeless:  # the checker asks for shapes, which exporters may leave out
            kind.shape.SetInParent()
        checker.check_model(model)
    except (checker.ValidationError, ValueError) as error:
        cause = clean(str(error).strip().splitlines()[0], 300)
        raise OnnxError(_("{path} breaks ONNX’s own rules: {cause}").format(path=path, cause=cause)) from None
    for kind in shapeless:
        kind.ClearField("shape")
    _check_sizes(model, path)
    return model


def clean(name: str, longest: int = LONGEST_NAME) -> str:
    """A name from a file as it may be shown: no control signs, and no longer than anybody reads."""
    shown = "".join(sign if unicodedata.category(sign)[0] != "C" else "�" for sign in name[: longest + 1])
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def array(tensor: Any) -> Any:
    """A tensor of a checked model as an array."""
    from onnx import numpy_helper

    return numpy_helper.to_array(tensor)


def _check_sizes(model: Any, path: Path) -> None:
    """Raise where the graph's own shapes say that a value is larger than anything that it could mean.

    A few nodes are enough for that: a row and a column that broadcast, or concatenations that double.
    """
    from onnx import shape_inference

    try:
        graph = shape_inference.infer_shapes(model, data_prop=True).graph
    except (shape_inference.InferenceError, MemoryError, OverflowError, RuntimeError, ValueError) as error:
        cause = clean(" ".join(str(error).split()), 300)
        raise OnnxError(_("{path} breaks ONNX’s own rules: {cause}").format(path=path, cause=cause)) from None
    for value in (*graph.input, *graph.value_info, *graph.output):
        sides = [side.dim_value for side in value.type.tensor_type.shape.dim if side.HasField("dim_value")]
        if prod(sides) > LARGEST:
            raise OnnxError(
                _("{path}: expected values of at most {limit} elements, “{name}” is of shape {shape}").format(
                    path=path, limit=LARGEST, name=clean(value.name), shape=tuple(sides)
                )
            )


def _texts(message: Any) -> Iterator[Any]:
    """Every name in a message: protobuf hands over those that are not UTF-8 as bytes."""
    for entry, value in message.ListFields():
        each = [value] if not hasattr(value, "extend") else value
        if entry.type == entry.TYPE_STRING:
            yield from each
        elif entry.type == entry.TYPE_MESSAGE:
            for part in each:
                yield from _texts(part)


def _check_opset(model: Any, path: Path) -> None:
    for entry in model.opset_import:
        if entry.domain in ("", "ai.onnx") and not OLDEST <= entry.version <= NEWEST:
            raise OnnxError(
                _("{path}: expected an opset from {low} to {high}, got {found}").format(
                    path=path, low=OLDEST, high=NEWEST, found=entry.version
                )
            )


def _tensors(model: Any) -> Iterator[Any]:
    """Every tensor that the file carries, those of graphs inside nodes too."""
    for body in (model.graph, *model.functions):
        yield from _tensors_of(body)


def _tensors_of(body: Any) -> Iterator[Any]:
    if getattr(body, "sparse_initializer", None):
        raise OnnxError(_("sparse weights have no counterpart here"))
    yield from getattr(body, "initializer", ())
    for node in body.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inside in graphs_of(attribute):
                yield from _tensors_of(inside)


def graphs_of(attribute: Any) -> tuple[Any, ...]:
    """The graphs inside an attribute."""
    return (*((attribute.g,) if attribute.HasField("g") else ()), *attribute.graphs)


def free_names(node: Any) -> set[str]:
    """Names that a node reads, those that the graphs inside it take from around it too."""
    found = {name for name in node.input if name}
    for attribute in node.attribute:
        for inside in graphs_of(attribute):
            given = {value.name for value in inside.input} | {tensor.name for tensor in inside.initializer}
            given |= {name for part in inside.node for name in part.output}
            read = {name for part in inside.node for name in free_names(part)}
            found |= (read | {value.name for value in inside.output}) - given
    return found


def _check_count(model: Any, path: Path) -> None:
    """Raise where the file's own functions, written out, would be more than anybody wrote, or would never end."""
    functions = {(function.domain, function.name, function.overload): function for function in model.functions}
    counts: dict[Any, int] = {}
    waiting: set[Any] = set()

    def count(nodes: Any) -> int:
        total = 0
        for node in nodes:
            key = (node.domain, node.op_type, node.overload)
            total += of(key) if key in functions else 1
            total += sum(count(inside.node) for attribute in node.attribute for inside in graphs_of(attribute))
        return min(total, 2 * LARGEST_COUNT)

    def of(key: Any) -> int:
        if key in waiting:
            raise OnnxError(_("{path}: its function “{name}” calls itself").format(path=path, name=clean(key[1])))
        if key not in counts:
            waiting.add(key)
            counts[key] = count(functions[key].node)
            waiting.discard(key)
        return counts[key]

    try:
        found = count(model.graph.node)
        for key in functions:
            of(key)
    except RecursionError:
        raise OnnxError(_("{path}: its functions call each other too deeply").format(path=path)) from None
    if found > LARGEST_COUNT:
        raise OnnxError(
            _("{path}: expected at most {limit} nodes, its functions written out").format(
                path=path, limit=LARGEST_COUNT
            )
        )


def _bring(tensor: Any, path: Path) -> None:
    """Check a tensor's size, and bring in what lies in a file beside the model."""
    from onnx import TensorProto, helper

    name, dims = clean(tensor.name), tuple(tensor.dims)
    if tensor.data_type == TensorProto.STRING:
        return
    try:
        itemsize = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.data_type)).itemsize
    except (KeyError, TypeError):
        raise OnnxError(_("{path}: weight “{name}” is of an unknown type").format(path=path, name=name)) from None
    expected = prod(dims) * itemsize
    if any(side < 0 for side in dims) or expected > LARGEST_FILE:
        raise OnnxError(
            _("{path}: weight “{name}” has an impossible shape {shape}").format(path=path, name=name, shape=dims)
        )
    if tensor.data_location == TensorProto.EXTERNAL:
        _bring_outside(tensor, path, name, expected)
    found = len(tensor.raw_data) if tensor.HasField("raw_data") else None
    if found is not None and found != expected and tensor.data_type not in _PACKED:
        raise OnnxError(
            _("{path}: weight “{name}” of shape {shape} should hold {expected} bytes, and holds {found}").format(
                path=path, name=name, shape=dims, expected=number(expected), found=number(found)
            )
        )


_PACKED = (21, 22, 23, 24, 25, 26)  # several numbers a byte, which no tensor here holds


def _bring_outside(tensor: Any, path: Path, name: str, expected: int) -> None:
    from onnx import TensorProto

    where = {entry.key: entry.value for entry in tensor.external_data}
    folder = path.parent.resolve()
    beside = (folder / where.get("location", "")).resolve()
    if not beside.is_relative_to(folder) or beside == folder:
        raise OnnxError(
            _("{path}: weight “{name}” is said to lie outside of the model’s folder").format(path=path, name=name)
        )
    if not beside.is_file():
        raise OnnxError(
            _("{path}: weight “{name}” lies in {file}, which is not there").format(
                path=path, name=name, file=clean(where.get("location", ""))
            )
        )
    try:
        start, length = int(where.get("offset", 0)), int(where.get("length", expected))
    except ValueError:
        start, length = -1, -1
    if start < 0 or length != expected or start + length > beside.stat().st_size:
        raise OnnxError(
            _("{path}: weight “{name}” is not whole in {file}").format(
                path=path, name=name, file=clean(where.get("location", ""))
            )
        )
    with beside.open("rb") as file:
        file.seek(start)
        tensor.raw_data = file.read(length)
    tensor.data_location = TensorProto.DEFAULT
    del tensor.external_data[:]


def _check_order(graph: Any, around: set[str], path: Path) -> None:
    """Raise unless each value is given once, by something that needs it nowhere before itself."""
    given = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer} | around
    _check_counts(graph, path)
    makers = _makers(graph, given - around, path)
    reads = [free_names(node) for node in graph.node]
    for node, names in zip(graph.node, reads, strict=True):
        for name in sorted(names):
            if name not in makers and name not in given:
                raise OnnxError(
                    _("{path}: “{node}” reads “{name}”, which nothing gives").format(
                        path=path, node=clean(node.name or node.op_type), name=clean(name)
                    )
                )
    stuck = _in_a_circle([{makers[name] for name in names if name in makers} for names in reads])
    if stuck is not None:
        raise OnnxError(
            _("{path}: the graph runs in a circle, through “{node}”").format(
                path=path, node=clean(graph.node[stuck].name or graph.node[stuck].op_type)
            )
        )
    for node in graph.node:
        for attribute in node.attribute:
            for inside in graphs_of(attribute):
                _check_order(inside, given | makers.keys(), path)
    for value in graph.output:
        if value.name not in makers and value.name not in given:
            raise OnnxError(_("{path}: nothing gives the output “{name}”").format(path=path, name=clean(value.name)))


def _check_counts(graph: Any, path: Path) -> None:
    """Raise where a node says another number of outputs than it has."""
    for node in graph.node:
        for attribute in node.attribute:  # shapes of so many parts would be computed
            if attribute.name == "num_outputs" and attribute.i != len(node.output):
                raise OnnxError(
                    _("{path}: “{node}” has {n} outputs, and says {said}").format(
                        path=path, node=clean(node.name or node.op_type), n=len(node.output), said=attribute.i
                    )
                )


def _makers(graph: Any, given: set[str], path: Path) -> dict[str, int]:
    """Which node makes each value; raises where two do, or the graph is given it too."""
    makers: dict[str, int] = {}
    for place, node in enumerate(graph.node):
        for name in filter(None, node.output):
            if name in makers or name in given:
                raise OnnxError(_("{path}: the value “{name}” is given twice").format(path=path, name=clean(name)))
            makers[name] = place
    return makers


def _in_a_circle(waits: list[set[int]]) -> int | None:
    """The first node that waits for itself, given the nodes that each waits for: a topological sort."""
    done: set[int] = set()
    users: dict[int, list[int]] = {}
    for place, before in enumerate(waits):
        for maker in before:
            users.setdefault(maker, []).append(place)
    left = [len(before) for before in waits]
    ready = [place for place, count in enumerate(left) if not count]
    while ready:
        place = ready.pop()
        done.add(place)
        for user in users.get(place, ()):
            left[user] -= 1
            if not left[user]:
                ready.append(user)
    return next((place for place in range(len(waits)) if place not in done), None)
