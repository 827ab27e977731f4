"""Products shared among cores equal numpy's, however matrices lie in memory and wherever they are cut."""

import inspect
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numba import njit

from tinygrad_fr.kernels.arrays import products
from tinygrad_fr.kernels.runtime import cores, work_queue
from tinygrad_fr.kernels.runtime.work_queue import parallel
from tinygrad_fr.ops import contraction


@pytest.fixture
def eager_to_share(monkeypatch):
    """Three cores, and everything worth sharing."""
    monkeypatch.setattr(cores, "ENOUGH", 1)
    monkeypatch.setattr(cores, "count", lambda: 3)
    monkeypatch.setattr(products, "_ENOUGH", 0)
    forget_plans()
    yield
    forget_plans()


def forget_plans():
    products._multiplier_of.cache_clear()
    products.multiplier.cache_clear()


@pytest.fixture
def one_core(monkeypatch):
    """Everything is BLAS's by its address."""
    monkeypatch.setattr(products, "_ENOUGH", 0)
    forget_plans()
    yield
    forget_plans()


@st.composite
def problems(draw):
    """Whole numbers, so that sums are exact in any order and nothing but equality will do."""
    m, k, n = (draw(st.integers(1, 40)) for _side in range(3))
    lead = draw(st.sampled_from([(), (), (3,), (2, 3), (1, 5)]))
    other = draw(st.sampled_from([lead, ()])) if lead else ()
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    chance = np.random.default_rng(draw(st.integers(0, 99)))

    def matrices(lead, rows, columns):
        way = draw(st.sampled_from(["whole", "turned", "cut", "backwards"]))
        shape = (*lead, columns, rows) if way == "turned" else (*lead, rows, columns * (1 + (way == "cut")))
        found = chance.integers(-8, 9, shape).astype(dtype)
        if way == "turned":
            return found.mT
        return found[..., ::2] if way == "cut" else found[..., ::-1] if way == "backwards" else found

    return matrices(lead, m, k), matrices(other, k, n)


def equal(problem):
    a, b = problem
    found = products.matmul(a, b)
    assert np.array_equal(found, np.matmul(a, b))
    assert found.dtype == a.dtype
    assert found.flags.writeable
    assert np.array_equal(products.matmul(a, b, np.empty_like(found)), found)


@pytest.mark.usefixtures("eager_to_share")
@settings(max_examples=400, deadline=None)
@given(problems())
def test_they_equal_numpys(problem):
    equal(problem)


@pytest.mark.usefixtures("one_core")
@settings(max_examples=200, deadline=None)
@given(problems())
def test_they_equal_numpys_on_one_core(problem):
    equal(problem)


@pytest.mark.usefixtures("eager_to_share")
def test_what_is_not_two_stacks_of_floats_is_numpys():
    a = np.arange(12.0).reshape(3, 4)
    for x, y in (
        (a, np.arange(4.0)),
        (np.arange(3.0), a),
        (a, a.T.astype(np.float32)),
        (a.astype(int), a.T.astype(int)),
    ):
        assert np.array_equal(products.matmul(x, y), np.matmul(x, y))
    swapped = a.astype(">f8")
    assert np.array_equal(products.matmul(swapped, swapped.T), a @ a.T)  # of the other byte order
    assert products.matmul(np.zeros((0, 3)), np.zeros((3, 2))).shape == (0, 2)
    with pytest.raises(ValueError, match="matmul"):
        products.matmul(a, a)


