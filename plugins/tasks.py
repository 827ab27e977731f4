"""What the recurrent models read, and what they answer after the last step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from tinygrad_fr import tensor
from tinygrad_fr.data import (
    ADDING_BASELINE,
    COPY_SYMBOLS,
    ORDER_LETTERS,
    REBER,
    TensorDataset,
    adding,
    copy_memory,
    digits,
    mackey_glass,
    reber,
    reber_next,
    temporal_order,
)
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, numbers, symbols

from . import stories


class Task(ABC):
    """A sequence to read and a question about it, after the last step or after each.

    Attributes:
        features: numbers a step.
        answers: scores that answer.
        steps: length of a sequence unless set.
        epochs: readings of the rows until the score is reached.
        lr: learning rate of Adam unless set.
        target: the score to reach.
        each: whether it is answered after each step: scores (T, N, answers), targets (N, T).
    """

    features: ClassVar[int]
    answers: ClassVar[int]
    steps: ClassVar[int]
    epochs: ClassVar[int]
    batch_size: ClassVar[int] = 32
    lr: ClassVar[float] = 0.01
    target: ClassVar[float] = 0.9
    each: ClassVar[bool] = False

    @abstractmethod
    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Rows to learn from and to be scored on."""

    def example(self, steps: int) -> Batch:
        """The first row of the test rows."""
        inputs, target = self.rows(steps)[1].arrays
        return Batch(tensor(inputs[:1], name="x"), tensor(target[:1], name="t"))

    def read(self, text: str, steps: int) -> Batch:
        """A sequence of a person's own; without the right answer, it is compared with the model's own."""
        values = numbers(text, multiple_of=self.features)
        return Batch(tensor(values.reshape(1, -1, self.features), name="x"), None)

    def tokens(self, batch: Batch) -> tuple[str, ...]:
        """What is written under each step; nothing where the numbers speak for themselves."""
        return ()

    def classes(self) -> tuple[str, ...]:
        """What each answer is called; nothing where its number is its name."""
        return ()

    def answer(self, module: Any, batch: Batch) -> str:
        """What the model answers, in words: the number of the likeliest class."""
        return str(int(module(batch.inputs).argmax(-1).detach().numpy().flatten()[-1]))

    def loss(self, scores: Any, target: Any) -> Any:
        """Cross-entropy with the right answer, or with the model's own."""
        return F.cross_entropy(scores, scores.detach().argmax(1) if target is None else target)

    def score(self, scores: Any, target: Any) -> float:
        """Share of right answers."""
        return float(np.mean(scores.argmax(1).detach().numpy() == target.detach().numpy()))


class Regression(Task):
    """A task whose answer is one number, learned by the squared error."""

    answers = 1

    def loss(self, scores: Any, target: Any) -> Any:
        """Mean squared error."""
        answers = scores.squeeze(1)
        return F.mse_loss(answers, answers.detach() + 1 if target is None else target)

    def answer(self, module: Any, batch: Batch) -> str:
        """The number."""
        return f"{float(module(batch.inputs)[0, 0]):.3g}"


