"""What people put on a tensor goes with it into a file, as with PyTorch's save; a module is told to compile itself."""

import io

import pytest
import torch

import tinygrad_fr as tg


def through(library, held):
    file = io.BytesIO()
    library.save(held, file)
    file.seek(0)
    return library.load(file, weights_only=False)


def tagged(library, kind):
    made = library.nn.Parameter(library.ones(2)) if kind == "parameter" else library.ones(2)
    made.tag, made.about = "mask", {"scale": library.tensor([0.5]), "n": 3}
    return made


@pytest.mark.parametrize("kind", ["tensor", "parameter"])
@pytest.mark.parametrize("library", [torch, tg])
def test_attributes_of_a_tensor_are_kept(library, kind):
    back = through(library, {"w": [tagged(library, kind)]})["w"][0]
    assert (back.tag, back.about["scale"].tolist(), back.about["n"]) == ("mask", [0.5], 3)
    assert back.tolist() == [1.0, 1.0]


@pytest.mark.filterwarnings("ignore:save")
def test_attributes_of_a_module_s_parameters_are_kept():
    layer = tg.nn.Linear(2, 1)
    layer.weight.tag = ["decayed"]
    back = through(tg, layer)
    layer.weight.tag.append("changed")
    assert back.weight.tag == ["decayed"]


@pytest.mark.parametrize("library", [torch, tg])
def test_what_holds_no_numbers_is_refused_or_kept(library):
    held = library.ones(1)
    held.tag = lambda: None
    with pytest.raises(Exception, match=r"pickle|w\.__dict__|local"):
        through(library, {"w": held})


def test_a_module_told_to_compile_itself_gives_the_same_numbers():
    layer, x = tg.nn.Linear(2, 1), tg.ones(3, 2)
    before = layer(x)
    assert layer.compile(dynamic=True) is None
    assert layer(x).tolist() == before.tolist()
