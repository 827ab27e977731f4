"""What a lesson prints of a class is what PyTorch writes of its own, inside ``run`` alone."""

import pytest

import tinygrad_fr as tg
from tinygrad_fr.lessons.alias import MissingModuleError, aliased
from tinygrad_fr.lessons.names import another_way, missing

PRINTED = {
    "torch.Tensor": lambda: tg.zeros(1),
    "torch.Size": lambda: tg.zeros(1).shape,
    "torch.dtype": lambda: tg.float32,
    "torch.device": lambda: tg.zeros(1).device,
    "torch.nn.parameter.Parameter": lambda: tg.nn.Linear(1, 1).weight,
    "torch.nn.parameter.UninitializedParameter": lambda: tg.nn.LazyLinear(1).weight,
}


@pytest.mark.parametrize("name", PRINTED)
def test_a_class_by_pytorchs_name(name):
    kind = type(PRINTED[name]())
    before = repr(kind)
    with aliased():
        assert repr(kind) == f"<class '{name}'>"
        with aliased():
            pass
        assert repr(kind) == f"<class '{name}'>"
    assert repr(kind) == before
    assert "tinygrad_fr" in before


def test_a_class_of_the_lesson_keeps_its_name():
    class Mine(tg.Tensor):
        pass

    with aliased():
        assert repr(Mine) == f"<class '{__name__}.test_a_class_of_the_lesson_keeps_its_name.<locals>.Mine'>"


@pytest.mark.parametrize("module", ["torch.multiprocessing", "torch.nested", "torch.fft"])
def test_a_module_that_is_not_here_says_what_to_do(module):
    with aliased(), pytest.raises(MissingModuleError) as caught:
        __import__(module)
    assert another_way(module)
    assert another_way(module) in str(caught.value)


@pytest.mark.parametrize("name", ["bfloat16", "complex64", "linalg.eig", "sparse_coo_tensor"])
def test_a_name_that_is_not_here_says_what_to_do(name):
    (found,) = missing(f"import torch\nx = torch.{name}")
    assert another_way(f"torch.{name}") in str(found)


def test_parts_of_a_lesson_are_timed_by_name():
    with aliased():
        import torch.autograd.profiler as profiler

        with profiler.profile() as prof:
            for _each in range(3):
                with profiler.record_function("step"):
                    pass
    (part,) = prof.key_averages()
    assert (part.key, part.count) == ("step", 3)
    assert "step" in prof.key_averages().table(sort_by="cpu_time_total")
    assert "# of Calls" in str(prof)
