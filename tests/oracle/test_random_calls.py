"""Random calls of strange shapes, dtypes, values and arguments give PyTorch's values and gradients, or one sentence."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import random_calls_compared

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning", "ignore::DeprecationWarning")

FEW = 300
# Where torch and we are known to differ: a pattern of the calls, one of the difference, and what it is. Each names the operation.
EXCUSED = (
    (r"relu6?\(|[csg]?elu\(|softshrink\(|clamp_?\(|clip_?\(", "^sign of zero", "numpy's maximum and minimum choose either zero"),
    (r"(amin|amax|min|max|maximum|minimum|fmin|fmax)\(", "^sign of zero", "which of two zeros is the larger depends on the order"),
    (r"einsum\(|tensordot\(|matmul\(| @ |mm\(|mv\(|dot\(", "^sign of zero", "a product's zero is added to 0 in one BLAS and not in another"),
    (r"cumsum\(|logcumsumexp\(", "^sign of zero", "torch adds the first element to 0"),
    (r"diag(_embed|flat)?\(|scatter_add\(|index_add\(", "^sign of zero", "here the elements are added to zeros"),
    (r"cross_entropy\(|nll_loss\(", "^sign of zero", "minus the logarithm of 1"),
    (r"quantile\(", "^sign of zero", "between two zeros"),
    (r"(var|std)\(.*tuple\(\)", "", "over no dimension: torch's gradient counts the observations of one"),
    (r"(var|std)\(", "nan|inf", "of infinite elements or too few: torch's gradient is a closed formula, ours that of the mean too"),
    (r"ldexp\(.*T\[(u?int)", "", "torch's gradient takes 2 to the power among small integers, which overflows or is 0"),
    (r"nanmedian\(", "", "torch reads beyond the elements where some are repeated, or NaN"),
    (r"nanmean\(", "nan", "of nothing but NaN: the gradient is 0 here and NaN there"),
    (r"kthvalue\(|topk\(|mode\(|median\(", r"^\[*\d[\d, \[\]]*\]* vs \[*\d|^\d+ vs \d+$", "the index among equal elements"),
    (r"topk\(.*False\)", r"^\[", "unsorted: torch's order says nothing"),
    (r"softsign\(", "nan", "of infinity the value is NaN, and the gradient 0 here and NaN there"),
    (r"xlogy\(|xlog1py\(", "nan", "a gradient of 0 times the logarithm of 0"),
    (r"\*\* |pow", "nan", "a gradient of 0 or of infinity through a power that has none"),
    (r"^[-\d.e]+ / T\[", r" vs \[*-?inf", "a number over one so small that torch's reciprocal overflows"),
    (r"einsum\(.*T\[u?int", "^dtype", "integers of which torch sums one operand first"),
    (r"gcd\(", "9223372036854775808|-1", "the greatest divisor of the least integer overflows"),
    (r"\.(logical_\w+|[lg][te]|eq|ne)_\(", "", "in place, torch lets the gradient pass an answer as if nothing had been asked"),
    (r"(pow\(|\*\*).*10000000000", "inf", "an exponent so large that the one below it rounds to it"),
    (r"digamma\(", "inf", "at a pole"),
    (r"cosine_similarity\(.*e\+300", "", "of numbers whose square overflows"),
    (r"copysign\(.*inf", "nan", "of infinity: torch's gradient divides it by itself"),
    (r"atan2\(.*T\[(u?int|float16)", "", "torch squares small integers and halves in their own type, which overflows"),
)  # fmt: skip


def excused(text: str, difference: str) -> bool:
    return any(re.search(call, text) and re.search(how, difference) for call, how, _why in EXCUSED)


WRONG = ("value", "count", "BARE", "bare", "GRAD BARE", "grad shape", "grad first")


def held_to_torch(seeds):
    wrong = []
    with np.errstate(all="ignore"):
        for seed in seeds:
            found = random_calls_compared.one(seed, 1 + seed % 4)
            if found is not None and found[0] in WRONG and not excused(found[1], found[2]):
                wrong.append((seed, *found))
    return wrong


def test_random_calls():
    assert not held_to_torch(range(FEW))


@pytest.mark.skipif("not config.getoption('--nightly')", reason="ten thousand calls: pytest --nightly")
def test_ten_thousand_calls():
    assert not held_to_torch(range(10_000))
