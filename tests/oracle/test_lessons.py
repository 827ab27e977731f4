"""The scripts of tests/lessons print PyTorch's numbers here: each is run by both, in processes of their own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[1] / "lessons" / "scripts").glob("*.py"))
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def printed(*command):
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_prints_what_pytorch_prints(script):
    theirs, ours = printed(str(script)), printed("-m", "tinygrad_fr", "run", str(script))
    assert NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
    for mine, other in zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True):
        assert float(mine) == pytest.approx(float(other), rel=1e-4, abs=2e-5)
