"""The digits are scikit-learn's."""

import numpy as np
from sklearn.datasets import load_digits

from tinygrad_fr.data.digits import _images, digits


def test_the_file_is_read_as_scikit_learn_reads_it():
    images, labels = _images()
    expected = load_digits()
    assert np.array_equal(images, (expected.images / 16).astype(np.float32))
    assert np.array_equal(labels, expected.target)
    assert (images.dtype, labels.dtype) == (np.float32, np.int64)


def test_every_image_is_on_one_side():
    train, test = digits(test=0.25, seed=3)
    assert len(train[0]) + len(test[0]) == 1797
    assert len(test[0]) == 449
