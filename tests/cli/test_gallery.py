"""The gallery is what its commands draw."""

import re
import shlex

import pytest

from tinygrad_fr.cli.commands import gallery
from tinygrad_fr.cli.main import group

ENTRIES = [entry for entries in gallery.shown().values() for entry in entries]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.file)
def test_every_command_is_one(entry):
    name, *words = shlex.split(entry.arguments)
    command = group().get_command(None, name)
    command.make_context(name, [*words, "-o", entry.file])


def test_no_two_pictures_share_a_file():
    files = [entry.file for entry in ENTRIES]
    assert len(set(files)) == len(files)


@pytest.mark.long
def test_the_index_shows_every_picture(monkeypatch, tmp_path):
    few = {"Two": [entry for entry in ENTRIES if entry.file in ("derivative.svg", "page.html")]}
    monkeypatch.setattr(gallery, "shown", lambda: few)
    monkeypatch.setattr(gallery, "of_models", lambda found: [gallery.Entry("model-neuron.svg", "n", "render neuron")])
    gallery.command.callback(place=tmp_path / "g", kept=False, files=(), strict=False)
    index = (tmp_path / "g" / "index.html").read_text()
    assert sorted(set(re.findall(r'href="([^"]+)"', index))) == ["derivative.svg", "model-neuron.svg", "page.html"]
    for name in ("derivative.svg", "model-neuron.svg", "page.html", "index.html"):
        assert name.endswith(".svg") or "Content-Security-Policy" in (tmp_path / "g" / name).read_text()
        assert (tmp_path / "g" / name).stat().st_size > 1000


def test_the_whole_gallery(request, tmp_path):
    if not request.config.getoption("--nightly"):
        pytest.skip("half a minute and more: pytest --nightly")
    gallery.command.callback(place=tmp_path, kept=False, files=(), strict=True)
    assert len(list(tmp_path.iterdir())) > 35
