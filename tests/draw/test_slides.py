"""Every picture of a command fills a slide with type that a room reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tinygrad_fr.cli.main import group
from tinygrad_fr.locale import set_language

if TYPE_CHECKING:
    from pathlib import Path

LEGIBLE = 14
COMMANDS = [
    "flow rnn", "flow rnn lstm", "flow deep", "gates lstm", "gates gru", "gates lstm --time 2..4", "gates gru --time 1..2",
    "attention gpt", "attention transformer", "maps lenet", "activations", "cliff", "descent", "diagnose mlp",
    "flow rnn lstm gru --set reading=pixels", "flow rnn rnn:init=orthogonal lstm:forget_bias=5 lstm gru",
    "gates lstm --set reading=order", "diff mlp mlp:activation=relu", "diff rnn lstm",
    "render neuron --zoom scalar", "render neuron --pass both", "render gan --pass both", "render lstm --steps 100 --pass both",
    "render neuron", "render mlp --pass woven", "render neuron --pass derivative", "render lstm --pass woven", "render seq2seq --pass woven",
    "render seq2seq --pass derivative", "render gan --pass woven", "render gpt --pass woven", "render transformer --pass woven",
    "render mlp --color gradient", "render lenet --theme dark --pass both",
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_type_is_smaller_than_a_room_reads(command: str, lang: str, tmp_path: Path) -> None:
    set_language(lang)
    path = tmp_path / "slide.svg"
    said = CliRunner().invoke(group(), [*command.split(), "--size", "slide", "-o", str(path)])
    assert said.exit_code == 0, said.output
    text = path.read_text()
    zoom = float(re.search(r'transform="scale\(([\d.]+)', text)[1])
    assert zoom * min(float(size) for size in re.findall(r'font-size="([\d.]+)"', text)) >= LEGIBLE
    width, height = (float(side) for side in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', text).groups())
    assert width * 9 == height * 16


@pytest.mark.long
@pytest.mark.parametrize(
    ("command", "left_out"),
    [
        ("flow rnn lstm gru rnn:init=orthogonal lstm:forget_bias=5", "singular values are left out"),
        ("render neuron --zoom scalar --pass both", "legend"),
        ("render gan --pass both", "legend"),
    ],
)
def test_what_a_slide_leaves_out_is_said(command: str, left_out: str, tmp_path: Path) -> None:
    said = CliRunner().invoke(group(), [*command.split(), "--size", "slide", "-o", str(tmp_path / "slide.svg")])
    assert said.exit_code == 0
    assert left_out in said.output
    without = CliRunner().invoke(group(), [*command.split(), "-o", str(tmp_path / "window.svg")])
    assert left_out not in without.output
