"""Operations that are called by name often enough to be one function: it answers as the call before it did."""

import inspect
import pickle
from functools import partial

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.fast import by_name
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition.op import Op
from tinygrad_fr.record.node import Node
from tinygrad_fr.testing.inputs.draws import seeded

pytestmark = pytest.mark.fast("calls by name as generated code")
SAMPLED = [
    name for name, op in sorted(registry.items()) if getattr(op, "sampler", None) is not None and name != "select"
]


@pytest.fixture
def often(monkeypatch):
    """An operation that has been called often, and is as it was afterwards."""

    def give(name):
        op = registry[name]
        monkeypatch.setattr(op, "__class__", next(kind for kind in type(op).__mro__ if kind.__call__ is Op.__call__))
        monkeypatch.setattr(by_name, "OFTEN", 1)
        by_name.counted(op)
        return op

    return give


def _told(value):
    if isinstance(value, Node):
        attrs = {key: np.asarray(x, object).tolist() for key, x in value.attrs.items()}
        return _told(value.value), value.op and value.op.name, repr(attrs), value.needs, value.site.line
    if isinstance(value, tuple):
        return tuple(map(_told, value))
    return type(value).__name__, np.asarray(value).dtype, np.asarray(value).tolist()


def _outcome(call, *args, **attrs):
    tg.manual_seed(0)
    try:
        return repr(_told(call(*args, **attrs)))
    except TinygradError as error:
        return type(error), str(error)
    except Exception as error:  # Python's own sentence counts the parameters of a function that may not be written yet
        return type(error), ""


def _ways(op, sample):
    """Calls by place and by name, of arrays and of tensors, with too little and with too much."""
    arrays = [x.astype(np.float32) if getattr(x, "dtype", None) == np.float64 else x for x in sample.inputs]
    many = getattr(op, "signature", None) is not None and op.signature.variadic
    tensors = [tg.tensor(x, requires_grad=x.dtype.kind == "f") if isinstance(x, np.ndarray) else x for x in arrays]
    for given in (arrays, tensors):
        args = (given,) if many else tuple(given)
        yield args, sample.attrs
        yield args, {}
        yield (*args, *sample.attrs.values()), {}
        yield args[:-1], sample.attrs
        yield args, {**sample.attrs, "nothing": 1}
        yield args[1:], {**sample.attrs, "input": args[0]}
        yield (*args, *sample.attrs.values(), 1, 2), {}


@pytest.mark.parametrize("name", SAMPLED)
def test_it_answers_as_before(name, often):
    op = often(name)
    for seed in range(2):
        for args, attrs in _ways(op, op.sample(seeded(seed))):
            expected = _outcome(partial(Op.__call__, op), *args, **attrs)
            assert [_outcome(op, *args, **attrs) for _time in range(2)] == [expected] * 2


@pytest.mark.parametrize("name", ["exp", "mul", "where", "softmax", "stack", "layer_norm_of"])
def test_it_is_the_same_operation(name, often):
    op = often(name)
    before, shown = type(op), inspect.signature(op)
    _outcome(op, tg.ones(2), tg.ones(2))
    assert type(op) not in (before, type(registry["tanh"]))
    assert registry[name] is pickle.loads(pickle.dumps(op)) is op
    assert repr(op) == f"<op {name}>"
    assert inspect.signature(op) == shown


def test_out_is_written(often):
    op, y = often("exp"), tg.zeros(2)
    for _time in range(2):
        assert op(tg.zeros(2), out=y) is y
        assert y.tolist() == [1.0, 1.0]
        y.zero_()


IN_PLACE = [name for name in F.__all__ if hasattr(getattr(F, name), "in_place")]


@pytest.mark.parametrize("name", IN_PLACE)
def test_activations_in_place_answer_as_before(name):
    function, attrs = getattr(F, name), registry[name].defaults
    assert len(IN_PLACE) == 12
    for value in (np.float32([[-2.0, 0.5], [0.0, 8.0]]), np.array([-3, 1])):
        for args, named in [
            ((), {}),
            ((), {"inplace": True}),
            ((), {"inplace": 0}),
            (tuple(attrs.values()), {"inplace": False}),
            ((*attrs.values(), True), {}),
            ((*attrs.values(), False), {}),
            ((), dict.fromkeys(attrs, -0.5)),
            ((), {"nothing": 1}),
        ]:
            for leaf in (
                lambda: tg.tensor(value),  # noqa: B023 - called here
                lambda: tg.tensor(value.astype(np.float32), requires_grad=True) * 1,  # noqa: B023
                lambda: value.copy(),  # noqa: B023
                lambda: 0.5,
            ):
                told = []
                for call in (function.__wrapped__, function):
                    x = leaf()
                    told.append((_outcome(call, x, *args, **named), _told(x)))
                assert repr(told[0]) == repr(told[1])
    assert _outcome(function) == _outcome(function.__wrapped__)
    assert _outcome(function, tg.ones(2), *attrs.values(), False, 1)[0] is TypeError
    assert _outcome(function, input=tg.ones(2)) == _outcome(function.__wrapped__, input=tg.ones(2))
