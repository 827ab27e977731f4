"""``words``: the word vectors of a model: neighbours, analogies, groups, a map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinygrad_fr.cli.options import (
    Place,
    json_option,
    limit_option,
    model_argument,
    model_options,
    output_option,
    settings_of,
)
from tinygrad_fr.cli.output import table, tell
from tinygrad_fr.cli.picture import picture_options
from tinygrad_fr.cli.reading import Request, asks
from tinygrad_fr.cli.trained import fresh_option, train_with_progress, trained_module, weights_option
from tinygrad_fr.data import Near, WordSpace, load
from tinygrad_fr.draw import word_map
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _, number
from tinygrad_fr.plugins import WordModel, WordModule
from tinygrad_fr.training import built

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tinygrad_fr.draw import Diagram

FEW = 30  # words whose numbers are listed when nothing is asked
MANY = 60  # words of which a map shows those that were asked about alone


@click.command("words")
@model_argument()
@click.argument("asked", nargs=-1, metavar=_("[WORD]…"))
@click.option(
    "--analogy", "analogies", nargs=3, multiple=True, metavar=_("A B C"),
    help=_("What is to C as B is to A; repeatable."),
)  # fmt: skip
@click.option("--groups", type=click.IntRange(1), metavar="N", help=_("Also sort the words into groups."))
@click.option("--similar", is_flag=True, help=_("Compare the words given, two by two."))
@click.option(
    "--count", type=click.IntRange(1), metavar="N", default=5, show_default=True, help=_("Number of neighbours.")
)
@click.option("--data", type=Place(), metavar=_("FILE"), help=_("Learn from a text of yours, UTF-8."))
@limit_option()
@output_option(_("Also draw a map of the words, in a file; the suffix chooses the format."))
@weights_option()
@fresh_option()
@picture_options()
@json_option()
@model_options()
@asks()
def command(
    request: Request,
    asked: tuple[str, ...],
    analogies: tuple[tuple[str, str, str], ...],
    groups: int | None,
    similar: bool,
    count: int,
    data: Path | None,
    limit: int,
) -> None:
    if similar and len(asked) < 2:
        raise UsageError(_("--similar: expected at least two words"))
    model = _reader(request, data, limit)
    module = _module(request, model, analogies, own=data is not None)
    space = module.space()
    near = {word: _neighbours(module, space, word, count) for word in asked}
    answers = [(question, space.analogy(*question, count)) for question in analogies]
    sorted_ = space.groups(groups, request.seed) if groups is not None else []
    found: dict[str, Any] = {
        "model": model.name,
        "words": len(space.vocabulary),
        "size": space.vectors.shape[1],
        "neighbours": {word: [each._asdict() for each in rows] for word, rows in near.items()},
        "analogies": [{"question": list(q), "answers": [each._asdict() for each in rows]} for q, rows in answers],
    }
    questions = module.corpus.questions
    if questions:
        found["accuracy"] = space.accuracy(questions)
    if similar:
        found["similarities"] = space.similarities(asked).tolist()
    if sorted_:
        found["groups"] = sorted_
    if request.as_json or request.form == "json":
        found["vectors"] = dict(zip(space.vocabulary.words, space.vectors.tolist(), strict=True))

    if request.shown(found, lambda: _picture(str(model.title), space, near, answers, sorted_)):
        return
    if not (asked or analogies or sorted_):
        _numbers(space)
    for title, rows in (
        *((_("Near “{word}”").format(word=word), rows) for word, rows in near.items()),
        *((f"{b} − {a} + {c}", rows) for (a, b, c), rows in answers),
    ):
        _near(title, rows)
    if similar:
        _similar(space, asked)
    for place, group in enumerate(sorted_, start=1):
        tell(_("group {number}: {words}").format(number=place, words=", ".join(group)))
    if questions:
        tell(
            _("{share} % of the {n} analogies of the corpus are answered right").format(
                share=number(100 * found["accuracy"], 1), n=number(len(questions))
            )
        )


def _reader(request: Request, data: Path | None, limit: int) -> WordModel:
    """The model that was named, which reads a text of one's own where there is one."""
    model = request.model
    if not isinstance(model, WordModel):
        raise UsageError(
            _("model “{name}” gives words no vectors; try word2vec or cooccurrence").format(name=request.name)
        )
    return model if data is None else model.on(load(data, limit=limit))


def _picture(
    title: str,
    space: WordSpace,
    near: Mapping[str, Sequence[Near]],
    answers: Sequence[tuple[tuple[str, str, str], Sequence[Near]]],
    groups: Sequence[Sequence[str]],
) -> Diagram:
    """A map of the words that were asked about, among all where these are few or sorted."""
    arrows = [pair for (a, b, c), rows in answers for pair in ((a, b), (c, rows[0].word))]
    shown = [each for word, rows in near.items() for each in (word, *(found.word for found in rows))]
    shown += [each for pair in arrows for each in pair]
    there = [word for word in shown if word in space.vocabulary.place]
    drawn = space.only(there) if len(there) > 2 and not groups and len(space.vocabulary) > MANY else space
    return word_map(title, drawn, shown=there, groups=groups, arrows=arrows)


def _module(request: Request, model: WordModel, analogies: Sequence[tuple[str, str, str]], *, own: bool) -> WordModule:
    """The module whose words are looked at: with given weights, or trained; on a text of one's own where there is one."""
    settings = settings_of(model, request.changes)
    known = model.corpus(settings).vocabulary
    for word in (word for question in analogies for word in question):
        known.index(word)  # a wrong word is refused before a long training
    if request.weights is not None or not model.learns:
        module = built(model, settings, request.seed, request.weights)
    elif own:  # a text of yours is no setting: its training is not found again
        module = train_with_progress(model, settings, seed=request.seed).module
    else:
        module = trained_module(model, settings, seed=request.seed)
    assert isinstance(module, WordModule)
    return module


def _similar(space: WordSpace, words: Sequence[str]) -> None:
    cosines = space.similarities(words)
    table(
        _("Cosines of the angles"),
        ["", *words],
        [[word, *(number(float(v), 3) for v in row)] for word, row in zip(words, cosines, strict=True)],
    )


def _neighbours(module: WordModule, space: WordSpace, word: str, count: int) -> list[Near]:
    if word.lower() in space.vocabulary.place:
        return space.neighbours(word.lower(), count)
    return space.nearest(module.unknown(word), count)


def _near(title: str, rows: Sequence[Near]) -> None:
    table(title, [_("word"), _("cosine")], [[row.word, number(row.cosine, 3)] for row in rows])


def _numbers(space: WordSpace) -> None:
    """The vectors, of two numbers with all their decimals, so that they can be compared with the course's."""
    shown = min(space.vectors.shape[1], 4)
    decimals = 8 if space.vectors.shape[1] == 2 else 4
    words = space.vocabulary.words[:FEW]
    title = _("Vectors of the first {n} of {all} words").format(n=len(words), all=number(len(space.vocabulary)))
    more = ["…"] if shown < space.vectors.shape[1] else []
    table(
        title,
        [_("word"), *(str(i + 1) for i in range(shown)), *more],
        [
            [word, *(f"{value:.{decimals}f}" for value in row[:shown].tolist()), *more]
            for word, row in zip(words, space.vectors, strict=False)
        ],
    )
