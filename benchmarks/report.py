"""The table as text: medians, ratios, targets, and who is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.contender import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def heading(machine: dict[str, Any]) -> str:
    """Where figures were measured."""
    versions = ", ".join(f"{name} {found or 'absent'}" for name, found in machine["versions"].items())
    return f"{machine['processor']}, {machine['cores']} cores (load {machine['load']}), {machine['system']}, Python {machine['python']}\n{versions}"


def text(row: dict[str, Any]) -> str:
    """A row with its contenders, quickest first."""
    return "\n".join([f"{row['workload']}   ({row['rounds']} rounds)", *_lines(row)])


def _lines(row: dict[str, Any]) -> Iterator[str]:
    for name, seconds in sorted(row["seconds"].items(), key=lambda each: each[1]["median"]):
        yield f"    {name:24s}{_milliseconds(seconds)}{_speed(row, seconds)}{_against(row, name)}"
    for name, reason in row["missing"].items():
        yield f"    {name:24s}missing: {reason}"
    for name, reason in row["unchecked"].items():
        if name in row["seconds"]:
            yield f"    numbers of {name} not compared: {reason}"


def _milliseconds(seconds: dict[str, float]) -> str:
    low, median, high = (1e3 * seconds[key] for key in ("low", "median", "high"))
    return f"{median:10.3f} ms  ({low:.3f} to {high:.3f})".ljust(40)


def _speed(row: dict[str, Any], seconds: dict[str, float]) -> str:
    return f"{row['words'] / seconds['median']:,.0f} words/s   " if row["words"] else ""


def _against(row: dict[str, Any], name: str) -> str:
    """Ratios of one of ours, and whether the target was met."""
    found = row["ratios"].get(name, {})
    peers = {"best": f"best ({row['best'].get(name)})"}
    said = [f"{ratio['median']:.3g} × {peers.get(whom, whom)}" for whom, ratio in sorted(found.items())]
    verdict = met(row, name)
    if verdict is not None:
        said.append(f"target {row['targets'][name]:.3g}: {'met' if verdict else 'missed'}")
    return "   ".join(said)


def met(row: dict[str, Any], name: str) -> bool | None:
    """Whether one of ours reaches its target against the best peer; None where nothing can be said."""
    ratio = row["ratios"].get(name, {}).get("best")
    return None if ratio is None or name not in row["targets"] else ratio["median"] <= row["targets"][name]


def summary(rows: list[dict[str, Any]]) -> str:
    """How many targets were met, and which were not."""
    verdicts = [(row["key"], name, met(row, name)) for row in rows for name in OURS]
    said = [verdict for verdict in verdicts if verdict[2] is not None]
    missed = [f"{key} ({name})" for key, name, verdict in said if not verdict]
    line = f"targets met: {len(said) - len(missed)} of {len(said)}"
    return f"{line}; missed: {', '.join(missed)}" if missed else line


def markdown(results: dict[str, Any]) -> str:
    """The table of docs/figures.md."""
    lines = [
        "| A step of | ours, eager (ms) | compiled (ms) | torch (ms) | eager / best eager peer | compiled / best peer |"
    ]
    lines.append("|---" * 6 + "|")
    for row in results["rows"]:
        times = [_cell(row["seconds"].get(name), _time) for name in (*OURS, "torch")]
        of = [_ratio(row, name) for name in OURS]
        lines.append(f"| {' | '.join([row['workload'], *times, *of])} |")
    return "\n".join(lines)


def written(ratio: float) -> str:
    """A ratio, with the digits that tell which side of 1 it is on."""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def _ratio(row: dict[str, Any], name: str) -> str:
    """The ratio of one of ours to its quickest peer, and who that is."""
    found = _cell(row["ratios"].get(name, {}).get("best"), written)
    return f"{found} ({row['best'][name]})" if row["best"][name] else found


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.0f}" if seconds >= 0.1 else f"{seconds * 1e3:.2g}"


def _cell(found: dict[str, float] | None, write: Callable[[float], str]) -> str:
    return "–" if found is None else write(found["median"])
