"""Scripts of steps, and what they are held to: the numbers of the eager step, and whether it is replayed."""

import warnings

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.errors import CompileWarning


def scripts():
    """An empty dictionary of scripts, and the decorator that enters one."""
    entered = {}

    def script(calls, *, said=None, recorded=None):
        """Enter a script: a function that gives a step and how to call it; what is said where it runs eagerly."""

        def enter(build):
            entered[build.__name__] = build, calls, said, recorded
            return build

        return enter

    return entered, script


def played(build, calls, *, compiled):
    tg.manual_seed(0)
    step, act = build()
    run = tg.compile(step) if compiled else step
    return [np.array(act(run, i).detach().numpy()) for i in range(calls)], run


def hold(build, calls, said, recorded):
    """Run a script eagerly and compiled, and compare."""
    expected, _step = played(build, calls, compiled=False)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found, run = played(build, calls, compiled=True)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert said is None or [said in str(each.message) for each in heard] == [True]
    if said is not None:
        assert run.replays == 0
        assert all(each.category is CompileWarning for each in heard)
    if recorded is not None:
        assert (run.recordings, run.replays) == (recorded, calls - recorded)
