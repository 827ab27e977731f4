"""What a run chooses by whole numbers: the right class, the tokens of a text. The page may choose others.

The run is recorded again with other whole numbers. Where the programs differ in nothing but the operands of some
numbers, and these follow the whole numbers in a straight line (a row of a table after another), the page can do the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.living.alive import Alive, again, alive
from tinygrad_fr.living.program import packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tinygrad_fr.explain import Observed

LARGEST, LARGEST_OF_ONE = 120_000, 1_000_000  # numbers of a run that is recorded again for many choices, for one
USUAL = 10  # classes, as digits have: what is tried first
HIGHEST = 4096  # whole numbers that are tried


class Use(NamedTuple):
    """Operands that a choice decides: ``base + stride · value``, of the value at ``which``."""

    operand: int
    at: Any
    which: Any
    base: Any
    stride: Any


@dataclass(frozen=True)
class Choice:
    """Whole numbers of a run.

    Attributes:
        field: ``inputs`` or ``target`` of the batch.
        sides: their shape.
        values: those of the recorded run.
        count: how many values each of them may have, from 0.
        uses: what they decide.
    """

    field: str
    sides: tuple[int, ...]
    values: tuple[int, ...]
    count: int
    uses: tuple[Use, ...]

    def to_json(self) -> dict[str, Any]:
        """What the page carries."""
        return {
            "field": self.field,
            "sides": list(self.sides),
            "values": list(self.values),
            "count": self.count,
            "uses": [[use.operand, *map(packed, use[1:])] for use in self.uses],
        }


def choices(run: Observed, found: Alive) -> list[Choice]:
    """The whole numbers of a run that a page may choose otherwise.

    Args:
        run: a run that a page computes.
        found: its program.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> run = observed(Catalogue().load("mlp"))
        >>> [(choice.field, choice.count) for choice in choices(run, alive(run))]
        [('target', 10)]
    """
    if found.program.size > LARGEST_OF_ONE:
        return []
    return [made for name in ("inputs", "target") if (made := _Probe(run, found, name).choice()) is not None]


def spoken(run: Observed, choice: Choice) -> tuple[str, ...]:
    """What each value of a choice is called: the model's classes or tokens; nothing where its number is its name.

    Args:
        run: the run.
        choice: one of its choices.
    """
    model, settings = run.model, run.settings
    try:
        classes = model.classes(settings)
        if len(classes) == choice.count:
            return _complete(classes, choice)
        told = model.tokens if choice.field == "inputs" else model.target_tokens
        words: list[str] = []
        while len(words) < choice.count:  # as many at a time as the run reads
            values = np.resize(np.arange(len(words), choice.count), choice.sides)
            found = told(settings, run.batch._replace(**{choice.field: tensor(values)}))
            if not found or len(found) > choice.count:
                return ()
            words += found
        return _complete(words[: choice.count], choice)
    except (TinygradError, ValueError, IndexError, KeyError, TypeError):
        return ()


def _complete(words: Sequence[str], choice: Choice) -> tuple[str, ...]:
    """The words, if each value has its own and they can be told apart in a text: by spaces, or sign by sign."""
    apart = all(len(word) == 1 for word in words) or all(word.split() == [word] for word in words)
    good = len(words) == choice.count == len(set(words)) and apart
    return tuple(words) if good else ()


class _Probe:
    def __init__(self, run: Observed, found: Alive, field: str) -> None:
        self.run, self.found, self.field = run, found, field
        given = getattr(run.batch, field, None)
        array = given.numpy() if isinstance(given, Tensor) else np.zeros(0)
        small = found.program.size <= LARGEST or array.size == 1
        self.given = array if array.dtype.kind == "i" and array.size and small else None
        self.known: dict[bytes, Any] = {}  # whole numbers → the operands that they give

    def choice(self) -> Choice | None:
        """The choice that the field is, if the page can make it."""
        if self.given is None or not self._follows(self.given):
            return None
        count = self._count()
        if count < 2:
            return None
        first, second = self._operands(0), self._operands(1)
        if first is None or second is None:
            return None
        stride = second - first
        operand, at = np.nonzero(stride)
        which = self._which(first, stride, count)
        if not at.size or which is None:
            return None
        uses = tuple(
            Use(
                k, at[operand == k], which[k, at[operand == k]], first[k, at[operand == k]], stride[k, at[operand == k]]
            )
            for k in sorted(set(operand.tolist()))
        )
        made = Choice(self.field, self.given.shape, tuple(map(int, self.given.ravel())), count, uses)
        return made if self._proved(made, first) else None

    def _follows(self, values: Any) -> bool:
        """Whether the recorded program itself is reproduced."""
        made = self._operands(values)
        return made is not None and bool((made == self.found.program.operand_table()).all())

    def _operands(self, values: Any) -> Any:
        """The operands with other whole numbers, None where it is another program."""
        assert self.given is not None
        numbers = np.broadcast_to(values, self.given.shape).astype(self.given.dtype)
        key = numbers.tobytes()
        if key not in self.known:
            try:
                made = again(self.run, self.run.batch._replace(**{self.field: tensor(numbers)}))
            except (TinygradError, ValueError, IndexError, KeyError, TypeError):
                self.known[key] = None
            else:
                self.known[key] = made.program.operand_table() if _alike(made, self.found) else None
        return self.known[key]

    def _count(self) -> int:
        """How many values are allowed: the engine refuses the others."""
        allowed = self._allowed
        if allowed(USUAL - 1) and not allowed(USUAL):
            return USUAL
        low, high = 0, 1
        while high <= HIGHEST and allowed(high):
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if allowed(middle) else (low, middle)
        return low + 1

    def _allowed(self, value: int) -> bool:
        return self._operands(value) is not None

    def _which(self, first: Any, stride: Any, count: int) -> Any:
        """Which of the whole numbers decides each operand: their places are told in the figures of base ``count``."""
        assert self.given is not None
        which, weight = np.zeros(stride.shape, np.int64), 1
        while weight < self.given.size:
            told = self._operands((np.arange(self.given.size) // weight % count).reshape(self.given.shape))
            if told is None:
                return None
            which += weight * np.divide(told - first, stride, out=np.zeros(stride.shape), where=stride != 0).astype(int)
            weight *= count
        return which if ((which >= 0) & (which < self.given.size)).all() else None

    def _proved(self, made: Choice, first: Any) -> bool:
        """Whether other whole numbers, drawn at random, give the operands that the choice tells, and the engine's numbers."""
        draw = np.random.default_rng(0)
        for _each in range(2):
            values = draw.integers(0, made.count, self.given.shape)  # type: ignore[union-attr]
            expected = first.copy()
            for use in made.uses:
                expected[use.operand, use.at] = use.base + use.stride * values.ravel()[use.which]
            found = self._operands(values)
            if found is None or not (found == expected).all():
                return False
        batch = self.run.batch._replace(**{self.field: tensor(values)})
        try:
            alive(self.run, batch=batch)
        except TinygradError:
            return False
        return True


def _alike(made: Alive, found: Alive) -> bool:
    """Whether two programs are the same but for the operands of some numbers."""
    a, b = made.program, found.program
    same = (
        a.size == b.size and a.stretches_alike(b) and np.array_equal(a.leaf_values(), b.leaf_values(), equal_nan=True)
    )
    return same and made.loss == found.loss and all(_places_alike(made, found))


def _places_alike(made: Alive, found: Alive) -> Iterator[bool]:
    computed = ([v for v in each.graph.nodes if v.op is not None] for each in (made, found))
    for one, other in zip(*computed, strict=False):
        yield np.array_equal(made.numbers.get(one.id, ()), found.numbers.get(other.id, ()))
