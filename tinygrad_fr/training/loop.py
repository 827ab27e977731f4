"""The training loop: seeded, observable, quiet unless somebody listens, and able to go on where it was stopped."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import random
from tinygrad_fr.data.loader import DataLoader
from tinygrad_fr.errors import DataError
from tinygrad_fr.fields import fits
from tinygrad_fr.locale import _
from tinygrad_fr.plugins.contract import Batch, Model, Recipe
from tinygrad_fr.training.divergence import DivergedError, broken, cause
from tinygrad_fr.training.evaluation import evaluate
from tinygrad_fr.training.state import Epoch, State
from tinygrad_fr.training.weights import load_weights, take_over, values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tinygrad_fr.handles.tensor import Tensor
    from tinygrad_fr.nn.module import Module
    from tinygrad_fr.training.folder import RunFolder


@dataclass(frozen=True)
class Run:
    """A finished training.

    Attributes:
        module: the trained model.
        recipe: what it was trained by.
        epochs: the learning curve.
        seed: of the parameters and of the order of the rows.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> from tinygrad_fr.training import train
        >>> run = train(Catalogue().load("neuron"), epochs=3)
        >>> len(run.epochs), run.kept.number, run.reached
        (3, 3, True)
        >>> run.epochs[-1].loss < run.epochs[0].loss
        True
    """

    module: Module
    recipe: Recipe
    epochs: tuple[Epoch, ...]
    seed: int

    @property
    def kept(self) -> Epoch | None:
        """The epoch whose weights the module has: the best one where the recipe has a patience, else the last."""
        return _best(self.epochs) if self.recipe.patience is not None else self.epochs[-1] if self.epochs else None

    @property
    def score(self) -> float:
        """Score on the test rows of the weights that were kept."""
        return self.kept.score if self.kept is not None else math.nan

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
            "kept": self.kept.number if self.kept is not None else None,
            "epochs": [epoch.to_json() for epoch in self.epochs],
        }


def _best(epochs: tuple[Epoch, ...]) -> Epoch | None:
    """The first of those with the highest score."""
    return max(epochs, key=lambda epoch: epoch.score, default=None)


def built(model: Model, settings: Any, seed: int, weights: Path | None = None) -> Module:
    """A new module of a model, its parameters drawn with a seed or read from a file or a run's folder.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("neuron")
        >>> twins = [built(model, model.settings, seed=7) for _each in range(2)]
        >>> twins[0].w1.item() == twins[1].w1.item() != built(model, model.settings, seed=8).w1.item()
        True
    """
    random.manual_seed(seed)
    module = model.build(settings)
    if weights is not None:
        load_weights(module, weights)
    return module


class Training:
    """A training on its way: one batch at a time, with everything that the next ones depend on.

    Args:
        model: the plugin.
        settings: its hyper-parameters.
        seed: of the parameters and of the order of the rows.
        epochs: instead of the recipe's.
        weights: file or run folder to start from, instead of new parameters.

    Attributes:
        good: the state after the last step that went well.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("neuron")
        >>> training = Training(model, model.settings, epochs=3)
        >>> training.turn()
        >>> training.step, training.steps, training.over
        (1, 3, False)
        >>> while not training.over:
        ...     training.turn()
        >>> [epoch.number for epoch in training.finish().epochs]
        [1, 2, 3]
    """

    def __init__(
        self, model: Model, settings: Any, *, seed: int = 0, epochs: int | None = None, weights: Path | None = None
    ) -> None:
        self.model, self.seed = model, seed
        self.module = built(model, settings, seed, weights)
        recipe = model.recipe(settings)
        self.recipe = recipe if epochs is None else replace(recipe, epochs=epochs)
        self.optimizer = recipe.optimizer(self.module.parameters())
        # Of the recipe's own epochs, so that a run that goes on is the one that was asked to go on.
        self.schedule = None if recipe.schedule is None else recipe.schedule(self.optimizer, recipe.epochs)
        self.chance = random.Generator(seed)
        self.loader = DataLoader(recipe.train, recipe.batch_size, shuffle=True, generator=self.chance)
        self.step, self.batch, self.total = 0, 0, 0.0
        self.epochs: tuple[Epoch, ...] = ()
        self.best: dict[str, Any] | None = None
        self.opening = self.chance.get_state().numpy()
        self.waiting: Iterator[tuple[Tensor, ...]] | None = None
        self.start = time.perf_counter()
        self.good = self.state()

    @property
    def steps(self) -> int:
        """Steps in all, unless patience ends them sooner."""
        return self.recipe.epochs * len(self.loader)

    @property
    def over(self) -> bool:
        """Whether every epoch was read, or patience lost."""
        best = _best(self.epochs)
        patience = self.recipe.patience
        tired = best is not None and patience is not None and len(self.epochs) - best.number >= patience
        return tired or len(self.epochs) >= self.recipe.epochs

    def advance(self) -> float:
        """Learn from one batch; gives its loss.

        Raises:
            DivergedError: the loss or a parameter became NaN or infinite; the training is then back in its last good state.
        """
        if self.waiting is None:
            self.opening = self.chance.get_state().numpy()
            self.waiting = self.loader.read()
        inputs, target = next(self.waiting)
        batch = Batch(inputs, target)
        if self.recipe.augment is not None:
            batch = self.recipe.augment(batch, self.chance)
        value = self.model.update(self.module, batch, self.optimizer, self.recipe.clip_norm)
        wrong = broken(self.module)
        if wrong is not None or not math.isfinite(value):
            raise self._diverged(batch, wrong)
        self.step, self.batch, self.total = self.step + 1, self.batch + 1, self.total + value * len(target)
        return value

    def _diverged(self, batch: Batch, wrong: str | None) -> DivergedError:
        step, epoch = self.step + 1, len(self.epochs) + 1
        self.restore(self.good)
        found = cause(self.model, self.module, batch, wrong)
        self.restore(self.good)
        return DivergedError(
            _("training diverged at step {step} (epoch {epoch}): {cause}; try a smaller learning rate").format(
                step=step, epoch=epoch, cause=found
            )
        )

    def close(self) -> Epoch | None:
        """End the epoch if its rows were all read: score it, and move the schedule on."""
        if self.batch < len(self.loader):
            return None
        found = evaluate(self.model, self.module, self.recipe.test)
        loss = self.total / len(self.recipe.train)
        epoch = Epoch(len(self.epochs) + 1, loss, found.loss, found.score, self.seconds)
        self.epochs = (*self.epochs, epoch)
        if self.recipe.patience is not None and _best(self.epochs) is epoch:
            self.best = values(self.module)
        if self.schedule is not None:
            self.schedule.step()
        self.batch, self.total, self.waiting = 0, 0.0, None
        return epoch

    def turn(self) -> None:
        """One step, and the end of the epoch where it was the last one of it."""
        self.advance()
        self.close()

    @property
    def seconds(self) -> float:
        """Since the start, without the pauses."""
        return time.perf_counter() - self.start

    def state(self) -> State:
        """Everything that the next steps depend on."""
        return State(
            step=self.step,
            batch=self.batch,
            total=self.total,
            seconds=self.seconds,
            weights=values(self.module),
            extra={path: module.get_extra_state() for path, module in self._keeping()},
            best=self.best,
            optimizer=self.optimizer.snapshot(),
            schedule=self.schedule.state_dict() if self.schedule is not None else None,
            generators={
                "package": random.default.get_state().numpy(),
                "own": self.chance.get_state().numpy(),
                "opening": self.opening,
            },
            epochs=self.epochs,
        )

    def restore(self, state: State) -> None:
        """Go on from a state instead.

        Raises:
            DataError: it belongs to another model, or a field of it is not what such a training has.
        """
        own = self.state() if state is not self.good else None
        take_over(self.module, state.weights)
        if own is not None:
            try:
                self._check(own, state)
            except DataError:
                take_over(self.module, own.weights)
                raise
        for path, module in self._keeping():
            with _field(f"extra.{path}"):
                module.set_extra_state(state.extra[path])
        if self.schedule is not None and state.schedule is not None:
            self.schedule.load_state_dict(state.schedule)
        with _field("optimizer"):
            self.optimizer.load_state_dict(state.optimizer)
        self.step, self.batch, self.total, self.epochs = state.step, state.batch, state.total, state.epochs
        self.best, self.opening = state.best, state.generators["opening"]
        self.waiting = None
        if self.batch:
            with _field("generators.opening"):
                self.chance.set_state(self.opening)  # the order of the epoch that is under way is drawn again
            self.waiting = self.loader.read(self.batch)
        with _field("generators"):
            self.chance.set_state(state.generators["own"])
            random.default.set_state(state.generators["package"])
        self.start = time.perf_counter() - state.seconds
        self.good = state

    def _check(self, own: State, state: State) -> None:
        """Hold another's state against this training's own, which is of the same making.

        Raises:
            DataError: a field is not what such a training has.
        """
        fits(own.schedule, state.schedule, "schedule")
        fits(own.generators, state.generators, "generators")
        fits(dict.fromkeys(own.extra), state.extra, "extra")
        fits(own.weights, state.best, "best")
        fits(dict.fromkeys(own.optimizer), state.optimizer, "optimizer")
        fits(own.optimizer["param_groups"], state.optimizer["param_groups"], "optimizer.param_groups")
        with _field("optimizer.state"):
            _check_states(state.optimizer["state"], [tuple(each.shape) for each in self.module.parameters()])
        for name, place in state.generators.items():
            with _field(f"generators.{name}"):
                random.Generator(0).set_state(place)
        if state.batch > len(self.loader):
            raise DataError(
                _("field “{field}”: expected {expected}, found {found}").format(
                    field="batch", expected=_("at most {most}").format(most=len(self.loader)), found=state.batch
                )
            )

    def _keeping(self) -> Iterator[tuple[str, Any]]:
        """The modules that keep more than parameters and buffers: PyTorch's two methods say what."""
        return ((path, module) for path, module in self.module.named_modules() if module._saves_more)

    def finish(self) -> Run:
        """The run, with the weights that are kept."""
        if self.best is not None:
            take_over(self.module, self.best)
        return Run(self.module, self.recipe, self.epochs, self.seed)


