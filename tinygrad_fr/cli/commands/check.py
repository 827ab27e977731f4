"""``check``: the proofs of an operation or of a model."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from tinygrad_fr.cli.options import catalogue, json_option, model_argument, plugin_options, workers_of, workers_options
from tinygrad_fr.cli.output import WIDE, say, table, tell, write
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.draw import render
from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.locale import _, number
from tinygrad_fr.testing.proving.drawing import picture
from tinygrad_fr.testing.proving.gradients import GradientMismatchError
from tinygrad_fr.testing.proving.pieces import Piece, joined, tried
from tinygrad_fr.testing.proving.proofs import operations, proofs
from tinygrad_fr.testing.proving.prove import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tinygrad_fr.plugins import Catalogue
    from tinygrad_fr.spread import Workers


@click.command("check")
@model_argument("names", nargs=-1, metavar=_("[OPERATION|MODEL]…"))
@click.option("--all", "everything", is_flag=True, help=_("Prove every operation and every model."))
@click.option(
    "--examples", type=click.IntRange(1), default=25, show_default=True, metavar="N", help=_("Examples a proof.")
)
@click.option(
    "--seed", type=click.IntRange(0), metavar="N", help=_("Other examples; the same ones at every run without it.")
)
@click.option("--proof", "only", multiple=True, metavar=_("NAME"), help=_("Run this proof alone; repeatable."))
@click.option(
    "-o",
    "--output",
    metavar=_("FILE"),
    help=_("Where to draw the first counter-example; counter-example-NAME.svg by default."),
)
@workers_options()
@json_option()
@plugin_options()
def command(
    names: tuple[str, ...],
    everything: bool,
    examples: int,
    seed: int | None,
    only: tuple[str, ...],
    output: str | None,
    workers: int | None,
    cluster: str | None,
    as_json: bool,
    files: tuple[Path, ...],
    strict: bool,
) -> int:
    found = catalogue(files, strict)
    whole = Piece("", None, examples, seed, tuple(file.absolute() for file in files))
    pieces = [part for piece in _pieces(whole, names, everything, only, found) for part in piece.split()]
    shared = workers_of(workers, cluster)
    verdicts: list[Verdict] = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task(_("proofs"), total=len(pieces))
        for verdict in _spread(pieces, shared, found) if shared is not None else (piece.run(found) for piece in pieces):
            bar.update(line, description=escape(f"{verdict.subject}: {verdict.proof}"))
            verdicts.append(verdict)
            bar.advance(line)
    verdicts = joined(verdicts)
    failed = [v for v in verdicts if not v.passed]
    if as_json:
        click.echo(json_text([_row(v) for v in verdicts]))
    else:
        _show(verdicts)
    if failed:
        _draw(failed, output)
    return 1 if failed else 0


def _spread(pieces: list[Piece], workers: Workers, found: Catalogue) -> Iterator[Verdict]:
    """The verdicts of pieces that others ran; one that failed there is run here, so that its failure can be drawn."""
    over = {}
    for done in workers.each(tried, pieces):
        if done.result is None:
            raise TinygradError(
                _("{subject}, {proof}: every worker that tried it died").format(
                    subject=done.task.subject, proof=done.task.proof
                )
            )
        over[done.task] = done.result
    for piece in pieces:
        examples, passed = over[piece]
        yield Verdict(piece.subject, piece.proof or "gradient", examples, None) if passed else piece.run(found)


def _pieces(
    whole: Piece, names: tuple[str, ...], everything: bool, only: tuple[str, ...], found: Catalogue
) -> Iterator[Piece]:
    """The pieces to prove."""
    every = {op.name: op for op in operations()}
    steps: dict[str, list[str]] = {}  # of the operations whose cases are operations of their own
    for op in every.values():
        if op.shown_as != op.name:
            steps.setdefault(op.shown_as, []).append(op.name)
    known = {proof.name: proof for proof in proofs()}
    for name in only:
        if name not in known:
            raise UsageError(_("unknown proof “{name}”; there are {names}").format(name=name, names=", ".join(known)))
    chosen = [known[name] for name in only] or list(known.values())
    if everything:
        names = (*every, *(n for n in found.sources if n not in every))
    if not names:
        raise UsageError(_("expected an operation or a model, or --all"))
    wanted = [own for name in names for own in ([name] if name in every else steps.get(name, [name]))]
    for name in wanted:
        if name in every:
            for proof in chosen:
                if proof.applies(every[name]):
                    yield replace(whole, subject=name, proof=proof.name)
        elif name in found.sources:
            found.load(name)  # a broken plugin is reported before the work begins
            yield replace(whole, subject=name)
        else:
            near = get_close_matches(name, [*every, *steps, *found.sources], 3)
            raise UsageError(
                _("no operation or model is called “{name}”; near it: {near}").format(
                    name=name, near=", ".join(near) or "–"
                )
            )


def _row(verdict: Verdict) -> dict[str, Any]:
    return {
        "subject": verdict.subject,
        "proof": verdict.proof,
        "examples": verdict.examples,
        "passed": verdict.passed,
        "error": None if verdict.error is None else str(verdict.error),
    }


def _show(verdicts: list[Verdict]) -> None:
    """One line per subject: its proofs, and which failed."""
    columns = list(dict.fromkeys(v.proof for v in verdicts))
    rows = []
    for subject in dict.fromkeys(v.subject for v in verdicts):
        own = {v.proof: v for v in verdicts if v.subject == subject}
        rows.append([subject, *("–" if c not in own else "✓" if own[c].passed else "✗" for c in columns)])
    passed = sum(v.passed for v in verdicts)
    tell(
        _("{passed} of {total} proofs hold, {examples} examples").format(
            passed=number(passed), total=number(len(verdicts)), examples=number(sum(v.examples for v in verdicts))
        ),
        err=True,
    )
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE
    if sum(len(c) + 3 for c in ("", *columns)) + max(map(len, (row[0] for row in rows)), default=0) <= room:
        table(_("Proofs"), ["", *columns], rows, numbers_from=99)
        return
    for subject, *signs in rows:  # the names of the proofs need more room than the terminal has
        for sign in dict.fromkeys(signs):
            if sign != "–":
                names = [column for column, each in zip(columns, signs, strict=True) if each == sign]
                tell(_("{sign} {subject}: {names}").format(sign=sign, subject=subject, names=", ".join(names)))


def _draw(failed: list[Verdict], output: str | None) -> None:
    """Say what failed, and draw the first counter-example."""
    for verdict in failed:
        say(_("{subject}, {proof}: {error}").format(subject=verdict.subject, proof=verdict.proof, error=verdict.error))
    shown = next((v for v in failed if isinstance(v.error, GradientMismatchError)), None)
    if shown is None or not isinstance(shown.error, GradientMismatchError):
        return
    path = output or f"counter-example-{shown.subject}.svg"
    counterexample = shown.error.counterexample
    write(path, render(picture(counterexample), path.rpartition(".")[2] or "svg"))
    say(_("counter-example drawn in {path}").format(path=path))
    say(_("to run it again: {code}").format(code=counterexample.code))
