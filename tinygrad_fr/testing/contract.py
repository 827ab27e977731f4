"""What a model's plugin promises, held to it one promise at a time: for ``plugins check``, and for an author's tests.

import pytest
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.testing.contract import PROMISES

@pytest.mark.parametrize("promise", PROMISES, ids=str)
def test_promise(promise):
    promise.hold(Catalogue().load("my-model"))
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import random
from tinygrad_fr.errors import PluginError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.plugins.contract import Batch, Model, Recipe
from tinygrad_fr.plugins.text import Text
from tinygrad_fr.testing.models import prove_model
from tinygrad_fr.training import State, Training, evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ELEMENTS = 3  # of each parameter, in a proof of its gradient
_STEPS = 4  # of training


@dataclass(frozen=True)
class Promise:
    """One promise of the contract.

    Attributes:
        name: one word.
        title: what is promised, in the reader's language when called.
        hold: raises where a model breaks it.
    """

    name: str
    title: Callable[[], str]
    hold: Callable[[Model], None]

    def __str__(self) -> str:
        return self.name


PROMISES: list[Promise] = []


def promise(title: Callable[[], str]) -> Callable[[Callable[[Model], None]], Callable[[Model], None]]:
    """Enter a function as a promise, under its name."""

    def enter(hold: Callable[[Model], None]) -> Callable[[Model], None]:
        PROMISES.append(Promise(hold.__name__, title, hold))
        return hold

    return enter


def kept(model: Model) -> Iterator[tuple[Promise, BaseException | None]]:
    """Each promise with what breaks it, if anything does."""
    for each in PROMISES:
        try:
            each.hold(model)
        except (Exception, SystemExit) as error:  # a plugin's code may raise anything
            yield each, error
        else:
            yield each, None


def _expect(holds: bool, message: str, **figures: Any) -> None:
    if not holds:
        raise PluginError(message.format(**figures))


@promise(lambda: _("title, explanation and every setting are said in French and in English"))
def words(model: Model) -> None:
    """Nothing a person reads is missing in one language."""
    said: dict[str, Any] = {"title": model.title, "explanation": model.explanation}
    said |= {field.name: field.metadata.get("help") for field in dataclasses.fields(model.settings)}
    for name, text in said.items():
        _expect(isinstance(text, Text), _("{name}: expected a Text in both languages"), name=name)
        for language in ("fr", "en"):
            _expect(
                bool(text.in_language(language).strip()),
                _("{name}: there are no words in “{language}”"),
                name=name, language=language,
            )  # fmt: skip


@promise(lambda: _("its settings survive being written and read"))
def settings(model: Model) -> None:
    """Defaults lie within their own bounds, and a run's folder can hold them."""
    _expect(
        model.settings.__dataclass_params__.frozen,  # type: ignore[attr-defined]
        _("the settings must be a frozen dataclass"),
    )
    written = {key: str(value) for key, value in dataclasses.asdict(model.settings).items()}
    again = model.settings.replaced(written)
    _expect(again == model.settings, _("{found} reads back as {again}"), found=model.settings, again=again)


@promise(lambda: _("the same seed builds the same parameters, at least one"))
def build(model: Model) -> None:
    """What is drawn comes from the package's generator."""
    one, other = (_built(model, seed=1) for _turn in range(2))
    names = [name for name, _parameter in one.named_parameters()]
    _expect(bool(names), _("the module has no parameters"))
    for name, a, b in zip(names, one.parameters(), other.parameters(), strict=True):
        _expect(
            _bytes(a) == _bytes(b),
            _("parameter {name} differs under the same seed; draw it with tinygrad_fr.random"),
            name=name,
        )


@promise(lambda: _("the example is the same at every call"))
def example(model: Model) -> None:
    """Two pictures of one model can be compared."""
    one, other = (model.example(model.settings) for _turn in range(2))
    for part in Batch._fields:
        _expect(
            _bytes(getattr(one, part)) == _bytes(getattr(other, part)),
            _("its {part} differ from call to call"),
            part=part,
        )