def _check_states(states: dict[Any, dict[str, Any]], shapes: list[tuple[int, ...]]) -> None:
    """Hold an optimizer's states against the shapes of the parameters, and against each other.

    Raises:
        DataError: one is no number, has another shape, or is of another kind than that of the other parameters.
    """
    first: dict[str, Any] = {}
    for number, held in states.items():
        for name, value in held.items():
            field = f"optimizer.state.{number}.{name}"
            if isinstance(value, np.ndarray) and value.shape not in ((), shapes[int(number)]):
                raise DataError(
                    _("field “{field}”: expected {expected}, found {found}").format(
                        field=field, expected=shapes[int(number)], found=value.shape
                    )
                )
            kinds = [type(each).__name__ for each in (first.setdefault(name, value), value)]
            if isinstance(value, str) or (kinds[0] != kinds[1] and {"NoneType"}.isdisjoint(kinds)):
                raise DataError(
                    _("field “{field}”: expected {expected}, found {found}").format(
                        field=field, expected=_("a number") if isinstance(value, str) else kinds[0], found=kinds[1]
                    )
                )


@contextmanager
def _field(name: str) -> Iterator[None]:
    """What a field of a state does to whatever takes it over, said as the field's mistake."""
    try:
        yield
    except DataError:
        raise
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise DataError(
            _("field “{field}” cannot be taken over: {cause}").format(
                field=name, cause=f"{type(error).__name__}: {error}"
            )
        ) from None


