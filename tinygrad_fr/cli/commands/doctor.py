"""``doctor``: what works on this machine, and how to fix what does not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

import click

from tinygrad_fr import installed
from tinygrad_fr.cli.options import json_option
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table
from tinygrad_fr.draw import theme
from tinygrad_fr.draw.engine import engine_name, lay_out
from tinygrad_fr.errors import DrawError
from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.kernels.runtime.cache_directory import cache_directory, spelt_out
from tinygrad_fr.locale import _, language, number

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = "tinygrad_fr"
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/Library/Fonts", "~/Library/Fonts", "C:/Windows/Fonts")  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: its name.
        found: what is here.
        state: ``good``, ``missing`` (something promised does not work), or ``extra`` (something optional is not here).
        mend: how to fix it.
    """

    what: str
    found: str
    state: str = "good"
    mend: str = ""


@click.command("doctor")
@click.option("--forget", is_flag=True, help=_("Remove the weights of trainings that were kept, and stop."))
@json_option()
def command(forget: bool, as_json: bool) -> int:
    if forget:
        from tinygrad_fr.training import kept

        say(_("{n} trainings removed from {path}").format(n=number(kept.forget()), path=kept.folder()))
        return 0
    findings = list(examined())
    missing = [each for each in findings if each.state == "missing"]
    if as_json:
        click.echo(json_text([asdict(each) for each in findings]))
    else:
        signs = {"good": "✓", "missing": "✗", "extra": "–"}
        rows = [[signs[each.state], each.what, each.found, each.mend] for each in findings]
        table(_("This installation"), ["", _("what"), _("found"), _("to mend it")], rows, numbers_from=9)
    say(
        _("{n} things do not work as they should").format(n=len(missing))
        if missing
        else _("everything that a plain install promises works")
    )
    return 1 if missing else 0


def examined() -> Iterator[Finding]:
    """Everything, in the order in which it matters."""
    yield Finding(OWN, installed.version())
    yield Finding("Python", f"{platform.python_version()}, {sys.executable}")
    yield from _packages()
    yield _graphviz()
    yield _font()
    yield _kernels()
    yield Finding(_("cores"), number(cores.count()))
    yield _cache()
    yield _trained()
    yield _words()
    yield _browser()


def _packages() -> Iterator[Finding]:
    """Every package that ours names, and those of its extras that a user may want."""
    from packaging.requirements import Requirement

    wanted = {"tensorboard", "cluster", "mkl"}
    for text in requires(OWN) or []:
        each = Requirement(text)
        extra = next((name for name in sorted(wanted) if each.marker and each.marker.evaluate({"extra": name})), "")
        if each.marker and not extra and not each.marker.evaluate({"extra": ""}):
            continue
        if extra and each.marker and each.marker.evaluate({"extra": ""}):
            extra = ""
        mend = f"pip install '{OWN}[{extra}]'" if extra else f"pip install '{each.name}{each.specifier}'"
        try:
            found = version(each.name)
        except PackageNotFoundError:
            yield Finding(each.name, "–", "extra" if extra else "missing", mend)
            continue
        fits = each.specifier.contains(found, prereleases=True)
        said = found if fits else _("{found}, expected {expected}").format(found=found, expected=each.specifier)
        yield Finding(each.name, said, "good" if fits else "missing", "" if fits else mend)


def _graphviz() -> Finding:
    """Which Graphviz draws, tried on a small graph."""
    name = engine_name()
    mend = "apt install graphviz  ·  brew install graphviz  ·  apt install libglib2.0-0 libexpat1"
    if not name:
        return Finding("Graphviz", _("none: .dot text alone can be written"), "missing", mend)
    try:
        lay_out("digraph { a -> b [label=<<b>x</b>>] }", "svg")
    except DrawError as error:
        return Finding("Graphviz", f"{name}: {error}", "missing", mend)
    if name == "wasm":
        return Finding("Graphviz", _("as WebAssembly, the fallback: SVG only"), "extra", mend)
    where = {"embedded": _("inside pygraphviz"), "dot": shutil.which("dot") or "dot"}
    return Finding("Graphviz", where[name])


def _font() -> Finding:
    """The font that pictures are measured in."""
    file = theme.FONT.replace(" ", "") + ".ttf"
    folders = [spelt_out(folder) for folder in FONTS]
    found = next((path for folder in folders if folder.is_dir() for path in folder.rglob(file)), None)
    if found is not None:
        return Finding(theme.FONT, str(found))
    return Finding(
        theme.FONT,
        _("not found: another font is used, and letters may touch"),
        "extra",
        "apt install fonts-dejavu-core",
    )


def _kernels() -> Finding:
    """A kernel compiled or read back, and run."""
    import numpy as np

    from tinygrad_fr import tensor

    try:
        right = bool(np.allclose(tensor(np.full(10_000, 0.5)).tanh().numpy(), np.tanh(0.5)))
    except Exception as error:  # any error of the compiler
        return Finding(_("kernels"), str(error), "missing", "pip install --force-reinstall numba llvmlite")
    return Finding(
        _("kernels"), _("they compile and run") if right else _("wrong numbers"), "good" if right else "missing"
    )


def _cache() -> Finding:
    """Where generated kernels are kept."""
    folder = cache_directory()
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    around = next(path for path in (folder, *folder.parents) if path.exists())
    if not around.is_dir() or not os.access(around, os.W_OK | os.X_OK):
        return Finding(
            _("kernel cache"), _("{path}: cannot be written; kernels are compiled at each start").format(path=folder),
            "extra", "NUMBA_CACHE_DIR=…",
        )  # fmt: skip
    size = sum(path.stat().st_size for path in files) / 1e6
    return Finding(
        _("kernel cache"),
        _("{path}: {n} files, {size} MB").format(path=folder, n=number(len(files)), size=number(size, 1)),
    )


def _trained() -> Finding:
    """Weights that trainings left for a second look."""
    from tinygrad_fr.training import kept

    count, size = kept.held()
    return Finding(
        _("trainings kept"),
        _("{path}: {n} files, {size} MB").format(path=kept.folder(), n=number(count), size=number(size, 1)),
        mend=_("--forget removes them") if count else "",
    )


def _words() -> Finding:
    """The language in force, and whether its catalogue is here."""
    from tinygrad_fr.locale import DIRECTORY, DOMAIN

    there = (DIRECTORY / "fr" / "LC_MESSAGES" / f"{DOMAIN}.mo").exists()
    said = _("{language}; output in {encoding}").format(language=language(), encoding=sys.stdout.encoding)
    if not there:
        return Finding(
            _("words"), _("the French catalogue is missing"), "missing", "pip install --force-reinstall tinygrad_fr"
        )
    if (sys.stdout.encoding or "").lower().replace("-", "") not in ("utf8", "utf8sig"):
        return Finding(_("words"), said, "extra", "PYTHONUTF8=1")
    return Finding(_("words"), said)


def _browser() -> Finding:
    """Jupyter, which `tutorial open` starts."""
    found = shutil.which("jupyter-lab") or shutil.which("jupyter")
    return Finding("Jupyter", found) if found else Finding("Jupyter", "–", "extra", "pip install jupyterlab")
