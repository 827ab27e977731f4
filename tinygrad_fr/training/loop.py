"""The training loop: seeded, observable, and quiet unless somebody listens."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from tinygrad_fr import random
from tinygrad_fr.data.loader import DataLoader, TensorDataset
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _
from tinygrad_fr.plugins.contract import Batch, Model, Recipe
from tinygrad_fr.record.mode import no_grad

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.nn.module import Module


@dataclass(frozen=True)
class Epoch:
    """What one reading of the training rows gave.

    Attributes:
        number: counted from 1.
        loss: mean over the training rows.
        score: on the test rows, between 0 and 1.
        seconds: since the start.
    """

    number: int
    loss: float
    score: float
    seconds: float


@dataclass(frozen=True)
class Run:
    """A finished training.

    Attributes:
        module: the trained model.
        recipe: what it was trained by.
        epochs: the learning curve.
        seed: of the parameters and of the order of the rows.
    """

    module: Module
    recipe: Recipe
    epochs: tuple[Epoch, ...]
    seed: int

    @property
    def score(self) -> float:
        """Score on the test rows at the end."""
        return self.epochs[-1].score if self.epochs else math.nan

    @property
    def reached(self) -> bool:
        """Whether the score that the recipe asks for was reached."""
        return self.score >= self.recipe.score

    def to_json(self) -> dict[str, Any]:
        """The run as plain data."""
        return {
            "seed": self.seed,
            "score": self.score,
            "expected": self.recipe.score,
            "reached": self.reached,
            "epochs": [asdict(epoch) for epoch in self.epochs],
        }


def evaluate(model: Model, module: Module, rows: TensorDataset, batch_size: int = 256) -> float:
    """Score of a module over all rows, without recording."""
    module.eval()
    total = 0.0
    with no_grad():
        for inputs, target in DataLoader(rows, batch_size):
            total += model.score(module, Batch(inputs, target)) * len(target)
    module.train()
    return total / len(rows)


def train(
    model: Model,
    settings: Any = None,
    *,
    seed: int = 0,
    epochs: int | None = None,
    on_step: Callable[[int, int, float], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    watch: Callable[[int, int, Module], None] | None = None,
) -> Run:
    """Train a model by its recipe.

    Args:
        model: the plugin.
        settings: its hyper-parameters, its own defaults by default.
        seed: same seed, same numbers, bit for bit.
        epochs: instead of the recipe's.
        on_step: told the step, the number of steps and the loss after each.
        on_epoch: told each epoch's figures.
        watch: shown the step, the number of steps and the module before each step, and once more at the end.

    Raises:
        DataError: the loss became NaN or infinite; the message says at which step.
    """
    settings = settings if settings is not None else model.settings
    random.manual_seed(seed)
    module = model.build(settings)
    recipe = model.recipe(settings)
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    optimizer = recipe.optimizer(module.parameters())
    schedule = recipe.schedule(optimizer) if recipe.schedule is not None else None
    chance = random.Generator(seed)
    loader = DataLoader(recipe.train, recipe.batch_size, shuffle=True, generator=chance)
    history: list[Epoch] = []
    start, step, steps = time.perf_counter(), 0, recipe.epochs * len(loader)
    for number in range(1, recipe.epochs + 1):
        total = 0.0
        for inputs, target in loader:
            if watch is not None:
                watch(step, steps, module)
            step += 1
            batch = Batch(inputs, target)
            if recipe.augment is not None:
                batch = recipe.augment(batch, chance)
            value = model.update(module, batch, optimizer, recipe.clip_norm)
            if not math.isfinite(value):
                raise DataError(
                    _(
                        "training diverged: the loss is {found} at step {step} (epoch {epoch}); try a smaller learning rate"
                    ).format(found=value, step=step, epoch=number)
                )
            total += value * len(target)
            if on_step is not None:
                on_step(step, steps, value)
        score = evaluate(model, module, recipe.test)
        history.append(Epoch(number, total / len(recipe.train), score, time.perf_counter() - start))
        if on_epoch is not None:
            on_epoch(history[-1])
        if schedule is not None:
            schedule.step()
        best = max(range(len(history)), key=lambda i: history[i].score)
        if recipe.patience is not None and len(history) - 1 - best >= recipe.patience:
            break
    if watch is not None:
        watch(steps, steps, module)
    return Run(module, recipe, tuple(history), seed)
