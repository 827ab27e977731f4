"""Every public name is PyTorch's, or one of ours that is documented; steps of operations are in no namespace."""

import warnings

import pytest

import tinygrad_fr as tg
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops import registry

INTERNAL = sorted(name for name, op in registry.items() if op.explained.shown_as)


def test_steps_of_operations_are_in_no_namespace():
    assert {"kl_div_of", "batch_norm_of", "qr_tall", "linear_at", "to_scalar", "getitem", "cast"} <= set(INTERNAL)
    assert not set(INTERNAL) & {*dir(tg), *F.__all__, *tg.linalg.__all__, *dir(tg.Tensor), *dir(tg.Scalar)} - {"place"}


@pytest.mark.parametrize("name", INTERNAL)
def test_a_name_that_was_public_before_works_and_says_what_to_use(name):
    vars(tg).pop(name, None)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert getattr(tg, name) is registry[name]
    vars(tg).pop(name, None)
    assert [str(each.message) for each in told] == [
        f"tinygrad_fr.{name} is internal, and leaves this namespace in 0.2: use {registry[name].shown_as}"
    ]
    assert told[0].filename == __file__