@promise(lambda: _("the loss of the example is one finite number"))
def loss(model: Model) -> None:
    """It can be brought down."""
    value: Any = model.loss(_built(model), model.example(model.settings))
    _expect(math.prod(np.shape(value)) == 1, _("expected one number, got shape {found}"), found=np.shape(value))
    _expect(math.isfinite(float(value)), _("expected a finite number, got {found}"), found=float(value))


@promise(lambda: _("every parameter's gradient equals its numerical one, in float64"))
def gradient(model: Model) -> None:
    """Central differences, at some elements of each parameter."""
    verdict = prove_model(model, _ELEMENTS)
    if verdict.error is not None:
        raise verdict.error


@promise(lambda: _("the recipe has rows to learn from and others to be scored on, and a score to reach"))
def recipe(model: Model) -> None:
    """What training needs."""
    found = model.recipe(model.settings)
    _expect(isinstance(found, Recipe), _("expected a Recipe, got {found}"), found=type(found).__name__)
    for name in ("train", "test"):
        rows = getattr(found, name)
        _expect(len(rows) > 0 and len(rows.arrays) == 2, _("{name}: expected rows of inputs and targets"), name=name)
    for name in ("epochs", "batch_size"):
        _expect(getattr(found, name) >= 1, _("{name}: expected at least 1"), name=name)
    _expect(
        0 <= found.score <= 1, _("the score to reach: expected a number from 0 to 1, got {found}"), found=found.score
    )


@promise(lambda: _("a score lies between 0 and 1"))
def score(model: Model) -> None:
    """Of a module that learned nothing, over all test rows."""
    found = evaluate(model, _built(model), model.recipe(model.settings).test)
    _expect(0 <= found.score <= 1, _("expected a number from 0 to 1, got {found}"), found=found.score)


@promise(lambda: _("training changes the parameters"))
def learning(model: Model) -> None:
    """A few steps leave a trace, and no NaN."""
    training = _training(model)
    before = training.state().weights
    after = _ran(training).state().weights
    changed = any(_bytes(before[key]) != _bytes(after[key]) for key in before)
    _expect(changed or not model.learns, _("after {n} steps every parameter is what it was"), n=_STEPS)
    _expect(
        model.learns or not changed,
        _("after {n} steps a parameter has changed, and the model does not learn"),
        n=_STEPS,
    )


@promise(lambda: _("the same seed trains to the same numbers, bit for bit"))
def seed(model: Model) -> None:
    """Chance comes from the generators that are seeded."""
    one, other = (_said(_ran(_training(model))) for _turn in range(2))
    _expect(one == other, _("two trainings with one seed differ; draw with tinygrad_fr.random"))


@promise(lambda: _("a training that was stopped goes on to the same numbers, bit for bit"))
def resume(model: Model) -> None:
    """Everything that the next steps depend on is in the state that is saved."""
    whole = _said(_ran(_training(model)))
    stopped = _ran(_training(model), _STEPS // 2).state().pack()
    again = _training(model)
    again.restore(State.unpack(stopped, Path("state")))
    _expect(
        _said(_ran(again, _STEPS - _STEPS // 2)) == whole,
        _("it ends elsewhere; what the module keeps besides parameters and buffers goes into get_extra_state"),
    )


def _built(model: Model, seed: int = 0) -> Any:
    random.manual_seed(seed)
    return model.build(model.settings)


def _training(model: Model) -> Training:
    return Training(model, model.settings, epochs=_STEPS)


def _ran(training: Training, steps: int = _STEPS) -> Training:
    for _each in range(steps):
        training.turn()
    return training


def _said(training: Training) -> bytes:
    """A training's state, without its time."""
    state = training.state()
    epochs = tuple(dataclasses.replace(epoch, seconds=0.0) for epoch in state.epochs)
    return dataclasses.replace(state, seconds=0.0, epochs=epochs).pack()


def _bytes(value: Any) -> Any:
    """A value's bits, tensors in tuples included."""
    if isinstance(value, tuple | list):
        return [_bytes(part) for part in value]
    return None if value is None else np.asarray(value_of(value)).tobytes()
