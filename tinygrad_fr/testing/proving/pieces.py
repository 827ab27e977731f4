"""Proofs in pieces of plain data, which any process can run: an operation's proof, some thousand examples at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tinygrad_fr.plugins.discovery import Catalogue
from tinygrad_fr.testing.models import prove_model
from tinygrad_fr.testing.proving.proofs import operations, proofs
from tinygrad_fr.testing.proving.prove import Verdict, prove

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = 1_000  # a piece: some seconds


@dataclass(frozen=True)
class Piece:
    """Some examples of one proof.

    Attributes:
        subject: name of the operation or model.
        proof: name of the proof; None for a model, which has one alone.
        examples: how many to try.
        seed: where the draws start; the same examples at every run without one.
        plugins: files that hold plugins, for a process that has not read them.
    """

    subject: str
    proof: str | None
    examples: int
    seed: int | None = None
    plugins: tuple[Path, ...] = ()

    def split(self) -> list[Piece]:
        """The same in pieces of some thousand examples, each with a seed of its own."""
        if self.proof is None or self.examples <= EXAMPLES:  # a model counts its examples by parameter
            return [self]
        starts = range(0, self.examples, EXAMPLES)
        parts = [replace(self, examples=min(EXAMPLES, self.examples - start)) for start in starts]
        first = self.seed or 0
        return [parts[0], *(replace(part, seed=first + i) for i, part in enumerate(parts[1:], 1))]

    def run(self, found: Catalogue | None = None) -> Verdict:
        """What comes of it, with the plugins at hand."""
        found = found or Catalogue.of(self.plugins)  # which may bring operations too
        if self.proof is None:
            return prove_model(found.load(self.subject), self.examples, self.seed)
        op = next(op for op in operations() if op.name == self.subject)
        proof = next(proof for proof in proofs() if proof.name == self.proof)
        return prove(op, proof, self.examples, self.seed)


def tried(piece: Piece) -> tuple[int, bool]:
    """How many examples were tried, and whether all passed: what can travel between processes, as a failure cannot."""
    verdict = piece.run()
    return verdict.examples, verdict.passed


def joined(verdicts: list[Verdict]) -> list[Verdict]:
    """One verdict a proof, of those of its pieces: the first that failed says why."""
    found: dict[tuple[str, str], Verdict] = {}
    for each in verdicts:
        held = found.get((each.subject, each.proof))
        if held is not None:
            each = Verdict(each.subject, each.proof, held.examples + each.examples, held.error or each.error)
        found[each.subject, each.proof] = each
    return list(found.values())
