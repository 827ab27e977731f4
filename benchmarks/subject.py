"""What runs in a process of its own, and says its figures as JSON."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import resource
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

from benchmarks.contender import OURS, Contender, Dialect, classes, drawn, eager
from benchmarks.workloads import WORKLOADS
from benchmarks.workloads.sequences import course_lstm


def _peak() -> int:
    """Bytes, at most, that this process has held.

    Linux's ``ru_maxrss`` counts what the parent held when it started this process; ``VmHWM`` does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _forget_peak() -> None:
    """Where the system can, give back what is free and let the peak begin again from what is held now."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def steps(key: str, name: str) -> None:
    """What three steps of a contender of a row add to the peak, after two that record and load what they need."""
    contender = WORKLOADS[key].makers[name]()
    contender.prepare()
    contender.step()
    contender.step()
    gc.collect()
    _forget_peak()
    before = _peak()
    for _step in range(3):
        contender.step()
    found = {"added bytes": _peak() - before, "peak bytes": _peak()}
    if name in OURS:
        found["counted bytes"] = _counted(key, name)
    print(json.dumps(found))


def _counted(key: str, name: str) -> int:
    """What a step holds at most beside weights and data, by Python's own count, where such a step has run before.

    So imports, kernels and what recording takes are in neither figure; what a compiled step keeps between two calls (its memory,
    its tables, its Python objects) is in its own, and so are gradients, which both leave behind.
    """
    tracemalloc.start()
    contender = WORKLOADS[key].makers[name]()
    gc.collect()
    given = tracemalloc.get_traced_memory()[0]
    contender.step()
    contender.step()
    gc.collect()
    tracemalloc.reset_peak()
    for _step in range(3):
        contender.step()
    return tracemalloc.get_traced_memory()[1] - given


def sized(kind: str, size: int) -> None:
    """Seconds and bytes of an operation, a time step or an example, after a small step that compiles what it needs.

    Seconds are the processor's: there is no contender to take turns with, and what else runs must not look like growth.
    """
    make = {"operations": _chain, "steps": _lstm, "batch": _perceptron}[kind]
    small, large = make(min(size, 32)), make(size)
    small()
    before, start = _peak(), time.process_time()
    large()
    seconds, repeats = time.process_time() - start, 1
    added = _peak() - before
    while seconds < 0.2:  # a short one is done again
        large()
        seconds, repeats = time.process_time() - start, repeats + 1
    print(json.dumps({"µs each": 1e6 * seconds / repeats / size, "bytes each": added / size}))


def _chain(size: int) -> Callable[[], Any]:
    x = eager().number(0.5)

    def step() -> None:
        y = x
        for _i in range(size // 4):
            y = (y * 1.01 + 0.01).tanh() - 0.001
        y.backward()

    return step


def _lstm(size: int) -> Callable[[], Any]:
    return course_lstm(size, 1, 16)(eager()).step


def _perceptron(size: int) -> Callable[[], Any]:
    api: Dialect = eager()
    module = api.nn.Sequential(api.nn.Linear(784, 256), api.nn.Tanh(), api.nn.Linear(256, 10))

    def loss(x: Any, y: Any) -> Any:
        return api.F.cross_entropy(module(x), y)

    contender: Contender = api.trained(module, loss, drawn(size, 784), classes(10, size))
    return contender.step
