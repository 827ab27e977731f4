"""Transforms: what they do to an image whose answer is known, seeded, row by row."""

import numpy as np
import pytest

from tinygrad_fr import Generator, tensor
from tinygrad_fr.data.transforms import Crop, Flip, Noise, Normalise, Rotate, Shift, augment
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.plugins import Batch


def dot(n=64, side=9, at=(4, 4)):
    images = np.zeros((n, 1, side, side), np.float32)
    images[:, :, at[0], at[1]] = 1
    return images


def test_a_shift_moves_the_dot_by_no_more_than_asked_everywhere_in_reach():
    found = Shift(2)(dot(400), Generator(0))
    assert found.shape == (400, 1, 9, 9)
    assert found.sum() == 400
    places = {tuple(map(int, np.argwhere(image[0])[0])) for image in found}
    assert places == {(i, j) for i in range(2, 7) for j in range(2, 7)}


def test_what_is_shifted_out_is_gone():
    found = Shift(2)(dot(400, at=(0, 0)), Generator(0))
    assert 0 < found.sum() < 400


def test_a_crop_is_a_window_of_the_image():
    images = np.arange(25, dtype=np.float32).reshape(1, 5, 5).repeat(50, axis=0)
    found = Crop(3, 2)(images, Generator(0))
    assert found.shape == (50, 3, 2)
    assert all(np.array_equal(image - image[0, 0], [[0, 1], [5, 6], [10, 11]]) for image in found)
    assert len({image[0, 0] for image in found}) == 12
    with pytest.raises(ShapeError, match="expected images of at least 6×2, got 5×5"):
        Crop(6, 2)(images, Generator(0))


def test_a_quarter_turn_is_one():
    class Quarter:
        class numpy:  # noqa: N801
            @staticmethod
            def uniform(_low, _high, n):
                return np.full(n, 90.0)

    images = np.random.default_rng(0).random((3, 1, 6, 6)).astype(np.float32)
    assert np.allclose(Rotate(180)(images, Quarter()), np.rot90(images, axes=(-2, -1)), atol=1e-5)


def test_turns_stay_within_their_bound():
    images = dot(200, side=21, at=(2, 10))
    found = Rotate(10)(images, Generator(0))
    columns = (found[:, 0] * np.arange(21)).sum(axis=(1, 2)) / found[:, 0].sum(axis=(1, 2)) - 10
    bound = 8 * np.sin(np.radians(10))
    assert np.abs(columns).max() <= bound + 0.1
    assert columns.min() < -0.5 * bound
    assert columns.max() > 0.5 * bound


def test_flips_are_left_to_right_for_about_half():
    images = np.arange(4, dtype=np.float32).reshape(1, 2, 2).repeat(1000, axis=0)
    found = Flip()(images, Generator(0))
    mirrored = (found == images[0, :, ::-1]).all(axis=(1, 2))
    assert ((found == images[0]).all(axis=(1, 2)) ^ mirrored).all()
    assert 430 < mirrored.sum() < 570
    assert np.array_equal(Flip(0.0)(images, Generator(0)), images)


def test_noise_has_the_deviation_asked():
    found = Noise(0.25)(np.zeros((1000, 10), np.float32), Generator(0))
    assert found.dtype == np.float32
    assert found.std() == pytest.approx(0.25, rel=0.02)


def test_normalised_columns_and_pixels():
    rows = np.array([[1.0, 10.0, 5.0], [3.0, 30.0, 5.0]], np.float32)
    assert Normalise.of(rows)(rows).tolist() == [[-1, -1, 0], [1, 1, 0]]
    images = np.random.default_rng(0).random((5, 4, 4)).astype(np.float32)
    found = Normalise.of(images)(images)
    assert found.mean() == pytest.approx(0, abs=1e-6)
    assert found.std() == pytest.approx(1, abs=1e-6)
    assert np.array_equal(np.argsort(found.ravel()), np.argsort(images.ravel()))


def test_the_same_seed_gives_the_same_rows_and_the_next_batch_others():
    change = augment(Shift(2), Rotate(15), Noise(0.1), Flip())
    batch = Batch(tensor(dot(8)), tensor(np.arange(8)))
    one, other = Generator(3), Generator(3)
    first = change(batch, one)
    assert np.array_equal(first.inputs.detach().numpy(), change(batch, other).inputs.detach().numpy())
    assert not np.array_equal(first.inputs.detach().numpy(), change(batch, one).inputs.detach().numpy())
    assert first.target is batch.target
    assert first.inputs.dtype == np.float32
    assert np.array_equal(batch.inputs.detach().numpy(), dot(8))
