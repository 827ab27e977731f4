"""One run of a model on its example, with all values and gradients kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tinygrad_fr import random
from tinygrad_fr.graph import Graph
from tinygrad_fr.modes import opened, recording
from tinygrad_fr.nn.module import Module
from tinygrad_fr.observers import observe
from tinygrad_fr.plugins.contract import Batch, Model
from tinygrad_fr.record.node import Node


@dataclass(frozen=True)
class Observed:
    """A run and its record.

    Attributes:
        model: the plugin.
        settings: its hyper-parameters.
        module: what was run.
        batch: what it was run on.
        graph: the record, from the inputs to the loss, with gradients and contributions if backward ran.
        loss: the record's last node, for readings that go back through it again.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> run = observed(Catalogue().load("neuron"))
        >>> run.graph.nodes[-1].id == run.loss.id == max(run.nodes)
        True
    """

    model: Model
    settings: Any
    module: Module
    batch: Batch
    graph: Graph
    loss: Node

    @cached_property
    def nodes(self) -> dict[int, Node]:
        """The record's own nodes by id."""
        found: dict[int, Node] = {}
        waiting: list[Node] = [self.loss.current]
        while waiting:
            node = waiting.pop()
            if node.id not in found:
                found[node.id] = node
                waiting.extend(x for x in node.inputs if isinstance(x, Node))
        return found


def observed(
    model: Model,
    settings: Any = None,
    *,
    module: Module | None = None,
    batch: Batch | None = None,
    backward: bool = True,
    distances: tuple[str, ...] = ("op",),
    seed: int = 0,
) -> Observed:
    """Run a model on an example and read the record.

    Args:
        model: the plugin.
        settings: its hyper-parameters; its defaults by default.
        module: a trained module; a new one, drawn with ``seed``, by default.
        batch: what to run on; the plugin's own example by default.
        backward: whether to run the backward pass too.
        distances: which composite operations are recorded as their equations; see :func:`tinygrad_fr.opened`.
        seed: of the parameters of a new module.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> run = observed(Catalogue().load("neuron"))
        >>> run.graph.statistics()["operations"]
        {'add': 2, 'mul': 3, 'sub': 1, 'tanh': 1}
    """
    settings = settings if settings is not None else model.settings
    if module is None:
        random.manual_seed(seed)
        module = model.build(settings)
    module.rename(model.name)
    batch = batch if batch is not None else model.example(settings)
    with opened(*distances), recording(), observe() as seen:
        loss: Any = model.loss(module, batch)
        if backward:
            loss.backward()
    module.zero_grad()
    return Observed(model, settings, module, batch, Graph.of(loss, observation=seen), loss)
