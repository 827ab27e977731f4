"""What takes long to make for the site, kept by the hash of all that it depends on: build/tutorials, build/pictures."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_fr.tutorials import notebook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tinygrad_fr.tutorials.reading import Tutorial

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build"


def _hash(text: str, files: Iterable[Path] = ()) -> str:
    """What changes with a text, with some files, and with the package that runs it."""
    digest = hashlib.sha256(text.encode())
    words = sorted((ROOT / "tinygrad_fr" / "locale").rglob("*.po"))
    for path in [
        *sorted((ROOT / "tinygrad_fr").rglob("*.py")),
        *sorted((ROOT / "plugins").rglob("*.py")),
        *words,
        *files,
    ]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def pictures(lang: str) -> Path:
    """A folder with the pictures that the repository keeps, in a language."""
    kept = WORK / "pictures" / f"{lang}.{_hash(lang)}"
    if not kept.exists():
        for old in kept.parent.glob(f"{lang}.*"):
            shutil.rmtree(old)
        made = kept.with_suffix(".part")
        command = [sys.executable, "-m", "tinygrad_fr", "--lang", lang, "gallery", "--kept", "-o", str(made)]
        subprocess.run(command, check=True)
        made.rename(kept)
    return kept


def _place(tutorial: Tutorial, lang: str) -> Path:
    exercises = sorted((ROOT / "tutorials" / "exercises").glob("*.py"))
    return WORK / "tutorials" / f"{tutorial.name}.{lang}.{_hash(tutorial.text + lang, exercises)}.json"


def keep(tutorial: Tutorial, lang: str, made: Any) -> None:
    """Keep a tutorial that was run; the tests do, so that the site need not run it again."""
    place = _place(tutorial, lang)
    place.parent.mkdir(parents=True, exist_ok=True)
    for old in place.parent.glob(f"{tutorial.name}.{lang}.*"):
        old.unlink()
    place.write_text(json.dumps(made), encoding="utf-8")


def run(tutorial: Tutorial, lang: str) -> dict[str, Any]:
    """A tutorial as it was run, now or before."""
    place = _place(tutorial, lang)
    if not place.exists():
        keep(tutorial, lang, notebook.run(tutorial, lang))
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found
