"""torchvision's names: the numbers are torchvision 0.28's on torch 2.13, written down."""

import hashlib
import pickle

import numpy as np
import pytest
from PIL import Image

import tinygrad_fr as tg
from tinygrad_fr.errors import DataError
from tinygrad_fr.lessons.vision import datasets, models, transforms, utils
from tinygrad_fr.lessons.vision.datasets import StandIn
from tinygrad_fr.lessons.vision.transforms import functional

# Name, hash of the names and shapes of its state, parameters, sum of their absolute values and first outputs at seed 3.
NETWORKS = [
    ("alexnet", "ca68d26e9b49", 57032519, 354065.0, [-0.00706, -0.01904, 0.01283]),
    ("vgg11", "bb56e911a2a1", 128795015, 1114540.0, [-0.05391, -0.00208, 0.01255]),
    ("vgg16_bn", "c31c96d9cf5e", 134297671, 1217690.0, [0.01223, -0.01821, 0.01966]),
    ("resnet18", "60fa0ca79e75", 11180103, 224600.0, [-0.22917, -0.05735, -0.18608]),
    ("resnet50", "82ceef33430e", 23522375, 741883.0, [0.60766, 3.79494, 1.57286]),
    ("resnext50_32x4d", "4cc8007998ab", 22994247, 802049.0, [-0.02052, 0.01268, -0.01212]),
    ("mobilenet_v2", "c40f226355f4", 2232839, 152677.0, [-0.0, -0.0, -0.0]),
    ("squeezenet1_0", "226795a43718", 739015, 50941.3, [0.16097, 0.0, 0.03949]),
    ("squeezenet1_1", "a418ba33063c", 726087, 49953.6, [0.11257, 0.23583, 0.00106]),
    ("densenet121", "8cba0fb514f6", 6961031, 329217.0, [0.29647, -0.46803, -0.04275]),
]
SMALL = ("resnet18", "mobilenet_v2", "squeezenet1_1")  # the others take seconds to draw


@pytest.mark.parametrize(("name", "names", "count", "size", "outputs"), NETWORKS, ids=[row[0] for row in NETWORKS])
def test_networks_have_torchvision_s_names_and_numbers(name, names, count, size, outputs, request):
    if name not in SMALL and not request.config.getoption("--nightly"):
        pytest.skip("a large network: nightly")
    tg.manual_seed(3)
    network = getattr(models, name)(num_classes=7).eval()
    told = "\n".join(f"{key} {tuple(value.shape)}" for key, value in network.state_dict().items())
    assert hashlib.sha256(told.encode()).hexdigest()[:12] == names
    arrays = [parameter.detach().numpy() for parameter in network.parameters()]
    assert sum(array.size for array in arrays) == count
    assert sum(np.abs(array, dtype=np.float64).sum() for array in arrays) == pytest.approx(size, rel=1e-5)
    with tg.no_grad():
        found = network(tg.ones(1, 3, 64, 64))
    assert found[0, :3].tolist() == pytest.approx(outputs, abs=2e-5)


def test_trained_weights_are_refused_in_one_sentence():
    for asked in ({"weights": "DEFAULT"}, {"weights": "IMAGENET1K_V1"}, {"pretrained": True}):
        with pytest.raises(RuntimeError, match="trained weights would be downloaded"):
            models.resnet18(**asked)
    assert models.squeezenet1_1(weights=None, progress=True, num_classes=2).classifier[1].out_channels == 2


def picture(mode="RGB"):
    shape = (40, 50, 3) if mode == "RGB" else (28, 28)
    return Image.fromarray(np.random.RandomState(0).randint(0, 256, shape).astype("uint8"))


def total(x):
    return round(float(np.asarray(x if isinstance(x, Image.Image) else x.detach().numpy(), np.float64).sum()), 4)


