"""Running statistics of a batch norm in a compiled step: those of the eager step, to the last bit."""

import numpy as np
import pytest

from tinygrad_fr import compile, manual_seed, nn, tensor


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(8, 3), (64, 300), (4, 3, 5), (8, 16, 32, 32), (2, 3, 8, 8), (2, 1)])
def test_running_statistics_are_the_eager_steps(shape, dtype):
    kind = nn.BatchNorm2d if len(shape) == 4 else nn.BatchNorm1d
    manual_seed(0)
    eager, compiled = (kind(shape[1]).to(tensor(np.zeros(1, dtype)).dtype) for _which in range(2))
    chance = np.random.default_rng(0)

    def step(x):
        y = compiled(x)
        (y * y).sum().backward()
        return y.detach()

    replayed = compile(step, fullgraph=True)
    for scale in range(1, 6):
        x = (chance.normal(size=shape) * scale + scale).astype(dtype)
        y = eager(tensor(x))
        (y * y).sum().backward()
        np.testing.assert_allclose(  # small ones are recorded as their equations, whose last bits differ
            replayed(tensor(x)).numpy(), y.detach().numpy(), *((1e-12, 1e-12) if dtype is np.float64 else (1e-5, 1e-5))
        )
    assert replayed.replays > 0
    for name, value in eager.state_dict().items():
        assert np.array_equal(compiled.state_dict()[name].numpy(), value.numpy()), name
