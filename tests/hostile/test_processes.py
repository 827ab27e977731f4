"""The program where a machine gives it little: streams that show few characters or nothing, full disks, no home, no cache, Ctrl-C."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tinygrad_fr.plugins import Catalogue

PROGRAM = [sys.executable, "-c", "from tinygrad_fr.cli import main; main()"]
NOBODY = 54_321  # who has no entry in the system's table


def environment(**more):
    kept = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE", "PYTHONUTF8")}
    return {k: v for k, v in {**kept, "TINYGRAD_FR_LANG": "en", **more}.items() if v is not None}


def run(*arguments, cwd=None, before=None, out=subprocess.PIPE, err=subprocess.PIPE, **more):
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        cwd=cwd,
        preexec_fn=before,
        timeout=900,
    )


def sentence(done, code=1):
    """The error of a program, if it is one sentence."""
    said = done.stderr.decode(errors="replace")
    assert done.returncode == code, (done.returncode, said)
    assert said.startswith("Error: "), said
    assert said.count("\n") == 1, said
    assert "unexpected" not in said
    return said


@pytest.mark.long
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_stream_that_shows_few_characters(encoding):
    shown = run("models", "show", "lstm", PYTHONIOENCODING=encoding, TINYGRAD_FR_LANG="fr")
    assert shown.returncode == 0
    assert "LSTM" in shown.stdout.decode(encoding)
    data = run("models", "show", "lstm", "--json", PYTHONIOENCODING=encoding, TINYGRAD_FR_LANG="fr")
    whole = run("models", "show", "lstm", "--json", PYTHONIOENCODING="utf-8", TINYGRAD_FR_LANG="fr")
    assert data.returncode == whole.returncode == 0
    assert json.loads(data.stdout.decode(encoding)) == json.loads(whole.stdout.decode())
    wrong = run("models", "show", "lstmé", PYTHONIOENCODING=encoding, TINYGRAD_FR_LANG="fr")
    assert wrong.returncode == 2
    assert wrong.stderr.decode(encoding).startswith("Erreur")


@pytest.mark.long
def test_a_training_is_not_lost_over_a_character():
    done = run("train", "neuron", "--epochs", "2", PYTHONIOENCODING="ascii", TINYGRAD_FR_LANG="fr")
    assert done.returncode == 0
    assert done.stdout.decode("ascii").count("\n") > 4


@pytest.mark.long
@pytest.mark.parametrize(
    "arguments", [("models",), ("models", "--json"), ("render", "neuron", "-o", "-")], ids=" ".join
)
def test_standard_output_that_takes_nothing(arguments):
    with Path("/dev/full").open("wb") as full:
        assert "cannot write standard output: the disk is full" in sentence(run(*arguments, out=full))
    assert "cannot write standard output: it is closed" in sentence(run(*arguments, before=lambda: os.close(1)))


@pytest.mark.long
def test_standard_error_that_takes_nothing(tmp_path):
    with Path("/dev/full").open("wb") as full:
        for more in ({"err": full}, {"before": lambda: os.close(2)}):
            assert run("models", "show", "nothing", **more).returncode == 2
            assert run("render", "neuron", "-o", tmp_path / "x.svg", **more).returncode in (0, 1)
    assert run("models", "show", "nothing", before=lambda: os.closerange(0, 3)).returncode == 2


@pytest.mark.long
def test_ctrl_c_whenever_it_comes(request):
    """From the first import on: before it, nothing of ours is there to answer."""
    chance = random.Random(0)
    for _turn in range(40 if request.config.getoption("--nightly") else 6):
        program = subprocess.Popen(
            [*PROGRAM, "train", "lstm"], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        time.sleep(chance.uniform(0.3, 3))
        program.send_signal(signal.SIGINT)
        out, err = program.communicate()
        if b"<frozen site>" in err:  # Python itself had not begun
            continue
        if program.returncode in (0, -signal.SIGINT) and b"score" in err:  # it had done its work
            continue
        sentence(subprocess.CompletedProcess([], program.returncode, out, err), 130)


EXITS = {
    "import": "import sys; sys.exit(3)\n",
    "quit": "raise SystemExit\n",
    "build": "def build(self, settings): exit(4)",
    "loss": "def loss(self, module, batch): raise SystemExit('enough')",
}
PLUGIN = """
from tinygrad_fr import nn, tensor
from tinygrad_fr.plugins import Batch, Model, Settings, Text
class Mine(Model):
    name, section = "mine", "-"
    title = explanation = Text(fr="x", en="x")
    settings = Settings()
    def build(self, settings): return nn.Linear(1, 1)
    def example(self, settings): return Batch(tensor([[1.0]]), None)
    def loss(self, module, batch): return module(batch.inputs).sum()
    def recipe(self, settings): raise NotImplementedError
    def score(self, module, batch): return 0.0
    {more}
