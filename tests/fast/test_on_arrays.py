"""Operations on arrays by place, as derivatives and equations call them: the generated code answers as the general path does."""

import subprocess
import sys

import numpy as np
import pytest

from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition.composite import Composite
from tinygrad_fr.ops.definition.structured import Structured
from tinygrad_fr.testing.inputs.draws import seeded

pytestmark = pytest.mark.fast("calls on arrays as generated code")
BY_PLACE = [
    name
    for name, op in sorted(registry.items())
    if isinstance(op, Composite | Structured) and op.sampler is not None and not op.signature.variadic
]


def outcome(call, *args):
    """What a call gives, bit for bit, or the sentence that it refuses with."""
    try:
        found = call(*args)
    except Exception as error:  # Python's own too: a missing argument is named
        return type(error), str(error)
    parts = found if isinstance(found, tuple) else (found,)
    return type(found), [(type(part), part.dtype, part.shape, part.tobytes()) for part in map(np.asarray, parts)]


@pytest.mark.parametrize("name", BY_PLACE)
def test_arrays_give_what_the_general_path_gives(name):
    op = registry[name]
    sample = op.sample(seeded(3))
    arrays = [x.astype(np.float32) if getattr(x, "dtype", None) == np.float64 else x for x in sample.inputs]
    told = {**op.signature.optional, **op.signature.defaults, **sample.attrs}
    arrays += [told[x] for x in op.inputs[len(arrays) :]]
    attrs = [told[x] for x in op.signature.attrs]
    for args in (
        (*arrays, *attrs),
        arrays,
        arrays[:1],
        (*arrays, *attrs, 1),
        (arrays[0].astype(np.float16), *arrays[1:], *attrs),
    ):
        if isinstance(args[0], np.ndarray):
            assert outcome(op.call_on_arrays, *args) == outcome(op.general, *args), args


def test_arrays_alone_need_no_handles():
    """Operations can be imported without the tensors that people hold."""
    code = "import sys, numpy as np; from tinygrad_fr.ops import registry; print(registry['softmax'](np.ones(2), -1), 'tinygrad_fr.handles.tensor' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[0.5", "0.5]", "False"]
