"""A worker is woken on another core than the thread that wakes it, where the system lets a program choose."""

import os
import threading

import pytest

from tinygrad_fr.kernels.runtime import placement
from tinygrad_fr.kernels.runtime.placement import anywhere, elsewhere

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system chooses the cores by itself")


@pytest.fixture
def sleeper():
    """A thread that waits, then says which cores it may use."""
    bell, seen, ready = threading.Event(), [], threading.Event()

    def wait(cores):
        ready.set()
        bell.wait()
        seen.append(os.sched_getaffinity(0))
        anywhere(cores[0])
        seen.append(os.sched_getaffinity(0))

    cores = [None]
    thread = threading.Thread(target=wait, args=(cores,), daemon=True)
    thread.start()
    ready.wait()
    return thread, bell, seen, cores


@pytest.mark.parametrize("here", range(3))
def test_it_wakes_on_another_core_and_may_then_go_anywhere(sleeper, monkeypatch, here):
    allowed = sorted(os.sched_getaffinity(0))
    if here >= len(allowed) or len(allowed) < 2:
        pytest.skip("this process has fewer cores")
    monkeypatch.setattr(placement, "_current_core", lambda: allowed[here])
    thread, bell, seen, cores = sleeper
    cores[0] = elsewhere(thread.native_id)
    bell.set()
    thread.join()
    assert seen == [set(allowed) - {allowed[here]}, set(allowed)]


def test_where_there_is_one_core_or_none_can_be_chosen_nothing_changes(sleeper, monkeypatch):
    thread, bell, seen, _cores = sleeper
    allowed = os.sched_getaffinity(0)

    def forbidden(*_given):
        raise PermissionError

    assert elsewhere(None) is None
    with monkeypatch.context() as change:
        change.setattr(os, "sched_setaffinity", forbidden)
        assert elsewhere(thread.native_id) is None
        anywhere(allowed)  # nor does it fail
    with monkeypatch.context() as change:
        change.setattr(os, "sched_getaffinity", lambda _thread: {placement._current_core()})
        assert elsewhere(thread.native_id) is None
    monkeypatch.setattr(placement, "_current_core", None)
    assert elsewhere(thread.native_id) is None
    bell.set()
    thread.join()
    assert seen == [allowed, allowed]
