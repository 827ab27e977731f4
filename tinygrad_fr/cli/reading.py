"""The common part of commands that show a reading: options → run → data → picture → table.

A command declares its options, and :func:`asks` hands it those that all of them have as one :class:`Request`; what is
left is its reading, its diagram and its table.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tinygrad_fr.cli.options import catalogue, settings_of
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.cli.picture import RenderOptions, render_options
from tinygrad_fr.cli.trained import trained_run
from tinygrad_fr.cli.window import text_of
from tinygrad_fr.draw import format_of
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tinygrad_fr.draw import Diagram
    from tinygrad_fr.explain import Observed
    from tinygrad_fr.plugins import Batch, Catalogue, Model

Found = TypeVar("Found")


@dataclass(frozen=True)
class Request:
    """The request of a command: the run, and how to show its reading.

    Attributes:
        rendering: how pictures look.
        output: the file to write, if any; ``-`` is standard output.
        as_json: whether the data are printed instead of a table.
        formats: formats of files besides those of pictures; None where the file is no single picture.
        name: the model's.
        given: what the model reads, instead of its example.
        steps: number of time steps of the example.
        trained: whether the model is trained first.
        weights: what to start from.
        changes: hyper-parameters.
        seed: of the random numbers.
        files: plugins of the person's own.
        strict: whether a broken plugin is an error.
    """

    rendering: RenderOptions
    output: str | None = None
    as_json: bool = False
    formats: tuple[str, ...] | None = ()
    name: str = ""
    given: str | None = None
    steps: int | None = None
    trained: bool = False
    weights: Path | None = None
    changes: tuple[str, ...] = ()
    seed: int = 0
    files: tuple[Path, ...] = ()
    strict: bool = False
    form: str = field(init=False)

    def __post_init__(self) -> None:  # a wrong suffix is refused before anything is computed
        named = self.output if self.formats is not None else None
        form = format_of(named, *(self.formats or ())) if named is not None else ""
        object.__setattr__(self, "form", form)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The models at hand."""
        return catalogue(self.files, self.strict)

    @cached_property
    def model(self) -> Model:
        """The model that was named."""
        return self.catalogue.load(self.name)

    @cached_property
    def settings(self) -> Any:
        """Its hyper-parameters."""
        return settings_of(self.model, self.changes, self.steps)

    @cached_property
    def batch(self) -> Batch | None:
        """The input of the model, if it is not the model's own example."""
        return self.model.read(self.settings, text_of(self.given)) if self.given is not None else None

    def run(self, *, trained: bool | None = None) -> Observed:
        """The observed run that was asked for, or the same before or after the training."""
        wanted = self.trained if trained is None else trained
        return trained_run(
            self.model, self.settings, trained=wanted, seed=self.seed, weights=self.weights, batch=self.batch
        )

    def read(self, reading: Callable[[Observed], Found]) -> tuple[Observed, Found]:
        """The run, and what is read from it; a model that the reading is not for is said before a long training."""
        if self.trained:
            reading(self.run(trained=False))
        run = self.run()
        return run, reading(run)

    def shown(
        self,
        data: Any,
        picture: Callable[[], Diagram],
        *less: tuple[Callable[[], Diagram], str],
        **pages: Callable[[], bytes],
    ) -> bool:
        """Write the file that was asked for, then print the data where JSON was.

        Args:
            data: the reading as plain data.
            picture: makes its picture.
            less: pictures that show less, as of :meth:`RenderOptions.draw`.
            pages: what makes a file of one of the command's own formats.

        Returns:
            Whether nothing is left to be said: the command prints its table otherwise.
        """
        if self.output is not None:
            made = {"json": lambda: json_text(data).encode(), **pages}
            write(self.output, made.get(self.form, lambda: self.rendering.draw(self.form, picture, *less))())
            if self.output == "-":
                return True
            say(_("{path}: written").format(path=self.output))
        if self.as_json:
            click.echo(json_text(data))
        return self.as_json


_SHARED = {each.name for each in fields(Request) if each.init} - {"rendering", "formats"}


def asks(*formats: str, one: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that all readings share as one :class:`Request`, and the others by their names.

    Args:
        formats: formats of files that it writes besides those of pictures.
        one: whether it writes one file; a command that writes a folder too looks at the name itself.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(**options: Any) -> None:
            rendering = render_options(options)
            shared = {name: options.pop(name) for name in _SHARED & options.keys()}
            command(Request(rendering, formats=formats if one else None, **shared), **options)

        return called

    return decorate
