"""The table of the vocabulary as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.contender import EAGER
from benchmarks.vocabulary.entries import SIDES
from benchmarks.vocabulary.measure import PASSES, mean

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 1.2  # no operation is to take longer than this many times torch's
VIEW = 2e-6  # seconds that a view may take
GOALS = {"small": 0.6, "middle": 0.9, "large": 0.9}


def line(row: dict[str, Any]) -> str:
    """A row: microseconds of ours and of the quicker torch, the ratio with its quartiles."""
    start = f"{row['size']:7s} {row['name']:28s}"
    parts = [_pass(each, row["passes"][each]) for each in PASSES if each in row["passes"]]
    return start + "   ".join([*parts, *([row["missing"]] if "missing" in row else [])])


def _pass(each: str, found: dict[str, Any]) -> str:
    ours, theirs = (1e6 * found["seconds"][name]["least"] for name in (EAGER, found["best"]))
    turns = found["turns"]
    return f"{each}: {ours:9.1f} / {theirs:9.1f} µs  {found['ratio']:5.2f} ({turns['low']:.2f} to {turns['high']:.2f})"


def summary(rows: list[dict[str, Any]]) -> str:
    """Geometric means by size and pass, and every operation that is too slow."""
    return "\n".join(_summary(rows))


def _ratios(rows: list[dict[str, Any]], each: str) -> tuple[list[float], list[float]]:
    """Ratios of the least times, and the medians of the ratios of turns."""
    found = [row["passes"][each] for row in rows]
    return [this["ratio"] for this in found], [this["turns"]["median"] for this in found]


def _summary(rows: list[dict[str, Any]]) -> Iterator[str]:
    for size in SIDES:
        for each in PASSES:
            found = [row for row in rows if row["size"] == size and each in row["passes"] and not row["view"]]
            if found:
                ratio, median = (mean(values) for values in _ratios(found, each))
                yield (
                    f"{size}, {each}: geometric mean {ratio:.3f} of torch's time over {len(found)} operations "
                    f"({median:.3f} by the medians of turns); goal {GOALS[size]}"
                )
                slow = sorted(((row["passes"][each]["ratio"], row["name"]) for row in found), reverse=True)
                names = [f"{name} {ratio:.2f}" for ratio, name in slow if ratio > MOST]
                yield f"    above {MOST}: {len(names)}{': ' if names else ''}{', '.join(names)}"
    views = [row for row in rows if row["view"] and "forward" in row["passes"]]
    if views:
        took = sorted(
            ((row["passes"]["forward"]["seconds"][EAGER]["least"], row["name"]) for row in views), reverse=True
        )
        late = [f"{name} {1e6 * seconds:.1f} µs" for seconds, name in took if seconds > VIEW]
        yield f"views above {1e6 * VIEW:.0f} µs: {len(late)} of {len(took)}{': ' if late else ''}{', '.join(late)}"
    lost = [f"{row['name']} ({row['size']}): {row['missing']}" for row in rows if "missing" in row]
    if lost:
        yield "not compared: " + "; ".join(lost)
