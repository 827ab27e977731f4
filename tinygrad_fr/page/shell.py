"""The HTML file around the data: style, script and words inside it, and a policy that lets nothing in or out."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader

from tinygrad_fr.draw.palettes import PALETTES
from tinygrad_fr.locale import LANGUAGES, _, language
from tinygrad_fr.page.document import in_every_language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tinygrad_fr.draw.palettes import Palette

# In the order in which they use each other: each file is one idea, and they share one scope.
SCRIPTS = (
    "words",
    "fold",
    "layout",
    "paper",
    "camera",
    "steps",
    "panel",
    "source",
    "plane",
    "formula",
    "life",
    "choose",
    "link",
    "pull",
    "train",
    "predict",
    "through",
    "reading",
    "main",
)
NO_PROGRAM = "const Living = null, placesOf = null;"


def shell(
    kind: str,
    titles: Mapping[str, str],
    document: Any,
    *,
    picture: str = "",
    start: Mapping[str, str] | None = None,
    living: Any = None,
    program: str = "",
    source: Any = (),
    formula: Any = None,
) -> bytes:
    """The whole file.

    Args:
        kind: which application reads the data: ``run`` or ``reading``.
        titles: language → title.
        document: plain data, written as compressed JSON.
        picture: SVG shown where scripts do not run.
        start: what is seen first, as the fragment of an address says it.
        living: the run as it computes, as plain data.
        program: the JavaScript that computes it.
        source: the lines that recorded the run.
        formula: what a formula typed in the page may call; None where none is typed.
    """
    script, style = _script(program), _style()
    held = {
        "kind": kind,
        "titles": dict(titles),
        "words": _words(),
        "start": dict(start or {}),
        "data": document,
        "living": living,
        "source": list(source),
        "formula": formula,
    }
    packed = gzip.compress(
        json.dumps(held, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"), mtime=0
    )
    page: str = _template().render(
        title=titles[language()],
        language=language(),
        policy=_policy(script, style),
        style=style,
        script=script,
        data=base64.b64encode(packed).decode(),
        picture=picture,
        without=_("This page needs JavaScript to move; here is its picture."),
    )
    return page.encode(errors="replace")  # a file's name that is no UTF-8 holds what no file in UTF-8 can


@lru_cache(maxsize=1)
def _template() -> Any:
    environment = Environment(loader=PackageLoader("tinygrad_fr", "page"), autoescape=True, trim_blocks=True)
    return environment.get_template("shell.html.jinja")


def _policy(script: str, style: str) -> str:
    """Nothing is fetched, sent or run but what stands in this very file."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (script, style)]
    return (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


@lru_cache(maxsize=8)
def _script(program: str) -> str:
    static = files("tinygrad_fr.page") / "static"
    own = "\n".join((static / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    library = (files("tinygrad_fr.page") / "vendor" / "dagre.min.js").read_text(encoding="utf-8")
    library = library.rpartition("//# sourceMappingURL")[0]  # no request, not even for a map
    licence = (files("tinygrad_fr.page") / "vendor" / "dagre.LICENSE.txt").read_text(encoding="utf-8").strip()
    return f"{library}\n{licence}\n(() => {{\n'use strict';\n{program or NO_PROGRAM}\n{own}\n}})();\n"


@lru_cache(maxsize=1)
def _style() -> str:
    written = (files("tinygrad_fr.page") / "static" / "page.css").read_text(encoding="utf-8")
    light, dark = (_variables(PALETTES[name]) for name in ("light", "dark"))
    return f":root {{{light}}}\n:root[data-theme=dark] {{{dark}}}\n{written}"


def _variables(palette: Palette) -> str:
    """A palette as CSS variables."""
    plain = {name: value for name, value in vars(palette).items() if isinstance(value, str)}
    pairs = {f"{kind}-{part}": colour for kind, both in palette.cards.items() for part, colour in zip(("fill", "line"), both, strict=True)}  # fmt: skip
    roles = {f"role-{i}": colour for i, colour in enumerate(palette.roles.values())}
    scale = dict(zip(("negative", "zero", "positive"), palette.signed, strict=True))
    scale |= dict(zip(("nothing", "small", "large"), palette.magnitude, strict=True))
    scale |= {"closed": palette.openness[0], "open": palette.openness[1]}
    every = {**plain, **pairs, **roles, **scale, "chip-fill": palette.parameter[0], "chip-line": palette.parameter[1]}
    return "".join(f"--{name.replace('_', '-')}:{colour};" for name, colour in every.items())


def _words() -> dict[str, dict[str, str]]:
    """The page's own words, language → key → text."""
    said = {key: in_every_language(say) for key, say in _SAID.items()}
    found: dict[str, dict[str, str]] = {code: {key: text[code] for key, text in said.items()} for code in LANGUAGES}
    for code in LANGUAGES:
        found[code]["decimal"] = "," if code == "fr" else "."
    return found


_SAID: dict[str, Callable[[], str]] = {
    "distance": lambda: _("Distance"),
    "model": lambda: _("model"),
    "module": lambda: _("modules"),
    "op": lambda: _("operations"),
    "equation": lambda: _("equations"),
    "scalar": lambda: _("single numbers"),
    "auto": lambda: _("automatic"),
    "search": lambda: _("Search"),
    "found": lambda: _("{n} found"),
    "none": lambda: _("nothing found"),
    "theme": lambda: _("Dark"),
    "language": lambda: _("Français"),
    "help": lambda: _("Keys"),
    "close": lambda: _("Close"),
    "fit": lambda: _("Whole picture"),
    "nearer": lambda: _("Nearer"),
    "farther": lambda: _("Farther"),
    "first": lambda: _("First step"),
    "back": lambda: _("One step back"),
    "next": lambda: _("Next step"),
    "last": lambda: _("Last step"),
    "play": lambda: _("Play"),
    "pause": lambda: _("Pause"),
    "slider": lambda: _("Step of the walk"),
    "forward": lambda: _("Forward, {i} of {n}"),
    "backward": lambda: _("Backward, {i} of {n}"),
    "part_forward": lambda: _("A closed part runs: {n} operations. Open it to follow each of them."),
    "part_backward": lambda: _("The gradient crosses a closed part of {n} operations. Open it to follow each of them."),
    "absent": lambda: _("not computed yet"),
    "value": lambda: _("value"),
    "shape": lambda: _("shape"),
    "gradient": lambda: _("gradient"),
    "operations": lambda: _("{n} operations"),
    "parameters": lambda: _("parameters"),
    "source": lambda: _("line"),
    "place": lambda: _("place"),
    "sends": lambda: _("sends to {name}"),
    "holds": lambda: _("which then holds"),
    "open": lambda: _("Open"),
    "shut": lambda: _("Close this part"),
    "card": lambda: _("Card"),
    "step": lambda: _("Step"),
    "graph": lambda: _("Graph of the run; Tab goes from card to card"),
    "too_many": lambda: _("That would show {n} cards; at most {most} are shown. Open a smaller part."),
    "course": lambda: _("equation ({n}) of the course"),
    "pick": lambda: _(
        "→ walks through the run, one operation at a time. A click on a card, or Tab and Enter, reads it here; + opens a closed part."
    ),
    "times": lambda: _("time step"),
    "table": lambda: _("The numbers"),
    "pull": lambda: _("Pull a number"),
    "now": lambda: _("L = {value}"),
    "was": lambda: _("it was {value} in the recorded run"),
    "same": lambda: _("Pull any number: every value and every gradient follows."),
    "lost": lambda: _("{name} is no longer a finite number. U undoes the last change."),
    "gain": lambda: _("all, ×"),
    "which": lambda: _("which number of {name}"),
    "number_of": lambda: _("{name}, its value"),
    "undo": lambda: _("Undo"),
    "reset": lambda: _("Reset"),
    "activation": lambda: _("{name} becomes"),
    "identity": lambda: _("identity"),
    "train": lambda: _("Train"),
    "one_step": lambda: _("One step: every parameter moves against its gradient"),
    "rate": lambda: _("learning rate"),
    "curve": lambda: _("L after each step; {n} steps so far"),
    "predict": lambda: _("Predict"),
    "predict_told": lambda: _("A number is hidden on its card, and you say what it is."),
    "ask": lambda: _("Ask me"),
    "ask_next": lambda: _("Another question"),
    "ask_gradient": lambda: _("gradients"),
    "ask_value": lambda: _("values"),
    "question_gradient": lambda: _("How much comes back to {name}: ∂L/∂· = ?"),
    "question_value": lambda: _("What is the value of {name}?"),
    "answer": lambda: _("Answer"),
    "show": lambda: _("Show it"),
    "score": lambda: _("{right} right at the first try, of {asked}"),
    "asking": lambda: _("A number is asked for: the step is told again after the answer."),
    "is_right": lambda: _("Right."),
    "is_no_number": lambda: _("That is not a number; a number is written −1.5 or 0.25."),
    "is_sign": lambda: _("The size is right, the sign is not."),
    "is_branch": lambda: _(
        "That is what comes back through {some}; what comes back through {rest} is forgotten. The branches add up."
    ),
    "is_upstream": lambda: _(
        "That is what arrives at {name}; it is still to be multiplied by its local derivative, {local}."
    ),
    "is_local": lambda: _(
        "That is the local derivative of {name}; it is still to be multiplied by what arrives there, {upstream}."
    ),
    "is_other": lambda: _("That is what {sign} would give; the operation here is {name}."),
    "is_half": lambda: _("That is one of the two numbers that {name} reads; the other, {other}, is forgotten."),
    "is_before": lambda: _("That is what {name} reads; {name} itself is still to be computed."),
    "is_zero": lambda: _("Nothing comes here: it is 0."),
    "is_factor": lambda: _("{factor} times {way}: a factor is forgotten, or is there twice."),
    "is_factor_sign": lambda: _("The sign is wrong, and it is {factor} times {way}."),
    "is_off": lambda: _("It is {way}. The sign is right."),
    "is_off_sign": lambda: _("It is {way}, and the sign is wrong."),
    "too_small": lambda: _("too small"),
    "too_large": lambda: _("too large"),
    "it_was": lambda: _("It is {value}."),
    "right_answer": lambda: _("right answer"),
    "text_read": lambda: _("text that is read"),
    "strange_word": lambda: _("“{word}” is none of the {n} tokens that the model knows."),
    "too_many_words": lambda: _("{n} tokens were typed; the run reads {most}."),
    "link": lambda: _("Link"),
    "link_made": lambda: _("The address of this page now leads back to these numbers."),
    "link_large": lambda: _("An address carries at most {most} changed numbers, all of them finite."),
    "link_strange": lambda: _("The numbers in this address do not fit this page: the recorded run is shown."),
    "gate_bias": lambda: _("bias of {symbol}"),
    "shift": lambda: _("all, moved together"),
    "shuffle": lambda: _("Shuffle the weights"),
    "seed": lambda: _("seed"),
    "code": lambda: _("Code"),
    "way_pull": lambda: _("Numbers"),
    "way_plane": lambda: _("Plane"),
    "way_train": lambda: _("Train"),
    "way_predict": lambda: _("Predict"),
    "way_step": lambda: _("Step"),
    "believes": lambda: _("L would be smallest for {name}"),
    "believes_share": lambda: _("the model answers {name}, at {share}%"),
    "wipe": lambda: _("Wipe"),
    "step_read": lambda: _("L reads step {step}"),
    "stretches": lambda: _(
        "{label}: at step {step} one step back multiplies a gradient by {high} at most and by {low} at least."
    ),
    "unit": lambda: _("Step {step}, unit (of {n})"),
    "formula": lambda: _("Formula, in letters of your own"),
    "draw": lambda: _("Draw it"),
    "letter": lambda: _("letter"),
    "formula_forward": lambda: _("{name} reads {reads} and gives {value}."),
    "formula_backward": lambda: _("{name} has received {value}; it sends each number that it read its share."),
    "typed_wrong": lambda: _("“{marked}”: {said} (^ marks the place)"),
    "typed_sign": lambda: _("expected numbers, letters, + − * / ** and functions here"),
    "typed_long": lambda: _("expected at most {most} characters"),
    "typed_deep": lambda: _("more than {most} operations inside one another"),
    "typed_wanted": lambda: _("expected {sign} here"),
    "typed_power": lambda: _("a power is written x**2"),
    "typed_infinite": lambda: _("too large for a number"),
    "typed_value": lambda: _("expected a number, a letter or a function here"),
    "typed_unknown": lambda: _("unknown function “{name}”; a product is written {name}*(…)"),
    "typed_arity": lambda: _("the function “{name}” reads {wanted} values, got {found}"),
    "typed_more": lambda: _("expected the end of the formula, or an operation, here"),
    "typed_name": lambda: _("expected “letter = formula” here"),
    "typed_before": lambda: _("“{name}” is used before it is computed"),
    "typed_nothing": lambda: _("expected an operation on letters"),
    "crossed": lambda: _(
        "At {where} the run decides by its values, and would decide otherwise now: the page stops before it."
    ),
    "speed": lambda: _("steps in each picture"),
    "curve_points": lambda: _("mean L over the points after each step; {n} steps so far"),
    "plane": lambda: _("The plane: which class is believed where"),
    "points": lambda: _("points"),
    "click": lambda: _("a click"),
    "reads": lambda: _("reads the run there"),
    "adds": lambda: _("adds a point of class {name}"),
    "removes": lambda: _("removes a point"),
    "sides": lambda: _(
        "{right} of {n} points on their own side; mean L = {loss}. The ring is the run that the graph shows."
    ),
    "tested": lambda: _("Of those held out (hollow, dashed curve): {right} of {n}; mean L = {loss}."),
    "noise": lambda: _("noise"),
    "features": lambda: _("what is read of a point:"),
    "held": lambda: _("hold half of them out"),
    "decay": lambda: _("weight decay"),
    "no_points": lambda: _("No point is left: a click adds one."),
    "set_own": lambda: _("the model’s own"),
    "set_xor": lambda: _("exclusive or"),
    "set_circles": lambda: _("circles"),
    "set_moons": lambda: _("moons"),
    "set_spiral": lambda: _("spiral"),
    "model_pulled": lambda: _("What is pulled"),
    "verdict": lambda: _("{label}: ×{factor} a step, {verdict}."),
    "vanishes": lambda: _("the gradient vanishes"),
    "explodes": lambda: _("the gradient explodes"),
    "weakens": lambda: _("the gradient weakens"),
    "lasts": lambda: _("the gradient lasts"),
    "overflows": lambda: _("the gradient overflows"),
    "through": lambda: _("‖∂L/∂{symbol}‖ at each step, on a scale that stays still"),
    "gate_map": lambda: _("{symbol}, a line a unit: pale is 0, dark is 1"),
    "state_map": lambda: _("{symbol}, a line a unit: blue is negative, orange is positive"),
    "recorded": lambda: _("These equations told the recorded run. Reset shows their numbers again."),
    "cells": lambda: _("values of {name}: pull one up or down"),
    "keys": lambda: _(
        "← → one step back, forward · Home End first, last step · Space play · + − nearer, farther · 0 whole picture · Tab next card · Enter read or open · Backspace close the part around · / search · d dark · l language · u undo · r reset · p predict · c code · ? this list"
    ),
}
