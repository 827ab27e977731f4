"""Code that pages show runs: the READMEs' and the how-to guides', in both languages, block after block as a reader copies it."""

import re
from pathlib import Path

import pytest

from tinygrad_fr.locale import LANGUAGES
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.testing.contract import PROMISES

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "README.fr.md", "docs/commands.md", "docs/python.md")),
    *sorted((ROOT / "docs" / "site").rglob("howto/*.md")),
]
CODE = {page: re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL) for page in PAGES}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if CODE[page]], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_its_code_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known = {"__name__": "page"}
    for rank, code in enumerate(CODE[page], 1):
        exec(compile(code, f"{page.name}, block {rank}", "exec"), known)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("promise", PROMISES, ids=str)
def test_the_plugin_of_the_guide_keeps_its_promises(lang, promise, tmp_path):
    file = tmp_path / "moons.py"
    file.write_text(CODE[ROOT / "docs" / "site" / lang / "howto" / "plugin.md"][0], encoding="utf-8")
    promise.hold(Catalogue.of((file,)).load("moons"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_its_commands_are_known(page):
    """Options and models of what is to be typed: click says what it does not know, and nothing is run."""
    from tinygrad_fr.cli.main import group

    known = group()
    for line in re.findall(r"tinygrad-fr ((?:--lang \w\w )?[a-z]+)", page.read_text(encoding="utf-8")):
        name = line.split()[-1]
        assert name in known.list_commands(None), (page.name, name)


def test_architecture_names_every_room_in_at_most_200_lines():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = [
        path.name + ("/" if path.is_dir() else "")
        for path in (ROOT / "tinygrad_fr").iterdir()
        if not path.name.startswith("__") and (path.suffix == ".py" or path.is_dir())
    ]
    assert [room for room in rooms if f"`{room}`" not in text and room != "generate.py"] == []
    assert len(text.splitlines()) <= 200


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_of_the_code_that_a_page_names_is_there(page):
    named = re.findall(r"`([a-z_/]+\.py)`", (ROOT / page).read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).exists() and not any((ROOT / "tinygrad_fr").rglob(name))] == []
