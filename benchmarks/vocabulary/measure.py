"""Each entry in both libraries: the same numbers first, then time, in turns."""

from __future__ import annotations

import gc
import math
import os
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.contender import EAGER, Contender, Dialect, eager, torch
from benchmarks.measure import ratios, spread, turns
from benchmarks.vocabulary.entries import CHANNELS, OPERANDS, SIDES, STEPS, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PASSES = ("forward", "both")  # forward alone, and forward with backward
TOLERANCE = 2e-4  # relative, in norm, of float32


def _made(
    entry: Entry, size: str, api: Dialect, weights: dict[str, Any] | None
) -> tuple[Callable[[], Any], list[Any], Any]:
    """What computes an entry, the leaves whose gradients it gives, and its module where it has one."""
    letters = sorted(set(re.findall(r"\b[a-zA-Z]+\b", re.sub(r"\.\w+|'[^']*'", "", entry.text))) & OPERANDS.keys())
    space = {
        "t": api.root,
        "F": api.F,
        "nn": api.nn,
        "SIDES": SIDES,
        "CHANNELS": CHANNELS,
        "STEPS": STEPS,
        "size": size,
    }
    leaves = []
    for letter in letters:
        draw, slope = OPERANDS[letter]
        space[letter] = api.root.tensor(draw(size), requires_grad=slope)
        if slope:
            leaves.append(space[letter])
    module = None
    if entry.module:
        module = space["m"] = eval(entry.module, space)
        if weights is not None:
            api.loaded(module, weights)
        leaves += module.parameters()
    arguments = ", ".join([*letters, *(["m"] if entry.module else [])])
    function = eval(f"lambda {arguments}: {entry.text}", space)
    given = [space[name.strip()] for name in arguments.split(",")]
    return lambda: function(*given), leaves, module


def _contenders(entry: Entry, size: str) -> tuple[dict[str, dict[str, Contender]], list[str]]:
    """By pass and library; and what is wrong, where the two compute different numbers."""
    found: dict[str, dict[str, Contender]] = {each: {} for each in PASSES}
    computed: dict[str, list[Any]] = {}
    weights: dict[str, Any] | None = None
    one = {EAGER: eager(), "torch": torch(1)}
    for library, api in one.items():
        api.root.manual_seed(0)
        call, leaves, module = _made(entry, size, api, weights)
        if module is not None and weights is None:
            weights = {key: np.array(value) for key, value in module.state_dict().items()}
        value = call()
        computed[library] = [np.array(value.detach().numpy())]
        contenders = {"forward": Contender(call, lambda: None)}
        if value.requires_grad:
            drawn = np.random.default_rng(15).normal(size=tuple(value.shape))
            upstream = api.root.tensor(np.asarray(drawn, np.float32))

            def both(call: Any = call, leaves: Any = leaves, upstream: Any = upstream) -> None:
                for leaf in leaves:
                    leaf.grad = None
                call().backward(upstream)

            both()
            computed[library] += [np.array(leaf.grad.numpy()) for leaf in leaves if leaf.grad is not None]
            contenders["both"] = Contender(both, lambda: None)
        for each, contender in contenders.items():
            if library == EAGER:
                found[each][EAGER] = contender
            else:
                for threads in sorted({1, os.cpu_count() or 1}):
                    found[each][f"torch, {threads}"] = Contender(contender.step, lambda: None, torch(threads).prepare)
    ours, theirs = computed.values()
    wrong = [] if entry.drawn or _alike(ours, theirs) else ["other numbers than torch's"]
    return {each: named for each, named in found.items() if named}, wrong


def _alike(ours: list[Any], theirs: list[Any]) -> bool:
    return len(ours) == len(theirs) and all(
        a.shape == b.shape
        and np.linalg.norm(np.asarray(a - b if a.dtype.kind != "b" else a ^ b, float))
        <= TOLERANCE * max(1e-3, float(np.linalg.norm(np.asarray(b, float))))
        for a, b in zip(ours, theirs, strict=True)
    )


def measured(entry: Entry, size: str, *, rounds: int, budget: float, turn: float) -> dict[str, Any]:
    """The row of an entry at a size: seconds, and ours over the quicker of torch with one and with every thread.

    Ours and theirs are judged by the least time of many short turns: what else runs on the machine only ever adds to a turn.
    The quartiles of the ratios of single turns say how much that was.
    """
    row: dict[str, Any] = {"name": entry.name, "family": entry.family, "size": size, "view": entry.view, "passes": {}}
    try:
        contenders, wrong = _contenders(entry, size)
    except Exception as error:  # an entry that one library lacks is a row that says so
        return {**row, "missing": f"{type(error).__name__}: {error}"}
    if wrong:
        row["missing"] = wrong[0]
    for each, named in contenders.items():
        seconds = turns(named, rounds=rounds, budget=budget, turn=turn)
        best = min((name for name in seconds if name != EAGER), key=lambda name: min(seconds[name]))
        row["passes"][each] = {
            "seconds": {name: {**spread(found), "least": min(found)} for name, found in seconds.items()},
            "best": best,
            "ratio": min(seconds[EAGER]) / min(seconds[best]),
            "turns": ratios(seconds[EAGER], seconds[best]),
        }
    gc.collect()
    return row


def mean(ratios: Iterable[float]) -> float:
    """The geometric mean."""
    logs = [math.log(each) for each in ratios]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan
