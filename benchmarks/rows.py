"""Rows of the table: contenders made, checked against each other, and timed in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.check import disagreeing, figures
from benchmarks.contender import COMPILED_PEERS, COMPILERS, EAGER, OURS, AbsentPeerError
from benchmarks.measure import ratios, spread, turns
from tinygrad_fr.errors import TinygradError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from benchmarks.check import Figures
    from benchmarks.contender import Contender, Workload


def measured(workload: Workload, *, rounds: int, budget: float, compilers: bool = True) -> dict[str, Any]:
    """One row, with those who compile for minutes or without; whoever is missing from it is named with the reason."""
    contenders, computed, missing = present(workload, () if compilers else COMPILERS)
    wrong = disagreeing(computed)
    missing |= {name: f"computes other numbers than {next(iter(computed))}" for name in wrong}
    seconds = turns(
        {name: each for name, each in contenders.items() if name not in wrong}, rounds=rounds, budget=budget
    )
    times = {name: spread(found) for name, found in seconds.items()}
    peers = [name for name in times if name not in OURS]
    eager = [name for name in peers if name not in COMPILED_PEERS]
    torch = _quickest([name for name in eager if name.startswith("torch")], times)
    best = {name: _quickest(eager if name == EAGER else peers, times) for name in OURS}
    return {
        "workload": workload.name,
        "key": workload.key,
        "words": workload.words,
        "rounds": len(next(iter(seconds.values()))),
        "seconds": times,
        "best": best,
        "ratios": {
            name: {
                whom: ratios(seconds[name], seconds[peer])
                for whom, peer in (("best", best[name]), ("torch", torch))
                if peer is not None
            }
            for name in OURS
            if name in times
        },
        "targets": workload.targets,
        "missing": missing,
        "unchecked": workload.unchecked,
    }


def _quickest(peers: Collection[str], times: Mapping[str, dict[str, float]]) -> str | None:
    return min(peers, key=lambda name: times[name]["median"], default=None)


def present(
    workload: Workload, left_out: Collection[str] = ()
) -> tuple[dict[str, Contender], dict[str, Figures], dict[str, str]]:
    """The contenders, what they compute, and why others are missing: a library is absent, or ours cannot compile."""
    found, computed, missing = {}, {}, {}
    for name, make in workload.makers.items():
        if name in left_out:
            missing[name] = "it compiles for minutes, and was left out"
            continue
        try:
            contender = make()
            if name in workload.unchecked:
                contender.step()
            else:
                computed[name] = figures(contender)
            found[name] = contender
        except ModuleNotFoundError as error:
            missing[name] = f"{error.name} is absent"
        except AbsentPeerError as error:
            missing[name] = str(error)
        except TinygradError as error:
            missing[name] = f"refused: {error}"
    return found, computed, missing
