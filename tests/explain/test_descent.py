"""Descents: the paths are the optimizers' own formulas, and the verdicts those of linear algebra."""

import math

import numpy as np
import pytest

from tinygrad_fr.draw import descent_diagram, render
from tinygrad_fr.explain import METHODS, SURFACES, descents
from tinygrad_fr.explain.lenses.descent import NEAR


def only(surface, method, **options):
    (found,) = descents(surface, [method], **options)
    return found


def test_sgd_in_the_ravine_is_two_geometric_series():
    found = only("ravine", "sgd", lr=0.03, steps=40)
    k = np.arange(41)
    assert np.array(found.path) == pytest.approx(np.stack([-3.5 * 0.97**k, (1 - 50 * 0.03) ** k], axis=1), rel=1e-9)


def test_momentum_is_its_recurrence():
    found = only("bowl", "momentum", lr=0.1, steps=30)
    w, v = np.array(SURFACES["bowl"].start), np.zeros(2)
    for point in found.path:
        assert point == pytest.approx(w, rel=1e-9)
        v = 0.9 * v + w
        w = w - 0.1 * v


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SURFACES)
def test_the_first_step_goes_against_the_numerical_gradient(name, method):
    surface, (x, y), eps = SURFACES[name], SURFACES[name].start, 1e-6
    slope = np.array(
        [
            (surface.height(x + eps, y) - surface.height(x - eps, y)) / (2 * eps),
            (surface.height(x, y + eps) - surface.height(x, y - eps)) / (2 * eps),
        ]
    )
    step = np.subtract(only(name, method, lr=1e-6, steps=1).path[1], (x, y))
    if METHODS[method].scaled:
        if method == "adamw":  # it also shrinks the point itself by a hundredth of η
            step += 1e-6 * 0.01 * np.array([x, y])
        assert (np.sign(step) == -np.sign(slope)).all()
        assert abs(step[0]) == pytest.approx(abs(step[1]), rel=1e-4)  # whatever the slopes
    else:
        times = 1.9 if method == "nesterov" else 1  # it looks ahead already
        assert step == pytest.approx(-1e-6 * times * slope, rel=1e-4)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_minima_are_the_lowest_of_the_map(surface):
    assert surface.lowest <= surface.map().min() + 1e-12
    for minimum in surface.minima:
        assert surface.height(*minimum) == pytest.approx(surface.lowest, abs=1e-15)


def test_sgd_is_lost_past_two_over_the_curvature():
    assert only("ravine", "sgd", lr=1.99 / 50).diverged is None
    lost = only("ravine", "sgd", lr=2.3 / 50, steps=500)
    factor, first = 1.3, SURFACES["ravine"].height(-3.5, 1.0)
    # J ≈ 25·1.3^(2k) passes ten thousand times the first height
    assert lost.diverged == math.ceil(math.log(1e4 * first / 25) / math.log(factor**2))
    assert lost.arrived is None
    assert lost.sentence() == f"diverges: lost at step {lost.diverged}"


def test_arriving_is_staying():
    for found in descents("bowl"):
        if found.arrived is not None:
            assert all(math.hypot(*point) <= NEAR for point in found.path[found.arrived :])
            assert math.hypot(*found.path[found.arrived - 1]) > NEAR
    slow = only("bowl", "sgd", lr=0.01, steps=10)
    assert slow.arrived is None
    assert slow.sentence() == "not there after 10 steps: 3.89 away"
    assert only("bowl", "sgd", lr=0.1).sentence() == "at the minimum from step 43 on"


def test_momentum_is_faster_where_the_ground_is_uneven_and_only_there():
    assert only("ravine", "momentum").arrived < only("ravine", "sgd").arrived
    assert only("bowl", "momentum").arrived > only("bowl", "sgd").arrived


def test_a_way_that_leaves_the_map_is_drawn_to_its_edge():
    for lr in (0.5, 1e200):
        assert render(descent_diagram(descents("ravine", ["sgd", "adam"], lr=lr)), "svg").startswith(b"<svg")
