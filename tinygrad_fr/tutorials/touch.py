"""Pages that compute, inside a notebook: ``touch.formula("L = (w - 3)**2", at="w=0")`` at the end of a cell.

Each is the page that the command of the same name writes. It lies in a file beside the notebook, and the cell shows it in a
frame. Jupyter strips frames from a notebook that somebody else ran; the link to the file stays.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_fr import files
from tinygrad_fr.draw import flow_diagram, heat_diagram
from tinygrad_fr.explain import flow as read_flow
from tinygrad_fr.explain import gates as read_gates
from tinygrad_fr.explain import observed
from tinygrad_fr.lessons.formula import FormulaModel, like_formula
from tinygrad_fr.locale import _
from tinygrad_fr.page import flow_page, gates_page, run_page
from tinygrad_fr.plugins import Catalogue

if TYPE_CHECKING:
    from tinygrad_fr.explain import Observed
    from tinygrad_fr.plugins import Model

HIGH = 620  # pixels of the frame: the picture, and its controls beside or under it


class Page:
    """A page in a file, which a notebook shows in a frame.

    Attributes:
        path: the file.

    Example:
        >>> Page(Path("neuron.html"), b"<p>")._repr_html_().count("<iframe")
        1
    """

    def __init__(self, path: Path, data: bytes) -> None:
        self.path = path
        self._data = data

    def __repr__(self) -> str:
        return f"<Page {self.path}>"

    def _repr_html_(self) -> str:
        told = _("Open this page alone: {name}").format(name=self.path.name)
        return (
            f'<iframe title="{escape(self.path.stem)}" sandbox="allow-scripts" loading="lazy" width="100%" height="{HIGH}" '
            f'style="border:1px solid #ccd;border-radius:8px" srcdoc="{escape(self._data.decode())}"></iframe>'
            f'<p><a href="{escape(self.path.name)}" target="_blank">{escape(told)}</a></p>'
        )


def step(name: str, /, file: str = "", **settings: Any) -> Page:
    """The page of a model's run, or of a formula at the values of its letters.

    Args:
        name: the model's name, or the formula.
        file: the page's file; the model's name by default.
        **settings: hyper-parameters, or values of letters.

    Raises:
        UsageError: there is no such model, it is no formula, or a letter has no value.
    """
    run = _run(name, settings)
    return _kept(file or run.model.name, run_page(run))


def flow(*names: str, file: str = "", **settings: Any) -> Page:
    """The page of how the gradient comes back through time, models side by side.

    Args:
        *names: the models.
        file: the page's file; ``flow`` with the models' names by default.
        **settings: hyper-parameters, of those models that have them.

    Raises:
        UsageError: there is no such model, or it has neither steps nor layers.
    """
    runs = [_run(name, settings) for name in names]
    found = [read_flow(run, name) for name, run in zip(names, runs, strict=True)]
    page = flow_page(found, lambda: flow_diagram(found), [(run, None, None) for run in runs])
    return _kept(file or "_".join(["flow", *names]), page)


def gates(name: str, /, file: str = "", **settings: Any) -> Page:
    """The page of what the gates of an LSTM or a GRU let through.

    Args:
        name: the model.
        file: the page's file; ``gates`` with the model's name by default.
        **settings: hyper-parameters.

    Raises:
        UsageError: there is no such model, or it has no gates.
    """
    run = _run(name, settings)
    found = read_gates(run)
    return _kept(file or f"gates_{name}", gates_page(found, lambda: heat_diagram([found], [""]), (run, None, None)))


def _run(name: str, settings: dict[str, Any]) -> Observed:
    model: Model = FormulaModel(name) if like_formula(name) else Catalogue().load(name)
    return observed(model, model.settings.replaced({key: str(value) for key, value in settings.items()}))


def _kept(name: str, data: bytes) -> Page:
    path = Path(name).with_suffix(".html")
    files.write(path, data)
    return Page(path, data)
