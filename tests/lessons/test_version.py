"""What a lesson reads as PyTorch's version: the one whose names and numbers these are."""

import tinygrad_fr as tg
from tinygrad_fr.installed import version
from tinygrad_fr.lessons.alias import aliased


def test_a_lesson_that_compares_versions_meets_pytorchs():
    with aliased():
        import torch

        assert tuple(int(part) for part in torch.__version__.split("+")[0].split(".")) >= (2, 0)
        assert version() != torch.__version__  # files and weights keep ours
    assert tg.__version__ == version()
