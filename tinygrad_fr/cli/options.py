"""Options that several commands share, and their conversion."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tinygrad_fr.cli.commands.completion import models
from tinygrad_fr.cli.output import say
from tinygrad_fr.data.bound import LIMIT
from tinygrad_fr.errors import PluginError, UsageError
from tinygrad_fr.files import possible
from tinygrad_fr.locale import _
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.plugins.discovery import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tinygrad_fr.plugins import Model
    from tinygrad_fr.spread import Workers

_AT = "tinygrad_fr.at"
F = TypeVar("F", bound="Callable[..., Any] | click.Command")


class Place(click.Path):
    """A file or a folder, of a name that one can have.

    Args:
        file: whether it is a file to write, whose name is kept as text: ``-`` is standard output.
        folder: whether a folder to write in will do as well.
        more: as of ``click.Path``.
    """

    def __init__(self, *, file: bool = False, folder: bool = False, **more: Any) -> None:
        super().__init__(path_type=str if file else Path, **more)
        self.file, self.folder = file, folder

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if isinstance(value, str):
            if not value.strip():
                self.fail(_("expected the name of a file or folder, got an empty one"), param, ctx)
            if self.file and not self.folder and value.endswith(("/", os.sep)):
                self.fail(_("expected a file, got a folder"), param, ctx)
            if not possible(value):
                self.fail(_("no file can have this name"), param, ctx)
        return super().convert(value, param, ctx)


def limit_option() -> Callable[[F], F]:
    """``--limit``: the memory that data may take."""
    return click.option(
        "--limit", type=click.IntRange(1, 10**9), metavar="MB", default=LIMIT // 10**6, show_default=True,
        callback=lambda _context, _option, megabytes: megabytes * 10**6,
        help=_("Megabytes of memory that data of yours may take."),
    )  # fmt: skip


def together(*options: Any) -> Callable[[F], F]:
    """Several options as one decorator, in the order of the help."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def model_argument(name: str = "name", **more: Any) -> Callable[[F], F]:
    """The name of a model, which shells complete."""
    if not more:
        more = {"metavar": _("NAME")}
    return click.argument(name, shell_complete=models, **more)


def plugin_options() -> Callable[[F], F]:
    """``--plugin`` and ``--strict``."""
    return together(
        click.option(
            "--plugin", "files", multiple=True, type=Place(), metavar=_("FILE"),
            help=_("Also use the models of a Python file."),
        ),
        click.option("--strict", is_flag=True, help=_("Fail when any plugin is broken.")),
    )  # fmt: skip


def model_options() -> Callable[[F], F]:
    """The options that choose and configure a model."""
    return together(
        click.option(
            "--set", "changes", multiple=True, metavar=_("KEY=VALUE"), help=_("Set a hyper-parameter; repeatable.")
        ),
        at_option(),
        seed_option(),
        plugin_options(),
    )


def at_option() -> Callable[[F], F]:
    """``--at``, which :func:`settings_of` reads."""
    return click.option(
        "--at", multiple=True, metavar=_("LETTER=VALUE,…"), expose_value=False,
        help=_("Where NAME is a formula, the values of its letters: w=0.5,x=2."),
        callback=lambda ctx, _parameter, given: ctx.meta.__setitem__(_AT, given),
    )  # fmt: skip


def workers_options() -> Callable[[F], F]:
    """``--workers`` and ``--cluster``, together a :class:`~tinygrad_fr.spread.Workers`."""
    return together(
        click.option("--workers", type=click.IntRange(1), metavar="N", help=_("Share the work among N processes.")),
        click.option("--cluster", metavar=_("ADDRESS"), help=_("Share it among the workers of a Dask scheduler.")),
    )


def workers_of(workers: int | None, cluster: str | None) -> Workers | None:
    """The workers that share the work, if they were asked for.

    Raises:
        UsageError: two things were asked for.
    """
    from tinygrad_fr.spread import Workers

    if workers is not None and cluster is not None:
        raise UsageError(_("expected --workers or --cluster, got both: a cluster has its own number of workers"))
    return Workers(workers, cluster) if workers is not None or cluster is not None else None


def seed_option() -> Callable[[F], F]:
    """``--seed``."""
    words = _("Seed of the random numbers.")
    return click.option("--seed", type=click.IntRange(0), metavar="N", default=0, show_default=True, help=words)


def steps_option() -> Callable[[F], F]:
    """``--steps``, short for ``--set steps=T``."""
    return click.option("--steps", type=click.IntRange(1), metavar="T", help=_("Number of time steps of the example."))


def json_option() -> Callable[[F], F]:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help=_("Write the data as JSON."))


def output_option(help: str, *, folder: bool = False, **more: Any) -> Callable[[F], F]:
    """``-o``, for a file, or a folder too."""
    return click.option("-o", "--output", type=Place(file=True, folder=folder), metavar=_("FILE"), help=help, **more)


def catalogue(files: tuple[Path, ...], strict: bool) -> Catalogue:
    """The plugins at hand; broken ones are reported, and are an error with ``--strict``."""
    found = Catalogue(files, _formula)
    if strict:
        found.load_all()
    report(found)
    if strict and found.failures:
        raise PluginError(_("{n} broken plugins").format(n=len(found.failures)))
    return found


def _formula(text: str) -> Source | None:
    """Where a formula comes from that stands for a model's name; None for a name."""
    from tinygrad_fr.lessons.formula import FormulaModel, like_formula

    return Source(text, text, lambda: FormulaModel(text)) if like_formula(text) else None


def report(found: Catalogue) -> None:
    """Say what is wrong with plugins, on standard error."""
    for failure in found.failures:
        say(_("Warning: {message}").format(message=failure))


def settings_of(model: Model, changes: tuple[str, ...], steps: int | None = None) -> Any:
    """The model's settings with what ``--set``, ``--at`` and ``--steps`` ask for."""
    from tinygrad_fr.lessons.formula import values as letters

    values = assignments(changes)
    context = click.get_current_context(silent=True)
    for given in context.meta.get(_AT, ()) if context is not None else ():
        values |= dict(letters(given))
    if steps is not None:
        if not hasattr(model.settings, "steps"):
            raise UsageError(_("model “{name}” has no time steps; try rnn, lstm or gru").format(name=model.name))
        values["steps"] = str(steps)
    return model.settings.replaced(values)


def assignments(changes: Iterable[str]) -> dict[str, str]:
    """``key=value`` as pairs."""
    values: dict[str, str] = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise UsageError(_("--set: expected key=value, got “{found}”").format(found=change))
        values[key.strip()] = value
    return values
