"""``gallery``: every kind of picture and every model, each drawn by the command that stands under it."""

from __future__ import annotations

import contextlib
import io
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from jinja2 import Environment, PackageLoader

from tinygrad_fr.cli.options import Place, catalogue, plugin_options
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.files import folder
from tinygrad_fr.locale import _, language, number

if TYPE_CHECKING:
    from tinygrad_fr.plugins import Catalogue


@dataclass(frozen=True)
class Entry:
    """One picture.

    Attributes:
        file: its name.
        caption: what to look at.
        arguments: of the command that draws it, without ``-o``.
        kept: whether the repository keeps it, for its README.
    """

    file: str
    caption: str
    arguments: str
    kept: bool = False


def shown() -> dict[str, list[Entry]]:
    """Title of a section → its pictures; those of the models themselves come after."""
    return {
        _("Five distances of one run"): [
            Entry("model.svg", _("the model, as one card"), "render lstm --steps 4 --zoom model --pass both"),
            Entry("module.svg", _("its modules"), "render lstm --steps 4 --zoom module --pass both"),
            Entry("op.svg", _("its operations, step by step"), "render lstm --steps 4 --zoom op --pass both"),
            Entry("equation.svg", _("the equations of its operations"), "render mlp --zoom equation --pass both"),
            Entry("scalar.svg", _("every multiplication and addition of numbers"), "render mlp --set data=xor --set hidden=2 --zoom scalar --pass both", kept=True),
        ],
        _("Time"): [
            Entry("rolled.svg", _("a hundred steps with the same parameters, as one"), "render lstm --steps 100 --pass both", kept=True),
            Entry("window.svg", _("steps 3 and 4, the others folded"), "render gru --time 3..4 --zoom op"),
            Entry("unrolled.svg", _("each of eight steps"), "render rnn --unroll --zoom op --pass both"),
        ],
        _("What is measured"): [
            Entry("flops.svg", _("operations on numbers, by part"), "render resnet --color flops"),
            Entry("gradient.svg", _("norms of gradients"), "render lstm --zoom op --roll --color gradient"),
            Entry("saturation.svg", _("saturated units"), "render rnn --set gain=30 --steps 6 --zoom op --color saturation"),
            Entry("around.svg", _("what is near one gate"), "render lstm --zoom op --steps 3 --around C̃ --radius 2 --pass both"),
        ],
        _("The backward pass"): [
            Entry("derivative.svg", _("as a graph of its own"), "render neuron --pass derivative", kept=True),
            Entry("woven.svg", _("woven with the forward pass"), "render neuron --pass woven"),
            Entry("step.svg", _("one operation at a time"), "step neuron", kept=True),
            Entry("diff.svg", _("two runs compared"), "diff mlp mlp:activation=relu", kept=True),
        ],
        _("Gradients and gates"): [
            Entry("flow.svg", _("through 64 steps"), "flow rnn lstm gru --set reading=pixels --size slide", kept=True),
            Entry("depth.svg", _("through layers, with and without the remedies"), "flow deep:activation=sigmoid,residual=no deep"),
            Entry("gates.svg", _("every gate of two steps"), "gates lstm --trained --time 1..2 --size slide", kept=True),
            Entry("gates_trained.png", _("before and after training"), "gates lstm --set reading=order --compare", kept=True),
            Entry("training.png", _("while it trains"), "flow rnn lstm --set reading=adding --during-training", kept=True),
            Entry("cliff.png", _("the cliff"), "cliff", kept=True),
        ],
        _("Learning"): [
            Entry("activations.svg", _("nine activation functions and their derivatives"), "activations", kept=True),
            Entry("overfitting.svg", _("learning by heart, and five remedies"), "compare overfit remedy", kept=True),
            Entry("maps.png", _("filters, and what each finds"), "maps lenet --trained", kept=True),
            Entry("norms.svg", _("four normalisations, and none"), "compare norms norm"),
            Entry("descent.svg", _("seven optimizers in a ravine"), "descent", kept=True),
            Entry("saddle.svg", _("past a saddle"), "descent --surface saddle"),
        ],
        _("Words and attention"): [
            Entry("words.svg", _("the course’s six sentences, as it prints them"), "words cooccurrence"),
            Entry("analogies.svg", _("king is to queen as father is to mother"), "words word2vec roi --analogy père mère roi --analogy acteur actrice danseur", kept=True),
            Entry("attention.svg", _("who looks at whom"), "attention transformer --trained", kept=True),
        ],
        _("Where it is shown"): [
            Entry("dark.svg", _("a dark room"), "render gru --theme dark --pass both"),
            Entry("print.svg", _("a printer without colours"), "render gru --theme print --pass both"),
            Entry("contrast.svg", _("weak eyes"), "render gru --theme contrast --pass both"),
            Entry("page.html", _("a page to walk through, offline"), "render lstm --steps 4"),
        ],
        _("Large models, at a glance"): [
            Entry("resnet50.svg", _("25 557 032 parameters"), "render resnet --set preset=resnet50", kept=True),
            Entry("vit.svg", _("words made of pixels"), "render vit"),
        ],
    }  # fmt: skip


def of_models(found: Catalogue) -> list[Entry]:
    """A picture of each model, drawn with the default options."""
    models = (found.load(name) for name in found.sources)
    return [Entry(f"model-{model.name}.svg", str(model.title), f"render {model.name} --pass both") for model in models]


@click.command("gallery")
@click.option(
    "-o",
    "--output",
    "place",
    type=Place(file_okay=False),
    default="gallery",
    show_default=True,
    metavar=_("FOLDER"),
    help=_("Where to write the pictures and their index.html."),
)
@click.option("--kept", is_flag=True, help=_("Only the pictures that the repository keeps, without an index."))
@plugin_options()
def command(place: Path, kept: bool, files: tuple[Path, ...], strict: bool) -> None:
    sections = shown() | {_("The models"): of_models(catalogue(files, strict))}
    chosen = [entry for entries in sections.values() for entry in entries if entry.kept or not kept]
    folder(place)
    for entry in chosen:
        say(f"tinygrad-fr {entry.arguments} -o {entry.file}")
        _draw(entry, place, files)
    if not kept:
        write(str(place / "index.html"), _index(sections).encode())
    say(_("{path}: {n} pictures").format(path=place, n=number(len(chosen))))


def _draw(entry: Entry, place: Path, files: tuple[Path, ...]) -> None:
    """Run the command that stands under the picture."""
    from tinygrad_fr.cli.main import group

    words = [*shlex.split(entry.arguments), "-o", str(place / entry.file)]
    words += [word for file in files for word in ("--plugin", str(file)) if entry.file.startswith("model-")]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        group().main(words, prog_name="tinygrad-fr", standalone_mode=False)


def _index(sections: dict[str, list[Entry]]) -> str:
    environment = Environment(loader=PackageLoader("tinygrad_fr", "cli"), autoescape=True, trim_blocks=True)
    return str(environment.get_template("gallery.html.jinja").render(_=_, language=language(), sections=sections))
