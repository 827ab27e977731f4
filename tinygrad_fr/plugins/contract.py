"""What a model's plugin says: the one contract, for our models as for anybody's.

    class Perceptron(Model):
        name = "perceptron"
        title = Text(fr="Perceptron", en="Perceptron")
        section = "Introduction aux réseaux de neurones"
        explanation = Text(fr="…", en="…")

        def build(self, settings): ...
        def example(self, settings): ...
        def loss(self, module, batch): ...
        def recipe(self, settings): ...

It is found through an entry point of the group ``tinygrad_fr.models``, or in a single file given to ``--plugin``.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from tinygrad_fr.data.corpus import Corpus
from tinygrad_fr.data.labelled import Labelled
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.nn.utils import clip_grad_norm_
from tinygrad_fr.plugins.settings import Settings
from tinygrad_fr.plugins.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tinygrad_fr.data.loader import TensorDataset
    from tinygrad_fr.nn.module import Module
    from tinygrad_fr.optim.lr_scheduler import LRScheduler
    from tinygrad_fr.optim.optimizer import Optimizer
    from tinygrad_fr.random import Generator
    from tinygrad_fr.record.node import Node

API = 1  # raised when a plugin written for the contract before would no longer work


class Batch(NamedTuple):
    """What a model reads and what it should answer.

    Example:
        >>> from tinygrad_fr import tensor
        >>> inputs, target = Batch(tensor([[0.0, 1.0], [1.0, 1.0]]), tensor([0.0, 1.0]))
        >>> inputs.shape, target.shape
        (torch.Size([2, 2]), torch.Size([2]))
    """

    inputs: Any
    target: Any


@dataclass(frozen=True)
class Recipe:
    """How a model is trained, and the score that it must reach.

    Attributes:
        train: rows to learn from, inputs then targets.
        test: rows to be scored on.
        optimizer: makes the optimizer of some parameters.
        epochs: readings of the training rows.
        batch_size: rows a step.
        score: score to reach on the test rows, between 0 and 1.
        clip_norm: bound on the norm of the gradients, None for none.
        schedule: makes the schedule of the learning rate from the optimizer and ``epochs``, advanced after each epoch
            (`optim.lr_scheduler.CosineAnnealingLR` as it is); None keeps the rate.
        augment: changes a batch before it is learned from, with the generator given; None leaves it.
        patience: epochs without a better score before training stops, None to run them all.

    Example:
        >>> from tinygrad_fr import optim
        >>> from tinygrad_fr.data import TensorDataset
        >>> rows = TensorDataset([[0.0], [1.0]], [0, 1])
        >>> recipe = Recipe(rows, rows, lambda p: optim.SGD(p, lr=0.1), epochs=20, batch_size=2, score=0.9)
        >>> recipe.clip_norm, recipe.schedule  # neither, unless told
        (None, None)
    """

    train: TensorDataset
    test: TensorDataset
    optimizer: Callable[[Iterable[Node]], Optimizer]
    epochs: int
    batch_size: int
    score: float
    clip_norm: float | None = None
    schedule: Callable[[Optimizer, int], LRScheduler] | None = None
    augment: Callable[[Batch, Generator], Batch] | None = None
    patience: int | None = None


class Model(ABC):
    """A model that can be listed, drawn, explained and trained.

    Attributes:
        api: the contract's number that the plugin was written for.
        name: what is typed on the command line: lower-case letters, digits and hyphens.
        title: its name for people.
        section: the section of the course that it answers.
        explanation: what it is and what to look at, Markdown, for a reader who meets it for the first time.
        settings: its hyper-parameters with their defaults.
        learns: whether training changes it; a neuron whose weights were chosen by hand does not.
        learns_from: what a person may bring instead of its own data, None for nothing.
        own: what a person brought.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("neuron")
        >>> module, batch = model.build(model.settings), model.example(model.settings)
        >>> before = model.update(module, batch, model.recipe(model.settings).optimizer(module.parameters()))
        >>> model.loss(module, batch).item() < before
        True
    """

    api: ClassVar[int] = API
    name: ClassVar[str]
    title: ClassVar[Text]
    section: ClassVar[str]
    explanation: ClassVar[Text]
    settings: ClassVar[Settings] = Settings()
    learns: ClassVar[bool] = True
    learns_from: ClassVar[type[Labelled] | type[Corpus] | None] = None
    own: Any = None

    @abstractmethod
    def build(self, settings: Any) -> Module:
        """A new model; its parameters are drawn from the package's generator."""

    @abstractmethod
    def example(self, settings: Any) -> Batch:
        """A small batch to draw the model on, the same at every call."""

    @abstractmethod
    def loss(self, module: Module, batch: Batch) -> Node:
        """The number that training brings down."""

    @abstractmethod
    def recipe(self, settings: Any) -> Recipe:
        """How to train it."""

    def update(self, module: Module, batch: Batch, optimizer: Optimizer, clip_norm: float | None = None) -> float:
        """One step of training: bring :meth:`loss` down. Models that learn by a rule of their own write it here.

        What they change besides parameters, buffers and the optimizer (a memory, a second optimizer) belongs to the
        module, whose ``get_extra_state`` and ``set_extra_state``, PyTorch's, let a run that was stopped go on.

        Returns:
            The loss before the step. When it is not finite, nothing is changed: training stops there.
        """
        optimizer.zero_grad()
        loss: Any = self.loss(module, batch)
        value = float(loss)
        if math.isfinite(value):
            loss.backward()
            if clip_norm is not None:
                clip_grad_norm_(module.parameters(), clip_norm)
            optimizer.step()
        return value

    def on(self, data: Labelled | Corpus) -> Self:
        """The same model, for a person's own data instead of its own.

        Raises:
            UsageError: it cannot learn from them, in one sentence; here, that they are of another kind.
        """
        if self.learns_from is None:
            raise UsageError(_("model “{name}” learns from no data of yours").format(name=self.name))
        if not isinstance(data, self.learns_from):
            kinds = {Labelled: _("rows with their classes"), Corpus: _("a text")}
            raise UsageError(
                _("model “{name}” learns from {expected}, not from {found}").format(
                    name=self.name, expected=kinds[self.learns_from], found=kinds[type(data)]
                )
            )
        copied = copy.copy(self)
        copied.own = data
        return copied

    def read(self, settings: Any, text: str) -> Batch:
        """What a person wants the model to read, given as text; the target may be None.

        Raises:
            UsageError: the text does not fit, in one sentence; by default, that the model reads none.
        """
        raise UsageError(_("model “{name}” reads no input of yours").format(name=self.name))

    def tokens(self, settings: Any, batch: Batch) -> tuple[str, ...]:
        """What is written under each time step of a batch's first row; empty where nothing is."""
        return ()

    def target_tokens(self, settings: Any, batch: Batch) -> tuple[str, ...]:
        """What stands at each place of what the first row of a batch should answer; empty where nothing does."""
        return ()

    def classes(self, settings: Any) -> tuple[str, ...]:
        """What each class that it answers with is called; empty where its number is its name."""
        return ()

    def answer(self, module: Module, batch: Batch) -> str:
        """What the model answers to what :meth:`read` gave, in words.

        Raises:
            UsageError: by default, that it answers nothing.
        """
        raise UsageError(_("model “{name}” does not answer in words").format(name=self.name))

    @abstractmethod
    def score(self, module: Module, batch: Batch) -> float:
        """How good the answers are, between 0 and 1."""