@pytest.mark.usefixtures("eager_to_share")
def test_every_core_is_given_its_part_however_long_they_wait(monkeypatch):
    """Work that follows at once finds its workers awake, later work wakes them; each item is done once."""
    monkeypatch.setattr(cores, "TURNS", 2000)
    cores._team.cache_clear()
    seen = []

    def work(*part):
        seen.append(part)
        time.sleep(pause)

    for pause in (0, 0, 0.01, 0, 0.01):
        time.sleep(pause)
        for items in (1, 2, 7):
            seen.clear()
            parts = cores.parallel_for(work, items, 500)
            assert parts == min(3, items)
            ends = [items * i // parts for i in range(parts + 1)]
            assert sorted(seen) == [(ends[i], ends[i + 1], i) for i in range(parts)]
    cores._team.cache_clear()


@parallel
@njit
def counted(seen, failing, start, stop, part):
    for i in range(start, stop):
        seen[i] += part + 1
    if part == failing:
        raise ValueError


def test_a_work_has_as_many_parts_at_most_as_the_queue_has_bits():
    assert cores.PARTS == work_queue.MOST


@pytest.mark.usefixtures("eager_to_share")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.integers(1, 50), pause=st.sampled_from([0, 0, 0, 0.001, 0.003]))
def test_each_part_of_a_kernel_is_done_once(monkeypatch, items, pause):
    monkeypatch.setattr(cores, "TURNS", 2000)
    seen = np.zeros(items, int)
    time.sleep(pause)
    parts = cores.parallel_for(counted, items, 500, seen, -1)
    assert parts == min(3, items)
    assert (seen == np.repeat(np.arange(parts) + 1, np.diff([items * i // parts for i in range(parts + 1)]))).all()


def test_whoever_looks_for_the_source_of_a_parallel_kernel_finds_the_kernel():
    """numba does, and Python 3.13 reads the file from the line that a function says."""
    assert inspect.getsource(counted.together.py_func).startswith("@parallel\n@njit\ndef counted(")


@pytest.mark.usefixtures("eager_to_share")
def test_a_kernel_that_fails_is_told():
    seen = np.zeros(9, int)
    with pytest.raises(RuntimeError, match="counted"):
        cores.parallel_for(counted, 9, 500, seen, 1)
    assert cores.parallel_for(counted, 9, 500, seen, -1) == 3


@pytest.mark.usefixtures("eager_to_share")
def test_after_an_interruption_a_new_team_works():
    def work(*part):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cores.parallel_for(work, 3, 500)
    seen = np.zeros(9, int)
    assert cores.parallel_for(counted, 9, 500, seen, -1) == 3
    assert (seen > 0).all()


@pytest.mark.usefixtures("eager_to_share")
@pytest.mark.parametrize("where", [0, 1])
def test_an_error_comes_out_and_nothing_is_left_running(where):
    def work(start, stop, part):
        if part == where:
            raise ValueError(f"part {part}")

    for _again in range(2):
        with pytest.raises(ValueError, match=f"part {where}"):
            cores.parallel_for(work, 3, 500)
    assert cores.parallel_for(lambda *part: None, 3, 500) == 3


@pytest.mark.usefixtures("eager_to_share")
def test_work_that_is_shared_shares_nothing_itself():
    inside = []
    assert cores.parallel_for(lambda *part: inside.append(cores.parallel_for(lambda *own: None, 3, 500)), 3, 500) == 3
    assert inside == [1, 1, 1]


def test_other_threads_and_forked_processes_use_one_core(monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setattr(cores, "count", lambda: 2)
    assert cores.parts_of(8, 1e9) == 2
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(cores.parts_of, 8, 1e9).result() == 1
    monkeypatch.setattr(cores, "_alone", False)
    cores._forked()
    assert cores.parts_of(8, 1e9) == 1


@pytest.mark.parametrize(
    "subscripts",
    [
        "ij,kj->ik",
        "ij,jk->ki",
        "bij,bjk->bik",
        "bihd,bjhd->bhij",
        "bhij,bjhd->bihd",
        "ij,ij->i",
        "i,i->",
        "abc,cd->abd",
        "ab,cb->",
        "ij,j->i",
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_sum_of_products_is_one_of_matrices_where_it_can_be(subscripts, dtype, monkeypatch):
    """Whatever the order of the dimensions; the same as numpy's own sum, in float64."""
    monkeypatch.setattr(contraction, "_WORTH_MATRICES", 0)
    generator = np.random.default_rng(0)
    letters = sorted(set(subscripts) - set(",->"))
    for _each in range(5):
        sides = {c: int(generator.integers(0, 6)) for c in letters}
        a, b = (
            generator.normal(size=[sides[c] for c in term]).astype(dtype)
            for term in subscripts.split("->")[0].split(",")
        )
        wanted = np.einsum(subscripts, a.astype(np.float64), b.astype(np.float64))
        found = contraction._by_matrices(a, b, subscripts)
        if subscripts == "ab,cb->":  # what stands in one operand alone is summed by numpy
            assert found is None
            continue
        assert found.dtype == dtype
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5 if dtype is np.float32 else 1e-12)