def train(
    model: Model,
    settings: Any = None,
    *,
    seed: int = 0,
    epochs: int | None = None,
    weights: Path | None = None,
    folder: RunFolder | None = None,
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
        weights: file or run folder to start from, instead of new parameters.
        folder: where the run is kept, and continued from when it was stopped there.
        on_step: told the step, the number of steps and the loss after each.
        on_epoch: told each epoch's figures.
        watch: shown the step, the number of steps and the module before each step, and once more at the end.

    Raises:
        DivergedError: the loss or a weight became NaN or infinite; the message says at which step and in which node.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("neuron")
        >>> run = train(model, model.settings)
        >>> run.score
        1.0
    """
    settings = settings if settings is not None else model.settings
    with folder.writing() if folder is not None else nullcontext():
        return _train(
            Training(model, settings, seed=seed, epochs=epochs, weights=weights), folder, on_step, on_epoch, watch
        )


def _train(
    training: Training,
    folder: RunFolder | None,
    on_step: Callable[[int, int, float], None] | None,
    on_epoch: Callable[[Epoch], None] | None,
    watch: Callable[[int, int, Module], None] | None,
) -> Run:
    if folder is not None:
        folder.restore(training)
    try:
        while not training.over:
            if watch is not None:
                watch(training.step, training.steps, training.module)
            value = training.advance()
            if on_step is not None:
                on_step(training.step, training.steps, value)
            epoch = training.close()
            if epoch is not None and on_epoch is not None:
                on_epoch(epoch)
            training.good = training.state()
            if folder is not None:
                folder.keep(training.good)
    finally:  # whatever ends it, an interruption in the middle of a step included
        if folder is not None:
            folder.save(training.good)
    if watch is not None:
        watch(training.steps, training.steps, training.module)
    return training.finish()
