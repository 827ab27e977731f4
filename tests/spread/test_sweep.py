"""A sweep: on processes of this machine and on a cluster, with workers that die, the same numbers come out."""

import csv
import json
import signal
import socket
import subprocess
import sys
import time
import warnings
from dataclasses import asdict, replace

import pytest

from tinygrad_fr.errors import DataError, TinygradError, UsageError
from tinygrad_fr.spread import Sweep, Workers
from tinygrad_fr.spread.sweep import ASKED, LINES, TABLE
from tinygrad_fr.training.folder import CHECKPOINT, CONFIG
from tinygrad_fr.training.weights import WEIGHTS

GRID = {"lr": ("0.1", "0.01"), "hidden": ("2", "4")}


def swept(path, plugin, workers=None, grid=GRID, **more):
    sweep = Sweep(path, "small", grid, seeds=2, plugins=(plugin,), **more)
    told = []
    rows = sweep.run(workers or Workers(2), lambda cell, row, over, total: told.append((over, total)))
    return sweep, rows, told


def figures(rows):
    return [asdict(replace(row, seconds=0.0, lost=[])) for row in rows]


def weights(sweep):
    return {cell.title: (cell.path / WEIGHTS).read_bytes() for cell in sweep.cells()}


@pytest.fixture
def undisturbed(tmp_path, plugin):
    return swept(tmp_path / "undisturbed", plugin)


