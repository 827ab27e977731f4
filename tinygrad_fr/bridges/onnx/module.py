"""An ONNX graph as a module: its weights are parameters, its nodes run as recorded operations under their names."""

from __future__ import annotations

import re
from collections import ChainMap
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.functions import written_out
from tinygrad_fr.bridges.onnx.meanings import MEANINGS, kind_of
from tinygrad_fr.bridges.onnx.plan import Plan, Planner, Step, Value
from tinygrad_fr.bridges.onnx.reader import clean, read
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import scope
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from tinygrad_fr.bridges.onnx.plan import Body

LONGEST_RUN = 1_000_000  # nodes of one call, those of loops each time


class OnnxModule(Module):
    """A module that runs an ONNX graph.

    It gives the graph's outputs of floats (all of them where there are none): one, or a tuple.

    Attributes:
        inputs: what a call takes: names, types, shapes.

    Example:
        >>> import tempfile
        >>> from tinygrad_fr import nn, tensor
        >>> from tinygrad_fr.bridges.onnx import save
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(nn.Linear(2, 1), tensor([[1.0, 2.0]]), Path(folder, "line.onnx"))
        ...     module = load(Path(folder, "line.onnx"))
        >>> module.inputs[0].name, module.inputs[0].shape
        ('x', ('N', 2))
        >>> sorted(name for name, _parameter in module.named_parameters())
        ['bias', 'weight']
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self.inputs = plan.inputs
        for name, given in plan.learned.items():
            self.register_parameter(name, Parameter(given))
        for name, given in plan.kept.items():
            self.register_buffer(name, tensor(given))
        self.rename(plan.title)

    # A name out of a file is never an attribute: it might be one that means something already.

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Enter a parameter by name alone."""
        if param is not None:
            param.label = param.label or _short(name)
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Enter a tensor that is saved (unless ``persistent`` is False) but not learned, by name alone."""
        if tensor is not None:
            tensor.label = tensor.label or _short(name)
        self._buffers[name] = tensor
        if not persistent:
            self._unsaved.add(name)

    def forward(self, *inputs: Any) -> Any:
        """Run the graph on its inputs, in the file's order.

        Raises:
            OnnxError: they are not what the graph declares, or a node cannot take what reaches it.
        """
        values: MutableMapping[str, Any] = {**self.plan.held, **self._parameters, **self._buffers, "": None}
        values.update(self._taken(inputs))
        self._left = LONGEST_RUN
        self._known = {id(buffer) for buffer in self._buffers.values()}
        self._seen: dict[int, Tensor] = {}
        self._go(self.plan.steps, values)
        answers = tuple(values[name] for name in self.plan.outputs)
        return answers[0] if len(answers) == 1 else answers

    def _taken(self, inputs: tuple[Any, ...]) -> dict[str, Any]:
        """The inputs under their names, if they are what the graph declares."""
        if len(inputs) != len(self.inputs):
            raise OnnxError(
                _("expected {n} inputs ({names}), got {found}").format(
                    n=len(self.inputs), names=", ".join(value.name for value in self.inputs), found=len(inputs)
                )
            )
        sides: dict[str, int] = {}
        return {value.name: _fitting(value, given, sides) for value, given in zip(self.inputs, inputs, strict=True)}

    def _go(self, steps: Iterable[Step], values: MutableMapping[str, Any]) -> None:
        for step in steps:
            found = self._run(step, [values[name] for name in step.inputs], values)
            found = found if isinstance(found, tuple) else (found,)
            if len(found) < step.at.outputs:
                raise step.at.refuse(_("its output {place} has no counterpart here").format(place=step.at.outputs))
            values.update((name, value) for name, value in zip(step.outputs, found, strict=False) if name)

    def _placed(self, operand: Any) -> Any:
        """A buffer as a constant of the node that reads it first: made when the file was read, it would stand outside of all."""
        if id(operand) not in self._known:
            return operand
        if id(operand) not in self._seen:
            seen = self._seen[id(operand)] = operand.detach()
            seen.label = operand.label
        return self._seen[id(operand)]

    def _run(self, step: Step, operands: list[Any], values: MutableMapping[str, Any]) -> Any:
        self._left -= 1
        if self._left < 0:
            raise step.at.refuse(_("a run of more than {limit} nodes").format(limit=LONGEST_RUN))
        meaning = MEANINGS[step.domain, step.at.operator]
        for operand in operands:
            if kind_of(operand) not in meaning.kinds:
                raise step.at.refuse(
                    _("no operand of it is {found} here").format(found=getattr(operand, "dtype", kind_of(operand)))
                )
        at = step.at._replace(weights={name: self._parameters[path] for name, path in step.at.weights.items()})
        if step.bodies:
            bodies = {name: _Running(self, body, values) for name, body in step.bodies.items()}
            at = at._replace(attributes={**at.attributes, **bodies})
        with ExitStack() as around:
            for name, kind in step.scopes:
                around.enter_context(scope(name, kind=kind))
            try:
                return step.line(lambda: meaning.run(at, *map(self._placed, operands)))
            except TinygradError:
                raise
            except (
                ArithmeticError,
                AttributeError,
                LookupError,
                MemoryError,
                RuntimeError,
                TypeError,
                ValueError,
            ) as error:
                shapes = ", ".join(str(tuple(x.shape)) for x in operands if hasattr(x, "shape"))
                raise step.at.refuse(
                    _("its operands, of shapes {shapes}, do not fit what it says").format(shapes=clean(shapes) or "–")
                ) from error


class _Running:
    """A body that can be called: it sees the values around it."""

    def __init__(self, module: OnnxModule, body: Body, around: MutableMapping[str, Any]) -> None:
        self.module, self.body, self.around = module, body, around

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what it takes."""
        return self.body.inputs

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        own = {name: self.around[key] for name, key in self.body.arrays.items() if name != key}
        values = ChainMap({**own, **dict(zip(self.body.inputs, inputs, strict=True))}, self.around)
        self.module._go(self.body.steps, values)
        return tuple(values[name] for name in self.body.outputs)


