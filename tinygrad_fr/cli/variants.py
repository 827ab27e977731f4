"""Models side by side: ``rnn:init=orthogonal`` is a model with settings of its own, a flag is a remedy for those that have it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinygrad_fr.cli.options import assignments, settings_of, together
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.plugins import Catalogue, Model

REMEDIES = ("activation", "init", "forget_bias", "residual", "norm")


@dataclass(frozen=True)
class Variant:
    """A model as one curve of a picture.

    Attributes:
        model: the plugin.
        settings: all of them.
        label: its name with what was changed in it alone.
        source: what it was asked for by, a plugin's name or a file, whose stem may be another plugin's name.
    """

    model: Model
    settings: Any
    label: str
    source: str


def remedy_options() -> Callable[[Any], Any]:
    """A flag for each remedy, short for ``--set`` on the models that have the setting."""
    return together(
        click.option("--activation", metavar=_("NAME"), help=_("Remedy: the activation function, such as relu.")),
        click.option("--init", metavar=_("NAME"), help=_("Remedy: W at the start: orthogonal or identity.")),
        click.option("--forget-bias", type=float, metavar="B", help=_("Remedy: first bias of the forget gate.")),
        click.option("--residual/--no-residual", default=None, help=_("Remedy: add its input to each layer, or not.")),
        click.option("--norm/--no-norm", default=None, help=_("Remedy: normalise each layer, or not.")),
        click.option("--compare", is_flag=True, help=_("Show each model without the remedies too.")),
    )


def variants(
    found: Catalogue,
    names: tuple[str, ...],
    changes: tuple[str, ...],
    steps: int | None,
    remedies: dict[str, Any],
    compare: bool,
) -> list[Variant]:
    """The models to show, each once.

    Raises:
        UsageError: a remedy that none of the models has, or nothing to compare.
    """
    asked = {key: str(value) for key, value in remedies.items() if value is not None}
    if compare and not asked:
        raise UsageError(
            _("--compare: expected a remedy to compare with: {known}").format(
                known=", ".join(f"--{key.replace('_', '-')}" for key in REMEDIES)
            )
        )
    made: dict[str, Variant] = {}
    used: set[str] = set()
    for name in names:
        base, _colon, own = name.partition(":")
        if Path(base).suffix:  # a file: lesson.py:model is a part of it, which its format understands
            base, own = name, ""
        model = found.load(base)
        has = {field.name for field in dataclasses.fields(model.settings)}
        mine = assignments(part for part in own.split(",") if part)
        cured = {key: value for key, value in asked.items() if key in has}
        used |= cured.keys()
        for special in ([mine] if compare and cured else []) + [mine | cured]:
            all_changes = (*changes, *(f"{key}={value}" for key, value in special.items()))
            variant = Variant(model, settings_of(model, all_changes, steps), _label(model, special), base)
            made.setdefault(variant.label, variant)
    unused = sorted(asked.keys() - used)
    if unused:
        raise UsageError(
            _("none of these models has the setting “{key}”: {names}").format(key=unused[0], names=", ".join(names))
        )
    return list(made.values())


def _label(model: Model, special: dict[str, str]) -> str:
    """The name in capitals; words stand alone, numbers and yes or no with their key."""
    settings = model.settings.replaced(special)
    words = [_word(key.replace("_", " "), getattr(settings, key)) for key in special]
    return " ".join([model.name.upper(), *words])


def _word(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return key if value else _("no {key}").format(key=key)
    return value if isinstance(value, str) else f"{key} {value:g}"
