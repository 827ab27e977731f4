"""Proofs run under hypothesis, which looks for the smallest example that fails."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

from tinygrad_fr.testing.inputs.draws import from_hypothesis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tinygrad_fr.ops.definition import Op
    from tinygrad_fr.testing.inputs.draws import Draws
    from tinygrad_fr.testing.proving.proofs import Proof


@dataclass(frozen=True)
class Verdict:
    """What came of one proof.

    Attributes:
        subject: name of the operation or model.
        proof: name of the proof.
        examples: examples that were tried.
        error: what the smallest failing example says; None where all passed.
    """

    subject: str
    proof: str
    examples: int
    error: BaseException | None

    @property
    def passed(self) -> bool:
        """Whether every example passed."""
        return self.error is None


@contextlib.contextmanager
def _drawn_alike() -> Iterator[None]:
    """Draw the same examples in every process.

    Now and then hypothesis draws a constant that it has read in the user's own modules, such as happen to be loaded; a
    checkout of this package is among them. Nothing of its public interface says otherwise.
    """
    try:
        from hypothesis.internal.conjecture import providers
        from hypothesis.internal.constants_ast import Constants
    except ImportError:  # a version from before it did
        yield
        return
    if not hasattr(providers, "_get_local_constants"):  # another one
        yield
        return
    none = Constants()
    with mock.patch.object(providers, "_get_local_constants", return_value=none):
        yield


def search(run: Callable[[Draws], None], examples: int, seed: int | None = None) -> tuple[int, BaseException | None]:
    """Try a property on drawn examples and shrink the first that fails.

    Args:
        run: raises where the property fails.
        examples: how many to try.
        seed: where the draws start; the same examples at every run without one.

    Returns:
        How many were tried, and what the smallest failing one raised.
    """
    import hypothesis
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    tried = 0

    @settings(
        max_examples=examples,
        derandomize=seed is None,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    @given(data=st.data())
    def property_(data: Any) -> None:
        nonlocal tried
        tried += 1
        run(from_hypothesis(data.draw))

    attempt = property_ if seed is None else hypothesis.seed(seed)(property_)
    try:
        with _drawn_alike():
            attempt()
    except Exception as error:
        return tried, error
    return tried, None


def prove(op: Op, proof: Proof, examples: int = 25, seed: int | None = None) -> Verdict:
    """Run one proof of one operation."""
    tried, error = search(lambda draw: proof.run(op, draw), min(examples, proof.most), seed)
    return Verdict(op.name, proof.name, tried, error)
