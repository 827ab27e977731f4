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
    ours, theirs = (1e6 * found["seconds"][name]["median"] for name in (EAGER, found["best"]))
    ratio = found["ratio"]
    return f"{each}: {ours:9.1f} / {theirs:9.1f} µs  {ratio['median']:5.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})"


def summary(rows: list[dict[str, Any]]) -> str:
    """Geometric means by size and pass, and every operation that is too slow."""
    return "\n".join(_summary(rows))


def _summary(rows: list[dict[str, Any]]) -> Iterator[str]:
    for size in SIDES:
        for each in PASSES:
            found = [row for row in rows if row["size"] == size and each in row["passes"] and not row["view"]]
            if found:
                ratio = mean(row["passes"][each]["ratio"]["median"] for row in found)
                least = mean(row["passes"][each]["ratio of least"] for row in found)
                yield (
                    f"{size}, {each}: geometric mean {ratio:.3f} of torch's time over {len(found)} operations "
                    f"({least:.3f} by the least times); goal {GOALS[size]}"
                )
                slow = sorted(((row["passes"][each]["ratio"]["median"], row["name"]) for row in found), reverse=True)
                names = [f"{name} {ratio:.2f}" for ratio, name in slow if ratio > MOST]
                yield f"    above {MOST}: {len(names)}{': ' if names else ''}{', '.join(names)}"
    views = [row for row in rows if row["view"] and "forward" in row["passes"]]
    if views:
        took = sorted(
            ((row["passes"]["forward"]["seconds"][EAGER]["median"], row["name"]) for row in views), reverse=True
        )
        late = [f"{name} {1e6 * seconds:.1f} µs" for seconds, name in took if seconds > VIEW]
        yield f"views above {1e6 * VIEW:.0f} µs: {len(late)} of {len(took)}{': ' if late else ''}{', '.join(late)}"
    lost = [f"{row['name']} ({row['size']}): {row['missing']}" for row in rows if "missing" in row]
    if lost:
        yield "not compared: " + "; ".join(lost)
