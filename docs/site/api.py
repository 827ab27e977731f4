"""The reference of one public module as Markdown: what Python itself knows of its names, signatures and docstrings.

Operations and many layers are made by functions, so a reader of source files would see none of them; this one looks at what
is there when the package is imported.
"""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from docs.interface import FOREIGN
from tinygrad_fr.ops.definition.composite import Composite
from tinygrad_fr.ops.definition.elementwise import Elementwise
from tinygrad_fr.ops.definition.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTION = re.compile(r"(Args|Attributes|Returns|Yields|Raises|Example|Examples):")
_ENTRY = re.compile(r"(\S[^:]*): (.*)", re.DOTALL)


_ROLE = re.compile(r":\w+:`([^`]*)`")


def page(name: str) -> str:
    """The page of a module."""
    module = import_module(name)
    lines = [f"# {name}", "", *_told(inspect.getdoc(module) or "")]
    for each in sorted(getattr(module, "__all__", None) or [key for key in vars(module) if not key.startswith("_")]):
        item = getattr(module, each)
        home = getattr(item, "__module__", None) or "tinygrad_fr"
        if isinstance(item, ModuleType) or each == "annotations" or home in FOREIGN or not callable(item):
            continue
        lines += [f"## {each}", "", *_item(each, item)]
        if inspect.isclass(item) and home.startswith("tinygrad_fr"):
            for method, held in _methods(item):
                lines += [f"### {each}.{method}", "", *_item(method, held)]
    return "\n".join(lines) + "\n"


def _methods(kind: type) -> Iterator[tuple[str, Any]]:
    """What a class defines itself and says something about, in its own order."""
    for name, held in vars(kind).items():
        plain = held.__func__ if isinstance(held, staticmethod | classmethod) else held
        known = inspect.isroutine(plain) or isinstance(plain, property)
        if not name.startswith("_") and known and inspect.getdoc(plain):
            yield name, plain


def _item(name: str, item: Any) -> list[str]:
    said = _told(inspect.getdoc(item) or "")
    if isinstance(item, property):
        return said
    return ["```python", f"{name}{_signature(item)}", "```", "", *said]


def _signature(item: Any) -> str:
    if isinstance(item, Elementwise):
        return f"({', '.join([*item.inputs, *(f'{name}={value!r}' for name, value in item.defaults.items())])})"
    if isinstance(item, Structured | Composite):  # an operation takes whatever is given, and knows what it expects
        item = item.function if isinstance(item, Structured) else item.equations
    try:
        found = inspect.signature(item)
    except (TypeError, ValueError):
        return "(…)"
    bare = [each.replace(annotation=each.empty) for each in found.parameters.values() if not each.name.startswith("_")]
    text = str(found.replace(parameters=bare, return_annotation=inspect.Signature.empty))
    return re.sub(r"<(?:function|class|object|built-in)[^>]*>", "…", text)


def _told(doc: str) -> list[str]:
    """A docstring as Markdown: paragraphs as they are, sections as lists, examples as code."""
    lines, section, held = list[str](), "", list[str]()

    def end() -> None:
        body = inspect.cleandoc("\n".join(held))
        held.clear()
        if not body:
            return
        if ">>>" in body:
            first, _start, _rest = body.partition(">>>")
            lines.extend([first.strip(), "", "```pycon", body[len(first) :], "```", ""])
        elif section:
            entries = re.split(r"\n(?=\S)", body)
            lines.extend([f"**{section}**", "", *(_entry(each) for each in entries), ""])
        else:
            lines.extend([body, ""])

    for line in _ROLE.sub(r"`\1`", doc).splitlines():
        found = _SECTION.fullmatch(line)
        if found or (section and line and not line.startswith(" ")):
            end()
            section = found[1] if found else ""
            if found:
                continue
        held.append(line)
    end()
    return lines


def _entry(text: str) -> str:
    found = _ENTRY.fullmatch(" ".join(text.split()))
    return f"- `{found[1]}`: {found[2]}" if found else f"- {' '.join(text.split())}"
