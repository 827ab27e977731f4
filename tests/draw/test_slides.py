"""Every picture of a command fills a slide with type that a room reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tinygrad_fr.cli.main import group

if TYPE_CHECKING:
    from pathlib import Path

LEGIBLE = 14
COMMANDS = [
    "flow rnn", "flow rnn lstm", "flow deep", "gates lstm", "gates gru", "gates lstm --time 2..4", "gates gru --time 1..2",
    "attention gpt", "attention transformer", "maps lenet", "activations", "cliff", "descent",
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("command", COMMANDS)
def test_no_type_is_smaller_than_a_room_reads(command: str, tmp_path: Path) -> None:
    path = tmp_path / "slide.svg"
    said = CliRunner().invoke(group(), [*command.split(), "--size", "slide", "-o", str(path)])
    assert said.exit_code == 0, said.output
    text = path.read_text()
    zoom = float(re.search(r'transform="scale\(([\d.]+)', text)[1])
    assert zoom * min(float(size) for size in re.findall(r'font-size="([\d.]+)"', text)) >= LEGIBLE
    width, height = (float(side) for side in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', text).groups())
    assert width * 9 == height * 16
