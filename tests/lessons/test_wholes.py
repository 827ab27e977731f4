"""A whole module that is saved comes back in the process that saved it, and in no other."""

import io
import subprocess
import sys

import pytest

import tinygrad_fr as tg
from tinygrad_fr.errors import DataError
from tinygrad_fr.serialization import KEPT

pytestmark = pytest.mark.filterwarnings("ignore:save. the file gives the whole")


class Net(tg.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.scale = tg.nn.Linear(2, 1), 3


def kept(held, **options):
    file = io.BytesIO()
    tg.save(held, file)
    file.seek(0)
    return tg.load(file, **options)


def test_it_comes_back_as_it_was():
    net = Net()
    file = io.BytesIO()
    tg.save({"epoch": 2, "net": net}, file)
    before = net.layer.weight.tolist()
    with tg.no_grad():
        net.layer.weight.zero_()
    for _time in range(2):
        file.seek(0)
        found = tg.load(file, weights_only=False)
        assert type(found["net"]) is Net
        assert (found["epoch"], found["net"].scale, found["net"].layer.weight.tolist()) == (2, 3, before)
        with tg.no_grad():
            found["net"].layer.weight.zero_()  # another one each time


def test_saving_one_says_that_the_file_is_for_this_process():
    with pytest.warns(UserWarning, match=r"whole Net back to this process alone.*test_wholes\.py:\d+"):
        tg.save(Net(), io.BytesIO())


def test_weights_alone_are_what_load_gives_unless_it_is_told():
    with pytest.raises(DataError, match="weights_only=False"):
        kept(Net())


def test_the_last_few_alone_are_kept():
    file = io.BytesIO()
    tg.save(Net(), file)
    for _time in range(KEPT):
        kept(Net(), weights_only=False)
    file.seek(0)
    with pytest.raises(DataError, match="state_dict"):
        tg.load(file, weights_only=False)


def test_another_process_is_told_why_not(tmp_path):
    path = tmp_path / "net.pt"
    tg.save(Net(), path)
    script = f"import tinygrad_fr as tg\ntg.load({str(path)!r}, weights_only=False)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode
    assert "Net" in done.stderr.splitlines()[-1]
    assert "state_dict()" in done.stderr.splitlines()[-1]
