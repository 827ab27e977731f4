"""Write every file that is derived from the code.

    python -m tinygrad_fr.generate            # those that take seconds
    python -m tinygrad_fr.generate --all      # also those for which every proof, model and export is run: some minutes
    python -m tinygrad_fr.generate --check    # write nothing; fail where a file is not what the code says

Every text is made before the first file is written, so a definition that is half written changes no file.
"""

from __future__ import annotations

import argparse
import re
import sys
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.files import read, write
from tinygrad_fr.locale import set_language
from tinygrad_fr.record.accelerator import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
_DIGEST = re.compile(r"(?<=Interface `)[0-9a-f]*(?=`)")


@dataclass(frozen=True)
class Derived:
    """A file that the code determines.

    Args:
        path: where it is, from the root of the checkout.
        make: its text, out of the text that it has now.
        slow: whether making it takes minutes.
    """

    path: str
    make: Callable[[str], str]
    slow: bool = False


def _signatures(_old: str) -> str:
    from tinygrad_fr.ops.signatures import stub

    return stub()


def _operations(_old: str) -> str:
    from tinygrad_fr.ops.reference import reference

    return reference()


def _interface(_old: str) -> str:
    return str(import_module("docs.interface").interface())


def _changelog(old: str) -> str:
    """The changelog, with the interface's digest in its newest section."""
    head, mark, newest = old.partition("\n## ")
    newest, other, rest = newest.partition("\n## ")
    digest = import_module("docs.interface").digest(_interface(""))
    newest, found = _DIGEST.subn(digest, newest)
    if not found:
        raise TinygradError(
            "the newest section of CHANGELOG.md has no “Interface `…`”, where the interface’s digest goes"
        )
    return f"{head}{mark}{newest}{other}{rest}"


def _catalogue(_old: str) -> str:
    from tinygrad_fr.locale.catalogue import updated

    return updated().decode()


def _proofs(old: str) -> str:
    from tinygrad_fr.testing.tables.proofs import table

    return table(known=old)


def _every_proof(_old: str) -> str:
    from tinygrad_fr.testing.tables.proofs import table

    return table()


def _onnx(_old: str) -> str:
    from tinygrad_fr.testing.tables.onnx import page

    return page()


def _living(_old: str) -> str:
    from tinygrad_fr.living.table import table

    return table()


DERIVED = (
    Derived("tinygrad_fr/handles/methods.pyi", _signatures),
    Derived("docs/operations.md", _operations),
    Derived("docs/proofs.md", _proofs),
    Derived("docs/api.txt", _interface),
    Derived("CHANGELOG.md", _changelog),
    Derived("tinygrad_fr/locale/fr/LC_MESSAGES/tinygrad_fr.po", _catalogue),
    Derived("docs/proofs.md", _every_proof, slow=True),
    Derived("docs/living.md", _living, slow=True),
    Derived("docs/onnx.md", _onnx, slow=True),
)


def generated(root: Path, *, slow: bool = False) -> dict[Path, tuple[str, str]]:
    """What each derived file holds, and what it would hold.

    Raises:
        TinygradError: this is no checkout, or a file cannot be made from the code as it stands.
    """
    if not (root / "docs" / "interface.py").exists():
        raise TinygradError(f"generate works in a checkout: {root} has no docs/interface.py")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    chosen = {each.path: each for each in DERIVED if slow or not each.slow}  # of one path, the thorough one
    found = {}
    for path, each in chosen.items():
        old = read(root / path).decode() if (root / path).exists() else ""
        try:
            found[root / path] = old, each.make(old)
        except Exception as error:
            raise TinygradError(f"{path} cannot be made: {_said(error, root)}; no file was written") from error
    return found


def _said(error: Exception, root: Path) -> str:
    """An error in one sentence, with the line of the checkout where it comes from."""
    message = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, SyntaxError):
        file = Path(error.filename or "")
        return f"{error.msg} ({file.relative_to(root) if file.is_relative_to(root) else file}:{error.lineno})"
    if isinstance(error, TinygradError):
        return message
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(root)]
    where = f" ({Path(frames[-1].filename).relative_to(root)}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {message}{where}"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write the files, or say which of them would change."""
    parser = argparse.ArgumentParser(prog="python -m tinygrad_fr.generate", description="Write every derived file.")
    parser.add_argument("--all", action="store_true", help="also those for which everything is run: some minutes")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file would change")
    chosen = parser.parse_args(arguments)
    set_language("en")
    try:
        if plain():  # which shows other arguments of its calls
            raise TinygradError("TINYGRAD_FR_PLAIN=1 leaves out what is written down: unset it")
        found = generated(root, slow=chosen.all)
        changed = {path: new for path, (old, new) in found.items() if new != old}
        names = ", ".join(str(path.relative_to(root)) for path in changed)
        if chosen.check and changed:
            raise TinygradError(f"not what the code says: {names}; run python -m tinygrad_fr.generate and commit it")
        for path, new in changed.items():
            write(path, new.encode())
    except TinygradError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"written: {names}" if changed else f"{len(found)} files are what the code says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
