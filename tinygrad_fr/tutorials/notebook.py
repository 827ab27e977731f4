"""Tutorials as notebooks: made for one language, run as a student runs them."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from tinygrad_fr.tutorials.reading import Tutorial

# Whoever opens the file: its pictures and answers are in its own language, whatever that of the machine.
SPEAK = '\nfrom tinygrad_fr.locale import set_language\n\nset_language("{lang}")'
TIME = 600  # seconds that a cell may take before it is given up


def notebook(tutorial: Tutorial, lang: str) -> Any:
    """A tutorial as a notebook (nbformat 4) in one language, with nothing run yet."""
    from nbformat import v4

    made: Any = v4.new_notebook()  # type: ignore[no-untyped-call]
    made.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "title": tutorial.title(lang),
    }
    for cell in tutorial.read(lang):
        make: Any = v4.new_markdown_cell if cell.kind == "markdown" else v4.new_code_cell
        made.cells.append(make(cell.source, id=cell.id))
    first = next(cell for cell in made.cells if cell.cell_type == "code")
    first.source += SPEAK.format(lang=lang)
    return made


def written(made: Any) -> str:
    """A notebook as the text of its file."""
    import nbformat

    text: str = nbformat.writes(made) + "\n"  # type: ignore[no-untyped-call]
    return text


def run(tutorial: Tutorial, lang: str, *, more: str = "", pages: Path | None = None) -> Any:
    """A tutorial as a notebook with its outputs, run in a fresh kernel and an empty folder.

    Args:
        tutorial: which one.
        lang: language of its text.
        more: code that its first cell ends with.
        pages: the folder that is given the pages that its cells write.

    Raises:
        DataError: a cell fails; the message names it.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    made = notebook(tutorial, lang)
    next(cell for cell in made.cells if cell.cell_type == "code").source += more
    before = os.environ.get("TINYGRAD_FR_LANG")
    os.environ["TINYGRAD_FR_LANG"] = lang  # the kernel's environment is this one
    try:
        with tempfile.TemporaryDirectory() as folder:
            client = NotebookClient(
                made,
                timeout=TIME,
                kernel_name="python3",
                resources={"metadata": {"path": folder}},
                extra_arguments=["--IPKernelApp.log_level=40"],
            )
            client.execute()
            if pages is not None:
                for page in Path(folder).glob("*.html"):
                    shutil.copy(page, pages)
    except (CellExecutionError, CellTimeoutError) as error:
        failing = next((cell.id for cell in made.cells if _failed(cell)), "?")
        said = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise DataError(
            _("tutorial {number}, cell “{cell}” ({lang}): {error}").format(
                number=tutorial.number, cell=failing, lang=lang, error=said
            )
        ) from error
    finally:
        if before is None:
            os.environ.pop("TINYGRAD_FR_LANG")
        else:
            os.environ["TINYGRAD_FR_LANG"] = before
    return made


def _failed(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", ()))
