"""Matrices as coloured cells."""

import numpy as np

from tinygrad_fr.draw import grid_diagram


def texts(diagram):
    return [mark.text for mark in diagram.marks if mark.text]


def test_every_number_is_written_in_its_cell():
    shown = texts(grid_diagram("", "", {"a": [[1, -2, 0]], "b": [[0.5], [-0.25]]}, rows=["first"]))
    assert shown == ["a", "1.00", "−2.00", "0.00", "first", "b", "0.50", "−0.25"]


def test_whole_numbers_have_no_decimals():
    assert texts(grid_diagram("", "", {"a": [[1, -2]]})) == ["a", "1", "−2"]


def test_a_wide_matrix_is_colours_alone_with_its_numbers_as_tooltips():
    drawn = grid_diagram("", "", {"a": np.full((2, 40), 0.5)})
    assert texts(drawn) == ["a"]
    assert [mark.tooltip for mark in drawn.marks if mark.fill] == ["0.50"] * 80


def test_colours_say_sign_and_zero():
    negative, zero, positive = (mark.fill for mark in grid_diagram("", "", {"a": [[-1, 0, 1]]}).marks if mark.fill)
    assert len({negative, zero, positive}) == 3


def test_grids_that_do_not_fit_go_on_underneath():
    drawn = grid_diagram("", "", dict.fromkeys("abc", np.full((3, 12), 0.5)))
    tops = [mark.at[1] for mark in drawn.marks if mark.text in ("a", "b", "c")]
    assert tops[0] > tops[1] > tops[2]
