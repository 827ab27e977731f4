"""The living pages of the site: what a reader may pull with no install, and the tutorials that they belong to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tinygrad_fr.cli.main import group

if TYPE_CHECKING:
    from pathlib import Path


class Page(NamedTuple):
    """A command whose page is on the site.

    Attributes:
        typed: the command, without its file.
        tutorials: the numbers of the tutorials that lead to it.
        fr, en: what is to be pulled there.
    """

    typed: tuple[str, ...]
    tutorials: tuple[int, ...]
    fr: str
    en: str


PAGES = {
    "neuron": Page(("step", "neuron"), (1, 4), "un neurone, chacun de ses nombres", "a neuron, each of its numbers"),
    "formula": Page(
        ("step", "L = (tanh(w*x + b) - 1)**2", "--at", "w=0.5,x=2,b=1"), (3,),
        "une formule, la vôtre si vous la tapez", "a formula, your own if you type it",
    ),
    "rate": Page(
        ("step", "L = (w - 3)**2", "--at", "w=0"), (5,), "une vallée et le taux d’apprentissage", "a valley and the learning rate"
    ),
    "xor": Page(("render", "mlp", "--set", "data=xor", "--set", "hidden=8"), (), "le OU exclusif", "the exclusive or"),
    "spiral": Page(("render", "mlp", "--set", "data=spiral"), (), "la spirale et sa frontière", "the spiral and its boundary"),
    "rnn": Page(
        ("render", "rnn", "--set", "hidden=8", "--steps", "30"), (11,), "un RNN déplié sur 30 pas", "an RNN unrolled over 30 steps"
    ),
    "flow": Page(
        ("flow", "rnn", "lstm", "gru", "--set", "hidden=8", "--steps", "30"), (12,),
        "le gradient à travers 30 pas", "the gradient through 30 steps",
    ),
    "gates-lstm": Page(
        ("gates", "lstm", "--set", "hidden=8", "--steps", "30"), (13,), "les portes d’un LSTM", "the gates of an LSTM"
    ),
    "gates-gru": Page(("gates", "gru", "--set", "hidden=8", "--steps", "30"), (14,), "les portes d’un GRU", "the gates of a GRU"),
}  # fmt: skip


def write(folder: Path) -> None:
    """Write every page into a folder, in the language in force first."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        group().main([*page.typed, "-o", str(folder / f"{name}.html")], prog_name="tinygrad-fr", standalone_mode=False)


# A page that computes, as a notebook shows it.
FRAMED = re.compile(r'<iframe title="(?P<name>[^"]*)"[^>]* srcdoc="(?P<text>[^"]*)"')


def frame(file: str, name: str, lang: str) -> str:
    """The frame of a page that a tutorial's cell shows, and a link to it; the tutorial's own page is in a folder."""
    told = {"fr": "Ouvrir cette page seule", "en": "Open this page alone"}[lang]
    place = f"../../living/{file}"
    return (
        f'<iframe class="living" title="{name}" sandbox="allow-scripts" loading="lazy" src="{place}"></iframe>'
        f'<p><a href="{place}">{told}</a></p>'
    )


def of_tutorial(number: int, lang: str) -> str:
    """The line under a tutorial's title that leads to its pages; empty where it has none."""
    found = [(name, page) for name, page in PAGES.items() if number in page.tutorials]
    told = {"fr": "À toucher, sans rien installer :", "en": "To touch, with nothing to install:"}[lang]
    return (
        " ".join([told, *(f"[{getattr(page, lang)}](../living/{name}.html)." for name, page in found)]) if found else ""
    )
