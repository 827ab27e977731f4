"""What answers for ``torch.utils.benchmark``: how long a statement takes, measured with Python's own ``timeit``."""

from __future__ import annotations

import statistics
import textwrap
import timeit
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Compare", "Measurement", "Timer"]

_UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))


@dataclass
class Measurement:
    """Times of a statement.

    Attributes:
        number_per_run: how often it ran in each measurement.
        raw_times: the seconds of each measurement.

    Example:
        >>> measured = Measurement(2, [4.0, 6.0], stmt="x + y")
        >>> measured.times, measured.median, measured
        ([2.0, 3.0], 2.5, <torch.utils.benchmark.utils.common.Measurement>
        x + y
          Median: 2.50 s
          2 measurements, 2 runs per measurement, 1 thread)
    """

    number_per_run: int
    raw_times: list[float]
    stmt: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    num_threads: int = 1
    env: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def times(self) -> list[float]:
        """The seconds of one run, in each measurement."""
        return [each / self.number_per_run for each in self.raw_times]

    @property
    def mean(self) -> float:
        """The mean of :attr:`times`."""
        return statistics.fmean(self.times)

    @property
    def median(self) -> float:
        """The median of :attr:`times`."""
        return statistics.median(self.times)

    @property
    def iqr(self) -> float:
        """The distance between the quartiles of :attr:`times`."""
        if len(self.times) < 2:
            return 0.0
        low, _middle, high = statistics.quantiles(self.times, n=4, method="inclusive")
        return high - low

    @property
    def title(self) -> str:
        """The label, or the statement, and what is under it."""
        return (self.label or self.stmt) + (f": {self.sub_label}" if self.sub_label else "")

    def __repr__(self) -> str:
        count = len(self.raw_times)
        unit, size = _unit(self.median)
        value = f"{self.median / size:.2f} {unit}"
        runs = f"{self.number_per_run} runs{' per measurement' if count > 1 else ''}, {_counted(self.num_threads)}"
        return "\n".join((
            "<torch.utils.benchmark.utils.common.Measurement>",
            self.title,
            f"  {'Median: ' if count > 1 else ''}{value}",
            f"  {count} measurement{'s' if count > 1 else ''}, {runs}",
        ))  # fmt: skip


def _counted(threads: int) -> str:
    return f"{threads} thread{'s' if threads != 1 else ''}"


def _unit(seconds: float) -> tuple[str, float]:
    return next((each for each in _UNITS if seconds >= each[1]), _UNITS[-1])


class Timer:
    """Says how long a statement takes.

    Args:
        stmt: the statement, as text.
        setup, global_setup: what runs once before.
        timer: the clock.
        globals: the names that the statement reads; ``torch`` is there without.
        label, sub_label, description, env: what tables call it.
        num_threads: what tables say; here the threads of kernels are chosen with the environment.

    Example:
        >>> Timer("x + x", globals={"x": 1}).timeit(10).number_per_run
        10
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Any = timeit.default_timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: Any = "python",
    ) -> None:
        stmt, setup = (textwrap.dedent(text).strip() or "pass" for text in (stmt, f"{global_setup}\n{setup}"))
        space = {"torch": import_module("tinygrad_fr"), **(globals or {})}  # PyTorch's statements know torch
        self._timer = timeit.Timer(stmt, setup, timer, space)
        self._told = {
            "stmt": stmt, "label": label, "sub_label": sub_label, "description": description, "num_threads": num_threads,
            "env": env,
        }  # fmt: skip

    def _measured(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number, times, **self._told)  # type: ignore[arg-type]

    def timeit(self, number: int = 1000000) -> Measurement:
        """One measurement of so many runs, after a few that warm up."""
        self._timer.timeit(max(number // 100, 2))
        return self._measured(number, [self._timer.timeit(number)])

    def blocked_autorange(self, callback: Any = None, min_run_time: float = 0.2) -> Measurement:
        """Measurements of a block of runs, until they took so many seconds together."""
        number, took = 1, self._timer.timeit(1)
        while took < min_run_time / 100 and number < 10**7:
            number *= 10
            took = self._timer.timeit(number)
        times: list[float] = []
        while sum(times) < min_run_time or not times:
            times.append(self._timer.timeit(number))
            if callback is not None:
                callback(number, times[-1])
        return self._measured(number, times)

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0, callback: Any = None
    ) -> Measurement:
        """Measurements until they differ by less than a share of their median, or took too long."""
        measured = self.blocked_autorange(callback, min_run_time)
        while sum(measured.raw_times) < max_run_time and (
            len(measured.raw_times) < 4 or measured.iqr > threshold * measured.median
        ):
            measured.raw_times.append(self._timer.timeit(measured.number_per_run))
        return measured


class Compare:
    """A table of measurements: a row for each ``sub_label``, a column for each ``description``.

    Example:
        >>> print(Compare([Measurement(1, [2e-6], label="sum", sub_label="n = 1", description="ours")]))
        [--- sum ---]
                 | ours
        1 thread:
           n = 1 | 2.0
        Times are in microseconds (us).
    """

    def __init__(self, results: Sequence[Measurement]) -> None:
        self._results = list(results)

    def extend_results(self, results: Iterable[Measurement]) -> None:
        """Enter more measurements."""
        self._results.extend(results)

    def trim_significant_figures(self) -> None:
        """Accepted for PyTorch's sake: one digit stands after the point."""

    def colorize(self, rowwise: bool = False) -> None:
        """Accepted for PyTorch's sake: the table has no colours."""

    def highlight_warnings(self) -> None:
        """Accepted for PyTorch's sake."""

    def print(self) -> None:
        """Print the table."""
        print(self)

    def __str__(self) -> str:
        if not self._results:
            return ""
        unit, size = _unit(min(each.median for each in self._results))
        name = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}[unit]
        lines: list[str] = []
        for label in dict.fromkeys(each.label or each.stmt for each in self._results):
            lines += self._table(label, [each for each in self._results if (each.label or each.stmt) == label], size)
        return "\n".join((*lines, f"Times are in {name} ({unit})."))

    @staticmethod
    def _table(label: str, results: list[Measurement], size: float) -> list[str]:
        def row(each: Measurement) -> str:
            return each.sub_label or each.stmt

        def column(each: Measurement) -> str:
            return each.description or each.env or ""

        columns = list(dict.fromkeys(column(each) for each in results))
        rows = list(dict.fromkeys((each.num_threads, row(each)) for each in results))
        found = {(each.num_threads, row(each), column(each)): f"{each.median / size:.1f}" for each in results}
        first = max(5, *(len(name) for _threads, name in rows))
        widths = [max(len(name), *(len(found.get((*key, name), "")) for key in rows)) for name in columns]
        lines = [f"[--- {label} ---]"]
        lines.append(
            f"{'':{first + 3}} | " + " | ".join(f"{name:<{w}}" for name, w in zip(columns, widths, strict=True))
        )
        before = None
        for threads, name in rows:
            if threads != before:
                lines.append(f"{_counted(threads)}:")
                before = threads
            cells = [f"{found.get((threads, name, each), ''):<{w}}" for each, w in zip(columns, widths, strict=True)]
            lines.append(f"   {name:>{first}} | " + " | ".join(cells))
        return [line.rstrip() for line in lines]