def _fitting(value: Value, given: Any, sides: dict[str, int]) -> Any:
    """An input in its declared type, if it fits its declared shape; sides of one name are of one length."""
    if value.dtype is None:
        return (
            [part if isinstance(part, Tensor) else np.asarray(part) for part in given]
            if isinstance(given, list)
            else given
        )
    kind = np.dtype(value.dtype)
    if kind.kind not in "biuf" or kind.isbuiltin != 1:
        given = np.asarray(given, object if kind.kind in "OUS" else None)
        held: Any = given if given.dtype == kind else given.astype(kind)
    else:
        held = given if isinstance(given, Tensor) else tensor(given)
        if held.dtype != kind and not np.can_cast(held.dtype, kind, "same_kind"):
            raise OnnxError(
                _("input “{name}”: expected numbers of {expected}, got {found}").format(
                    name=clean(value.name), expected=kind, found=held.dtype.name
                )
            )
        held = held.to(kind)
    shape = value.shape
    if shape is not None and (
        len(shape) != held.ndim
        or any(
            side is not None and (sides.setdefault(side, found) if isinstance(side, str) else side) != found
            for side, found in zip(shape, held.shape, strict=True)
        )
    ):
        raise OnnxError(
            _("input “{name}”: expected shape {expected}, got {found}").format(
                name=clean(value.name),
                expected=f"({', '.join('?' if side is None else clean(str(sides.get(str(side), side))) for side in shape)})",
                found=tuple(held.shape),
            )
        )
    return held


def _short(name: str) -> str:
    """The last part of a path, as a picture may show it."""
    return clean(re.split(r"[./]", name.rstrip("./"))[-1] or name)


def load(
    path: str | Path, *, parameters: Iterable[str] | None = None, outputs: Iterable[str] | None = None
) -> OnnxModule:
    """An ONNX file as a module, its weights trainable.

    What a gradient should move is a parameter: weights, biases, tables. Masks, first states, statistics and scales are buffers.

    Args:
        path: the file.
        parameters: the names of the file's arrays that are parameters, where this is to be said.
        outputs: the names of the outputs to give; those of floats where nothing is said.

    Raises:
        TinygradError: the file cannot be read.
        OnnxError: it is no whole ONNX model, or it uses operators without a counterpart; in one sentence.

    Example:
        >>> import tempfile
        >>> from tinygrad_fr import nn, tensor
        >>> from tinygrad_fr.bridges.onnx import save
        >>> layer, x = nn.Linear(2, 1), tensor([[1.0, 2.0]])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(layer, x, Path(folder, "line.onnx"))
        ...     again = load(Path(folder, "line.onnx"))
        ...     frozen = load(Path(folder, "line.onnx"), parameters=["bias"])
        >>> again(x).item() == layer(x).item()
        True
        >>> [name for name, _parameter in frozen.named_parameters()]
        ['bias']
    """
    path = Path(path)
    return OnnxModule(Planner(written_out(read(path)), path, parameters).plan(outputs))


__all__ = ["OnnxModule", "Plan", "Step", "Value", "load"]
