"""The public interface, written down: every name with its signature, every command with its options.

python -m docs.interface > docs/api.txt

A name is public when a module of :data:`PUBLIC` has it without an underscore: in its ``__all__`` where there is one. It is
said once: in the first of these modules, and a method in the public class that has it.
"""

from __future__ import annotations

import hashlib
import inspect
import itertools
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import click

PUBLIC = (
    "tinygrad_fr", "tinygrad_fr.nn", "tinygrad_fr.nn.functional", "tinygrad_fr.nn.init", "tinygrad_fr.nn.utils",
    "tinygrad_fr.optim", "tinygrad_fr.optim.lr_scheduler", "tinygrad_fr.data", "tinygrad_fr.functional",
    "tinygrad_fr.autograd", "tinygrad_fr.linalg", "tinygrad_fr.special", "tinygrad_fr.random", "tinygrad_fr.replay",
    "tinygrad_fr.explain", "tinygrad_fr.draw", "tinygrad_fr.training", "tinygrad_fr.plugins", "tinygrad_fr.testing",
    "tinygrad_fr.bridges.onnx", "tinygrad_fr.bridges.estimator", "tinygrad_fr.spread", "tinygrad_fr.errors",
)  # fmt: skip


# Bases that no user names: what they have is listed with the classes that have it from them.
BASES = ("tinygrad_fr.handles.attributes", "tinygrad_fr.handles.writes", "tinygrad_fr.nn.applied")
FOREIGN = ("typing", "collections.abc", "dataclasses", "functools")


def interface() -> str:
    """Everything that is promised, a line per name."""
    lines = ["# The public interface: python -m docs.interface > docs/api.txt"]
    seen: dict[int, str] = {}
    for name in PUBLIC:
        lines += ["", f"[{name}]", *_module(import_module(name), seen)]
    lines += ["", "[command line]", *_commands()]
    return "\n".join(lines) + "\n"


def digest(text: str) -> str:
    """What stands for an interface in the changelog: it changes when the interface does."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _module(module: ModuleType, seen: dict[int, str]) -> list[str]:
    names = getattr(module, "__all__", None) or [name for name in dir(module) if not name.startswith("_")]
    lines = []
    for name in sorted(names):
        item = getattr(module, name)
        if (
            isinstance(item, ModuleType)
            or name == "annotations"
            or getattr(item, "__module__", "tinygrad_fr") in FOREIGN
        ):
            continue
        if callable(item) and id(item) in seen:
            lines.append(f"{name} = {seen[id(item)]}")
            continue
        seen[id(item)] = f"{module.__name__}.{name}"
        lines += _item(name, item)
    return lines


def _item(name: str, item: Any) -> list[str]:
    if not inspect.isclass(item):
        return [f"{name}{_signature(item)}" if callable(item) else name]
    lines = [f"class {name}{_signature(item)}"]
    owners = {
        item,
        *filter(_private, item.__mro__),
        *itertools.takewhile(lambda kind: kind.__module__ in BASES or _private(kind), item.__mro__[1:]),
    }
    for each in sorted(dir(item)):
        held = inspect.getattr_static(item, each)
        owner = next((kind for kind in item.__mro__ if each in vars(kind)), object)
        if each.startswith("_") or owner not in owners:
            continue
        plain = held.__func__ if isinstance(held, staticmethod | classmethod) else held
        lines.append(f"    {each}{_signature(plain)}" if inspect.isroutine(plain) else f"    {each}")
    return lines


def _private(kind: type) -> bool:
    """Whether this is a class of ours without an entry of its own."""
    return kind.__module__.startswith("tinygrad_fr") and kind.__name__.startswith("_")


def _signature(item: Any) -> str:
    """Names, order and which have defaults; types are mypy's to hold."""
    try:
        parameters = inspect.signature(item).parameters.values()
    except (TypeError, ValueError):
        return "(…)"
    parts, starred = [], False
    for each in parameters:
        if each.name.startswith("_"):
            continue
        if each.kind is each.KEYWORD_ONLY and not starred:
            parts.append("*")
        starred = starred or each.kind in (each.KEYWORD_ONLY, each.VAR_POSITIONAL)
        sign = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        parts.append(f"{sign}{each.name}{'' if each.default is each.empty else '='}")
    return f"({', '.join(parts)})"


def _commands() -> list[str]:
    from tinygrad_fr.cli.main import group

    lines: list[str] = []

    def add(command: click.Command, path: str) -> None:
        names = [
            name
            for each in command.params
            for name in (*each.opts, *each.secondary_opts)
            if not getattr(each, "hidden", False)
        ]
        lines.append(" ".join([path, *names]))
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                each = command.get_command(context, name)
                if each is not None:
                    add(each, f"{path} {name}")

    add(group(), "tinygrad-fr")
    return lines


if __name__ == "__main__":
    sys.stdout.write(interface())
