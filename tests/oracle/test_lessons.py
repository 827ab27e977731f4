"""The scripts of tests/lessons print PyTorch's numbers here: torch runs them in this process, which has imported it, the program in a fork."""

import re
import runpy
import warnings
from pathlib import Path

import pytest
import torch

SCRIPTS = sorted((Path(__file__).parents[1] / "lessons" / "scripts").glob("*.py"))
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_prints_what_pytorch_prints(script, run, capsys):
    before = torch.get_default_dtype()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a script is not a test
            runpy.run_path(str(script), run_name="__main__")
    finally:
        torch.set_default_dtype(before)  # a script may choose its own
    theirs = capsys.readouterr().out
    program = run("run", str(script))
    assert program.returncode == 0, program.stderr
    ours = program.stdout
    assert NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
    assert theirs
    for mine, other in zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True):
        assert float(mine) == pytest.approx(float(other), rel=1e-4, abs=2e-5)
