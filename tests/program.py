"""The command ``tinygrad-fr`` as tests run it: a process each, forked from one that has already imported what it needs.

Importing is most of the time of a short command, and the same for all. What a process reads when it starts cannot be
told to a fork: a test that says something of the environment gets a process from nothing.
"""

import contextlib
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
from multiprocessing import forkserver
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 120  # of the processor's, whatever else the machine does
HANGS = 900  # seconds of a clock

forks = multiprocessing.get_context("forkserver")


def forked(arguments: list[str], environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the program in a fork; its two streams are files of ``folder``."""
    forks.set_forkserver_preload(["tests.preloaded"])
    with contextlib.chdir(ROOT):  # where the server finds it
        forkserver.ensure_running()
    streams = [folder / "out", folder / "err"]
    process = forks.Process(target=_main, args=(arguments, environment, Path.cwd(), streams))
    process.start()
    process.join(HANGS)
    if process.exitcode is None:
        process.kill()
        raise subprocess.TimeoutExpired(arguments, HANGS)
    out, err = (stream.read_text("utf-8") for stream in streams)
    return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


def from_nothing(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the program as a shell does."""
    return subprocess.run(
        [sys.executable, "-c", "from tinygrad_fr.cli import main; main()", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=HANGS,
        preexec_fn=_limited,
    )


def _main(arguments: list[str], environment: dict[str, str], directory: Path, streams: list[Path]) -> None:
    _limited()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in enumerate(streams, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")
    sys.argv = ["tinygrad-fr", *arguments]
    from tinygrad_fr.cli import main

    main()


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
