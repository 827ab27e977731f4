"""Sequences made to measure memory: what must be remembered stands far from where it is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

ADDING_BASELINE = 1 / 6  # mean squared error of the answer 1, the variance of the sum of two uniform numbers
ORDER_LETTERS = "abcdXY"


def adding(n: int, steps: int, *, seed: int = 0) -> tuple[Array, Array]:
    """The adding problem: sequences (n, steps, 2) of a number in [0, 1] and a mark, and the sum (n,) of the two marked.

    One mark stands in each half of the sequence.

    Example:
        >>> inputs, sums = adding(2, 6)
        >>> inputs.shape, inputs[0, :, 1].sum().item()  # two marks
        ((2, 6, 2), 2.0)
        >>> bool(np.isclose((inputs[0, :, 0] * inputs[0, :, 1]).sum(), sums[0]))
        True
    """
    generator = np.random.default_rng(seed)
    numbers = generator.uniform(size=(n, steps))
    marks = np.zeros((n, steps))
    half = max(steps // 2, 1)
    rows = np.arange(n)
    marks[rows, generator.integers(0, half, n)] = 1
    marks[rows, generator.integers(min(half, steps - 1), steps, n)] = 1
    return np.stack([numbers, marks], axis=-1).astype(np.float32), (numbers * marks).sum(axis=1).astype(np.float32)


def temporal_order(n: int, steps: int, *, seed: int = 0) -> tuple[Array, Array]:
    """The temporal-order problem: letters (n, steps) as indices into ``ORDER_LETTERS``, and which of XX, XY, YX, YY (n,).

    The two capitals stand in the first fifth and around the middle, among letters that mean nothing.

    Example:
        >>> letters, answers = temporal_order(1, 10)
        >>> "".join(ORDER_LETTERS[i] for i in letters[0]), ("XX", "XY", "YX", "YY")[answers[0]]
        ('dYcbYaaaad', 'YY')
    """
    generator = np.random.default_rng(seed)
    letters = generator.integers(0, 4, (n, steps))
    first, second = generator.integers(0, 2, (2, n))
    rows = np.arange(n)
    letters[rows, generator.integers(steps // 10, max(steps // 5, steps // 10 + 1), n)] = 4 + first
    letters[rows, generator.integers(2 * steps // 5, max(steps // 2, 2 * steps // 5 + 1), n)] = 4 + second
    return letters, 2 * first + second


COPY_SYMBOLS, COPIED = 8, 5  # symbols to remember, and how many of them


def copy_memory(n: int, delay: int, *, seed: int = 0) -> tuple[Array, Array]:
    """The copy problem (Hochreiter and Schmidhuber, 1997): some symbols, a delay, and the same symbols asked for again.

    Inputs (n, delay + 2 COPIED) hold symbols from 1 on, 0 while nothing is said, and the sign COPY_SYMBOLS + 1 where the
    answer is asked for. Targets of the same shape hold the symbol to say, −100 where nothing is asked.

    Example:
        >>> inputs, targets = copy_memory(1, 3)
        >>> inputs[0].tolist(), targets[0, -5:].tolist()
        ([7, 6, 5, 3, 3, 0, 0, 0, 9, 0, 0, 0, 0], [6, 5, 4, 2, 2])
    """
    generator = np.random.default_rng(seed)
    said = generator.integers(1, COPY_SYMBOLS + 1, (n, COPIED))
    inputs = np.zeros((n, delay + 2 * COPIED), np.int64)
    inputs[:, :COPIED] = said
    inputs[:, COPIED + delay] = COPY_SYMBOLS + 1
    targets = np.full(inputs.shape, -100)
    targets[:, -COPIED:] = said - 1
    return inputs, targets


REBER = "BTPSXVE"
# State → what may be said there, and the state after it (Reber, 1967).
_REBER: tuple[dict[str, int], ...] = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
    {},
)


def reber(n: int, longest: int, *, seed: int = 0) -> list[str]:
    """Strings of the embedded Reber grammar: B, T or P, a string of Reber's grammar, the same T or P, E.

    Args:
        n: how many.
        longest: characters that a string may have, at least 9.
        seed: of the drawing.

    Example:
        >>> reber(2, 12)
        ['BTBPVVETE', 'BPBPVVEPE']
    """
    generator = np.random.default_rng(seed)
    found: list[str] = []
    while len(found) < n:
        inner, state = "", 0
        while state < 7:
            ways = list(_REBER[state].items())
            symbol, state = ways[generator.integers(len(ways))]
            inner += symbol
        outer = "TP"[generator.integers(2)]
        text = f"B{outer}{inner}{outer}E"
        if len(text) <= longest:
            found.append(text)
    return found


def reber_next(text: str) -> list[str]:
    """What may follow each character of a string of the embedded grammar, but the last.

    >>> reber_next("BTBPVVETE")
    ['TP', 'B', 'TP', 'TV', 'PV', 'E', 'T', 'E']
    """
    allowed, state = ["TP", "B"], 0
    for symbol in text[2:-2]:
        state = _REBER[state][symbol]
        allowed.append("".join(_REBER[state]) or text[1])
    return [*allowed, "E"]


def mackey_glass(n: int, *, tau: int = 17, seed: int = 0) -> Array:
    """A chaotic series (n,), x' = 0.2 x(t − τ) / (1 + x(t − τ)¹⁰) − 0.1 x (Mackey and Glass, 1977), one value per unit of time.

    Example:
        >>> series = mackey_glass(200)
        >>> len(series), bool(0.2 < series.min() < series.max() < 1.4)
        (200, True)
    """
    finer = 10
    generator = np.random.default_rng(seed)
    values = list(1.2 + 0.1 * generator.uniform(-1, 1, tau * finer + 1))
    for _step in range((n + 300) * finer):
        late, now = values[-tau * finer - 1], values[-1]
        values.append(now + (0.2 * late / (1 + late**10) - 0.1 * now) / finer)
    series: Array = np.array(values[-n * finer :: finer])
    return series