T = transforms
CHANGES = {
    "rc": (T.RandomCrop(32, padding=4), [349319.0, 388725.0, 343993.0, 390206.0]),
    "rrc": (T.RandomResizedCrop(16), [98026.0, 94764.0, 98342.0, 97668.0]),
    "h": (T.RandomHorizontalFlip(), [761114.0, 761114.0, 761114.0, 761114.0]),
    "v": (T.RandomVerticalFlip(), [761114.0, 761114.0, 761114.0, 761114.0]),
    "rot": (T.RandomRotation(20), [746762.0, 747061.0, 681245.0, 700602.0]),
    "cj": (T.ColorJitter(0.4, 0.4, 0.4, 0.1), [580794.0, 642911.0, 581220.0, 926885.0]),
    "gr": (T.RandomGrayscale(0.5), [761114.0, 761114.0, 766662.0, 766662.0]),
    "ap": (T.RandomApply([T.CenterCrop(10)], 0.5), [761114.0, 761114.0, 36669.0, 36669.0]),
    "rs": (T.Resize(20), [190418.0, 190418.0, 190418.0, 190418.0]),
    "rs2": (T.Resize((7, 9)), [23972.0, 23972.0, 23972.0, 23972.0]),
    "rs3": (T.Resize(30, interpolation=T.InterpolationMode.BICUBIC), [422429.0, 422429.0, 422429.0, 422429.0]),
    "cc": (T.CenterCrop(60), [761114.0, 761114.0, 761114.0, 761114.0]),
    "pad": (T.Pad((1, 2), padding_mode="reflect"), [870729.0, 870729.0, 870729.0, 870729.0]),
    "era": (T.Compose([T.ToTensor(), T.RandomErasing(1.0)]), [2420.2393, 2341.6432, 2500.8589, 2636.953]),
    "tn": (
        T.Compose([T.ToTensor(), T.Normalize((0.5, 0.4, 0.3), (0.2, 0.2, 0.2))]),
        [2923.804, 2923.804, 2923.804, 2923.804],
    ),
    "tr": (
        T.Compose([T.ToTensor(), T.Resize((8, 8)), T.RandomCrop(6, padding=1), T.Grayscale()]),
        [12.3867, 17.9821, 14.9687, 14.9687],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_same_seed_makes_torchvision_s_choices(name):
    change, expected = CHANGES[name]
    tg.manual_seed(4)
    assert [total(change(picture())) for _ in range(4)] == pytest.approx(expected, rel=1e-5, abs=1e-3)


def test_a_chain_is_written_as_torchvision_writes_it():
    chain = T.Compose([T.RandomCrop(3, padding=1), T.ToTensor(), T.Normalize((0.5,), (0.5,)), T.Resize(3)])
    assert str(chain) == (
        "Compose(\n    RandomCrop(size=(3, 3), padding=1)\n    ToTensor()\n    Normalize(mean=(0.5,), std=(0.5,))\n"
        "    Resize(size=3, interpolation=bilinear, max_size=None, antialias=True)\n)"
    )


@pytest.mark.parametrize(
    ("size", "mode", "expected"),
    [
        ((8, 8), "bilinear", [0.45749, 0.33075, 0.50953, 0.56833]),
        ((7, 40), "bilinear", [0.49971, 0.31992, 0.40424, 0.60302]),
        ((30, 10), "bicubic", [0.42833, 0.67362, 0.16314, 0.17733]),
    ],
)
def test_a_tensor_that_shrinks_is_smoothed(size, mode, expected):
    tg.manual_seed(0)
    x = tg.rand(2, 3, 20, 30)
    found = functional.resize(x, size, T.InterpolationMode(mode)).flatten()[::7][:4].tolist()
    assert found == pytest.approx(expected, abs=2e-5)


def test_what_is_for_images_of_pillow_says_so():
    with pytest.raises(DataError, match="put it before ToTensor"):
        T.RandomRotation(3)(tg.ones(1, 4, 4))
    with pytest.raises(DataError, match="padding_mode"):
        T.Pad(1, padding_mode="round")(picture())


def test_fake_data():
    data = datasets.FakeData(5, (3, 8, 8), 7, T.ToTensor())
    tg.manual_seed(1)
    expected = tg.rand(1).item()
    tg.manual_seed(1)
    found = [data[i] for i in range(5)]
    assert [target for _image, target in found] == [0, 6, 4, 1, 3]
    sums = [image.sum().item() for image, _target in found]
    assert sums == pytest.approx([98.6863, 92.8824, 91.6275, 98.5725, 91.6314], abs=1e-3)
    assert tg.rand(1).item() == expected  # a look at them leaves the generator where it was
    assert str(data) == "Dataset FakeData\n    Number of datapoints: 5\n    StandardTransform\nTransform: ToTensor()"


def cifar(folder, name="CIFAR10", protocol=2):
    rows = np.random.RandomState(1).randint(0, 256, (3, 3072)).astype(np.uint8)
    files = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"] if name == "CIFAR10" else ["train", "test"]
    root = folder / ("cifar-10-batches-py" if name == "CIFAR10" else "cifar-100-python")
    root.mkdir(parents=True)
    for file in files:
        key = "labels" if name == "CIFAR10" else "fine_labels"
        (root / file).write_bytes(pickle.dumps({"data": rows, key: [4, 1, 7]}, protocol=protocol))
    return rows


@pytest.mark.parametrize("name", ["CIFAR10", "CIFAR100"])
@pytest.mark.parametrize("protocol", [0, 1, 2, 4])
def test_cifar_is_read_from_its_pickles(tmp_path, name, protocol):
    rows = cifar(tmp_path, name, protocol)
    data = getattr(datasets, name)(tmp_path, train=True)
    assert len(data) == (15 if name == "CIFAR10" else 3)
    assert data.targets[:3] == [4, 1, 7]
    assert (np.asarray(data[1][0]) == rows[1].reshape(3, 32, 32).transpose(1, 2, 0)).all()
    assert len(getattr(datasets, name)(tmp_path, train=False)) == 3


def test_cifar_is_read_from_its_binary_files(tmp_path):
    rows = np.random.RandomState(1).randint(0, 256, (2, 3072)).astype(np.uint8)
    (tmp_path / "cifar-10-batches-bin").mkdir()
    (tmp_path / "cifar-10-batches-bin" / "test_batch.bin").write_bytes(
        b"".join(bytes([label]) + row.tobytes() for label, row in zip((9, 2), rows, strict=True))
    )
    data = datasets.CIFAR10(tmp_path, train=False)
    assert data.targets == [9, 2]
    assert (data.data[0] == rows[0].reshape(3, 32, 32).transpose(1, 2, 0)).all()


class Hostile:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Hostile()), pickle.dumps({"data": np.zeros(3), "labels": [1]}), pickle.dumps({"labels": []}), b"", b"\x80",
        pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": Hostile()}),
        pickle.dumps({"data": np.array([{}], object), "labels": [1]}),
    ],
)  # fmt: skip
def test_a_pickle_that_is_no_image_is_refused_and_runs_nothing(tmp_path, content, capsys):
    cifar(tmp_path)
    (tmp_path / "cifar-10-batches-py" / "test_batch").write_bytes(content)
    with pytest.raises(DataError, match="not a file of CIFAR"):
        datasets.CIFAR10(tmp_path, train=False)
    assert capsys.readouterr().out == ""


