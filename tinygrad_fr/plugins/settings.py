"""Typed hyper-parameters of a plugin, which become ``--set key=value``.

A plugin's settings are a frozen dataclass whose fields are made by :func:`setting`: that gives names, types, defaults,
bounds and help in one place. A dataclass does it without a validation library, whose messages could not be translated.
"""

from __future__ import annotations

import dataclasses
import difflib
from typing import Any, get_type_hints

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.plugins.text import Text


def setting(
    default: Any,
    help: Text,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """A field of a plugin's settings.

    Args:
        default: its value unless set.
        help: one line.
        low: smallest value allowed.
        high: largest value allowed.
        choices: the values allowed, for a word.

    Example:
        >>> @dataclasses.dataclass(frozen=True)
        ... class Mine(Settings):
        ...     hidden: int = setting(8, Text(fr="cellules", en="cells"), low=1)
        >>> Mine().hidden, Mine().replaced({"hidden": "16"}).hidden
        (8, 16)
        >>> try:
        ...     Mine().replaced({"hidden": "0"})
        ... except UsageError:
        ...     print("under 1")
        under 1
    """
    return dataclasses.field(default=default, metadata={"help": help, "low": low, "high": high, "choices": choices})


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of a plugin that has none; others add fields to it.

    Example:
        >>> @dataclasses.dataclass(frozen=True)
        ... class Mine(Settings):
        ...     lr: float = setting(0.1, Text(fr="taux", en="rate"))
        ...     bias: bool = setting(True, Text(fr="biais", en="bias"))
        >>> chosen = Mine().replaced({"lr": "0,5", "bias": "non"})  # as a reader of French types it
        >>> chosen.lr, chosen.bias
        (0.5, False)
    """

    def replaced(self, changes: dict[str, str]) -> Any:
        """These settings with some values read from text.

        Raises:
            UsageError: an unknown key, a value of another type, out of range or not among the choices.
        """
        fields = {field.name: field for field in dataclasses.fields(self)}
        types = get_type_hints(type(self))
        values: dict[str, Any] = {}
        for key, text in changes.items():
            if key not in fields:
                near = difflib.get_close_matches(key, fields, 1)
                hint = _(" (did you mean “{near}”?)").format(near=near[0]) if near else ""
                raise UsageError(
                    _("unknown setting “{key}”{hint}; this model has: {known}").format(
                        key=key, hint=hint, known=", ".join(fields) or "–"
                    )
                )
            values[key] = _read(key, text, types[key], fields[key].metadata)
        return dataclasses.replace(self, **values)


_TRUE, _FALSE = {"1", "true", "yes", "on", "oui", "vrai"}, {"0", "false", "no", "off", "non", "faux"}


def _read(key: str, text: str, kind: type, metadata: Any) -> Any:
    value: Any = None
    try:
        if kind is bool:
            word = text.strip().lower()
            value = True if word in _TRUE else False if word in _FALSE else None
        else:
            value = kind(text.strip().replace(",", ".") if kind is float else text.strip())
    except ValueError:
        value = None
    if value is None:
        kinds = {int: _("an integer"), float: _("a number"), bool: _("yes or no"), str: _("a word")}
        raise UsageError(
            _("setting {key}: expected {kind}, got “{found}”").format(key=key, kind=kinds[kind], found=text)
        )
    choices, low, high = metadata["choices"], metadata["low"], metadata["high"]
    if choices is not None and value not in choices:
        raise UsageError(
            _("setting {key}: expected one of {choices}, got “{found}”").format(
                key=key, choices=", ".join(choices), found=text
            )
        )
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        bounds = " … ".join(f"{bound:g}" if bound is not None else "∞" for bound in (low, high))
        raise UsageError(
            _("setting {key}: expected a value in {bounds}, got {found}").format(key=key, bounds=bounds, found=text)
        )
    return value