class Rows(Task):
    """A digit, row by row."""

    features, answers, steps, epochs = 8, 10, 8, 12

    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Scikit-learn's digits, always whole."""
        train, test = digits()
        return TensorDataset(*train), TensorDataset(*test)

    def example(self, steps: int) -> Batch:
        """One digit of the test rows; with more steps than it has, digits one after the other."""
        _train, (images, labels) = digits()
        pixels = np.resize(images[: steps * self.features // images[0].size + 1], (1, steps, self.features))
        return Batch(tensor(pixels, name="x"), tensor(labels[:1], name="t"))

    def read(self, text: str, steps: int) -> Batch:
        """64 grey levels from 0 to 16, as scikit-learn has them."""
        values = numbers(text, count=64, low=0, high=16)
        return Batch(tensor(values.reshape(1, -1, self.features) / 16, name="x"), None)


class Pixels(Rows):
    """A digit, pixel by pixel."""

    features, steps = 1, 64


class Adding(Regression):
    """Numbers with marks: the sum of the two that are marked."""

    features, steps, epochs, batch_size = 2, 50, 20, 50

    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Drawn once and for all."""
        return TensorDataset(*adding(5000, steps)), TensorDataset(*adding(500, steps, seed=1))

    def score(self, scores: Any, target: Any) -> float:
        """Share of the error of a blind answer, 1/6, that is gone."""
        return max(0.0, 1 - float(self.loss(scores, target)) / ADDING_BASELINE)


class Order(Task):
    """Letters, two of them capitals: which two, in which order."""

    features, answers, steps, epochs, lr = len(ORDER_LETTERS), 4, 30, 20, 0.003

    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Drawn once and for all, each letter as a row of zeros and a one."""
        (train, train_order), (test, test_order) = temporal_order(2000, steps), temporal_order(400, steps, seed=1)
        letters = np.eye(self.features, dtype=np.float32)
        return TensorDataset(letters[train], train_order), TensorDataset(letters[test], test_order)

    def read(self, text: str, steps: int) -> Batch:
        """A word of these letters."""
        word = symbols(text, ORDER_LETTERS)
        capitals = [letter - 4 for letter in word if letter >= 4]
        target = tensor([2 * capitals[0] + capitals[1]]) if len(capitals) == 2 else None
        return Batch(tensor(np.eye(self.features, dtype=np.float32)[None, word], name="x"), target)

    def answer(self, module: Any, batch: Batch) -> str:
        """The two capitals."""
        return ("XX", "XY", "YX", "YY")[int(module(batch.inputs).argmax(1)[0])]

    def tokens(self, batch: Batch) -> tuple[str, ...]:
        """The letters."""
        return tuple(ORDER_LETTERS[i] for i in batch.inputs.detach().numpy()[0].argmax(axis=1))


class Said(Task):
    """A question after each step, where the target is not −100."""

    each = True

    def loss(self, scores: Any, target: Any) -> Any:
        """Mean cross-entropy of what is asked, or of the model's own answers."""
        rows = scores.transpose(0, 1).flatten(0, 1)
        return F.cross_entropy(rows, rows.detach().argmax(1) if target is None else target.flatten())

    def score(self, scores: Any, target: Any) -> float:
        """Share of right answers among those that are asked for."""
        asked = target.detach().numpy()
        right = scores.transpose(0, 1).argmax(2).detach().numpy() == asked
        return float(right[asked >= 0].mean())


def spelled(indices: Any, count: int) -> Any:
    """Numbers of symbols (…,) as rows of zeros and a one (…, count); −1 gives zeros alone."""
    return np.vstack([np.eye(count, dtype=np.float32), np.zeros((1, count), np.float32)])[indices]


class Copy(Said):
    """Symbols to say again after a delay."""

    features, answers, steps, epochs, batch_size = COPY_SYMBOLS + 2, COPY_SYMBOLS, 10, 25, 50

    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Drawn once and for all; the steps are the delay's."""
        (train, said), (test, asked) = copy_memory(5000, steps), copy_memory(400, steps, seed=1)
        return TensorDataset(spelled(train, self.features), said), TensorDataset(spelled(test, self.features), asked)

    def read(self, text: str, steps: int) -> Batch:
        """Figures from 1 to 8, then the delay and the question."""
        said = [i + 1 for i in symbols(text, "12345678")]
        row = np.array([[*said, *[0] * steps, COPY_SYMBOLS + 1, *[0] * (len(said) - 1)]])
        target = np.full(row.shape, -100)
        target[0, -len(said) :] = np.array(said) - 1
        return Batch(tensor(spelled(row, self.features), name="x"), tensor(target, name="t"))

    def answer(self, module: Any, batch: Batch) -> str:
        """What is said where it is asked for."""
        asked = int((batch.target.detach().numpy() >= 0).sum())
        found = module(batch.inputs).detach().numpy()[-asked:, 0].argmax(axis=1)
        return " ".join(str(i + 1) for i in found.tolist())

    def tokens(self, batch: Batch) -> tuple[str, ...]:
        """Figures, a point for silence, a question mark."""
        return tuple("·12345678?"[i] for i in batch.inputs.detach().numpy()[0].argmax(axis=1))


class Reber(Said):
    """Strings of a grammar: what comes next, and at the end what stood at the beginning."""

    features, answers, steps, epochs, batch_size, target = len(REBER), len(REBER), 30, 15, 32, 0.95

    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Drawn once and for all."""
        return self._encoded(reber(2000, steps), steps), self._encoded(reber(300, steps, seed=1), steps)

    def _encoded(self, words: list[str], longest: int) -> TensorDataset:
        ids = np.array([[REBER.index(c) for c in word] + [-1] * (longest - len(word)) for word in words])
        following = np.concatenate([ids[:, 1:], np.full((len(ids), 1), -1)], axis=1)
        return TensorDataset(spelled(ids, self.features), np.where(following < 0, -100, following))

    def read(self, text: str, steps: int) -> Batch:
        """A string of these letters."""
        ids = np.array([symbols(text, REBER)])
        return Batch(tensor(spelled(ids, self.features), name="x"), None)

    def tokens(self, batch: Batch) -> tuple[str, ...]:
        """The letters."""
        row = batch.inputs.detach().numpy()[0]
        return tuple(REBER[i] if letter.any() else "·" for letter, i in zip(row, row.argmax(axis=1), strict=True))

    def classes(self) -> tuple[str, ...]:
        """The letters."""
        return tuple(REBER)

    def answer(self, module: Any, batch: Batch) -> str:
        """The likeliest next letter."""
        return REBER[int(module(batch.inputs)[-1, 0].argmax())]

    def score(self, scores: Any, target: Any) -> float:
        """Share of the strings of which every answer is allowed, that before the last being the letter of the beginning."""
        found = scores.transpose(0, 1).argmax(2).detach().numpy()
        right = 0
        for answers, asked in zip(found.tolist(), target.detach().numpy().tolist(), strict=True):
            word = "B" + "".join(REBER[i] for i in asked if i >= 0)
            right += all(REBER[i] in allowed for i, allowed in zip(answers, reber_next(word), strict=False))
        return right / len(found)


class Characters(Said):
    """A text, character by character: which comes next."""

    epochs, batch_size = 6, 32

    def __init__(self, text: str | None = None) -> None:
        self.own = text
        self.letters = stories.LETTERS if text is None else stories.Alphabet(text)
        self.features = self.answers = len(self.letters)  # type: ignore[misc]

    steps = stories.LONGEST + 1

    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Lines of a small French, or pieces of a person's text."""
        lines = stories.lines() if self.own is None else stories.pieces(self.letters.ids(self.own), steps + 1)
        learned, held = (
            TensorDataset(spelled(rows[:, :-1], self.features), rows[:, 1:])
            for rows in (part[:, : steps + 1] for part in lines)
        )
        return learned, held

    def read(self, text: str, steps: int) -> Batch:
        """A beginning of a person's own."""
        return Batch(tensor(spelled(self.letters.checked(text)[None], self.features), name="x"), None)

    def tokens(self, batch: Batch) -> tuple[str, ...]:
        """The characters."""
        return tuple("↵" if i == 0 else self.letters.signs[i] for i in batch.inputs.detach().numpy()[0].argmax(axis=1))

    def classes(self) -> tuple[str, ...]:
        """The characters."""
        return ("↵", *self.letters.signs[1:])

    def answer(self, module: Any, batch: Batch) -> str:
        """The beginning, and what the model writes after it, the likeliest character each time."""
        ids = batch.inputs.detach().numpy()[0].argmax(axis=1)
        for _place in range(self.steps + 1 - len(ids)):
            scores = module(tensor(spelled(ids[None], self.features)))
            ids = np.append(ids, int(scores[-1, 0].argmax()))
        return self.letters.text(ids[1:])

    def score(self, scores: Any, target: Any) -> float:
        """Share of the surprise of a blind reader that is gone."""
        return max(0.0, 1 - float(self.loss(scores, target)) / float(np.log(self.answers)))


class Series(Regression):
    """A chaotic series of numbers: the value six steps on."""

    features, steps, epochs, batch_size, target = 1, 24, 12, 32, 0.95
    ahead = 6

    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Windows of a series of 3 000 values, its last sixth held out."""
        series = mackey_glass(3000 + steps).astype(np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(series, steps + self.ahead)
        inputs, target = windows[:, :steps, None], windows[:, -1]
        cut = 5 * len(inputs) // 6
        return TensorDataset(inputs[:cut], target[:cut]), TensorDataset(inputs[cut:], target[cut:])

    def score(self, scores: Any, target: Any) -> float:
        """Share of the variance that is foreseen."""
        return max(0.0, 1 - float(self.loss(scores, target)) / float(target.detach().numpy().var()))


TASKS: dict[str, Task] = {
    "rows": Rows(),
    "pixels": Pixels(),
    "adding": Adding(),
    "order": Order(),
    "copy": Copy(),
    "reber": Reber(),
    "text": Characters(),
    "series": Series(),
}
