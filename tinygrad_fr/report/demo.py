"""The first thing that a newcomer sees: an RNN and an LSTM read digits, and one page shows what happened."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader

from tinygrad_fr.draw import cell_diagram, diagram_of, flow_diagram, place, render
from tinygrad_fr.explain import Flow, flow, gates, observed
from tinygrad_fr.locale import _, language, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.plugins import Catalogue, Model
    from tinygrad_fr.training import Run

TIMES = "times.json"
OPEN = "4"  # bias of the forget gates that are open from the start


@dataclass(frozen=True)
class Figure:
    """A picture of the page with the words around it."""

    file: str
    title: str
    text: str
    alt: str
    command: str


@dataclass(frozen=True)
class Demo:
    """What was made.

    Attributes:
        files: name → content, the page last.
        seconds: what each part took.
        runs: model's name → its training.
        flows: gradient flow of the trained models.
        before: seconds of the run before in the same folder, None for the first.
    """

    files: dict[str, bytes]
    seconds: dict[str, float]
    runs: dict[str, Run]
    flows: tuple[Flow, ...]
    before: float | None

    @property
    def total(self) -> float:
        """Seconds in all."""
        return sum(self.seconds.values())

    def comparison(self) -> str:
        """How this run's time compares with the one before."""
        if self.before is None:
            return _("First run: {seconds} s, compilation included. Run it again to see it faster.").format(
                seconds=number(self.total, 1)
            )
        return _("{seconds} s this time, {before} s the time before: {ratio} times as fast.").format(
            seconds=number(self.total, 1), before=number(self.before, 1), ratio=number(self.before / self.total, 1)
        )


