"""A new plugin's package: it works from the first minute, and its tests hold it to the contract."""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING

from tinygrad_fr import files
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Container

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FILES = {  # template → what it becomes
    "pyproject.toml": "pyproject.toml",
    "module.py": "{module}.py",
    "test.py": "tests/test_{module}.py",
    "README.md": "README.md",
}


def new_plugin(name: str, around: Path, taken: Container[str] = ()) -> list[Path]:
    """Write the package of a new plugin into a folder of its name.

    Args:
        name: of the plugin: lower-case letters, digits and hyphens.
        around: the folder that gets the new folder.
        taken: names of other plugins.

    Returns:
        The files that were written.

    Raises:
        UsageError: the name will not do, or the folder is there already.
        TinygradError: it cannot be written.
    """
    module = name.replace("-", "_")
    if not _NAME.fullmatch(name) or keyword.iskeyword(module):
        raise UsageError(
            _(
                "a plugin’s name: expected lower-case letters, digits and hyphens, starting with a letter, got “{found}”"
            ).format(found=name)
        )
    if name in taken:
        raise UsageError(_("there is a plugin “{name}” already; choose another name").format(name=name))
    folder = around / name
    if folder.exists():
        raise UsageError(_("{path} is there already, and nothing is overwritten").format(path=folder))
    names = {
        "name": name,
        "module": module,
        "kind": "".join(part.capitalize() for part in name.split("-")),
        "title": name.replace("-", " ").capitalize(),
    }
    files.folder(around)
    hidden = Path(tempfile.mkdtemp(dir=around, prefix=f".{name}."))
    try:
        for source, target in _FILES.items():
            path = hidden / target.format(**names)
            files.folder(path.parent)
            files.write(path, _text(source, names).encode())
        hidden.chmod(0o755)  # mkdtemp's folder is private
        hidden.rename(folder)  # the whole package, or none of it
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    return [folder / target.format(**names) for target in _FILES.values()]


def _text(source: str, names: dict[str, str]) -> str:
    import jinja2

    text = (resources("tinygrad_fr.plugins") / "template" / f"{source}.jinja").read_text(encoding="utf-8")
    template = jinja2.Template(text, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return str(template.render(names))