"""


@pytest.mark.long
@pytest.mark.parametrize("where", EXITS)
def test_a_plugin_that_ends_the_program_is_named(tmp_path, where):
    path = tmp_path / "mine.py"
    path.write_text(EXITS[where] if EXITS[where].endswith("\n") else PLUGIN.replace("{more}", EXITS[where]))
    done = run("render", "mine", "--plugin", path, "-o", tmp_path / "x.svg")
    assert done.returncode in (1, 2)
    said = done.stderr.decode()
    assert "plugin “mine”" in said
    assert "SystemExit" in said
    assert str(path) in said
    assert not (tmp_path / "x.svg").exists()


@pytest.mark.long
@pytest.mark.parametrize("said", ["0", "-1", "x", "1.5", "99999999999", "²"])
def test_a_number_of_cores_that_is_none(said):
    assert "NUMBA_NUM_THREADS: expected a whole number from 1 to 1024" in sentence(
        run("render", "mlp", "-o", "-", NUMBA_NUM_THREADS=said), 2
    )
    library = (
        "import tinygrad_fr as tg\ntry:\n    tg.ones(2) + 1\nexcept tg.errors.UsageError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", "import tinygrad_fr.errors\n" + library], capture_output=True, text=True,
        env=environment(NUMBA_NUM_THREADS=said),
    )  # fmt: skip
    assert done.stdout.startswith("NUMBA_NUM_THREADS: expected a whole number"), done.stderr


@pytest.mark.long
def test_the_same_state_gives_the_same_code(tmp_path):
    """A score is asked for once the recipe's epochs were read, in one go or in several."""
    xor = ("--set", "data=xor", "--set", "hidden=1")  # which one hidden unit does not learn
    own = (
        Catalogue().load("mlp").recipe(Catalogue().load("mlp").settings.replaced({"data": "xor", "hidden": "1"})).epochs
    )
    codes = [
        run("train", "mlp", *xor, "--run", tmp_path / "few", "--epochs", 5),
        run("train", "mlp", "--run", tmp_path / "few", "--resume"),
        run("train", "mlp", *xor, "--run", tmp_path / "all"),
        run("train", "mlp", "--run", tmp_path / "all", "--resume"),
        run("train", "mlp", "--run", tmp_path / "few", "--resume", "--epochs", own),
    ]
    assert [done.returncode for done in codes] == [0, 0, 1, 1, 1], [done.stderr for done in codes]


def test_no_home_and_no_cache(tmp_path):
    """As in a container that runs as any user: nothing can be written but the folder of the work."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody without an entry in the system's table")
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == os.geteuid() and folder != Path("/") and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)

    def nobody():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)

    try:
        subprocess.run([sys.executable, "-c", "import tinygrad_fr"], preexec_fn=nobody, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("others may not read this installation")
    for home in (None, "/", "/no/such/home", ""):
        drawn = run("render", "mlp", "-o", "x.svg", cwd=tmp_path, before=nobody, HOME=home, NUMBA_CACHE_DIR=None)
        assert drawn.returncode == 0, drawn.stderr
        (tmp_path / "x.svg").unlink()
        seen = run("doctor", "--json", cwd=tmp_path, before=nobody, HOME=home, NUMBA_CACHE_DIR=None)
        findings = {each["what"]: each for each in json.loads(seen.stdout)}
        assert findings["kernels"]["state"] == "good", findings
        assert "compiled at each start" in findings["kernel cache"]["found"]
        assert seen.returncode == 0, seen.stderr
        assert list(tmp_path.iterdir()) == []  # no folder named ~ above all


def test_a_full_disk_under_the_cache(tmp_path):
    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    seen = run("doctor", "--json", before=full, NUMBA_CACHE_DIR=str(tmp_path), PYTHONDONTWRITEBYTECODE="1")
    findings = {each["what"]: each for each in json.loads(seen.stdout)}
    assert findings["kernels"]["state"] == "good", findings
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")] == []


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 64 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True)
    if made.returncode:
        pytest.skip("only root can mount a small disk, and not everywhere")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.long
def test_a_full_disk_under_the_work(small_disk):
    (small_disk / "filler").write_bytes(bytes(48_000))
    for arguments in (
        ("render", "lstm", "-o", small_disk / "x.svg"),
        ("train", "mlp", "--epochs", "1", "--run", small_disk / "run"),
        ("export", "mlp", "--set", "hidden=512", "-o", small_disk / "x.onnx"),
    ):
        said = sentence(run(*arguments))
        assert "cannot write" in said
        assert "the disk is full" in said
    left = [path.name for path in small_disk.rglob("*") if path.is_file()]
    assert sorted(left) == ["config.json", "filler"]


def test_a_full_disk_under_the_cache_of_another_kind(small_disk):
    (small_disk / "filler").write_bytes(bytes(60_000))
    seen = run("doctor", "--json", NUMBA_CACHE_DIR=str(small_disk))
    findings = {each["what"]: each for each in json.loads(seen.stdout)}
    assert findings["kernels"]["state"] == "good", findings
    assert not list(small_disk.rglob("*.nbc"))


@pytest.mark.long
def test_a_folder_that_can_only_be_read(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a folder to be read")
    folder = tmp_path / "run"
    assert run("train", "neuron", "--epochs", "2", "--run", folder).returncode == 0
    mount = ["mount", "--bind", str(folder), str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        assert run("export", folder, "-o", tmp_path / "x.onnx").returncode == 0
        assert run("render", "neuron", "--weights", folder, "-o", tmp_path / "x.svg").returncode == 0
        assert "the disk is read-only" in sentence(run("train", "neuron", "--resume", "--run", folder))
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