def _before(folder: Path) -> float | None:
    """Seconds of the run before, if its file is there and readable."""
    try:
        held = json.loads((folder / TIMES).read_text(encoding="utf-8"))
        seconds = float(held["total"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return seconds if seconds > 0 else None


def demo(catalogue: Catalogue, folder: Path, train: Callable[[Model, Any], Run], say: Callable[[str], None]) -> Demo:
    """Train an RNN and an LSTM on digits read row by row, and draw what happened.

    Args:
        catalogue: where the models are found.
        folder: where the run before may have left its times; nothing is written here.
        train: trains a model.
        say: told what is being done.
    """
    seconds: dict[str, float] = {}
    files: dict[str, bytes] = {}
    runs: dict[str, Run] = {}
    models = {name: catalogue.load(name) for name in ("rnn", "lstm")}

    for name, model in models.items():
        say(_("{model}: training on digits read row by row…").format(model=name.upper()))
        start = time.perf_counter()
        runs[name] = train(model, model.settings)
        seconds[f"train {name}"] = time.perf_counter() - start
        say(
            _("{model}: {score} % of unseen digits recognised").format(
                model=name.upper(), score=number(100 * runs[name].score, 1)
            )
        )

    say(_("drawing…"))
    start = time.perf_counter()
    small = models["lstm"].settings.replaced({"hidden": "6", "steps": "3"})
    run = observed(models["lstm"], small)
    title = _("The recorded graph of an LSTM: 3 steps of 6 units, forward and backward")
    files["graph.svg"] = render(place(diagram_of(run.graph, passes="both", title=title)), "svg")
    seconds["graph"] = time.perf_counter() - start

    start = time.perf_counter()
    trained = {name: observed(model, module=runs[name].module) for name, model in models.items()}
    flows = tuple(flow(each) for each in trained.values())
    files["flow_rows.svg"] = render(flow_diagram(flows), "svg")
    story = told(models)
    files["flow_pixels.svg"] = render(flow_diagram([each.flow for each in story]), "svg")
    seconds["flow"] = time.perf_counter() - start

    start = time.perf_counter()
    files["gates.svg"] = render(cell_diagram(gates(trained["lstm"])), "svg")
    seconds["gates"] = time.perf_counter() - start

    made = Demo(files, seconds, runs, flows, _before(folder))
    files[TIMES] = json.dumps({"total": made.total, **seconds}, indent=2).encode()
    files["index.html"] = _page(made, story).encode()
    return made


@dataclass(frozen=True)
class Reader:
    """A new network that read a digit pixel by pixel.

    Attributes:
        flow: what comes back to each pixel.
        forget: mean of the forget gates; None without gates.
    """

    flow: Flow
    forget: float | None

    @property
    def label(self) -> str:
        """The network, and how far its forget gates are open."""
        return self.flow.label

    @property
    def left(self) -> str:
        """How much of the gradient at the end is left at the first pixel."""
        return number(self.flow.ratio)

    @property
    def sentence(self) -> str:
        """What becomes of it."""
        return _("{verdict}: ×{factor} a step, {steps} times").format(
            verdict=self.flow.word(), factor=number(self.flow.factor), steps=len(self.flow.steps) - 1
        )


def told(models: dict[str, Model]) -> tuple[Reader, ...]:
    """The story of the first screen: an RNN, an LSTM, and the same LSTM with its forget gates open."""
    found = []
    for name, changes in (("rnn", {}), ("lstm", {}), ("lstm", {"forget_bias": OPEN})):
        run = observed(models[name], models[name].settings.replaced({"reading": "pixels", **changes}))
        forget = float(gates(run).values["f"].mean()) if name == "lstm" else None
        label = name.upper() if forget is None else f"{name.upper()}, f = {number(forget, 2)}"
        found.append(Reader(flow(run, label), forget))
    return tuple(found)


def _page(made: Demo, story: tuple[Reader, ...]) -> str:
    ajar = story[1]
    assert ajar.forget is not None
    environment = Environment(loader=PackageLoader("tinygrad_fr", "report"), autoescape=True, trim_blocks=True)
    scores = [
        (name.upper(), number(100 * run.score, 1), number(made.seconds[f"train {name}"], 1))
        for name, run in made.runs.items()
    ]
    figures = [
        Figure(
            "flow_rows.svg",
            _("1. After training, row by row"),
            _("Read row by row there are only 8 steps: both networks learn. The strips show how much of the error each step still receives once training is over."),
            _("Norm of the gradient at each of 8 steps, RNN and LSTM, after training"),
            "tinygrad-fr flow rnn lstm --trained -o flow.svg",
        ),
        Figure(
            "gates.svg",
            _("2. What the gates let through"),
            _("The same trained LSTM reads one digit. Follow the black road: it is the cell C, and its width is what the forget gate keeps. A gate is dark where it is open. The bars below are the gradient that reaches each hidden state."),
            _("LSTM unrolled over 8 steps with the value of every gate"),
            "tinygrad-fr gates lstm --trained --time 1..8 -o gates.svg",
        ),
        Figure(
            "graph.svg",
            _("3. Everything that was recorded"),
            _("One card for every operation that ran: value, shape and gradient. In green, inside the operations that use them, the parameters. The orange arrows carry the gradient back; open the picture in its own tab to read it at full size."),
            _("Recorded graph of an LSTM over 3 steps, with values and gradients"),
            "tinygrad-fr render lstm --steps 3 --set hidden=6 --pass both -o graph.svg",
        ),
    ]  # fmt: skip
    first = Figure(
        "flow_pixels.svg",
        _("Why an RNN forgets, and what a gate changes"),
        _("The LSTM’s memory C is multiplied by its forget gate f at each step. A new gate is only ajar: {f} multiplied by itself {steps} times is {product}, so this gradient vanishes too, if less. Opened, it lets the gradient through. Training can open it; --set forget_bias={bias} starts that way.").format(
            f=number(ajar.forget, 2), steps=len(ajar.flow.steps) - 1,
            product=number(round(ajar.forget, 2) ** (len(ajar.flow.steps) - 1)), bias=OPEN,
        ),
        _("Norm of the gradient at each of 64 steps: RNN, LSTM, LSTM with open gates, log scale"),
        f"tinygrad-fr flow rnn lstm lstm:forget_bias={OPEN} --set reading=pixels -o flow.svg",
    )  # fmt: skip
    return environment.get_template("demo.html.jinja").render(
        _=_, language=language(), scores=scores, figures=figures, comparison=made.comparison(), first=first, story=story
    )
