"""Views without elements can be shown as arrays of numpy, whatever the tensor is that they are of."""

import pytest

import tinygrad_fr as tg

VIEWS = {
    "as_strided": lambda x: x.as_strided((0,), (1,)),
    "a slice": lambda x: x[:0],
    "turned": lambda x: x[:0].T,
    "columns": lambda x: x[:, 2:],
    "expanded": lambda x: x.expand(0, 2, 2),
    "narrowed": lambda x: x.narrow(0, 1, 0),
    "windows": lambda x: x[:0].unfold(1, 1, 1),
    "a diagonal": lambda x: x[:0].diagonal(),
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("needs", [False, True])
def test_a_view_of_nothing_is_an_array(name, needs):
    x = tg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=needs)
    view = VIEWS[name](x)
    for _again in range(2):
        array = view.detach().numpy()
        assert array.shape == tuple(view.shape)
        assert array.size == 0
    x.detach().numpy()[0, 0] = 5
    assert x[0, 0].item() == 5
