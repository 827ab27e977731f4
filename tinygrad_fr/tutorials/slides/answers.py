"""The key to a tutorial's exercises: each question's number, and an answer that its proof accepts, as its author wrote it."""

from __future__ import annotations

import ast
from importlib.resources import files
from typing import TYPE_CHECKING

from tinygrad_fr.locale import _
from tinygrad_fr.tutorials.slides.deck import Deck, Slide

if TYPE_CHECKING:
    from tinygrad_fr.tutorials.reading import Tutorial


def key(tutorial: Tutorial, lang: str) -> Deck:
    """One page per exercise, with an answer that is right.

    Example:
        >>> from tinygrad_fr.tutorials.reading import tutorial
        >>> key(tutorial("5"), "en").slides[1].title
        'Exercise 5.1'
    """
    file = files(tutorial.package) / "exercises" / f"chapter_{tutorial.number:02}.py"
    pages = [
        Slide(_("Exercise {number}").format(number=number), tuple(source.splitlines()), "code")
        for number, source in solutions(file.read_text(encoding="utf-8")).items()
    ]
    return Deck(tutorial.title(lang), lang, (Slide(tutorial.title(lang), (_("Answers"),), "title"), *pages))


def solutions(source: str) -> dict[str, str]:
    """Of every exercise of a file, its number and the text of its answer; a function that it names is written out.

    Example:
        >>> solutions('@exercise("1.1", solution=lambda x: x + 1, wrong=())\\ndef proof(answer): ...')
        {'1.1': 'lambda x: x + 1'}
    """
    tree = ast.parse(source)
    named = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found: dict[str, str] = {}
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "exercise"):
            continue
        answer = next((keyword.value for keyword in call.keywords if keyword.arg == "solution"), None)
        if answer is None or not call.args or not isinstance(call.args[0], ast.Constant):
            continue
        written: ast.AST = named[answer.id] if isinstance(answer, ast.Name) and answer.id in named else answer
        found[str(call.args[0].value)] = ast.unparse(written)
    return found
