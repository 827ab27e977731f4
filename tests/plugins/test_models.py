"""Our models reach the score of their recipe, over three seeds. That they train the same way twice is a promise of the contract."""

import functools
import operator
from pathlib import Path

import numpy as np
import pytest

from tests.plugins.trained import reached
from tinygrad_fr import Generator, nn, no_grad
from tinygrad_fr.data import DataLoader, TensorDataset
from tinygrad_fr.errors import DataError
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.testing.tables import scores
from tinygrad_fr.training import built, load_weights, train

NAMES = list(Catalogue().sources)
SLOW = scores.slow(Path(__file__).parents[2] / scores.PAGE)  # as measured


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", NAMES)
def test_the_recipe_reaches_its_score(name, seed, request):
    if name in SLOW and seed and not request.config.getoption("--nightly"):
        pytest.skip("the other seeds of a model that learns slowly: pytest --nightly")
    model = Catalogue().load(name)
    assert reached(model, model.settings, seed=seed)


@pytest.mark.long
@pytest.mark.parametrize(("preset", "score"), [("1989", 0.95), ("neocognitron", 0.95)])
def test_the_networks_before_lenet_5_learn_too(preset, score):
    model = Catalogue().load("lenet")
    assert train(model, model.settings.replaced({"preset": preset})).score >= score


@pytest.mark.long
def test_each_normalisation_learns_where_none_does_not():
    model = Catalogue().load("norms")
    for norm in ("batch", "layer", "instance", "group", "none"):
        run = train(model, model.settings.replaced({"norm": norm}), epochs=4)
        assert run.score < 0.3 if norm == "none" else run.score > 0.9


@pytest.mark.long
@pytest.mark.parametrize("data", ["xor", "moons", "circles", "spiral"])
def test_the_mlp_learns_its_other_data(data):
    model = Catalogue().load("mlp")
    assert reached(model, model.settings.replaced({"data": data}))


def test_weights_that_do_not_fit_change_nothing():
    layer = nn.Linear(2, 3)
    before = layer.weight.detach().numpy().copy()
    for state, message in (
        ({"weight": np.zeros((3, 2))}, "missing bias"),
        ({"weight": np.zeros((3, 2)), "bias": np.zeros(3), "more": 1}, "unexpected more"),
        ({"weight": np.zeros((2, 2)), "bias": np.zeros(3)}, r"weight weight: expected shape \(3, 2\), got \(2, 2\)"),
    ):
        with pytest.raises(DataError, match=message):
            layer.load_state_dict(state)
    assert np.array_equal(layer.weight.detach().numpy(), before)


def test_data_with_a_nan_or_of_two_lengths_is_refused():
    rows = np.ones((4, 2))
    rows[2, 1] = np.nan
    with pytest.raises(DataError, match="found NaN in row 3 of array 1"):
        TensorDataset(rows, np.ones(4))
    with pytest.raises(DataError, match=r"arrays of one length, got \[4, 3\]"):
        TensorDataset(np.ones(4), np.ones(3))


def test_a_loader_reads_every_row_once_in_a_seeded_order():
    rows = TensorDataset(np.arange(10))
    first, second = (
        [batch[0].tolist() for batch in DataLoader(rows, 4, shuffle=True, generator=Generator(3))] for _ in range(2)
    )
    assert first == second
    assert sorted(functools.reduce(operator.iadd, first, [])) == list(range(10))
    assert [len(batch) for batch in first] == [4, 4, 2]
    assert len(DataLoader(rows, 4, drop_last=True)) == 2


PUBLISHED = [
    ("lenet", {}, 61_706),
    ("lenet", {"preset": "1989"}, 9_760),
    ("alexnet", {"preset": "full"}, 61_100_840),
    ("vgg", {"preset": "vgg16"}, 138_357_544),
    ("googlenet", {"preset": "full"}, 6_624_904),
    ("resnet", {"preset": "resnet18"}, 11_689_512),
    ("resnet", {"preset": "resnet50"}, 25_557_032),
    ("vit", {"preset": "vit-b-16"}, 86_567_656),
    ("gpt", {"preset": "gpt2"}, 124_439_808),
    ("bert", {"preset": "base"}, 109_482_240),
]


@pytest.mark.long
@pytest.mark.parametrize(("name", "chosen", "count"), PUBLISHED, ids=[f"{n}-{c}" for n, _s, c in PUBLISHED])
def test_full_sizes_count_as_published(name, chosen, count):
    model = Catalogue().load(name)
    settings = model.settings.replaced(chosen)
    module = model.build(settings)
    assert sum(p.numel() for p in module.parameters()) == count
    module.eval()
    with no_grad():
        found = module(model.example(settings).inputs)
    shape = {"lenet": (1, 10), "gpt": (1, 12, 50_257), "bert": (1, 13, 30_522)}.get(name, (1, 1000))
    assert (found[0] if name == "bert" else found).shape == shape


def published_resnet(kind):
    """Names and shapes of torchvision's state_dict of a ResNet, written down from its published layout."""
    counts, wide = {"resnet18": ((2, 2, 2, 2), 1), "resnet50": ((3, 4, 6, 3), 4)}[kind]

    def norm(name, channels):
        return {f"{name}.{part}": (channels,) for part in ("weight", "bias", "running_mean", "running_var")}

    found = {"conv1.weight": (64, 3, 7, 7), **norm("bn1", 64)}
    inputs = 64
    for stage, count in enumerate(counts):
        width = 64 * 2**stage
        for i in range(count):
            block = f"layer{stage + 1}.{i}"
            sizes = [(width, inputs, 3, 3), (width, width, 3, 3)]
            if wide == 4:
                sizes = [(width, inputs, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1)]
            for place, size in enumerate(sizes, 1):
                found |= {f"{block}.conv{place}.weight": size, **norm(f"{block}.bn{place}", size[0])}
            if inputs != width * wide or (stage and not i):
                found |= {f"{block}.downsample.0.weight": (width * wide, inputs, 1, 1)}
                found |= norm(f"{block}.downsample.1", width * wide)
            inputs = width * wide
    return {**found, "fc.weight": (1000, inputs), "fc.bias": (1000,)}


@pytest.mark.long
@pytest.mark.parametrize(("kind", "keys"), [("resnet18", 102), ("resnet50", 267)])
@pytest.mark.parametrize("counted", [False, True])
def test_a_published_resnets_weights_are_taken_over(kind, keys, counted, tmp_path):
    """Files of before torch 0.4.1 do not count batches; later ones do."""
    from safetensors.numpy import save_file

    model, layout = Catalogue().load("resnet"), published_resnet(kind)
    assert len(layout) == keys
    draw = np.random.default_rng(0)
    weights = {key: draw.random(shape, np.float32) for key, shape in layout.items()}
    if counted:
        counts = {key.replace("running_var", "num_batches_tracked") for key in layout if key.endswith("running_var")}
        weights |= {key: np.asarray(7) for key in counts}
    save_file(weights, tmp_path / "published.safetensors")
    module = built(model, model.settings.replaced({"preset": kind}), 0, tmp_path / "published.safetensors")
    state = module.state_dict()
    assert all(np.array_equal(np.asarray(state[key]), array) for key, array in weights.items())
    del weights["layer2.0.downsample.0.weight"]
    save_file(weights, tmp_path / "published.safetensors")
    with pytest.raises(DataError, match=r"missing layer2\.0\.downsample\.0\.weight"):
        load_weights(module, tmp_path / "published.safetensors")
