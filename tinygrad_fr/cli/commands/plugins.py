"""``plugins``: where models come from, what is wrong with them, and how to make one."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from tinygrad_fr.cli.options import Place, catalogue, json_option, model_argument, plugin_options, report
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table
from tinygrad_fr.errors import PluginError
from tinygrad_fr.locale import _, number
from tinygrad_fr.plugins import Catalogue, Model
from tinygrad_fr.plugins.course import section_of
from tinygrad_fr.plugins.new import new_plugin
from tinygrad_fr.training import built

if TYPE_CHECKING:
    from tinygrad_fr.plugins.discovery import Source


@click.group("plugins")
def command() -> None:
    pass


@command.command("list", help=_("List the plugins, each with where it comes from and whether it works."))
@plugin_options()
@json_option()
def list_(files: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    found = Catalogue(files)
    working = {model.name for model in found.load_all()}
    entries = [
        {"name": name, "origin": source.origin, "works": name in working} for name, source in found.sources.items()
    ]
    if as_json:
        failures = [{"name": f.name, "origin": f.origin, "cause": f.cause} for f in found.failures]
        click.echo(json_text({"plugins": entries, "failures": failures}))
    else:
        rows = [[str(e["name"]), str(e["origin"]), _("works") if e["works"] else _("broken")] for e in entries]
        table(_("Plugins"), [_("name"), _("comes from"), _("state")], rows, numbers_from=9)
    report(found)
    if strict and found.failures:
        raise PluginError(_("{n} broken plugins").format(n=len(found.failures)))


@command.command("new", help=_("Write a plugin’s package that works and is tested, to start from."))
@model_argument()
@click.option(
    "-o", "--output", "around", type=Place(file_okay=False), default=Path(), metavar=_("FOLDER"),
    help=_("Folder that gets the new one; the present one by default."),
)  # fmt: skip
def new(name: str, around: Path) -> None:
    for path in new_plugin(name, around, Catalogue().sources):
        click.echo(str(path))
    say(
        _("Next: pip install -e '{folder}[test]', then tinygrad-fr plugins check {name}").format(
            folder=around / name, name=name
        )
    )


@command.command("show", help=_("Show where a plugin comes from and what it defines."))
@model_argument()
@plugin_options()
@json_option()
def show(name: str, files: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    found = catalogue(files, strict)
    model = found.load(name)
    facts = _facts(model, found.source(name))
    if as_json:
        click.echo(json_text(facts))
        return
    said = {
        _("title"): str(model.title),
        _("comes from"): facts["origin"],
        _("file"): facts["file"],
        _("class"): facts["class"],
        _("contract"): number(facts["api"]),
        _("defines"): ", ".join(facts["defines"]),
        _("settings"): ", ".join(facts["settings"]) or "–",
        _("parameters"): number(facts["parameters"]),
        _("section of the course"): section_of(model),
    }
    table(
        _("Plugin {name}").format(name=name),
        ["", ""],
        [[key, str(value)] for key, value in said.items()],
        numbers_from=9,
    )


def _facts(model: Model, source: Source) -> dict[str, Any]:
    kind = type(model)
    defined = [
        method
        for method, held in vars(Model).items()
        if inspect.isfunction(held) and getattr(kind, method) is not held and not method.startswith("_")
    ]
    module = built(model, model.settings, 0)
    return {
        "name": model.name,
        "title": {"fr": model.title.fr, "en": model.title.en},
        "origin": source.origin,
        "file": inspect.getsourcefile(kind),
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "api": model.api,
        "defines": sorted(defined),
        "settings": [field.name for field in dataclasses.fields(model.settings)],
        "parameters": sum(np.size(p.current.value) for p in module.parameters()),
        "section": model.section,
    }


@command.command("check", help=_("Hold plugins to the contract: every promise, the gradients among them."))
@click.argument("names", nargs=-1, required=True, metavar=_("NAME|FILE…"))
@plugin_options()
@json_option()
def check(names: tuple[str, ...], files: tuple[Path, ...], strict: bool, as_json: bool) -> int:
    from tinygrad_fr.testing.contract import kept

    own = tuple(Path(name) for name in names if name.endswith(".py"))
    found = catalogue((*files, *own), strict)
    chosen = [name for name in names if not name.endswith(".py")]
    chosen += [name for name, source in found.sources.items() if source.origin in map(str, own)]
    rows: list[dict[str, Any]] = []
    for name in chosen:
        model = found.load(name)
        if not as_json:
            click.echo(f"{model.title} ({name})")
        for promise, error in kept(model):
            row = {"plugin": name, "promise": promise.name, "kept": error is None, "cause": _cause(error)}
            rows.append(row)
            if not as_json:
                click.echo(f"  {'✓' if error is None else '✗'} {promise.title()}")
                if error is not None:
                    click.echo(f"    {row['cause']}")
    if as_json:
        click.echo(json_text(rows))
    broken = sum(not row["kept"] for row in rows)
    say(_("{kept} of {total} promises kept").format(kept=number(len(rows) - broken), total=number(len(rows))))
    return 1 if broken or not rows else 0


def _cause(error: BaseException | None) -> str | None:
    return None if error is None else str(error) or type(error).__name__
