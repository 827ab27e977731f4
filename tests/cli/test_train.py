"""``train``: runs in folders, data of one's own, pictures, and one sentence for each wrong request."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

TABLE = "a,b,kind\n" + "".join(f"{i % 7},{(i * 3) % 5},{'high' if i % 7 > 3 else 'low'}\n" for i in range(60))


def test_a_run_is_kept_and_its_weights_serve_every_lens(ok, tmp_path):
    folder = tmp_path / "runs" / "mlp"
    trained = json.loads(ok("train", "mlp", "-d", folder, "--json").stdout)
    assert sorted(file.name for file in folder.iterdir()) == [
        "checkpoint.safetensors", "config.json", "metrics.jsonl", "weights.safetensors",
    ]  # fmt: skip
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert lines == trained["epochs"]
    assert {"number", "loss", "validation_loss", "score", "seconds"} == set(lines[0])
    picture = tmp_path / "p.json"
    ok("render", "mlp", "--weights", folder, "-o", picture)
    new, saved, after = (
        json.loads(ok("step", "mlp", *more, "--json").stdout)["steps"]
        for more in ((), ("--weights", folder), ("--weights", folder / "weights.safetensors"))
    )
    assert saved == after != new


def test_flow_and_gates_of_saved_weights(ok, tmp_path):
    folder = tmp_path / "lstm"
    ok("train", "lstm", "--set", "hidden=4", "--epochs", "1", "-d", folder)
    chosen = ("lstm", "--set", "hidden=4")
    for lens in ("flow", "gates"):
        saved = ok(lens, *chosen, "--weights", folder, "--json").stdout
        assert saved != ok(lens, *chosen, "--json").stdout
        assert saved == ok(lens, *chosen, "--weights", folder, "--seed", 4, "--json").stdout
    again = json.loads(ok("train", *chosen, "--weights", folder, "--epochs", "1", "--json").stdout)
    first = json.loads((folder / "metrics.jsonl").read_text())
    assert again["epochs"][0]["loss"] < first["loss"]


def test_resuming_says_what_differs(run, ok, tmp_path):
    folder = tmp_path / "run"
    ok("train", "mlp", "-d", folder, "--epochs", "1", "--set", "hidden=4", "--seed", "3")
    wrong = [
        (("train", "mlp", "-d", folder), "holds a run already: continue it with --resume, or choose another folder"),
        (("train", "mlp", "--resume"), "--resume: expected the folder of the run, with --run"),
        (("train", "lstm", "-d", folder, "--resume"), "holds a run of model “mlp”, not of “lstm”"),
        (("train", "mlp", "-d", folder, "--resume", "--set", "hidden=5"), "was started with hidden = 4, not 5"),
        (("train", "mlp", "-d", folder, "--resume", "--seed", "4"), "was started with --seed = 3, not 4"),
        (("train", "mlp", "-d", tmp_path, "--resume"), "holds no run to continue"),
        (("train", "mlp", "--weights", tmp_path / "no"), "it does not exist"),
        (("train", "mlp", "--weights", folder), "weight hidden.weight: expected shape (32, 64), got (4, 64)"),
        (("train", "mlp", "--set", "lr=3e38", "-d", tmp_path / "bad"), f"infinite; try a smaller learning rate; {tmp_path}/bad keeps the step before"),
        (("train", "lstm", "--confusion", "x.svg"), "--confusion: model “lstm” does not sort rows into classes"),
        (("train", "lstm", "--set", "reading=adding", "--baseline"), "--baseline: expected rows with one class each"),
        (("train", "mlp", "--confusion", "x.docx"), "docx"),
        (("train", "mlp", "--target", "kind"), "--target: expected data of yours too, with --data"),
        (("train", "mlp", "-d", folder / "config.json"), "cannot write"),
    ]  # fmt: skip
    for arguments, message in wrong:
        done = run("--lang", "en", *map(str, arguments))
        assert done.returncode in (1, 2)
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
        assert done.stdout == ""
    more = ("--resume", "--set", "hidden=4", "--seed", "3", "--epochs", "2", "--json")
    assert [e["number"] for e in json.loads(ok("train", "mlp", "-d", folder, *more).stdout)["epochs"]] == [1, 2]


def test_data_of_ones_own(ok, run, tmp_path):
    table, folder, matrix, curve = (tmp_path / name for name in ("t.csv", "run", "m.json", "c.svg"))
    table.write_text(TABLE)
    done = ok("train", "mlp", "--data", table, "-d", folder, "--confusion", matrix, "-o", curve, "--baseline")
    for method in ("Multi-layer perceptron", "support vector machine (RBF kernel)", "random forest (100 trees)"):
        assert method in done.stdout
    assert "score 100.0 %" in done.stderr
    found = json.loads(matrix.read_text())
    assert found["classes"] == ["high", "low"]
    assert found["accuracy"] == 1
    assert np.sum(found["counts"]) == 12
    ET.parse(curve)
    assert ok("train", "mlp", "-d", folder, "--resume").returncode == 0
    table.write_text(TABLE.replace("low", "lower"))
    for more in ((), ("--data", table)):
        changed = run("--lang", "en", "train", "mlp", "-d", str(folder), "--resume", *map(str, more))
        assert changed.returncode == 2
        assert "have changed since the run was started" in changed.stderr
    other = run("--lang", "en", "train", "mlp", "-d", str(folder), "--resume", "--data", str(tmp_path / "t2.csv"))
    assert "there is no file" in other.stderr


@pytest.mark.parametrize(
    ("name", "shape", "classes", "message"),
    [
        ("lenet", (30, 4), 2, "model “lenet” reads images; each row of this data has the shape (4,)"),
        ("lenet", (30, 6, 6), 11, "model “lenet” tells 10 classes apart; this data has 11"),
        ("lstm", (30, 4), 2, "model “lstm” learns from a text, not from rows with their classes"),
    ],
)
def test_data_that_do_not_fit_the_model(run, tmp_path, name, shape, classes, message):
    np.savez(tmp_path / "d.npz", x=np.zeros(shape, np.float32), y=np.arange(shape[0]) % classes)
    done = run("--lang", "en", "train", name, "--data", str(tmp_path / "d.npz"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: {message}\n"


def test_images_of_ones_own_in_a_network_for_images(ok, tmp_path):
    from tinygrad_fr.data import digits

    (images, labels), _test = digits()
    few = labels < 3
    np.savez(tmp_path / "d.npz", x=images[few], y=labels[few])
    chosen = ("train", "lenet", "--data", tmp_path / "d.npz", "--epochs", "2", "--json")
    assert json.loads(ok(*chosen).stdout)["score"] > 0.9


def test_a_network_of_full_size_takes_no_small_images(run, tmp_path):
    np.savez(tmp_path / "d.npz", x=np.zeros((30, 8, 8)), y=np.arange(30) % 2)
    done = run("--lang", "en", "train", "resnet", "--data", str(tmp_path / "d.npz"), "--set", "preset=resnet18")
    assert done.returncode == 2
    assert "preset=resnet18 reads colour images of its size" in done.stderr


def test_a_picture_of_many_classes_and_of_one_epoch(ok, tmp_path):
    for name in ("m.svg", "m.png"):
        ok("train", "mlp", "--epochs", "1", "--confusion", tmp_path / name, "-o", tmp_path / f"c{name}")
    text = (tmp_path / "m.svg").read_text()
    assert "right answer" in text
    assert "recognised" in text
    assert "learning curve" in (tmp_path / "cm.svg").read_text()


def test_compare_trains_once_for_each_value(run, tmp_path):
    picture = tmp_path / "curves.svg"
    done = run("--lang", "en", "compare", "overfit", "remedy", "--epochs", "3", "-o", str(picture), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["runs"]
    assert list(found) == ["none", "l2", "l1", "dropout", "early-stopping", "augmentation"]
    assert {len(each["epochs"]) for each in found.values()} == {3}
    assert picture.read_bytes().count(b"remedy = ") >= 6
    rates = run("--lang", "en", "compare", "svm", "lr", "0.01", "1e200", "--epochs", "3")
    assert rates.returncode == 0
    assert "lr = 1e200: training diverged at step" in rates.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mlp", "lr"), "compare: expected values of lr, such as: compare mlp lr 1 2"),
        (("mlp", "lrr", "1"), "unknown setting “lrr” (did you mean “lr”?)"),
        (("mlp", "hidden", *map(str, range(1, 14))), "compare: expected at most 12 values, got 13"),
        (("overfit", "remedy", "prayer"), "setting remedy: expected one of"),
    ],
)
def test_compare_says_what_is_wrong(run, arguments, said):
    done = run("--lang", "en", "compare", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