@pytest.fixture
def cluster():
    """A real scheduler with two worker processes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own
        from distributed import LocalCluster

        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as found:
            yield found


@pytest.mark.long
def test_every_combination_and_seed_is_a_row_and_a_run(tmp_path, undisturbed):
    sweep, rows, told = undisturbed
    assert [(row.values["lr"], row.values["hidden"], row.seed) for row in rows] == [
        (lr, hidden, seed) for lr in GRID["lr"] for hidden in GRID["hidden"] for seed in (0, 1)
    ]
    assert told == [(n, 8) for n in range(1, 9)]
    assert all(row.status == "done" and 0 <= row.score <= 1 and row.epochs == 6 for row in rows)
    assert len(set(weights(sweep).values())) == 8
    lines = [json.loads(line) for line in (sweep.path / LINES).read_text().splitlines()]
    assert lines == [asdict(row) for row in rows]
    table = list(csv.DictReader((sweep.path / TABLE).read_text().splitlines()))
    assert [(line["lr"], line["hidden"], line["seed"], float(line["score"])) for line in table] == [
        (*row.values.values(), str(row.seed), row.score) for row in rows
    ]
    for group in sweep.groups(rows):
        assert len(group.scores) == 2
        assert min(group.scores) <= group.mean <= max(group.scores)


@pytest.mark.long
def test_a_worker_of_this_machine_that_dies_is_replaced_and_named(tmp_path, plugin, undisturbed):
    # a cell whose process ends in the middle goes on from its last state
    fate = {"fate": f"once:{tmp_path / 'died'}"}
    sweep, rows, _told = swept(tmp_path / "killed", plugin, fixed=fate)
    assert (tmp_path / "died").exists()
    lost = [worker for row in rows for worker in row.lost]
    assert lost
    assert all(worker.startswith(socket.gethostname() + ":") for worker in lost)
    assert all(row.status == "done" for row in rows)
    lines = [json.loads(line) for line in (sweep.path / LINES).read_text().splitlines()]
    assert [worker for line in lines for worker in line["lost"]] == lost


@pytest.mark.long
def test_one_worker_of_a_cluster_dies_half_way(tmp_path, plugin, cluster):
    quiet = {"fate": f"once:{tmp_path / 'died'}"}
    (tmp_path / "died").touch()  # nobody dies: the same draws, undisturbed
    whole, expected, _told = swept(tmp_path / "whole", plugin, fixed=quiet)
    (tmp_path / "died").unlink()
    sweep, rows, _told = swept(tmp_path / "cluster", plugin, Workers(cluster=cluster.scheduler_address), fixed=quiet)
    assert (tmp_path / "died").exists()
    assert sum(len(row.lost) for row in rows) == 1
    assert figures(rows) == figures(expected)
    assert weights(sweep) == weights(whole)


@pytest.mark.long
def test_an_interruption_does_not_wait_for_a_cluster(tmp_path, plugin, cluster):
    """Ctrl-C ends at once, and so do the pieces under way: the workers are free for what comes next."""
    begun = tmp_path / "begun"
    done = subprocess.Popen(
        [sys.executable, "-c", "from tinygrad_fr.cli import main; main()", "--lang", "en", "sweep", "small",
         "--plugin", str(plugin), "--grid", "lr=0.1,0.01", "--set", f"fate=slow:{begun}", "--seeds", "3",
         "-d", str(tmp_path / "s"), "--cluster", cluster.scheduler_address],
        stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    while not begun.exists() and done.poll() is None:
        time.sleep(0.1)
    done.send_signal(signal.SIGINT)
    _, said = done.communicate(timeout=30)
    assert done.returncode == 130, said
    assert "keeps what is done: the same command goes on" in said
    assert "Traceback" not in said
    results = [one.result for one in Workers(cluster=cluster.scheduler_address).each(abs, [-1, 2, -3, 4])]
    assert sorted(results) == [1, 2, 3, 4]
    assert not begun.with_name("begun.through").exists(), "a worker went on with what nobody wants"


@pytest.mark.long
def test_what_kills_every_worker_is_given_up_and_tried_again_later(tmp_path, plugin):
    grid = {"fate": ("", "always")}
    sweep, rows, _told = swept(tmp_path / "s", plugin, grid=grid)
    assert {row.values["fate"]: row.status for row in rows} == {"": "done", "always": "lost"}
    lost = [row for row in rows if row.status == "lost"]
    assert all(len(row.lost) == 3 and "3" in row.cause for row in lost)
    assert not any(row.lost for row in rows if row.status == "done"), "a death takes no neighbour with it"
    assert [cell.values["fate"] for cell in sweep.cells() if cell.row() is None] == ["always", "always"]


@pytest.mark.long
def test_a_cell_that_fails_or_diverges_is_a_row(tmp_path, plugin):
    grid = {"fate": ("", "fail"), "lr": ("0.01", "3e38")}
    sweep, rows, _told = swept(tmp_path / "s", plugin, grid=grid)
    found = {(row.values["fate"], row.values["lr"]): row for row in rows}
    assert found["", "0.01"].status == "done"
    assert found["", "3e38"].status == "diverged"
    assert "step 1" in found["", "3e38"].cause
    assert found["fail", "0.01"].status == "failed"
    assert found["fail", "0.01"].cause == "the model's own error"
    assert sum(cell.row() is None for cell in sweep.cells()) == 4, "a failure may pass, and is tried again"


@pytest.mark.long
def test_the_same_command_does_what_is_missing(tmp_path, plugin, undisturbed):
    sweep, rows, _told = undisturbed
    before = weights(sweep)
    cells = sweep.cells()
    (cells[3].path / "row.json").unlink()  # as if it was stopped just before its end
    kept = {cell.path: (cell.path / CHECKPOINT).stat().st_mtime_ns for cell in cells}
    _sweep, again, told = swept(sweep.path, plugin)
    assert told == [(8, 8)]
    assert figures(again) == figures(rows)
    assert weights(sweep) == before
    assert [cell.title for cell in cells if (cell.path / CHECKPOINT).stat().st_mtime_ns != kept[cell.path]] == [
        cells[3].title
    ]
    more = replace(sweep, seeds=3)
    assert [row.seed for row in more.run(Workers(2))][:3] == [0, 1, 2]
    assert weights(sweep) == before


@pytest.mark.long
@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"grid": {"lr": ("0.1",)}}, "its grid is"),
        ({"grid": GRID, "fixed": {"fate": ""}}, "its settings is"),
        ({"grid": GRID, "epochs": 2}, "its epochs is null, not 2"),
    ],
)
def test_the_folder_of_another_sweep_is_left_alone(tmp_path, plugin, undisturbed, other, words):
    sweep, _rows, _told = undisturbed
    before = weights(sweep)
    with pytest.raises(UsageError, match="holds another sweep") as caught:
        swept(sweep.path, plugin, **other)
    assert words in str(caught.value)
    assert weights(sweep) == before


@pytest.mark.long
def test_what_was_damaged_is_named(tmp_path, plugin, undisturbed):
    sweep, _rows, _told = undisturbed
    cell = sweep.cells()[0]
    (cell.path / "row.json").write_text('{"values": 3')
    with pytest.raises(DataError, match=r"row\.json is damaged"):
        swept(sweep.path, plugin)
    (cell.path / "row.json").unlink()
    (cell.path / CONFIG).write_text((cell.path / CONFIG).read_text().replace('"seed": 0', '"seed": 5'))
    _sweep, rows, _told = swept(sweep.path, plugin)
    assert rows[0].status == "failed"
    assert "holds another run" in rows[0].cause
    (sweep.path / ASKED).write_text("{")
    with pytest.raises(DataError, match=r"sweep\.json is damaged"):
        swept(sweep.path, plugin)


def test_a_cluster_that_does_not_answer(tmp_path, plugin):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for address in (f"tcp://127.0.0.1:{port}", "nonsense://x"):
        with pytest.raises(TinygradError, match="no Dask scheduler answers at"):
            swept(tmp_path / "s", plugin, Workers(cluster=address))


def test_settings_are_read_before_the_work_begins(run, tmp_path, plugin):
    start = ("--lang", "en", "sweep", "small", "--plugin", str(plugin), "-d", str(tmp_path / "s"))
    for more, words in (
        ((), "expected a setting that varies"),
        (("--grid", "lr"), "expected key=value,value…, got “lr”"),
        (("--grid", "lr=0.1,0.1"), "each setting and each value once"),
        (("--grid", "lr=0.1", "--grid", "lr=0.2"), "each setting and each value once"),
        (("--grid", "rate=0.1"), "unknown setting “rate”"),
        (("--grid", "lr=0.1,fast"), "fast"),
        (("--grid", "lr=0.1", "--workers", "2", "--cluster", "x"), "got both"),
        (("--grid", "lr=0.1", "-o", "x.bmp"), "expected a suffix among"),
    ):
        result = run(*start, *more)
        assert result.returncode == 2
        assert words in result.stderr
        assert "Traceback" not in result.stderr
        assert not (tmp_path / "s").exists()


def test_the_command_prints_draws_and_goes_on(run, tmp_path, plugin):
    folder = tmp_path / "s"
    start = ("--lang", "en", "sweep", "small", "--plugin", str(plugin), "-d", str(folder), "--epochs", "1")
    start = (*start, "--grid", "lr=0.1,3e38", "--seeds", "2")
    result = run(*start)
    assert result.returncode == 0, result.stderr
    assert "[4/4]" in result.stderr
    assert "diverged: 2" in result.stdout
    picture = (folder / "sweep.svg").read_text()
    assert "2 combinations of settings" in picture
    rows = json.loads(run(*start, "--json", "-o", str(tmp_path / "p.png")).stdout)
    assert [row["status"] for row in rows] == ["done", "done", "diverged", "diverged"]
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