def test_digits_stand_in_only_where_they_may(monkeypatch, tmp_path):
    with pytest.raises(DataError, match="--digits"):
        datasets.MNIST(tmp_path, download=True)
    monkeypatch.setattr(StandIn, "allowed", True)
    data = datasets.MNIST(tmp_path, transform=T.ToTensor())
    assert data[0][0].shape == (1, 28, 28)
    assert (data.data.shape[0], data.targets.shape[0]) == (1438, 1438)
    data.targets = data.targets[:10]
    data.data = data.data[:10]
    assert len(data) == 10
    assert datasets.CIFAR10(tmp_path)[0][0].size == (32, 32)


def test_make_grid_and_save_image(tmp_path):
    tg.manual_seed(0)
    x = tg.rand(5, 3, 4, 4)
    assert utils.make_grid(x, nrow=2, normalize=True, padding=1).sum().item() == pytest.approx(114.80405, abs=1e-3)
    assert tuple(utils.make_grid(x[0]).shape) == (3, 4, 4)
    assert tuple(utils.make_grid(list(x), 3).shape) == (3, 14, 20)
    assert tuple(utils.make_grid(x[:, :1]).shape) == (3, 8, 32)
    utils.save_image(x, tmp_path / "grid.png")
    with Image.open(tmp_path / "grid.png") as image:
        assert image.size == (32, 8)
