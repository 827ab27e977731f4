"""``models``: the models that can be drawn and trained."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from tinygrad_fr.cli.options import catalogue, json_option, model_argument, plugin_options, report
from tinygrad_fr.cli.output import as_json, table
from tinygrad_fr.locale import _, number
from tinygrad_fr.plugins import Model
from tinygrad_fr.plugins.course import section_of


@click.group("models", invoke_without_command=True)
@plugin_options()
@json_option()
@click.pass_context
def command(ctx: click.Context, files: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    ctx.obj = files, strict
    if ctx.invoked_subcommand is None:
        _list(files, strict, as_json)


def _list(files: tuple[Path, ...], strict: bool, json_asked: bool) -> None:
    found = catalogue(files, strict)
    known = len(found.failures)
    models = found.load_all()
    if json_asked:
        click.echo(as_json([_summary(model, found.sources[model.name].origin) for model in models]))
    else:
        rows = [[model.name, str(model.title), section_of(model)] for model in models]
        table(_("Models"), [_("name"), _("title"), _("section of the course")], rows, numbers_from=9)
    del found.failures[:known]  # those were reported already
    report(found)


def _summary(model: Model, origin: str) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": {"fr": model.title.fr, "en": model.title.en},
        "section": model.section,
        "origin": origin,
        "settings": {
            field.name: {
                "default": getattr(model.settings, field.name),
                "help": str(field.metadata["help"]),
                "choices": field.metadata["choices"],
                "low": field.metadata["low"],
                "high": field.metadata["high"],
            }
            for field in dataclasses.fields(model.settings)
        },
    }


@command.command("show", help=_("Present one model: what it is, and its settings."))
@model_argument()
@json_option()
@click.pass_obj
def show(chosen: tuple[tuple[Path, ...], bool], name: str, as_json: bool) -> None:
    found = catalogue(*chosen)
    model = found.load(name)
    if as_json:
        from tinygrad_fr.cli.output import as_json as json_text

        click.echo(json_text(_summary(model, found.source(name).origin) | {"explanation": str(model.explanation)}))
        return
    click.echo(f"{model.title} ({model.name}) — {section_of(model)}\n")
    click.echo(click.wrap_text(str(model.explanation), 100))
    click.echo()
    rows = []
    for field in dataclasses.fields(model.settings):
        default = getattr(model.settings, field.name)
        shown = number(default) if isinstance(default, float) else str(default)
        allowed = ", ".join(field.metadata["choices"]) if field.metadata["choices"] else ""
        rows.append([f"--set {field.name}={default}", str(field.metadata["help"]), shown, allowed])
    table(_("Settings"), [_("option"), _("meaning"), _("default"), _("choices")], rows, numbers_from=9)
    if not model.learns:
        return
    recipe = model.recipe(model.settings)
    click.echo(
        _("Training: {epochs} epochs, expected score {score} %: tinygrad-fr train {name}").format(
            epochs=recipe.epochs, score=number(100 * recipe.score, 0), name=model.name
        )
    )
