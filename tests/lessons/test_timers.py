"""Timers of lessons: statements indented as in a function, tables of what was measured; times themselves are not compared."""

import tinygrad_fr as tg
from tinygrad_fr.lessons.alias import aliased
from tinygrad_fr.lessons.companions.benchmark import Compare, Measurement, Timer


def test_a_statement_may_be_indented_and_read_names():
    seen = []
    timer = Timer("""
        for i in range(x):
            seen.append(i)
        """, setup="""
            x = 3
            y = 1
        """, globals={"seen": seen})  # fmt: skip
    assert timer.timeit(4).number_per_run == 4
    assert seen[:6] == [0, 1, 2, 0, 1, 2]
    assert len(seen) % 3 == 0
    assert timer.blocked_autorange(min_run_time=1e-4).times


def test_a_table_has_a_row_for_each_sub_label_and_thread_count():
    results = [
        Measurement(2, [each * 1e-3], label="dot", sub_label=f"n = {n}", description=who, num_threads=threads)
        for each, (n, who, threads) in enumerate([(1, "mul", 1), (1, "bmm", 1), (64, "mul", 1), (64, "bmm", 2)], 2)
    ]
    assert str(Compare(results)).splitlines() == [
        "[--- dot ---]",
        "          | mul | bmm",
        "1 thread:",
        "    n = 1 | 1.0 | 1.5",
        "   n = 64 | 2.0 |",
        "2 threads:",
        "   n = 64 |     | 2.5",
        "Times are in milliseconds (ms).",
    ]


def test_lessons_find_it_under_pytorchs_name():
    with aliased():
        from torch.utils import benchmark

        assert benchmark.Timer is Timer
    assert not hasattr(tg.utils, "benchmark")
