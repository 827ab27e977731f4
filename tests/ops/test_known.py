"""What is found once for each form of arrays and plain numbers is found again for any other, equal ones of another type included."""

import itertools

import numpy as np

from tinygrad_fr.ops.shared.known import Known

VALUES = (1, 1.0, True, None, (1,), (1.0,), (True,), [1], np.int64(1), np.float32(1), (1, 1), ((1,),), "1")
ARRAYS = (None, np.ones(2), np.ones(3), np.ones(2, np.float32), np.ones((2, 1)))


def test_an_answer_is_never_another_question_s():
    known = Known(lambda x, a, b: (None if x is None else (x.shape, x.dtype), repr(a), repr(b)))
    for _time in range(2):
        for x, a, b in itertools.product(ARRAYS, VALUES, VALUES):
            assert known((x,), {"a": a, "b": b}) == known.find(x, a, b)


def test_only_plain_numbers_are_remembered():
    known = Known(lambda x, a: [a])
    for a in VALUES:
        again = known((None,), {"a": a}) is known((None,), {"a": a})
        assert again == (
            type(a) in {int, float, bool, type(None)} or (type(a) is tuple and {type(n) for n in a} == {int})
        )
