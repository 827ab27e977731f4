"""``torch.autograd.profiler``: how long the parts of a program that it names took. Operations are not timed one by one."""

from __future__ import annotations

import time
from contextlib import ContextDecorator
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from types import TracebackType


class record_function(ContextDecorator):  # noqa: N801 - PyTorch's name
    """A part of a program, by a name.

    Example:
        >>> with profile() as prof, record_function("part"):
        ...     pass
        >>> [each.key for each in prof.key_averages()]
        ['part']
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name

    def __enter__(self) -> record_function:
        self._start = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell every profile that runs."""
        for running in profile.running:
            running._add(self.name, time.perf_counter() - self._start)


class Averages(list["Part"]):
    """What was timed, as a list and as a table.

    Example:
        >>> Averages([Part("part", 2, 0.003)]).table().splitlines()[-1]
        'part     3.000ms          2'
    """

    def table(self, sort_by: str | None = None, row_limit: int = 100, **_options: Any) -> str:
        """One line a part, with its time and how often it ran."""
        rows = sorted(self, key=lambda each: -each.seconds) if sort_by else self
        wide = max([len("Name"), *(len(each.key) for each in rows)])
        lines = [f"{'Name':<{wide}}  {'CPU total':>10}  {'# of Calls':>9}"]
        lines += [f"{each.key:<{wide}}  {each.cpu_time_total_str:>10}  {each.count:>9}" for each in rows[:row_limit]]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()


class Part:
    """A name, how often it ran, and how long in all.

    Example:
        >>> Part("part", 2, 0.003).cpu_time_total
        3000.0
    """

    def __init__(self, key: str, count: int, seconds: float) -> None:
        self.key, self.count, self.seconds = key, count, seconds

    @property
    def cpu_time_total(self) -> float:
        """Microseconds."""
        return round(self.seconds * 1e6, 3)

    @property
    def cpu_time_total_str(self) -> str:
        """The time with its unit."""
        return f"{self.seconds * 1e3:.3f}ms" if self.seconds < 1 else f"{self.seconds:.3f}s"


class profile:  # noqa: N801 - PyTorch's name
    """A block whose named parts are timed.

    Example:
        >>> with profile() as prof:
        ...     with record_function("part"):
        ...         pass
        >>> print(prof.key_averages().table().splitlines()[0])
        Name   CPU total  # of Calls
    """

    running: ClassVar[list[profile]] = []

    def __init__(self, enabled: bool = True, **_options: Any) -> None:
        self.enabled = enabled
        self.parts: dict[str, Part] = {}

    def __enter__(self) -> profile:
        if self.enabled:
            profile.running.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Time no more."""
        if self.enabled:
            profile.running.remove(self)

    def _add(self, name: str, seconds: float) -> None:
        part = self.parts.setdefault(name, Part(name, 0, 0.0))
        part.count += 1
        part.seconds += seconds

    def step(self) -> None:
        """The next iteration begins: nothing is told apart by it here."""

    def key_averages(self, *_settings: Any, **_options: Any) -> Averages:
        """What was timed, by name."""
        return Averages(self.parts.values())

    def table(self, **options: Any) -> str:
        """The table of :meth:`key_averages`."""
        return self.key_averages().table(**options)

    def __str__(self) -> str:
        return self.table()
