"""What a training measures, when it stops, and what it says when it goes wrong."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from tinygrad_fr import nn, optim, tensor
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import observed
from tinygrad_fr.plugins import Batch, Catalogue
from tinygrad_fr.training import Board, Config, DivergedError, RunFolder, State, Training, evaluate, train
from tinygrad_fr.training.folder import CHECKPOINT


def test_validation_loss_and_score_are_means_over_the_rows(everything):
    run = train(everything)
    inputs, target = run.recipe.test.arrays
    found = evaluate(everything, run.module, run.recipe.test, batch_size=7)
    run.module.eval()
    whole = Batch(tensor(inputs), tensor(target))
    assert found.loss == pytest.approx(float(everything.loss(run.module, whole)), rel=1e-5)
    assert found.score == pytest.approx(everything.score(run.module, whole), rel=1e-12)
    assert run.epochs[-1].validation_loss == pytest.approx(found.loss, rel=1e-5)
    assert run.epochs[-1].score == found.score


class Scripted:
    """The model of the fixture with scores written in advance."""

    def __init__(self, model, scores, patience):
        self.inner, self.scores, self.patience = model, scores, patience

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def recipe(self, settings):
        return replace(self.inner.recipe(settings), patience=self.patience, epochs=len(self.scores))

    def script(self, monkeypatch):
        given = iter(self.scores)
        real = evaluate
        monkeypatch.setattr(
            "tinygrad_fr.training.loop.evaluate", lambda *a: real(*a)._replace(score=next(given))
        )  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "patience", "read", "kept"),
    [
        ([0.1, 0.5, 0.4, 0.3, 0.9], 2, 4, 2),  # stopped before the ninth tenth
        ([0.1, 0.5, 0.4, 0.6, 0.5], 2, 5, 4),  # patience starts anew
        ([0.5, 0.5, 0.5, 0.5], 2, 3, 1),  # no better is not better
        ([0.9, 0.1, 0.2, 0.3], 9, 4, 1),  # to the end, the best weights still
        ([0.9, 0.1, 0.2, 0.3], None, 4, 4),  # without patience, the last ones
    ],
)
def test_patience_keeps_the_best_weights(everything, monkeypatch, scores, patience, read, kept):
    model = Scripted(everything, scores, patience)
    model.script(monkeypatch)
    seen = {}

    def remember(epoch):
        seen[epoch.number] = {k: np.array(v) for k, v in training[0].items()}

    training = [None]

    def watch(_step, _steps, module):
        training[0] = module.state_dict()

    run = train(model, watch=watch, on_epoch=remember)
    assert [epoch.number for epoch in run.epochs] == list(range(1, read + 1))
    assert run.kept.number == kept
    assert run.score == scores[kept - 1]
    model.script(monkeypatch)
    short = train(Scripted(everything, scores, None), epochs=kept)  # the same training, ended there
    for key, value in short.module.state_dict().items():
        assert np.array_equal(value.detach().numpy(), run.module.state_dict()[key].detach().numpy()), key


def test_a_step_too_long_names_the_weight(tmp_path):
    model = Catalogue().load("mlp")
    with pytest.raises(DivergedError, match=r"diverged at step 1 \(epoch 1\): the step makes hidden\.weight infinite"):
        train(model, model.settings.replaced({"lr": "3e38"}))


def poisoned(everything, step):
    """A model that reads numbers too large at one step."""

    class Poisoned(type(everything)):
        seen = 0

        def recipe(self, settings):
            def augment(batch, _chance):
                self.seen += 1
                return Batch(batch.inputs * 1e30, batch.target) if self.seen == step else batch

            return replace(super().recipe(settings), augment=augment)

        def build(self, settings):
            return nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))

        def loss(self, module, batch):
            answers = module(batch.inputs)
            return (answers * answers).mean()

    return Poisoned()


def test_divergence_names_step_and_node_and_keeps_the_step_before(tmp_path, everything):
    folder = RunFolder.new(tmp_path / "run", Config(everything.name, {}))
    weights = []

    def watch(_step, _steps, module):
        weights.append({k: np.array(v) for k, v in module.state_dict().items()})

    where = r"diverged at step 7 \(epoch 2\): inf appeared going forward, in mul, test_loop\.py:\d+"
    with pytest.raises(DivergedError, match=where):
        train(poisoned(everything, 7), folder=folder, watch=watch)
    state = State.unpack((folder.path / CHECKPOINT).read_bytes(), folder.path)
    assert state.step == 6
    for key, value in weights[6].items():
        assert np.array_equal(state.weights[key], value)


def test_a_gradient_that_is_not_finite_names_its_node(everything):
    class Cusp(type(everything)):
        def build(self, settings):
            return nn.Linear(4, 1)

        def loss(self, module, batch):
            return ((module(batch.inputs) * 0).abs().sqrt() * 1.0).sum()

    with pytest.raises(DivergedError, match=r"step 1 .*(NaN|inf) appeared going back"):
        train(Cusp())


def test_steps_and_epochs_are_told(everything):
    steps, epochs = [], []
    run = train(everything, on_step=lambda *told: steps.append(told), on_epoch=epochs.append)
    assert [step for step, _all, _loss in steps] == list(range(1, 21))
    assert {count for _step, count, _loss in steps} == {20}
    assert tuple(epochs) == run.epochs
    assert [e.seconds for e in epochs] == sorted(e.seconds for e in epochs)


def test_what_modules_keep_besides_weights_is_kept_too(tmp_path, everything):
    """PyTorch's get_extra_state and set_extra_state: a memory of a model's own goes on with the run."""

    class Remembering(nn.Linear):
        def __init__(self):
            super().__init__(4, 2)
            self.memory = np.zeros(3)

        def get_extra_state(self):
            return {"memory": self.memory, "age": int(self.memory[0])}

        def set_extra_state(self, state):
            self.memory = state["memory"]

    class Own(type(everything)):
        def build(self, settings):
            return Remembering()

        def update(self, module, batch, optimizer, clip_norm=None):
            module.memory = module.memory + 1
            return super().update(module, batch, optimizer, clip_norm) + module.memory[0]

    whole = train(Own())
    folder = RunFolder.new(tmp_path / "run", Config(everything.name, {}))

    def stop(step, *_more):
        if step == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Own(), folder=folder, on_step=stop)
    parts = train(Own(), folder=folder)
    assert [e.loss for e in parts.epochs] == [e.loss for e in whole.epochs]
    assert parts.module.memory.tolist() == [20.0] * 3


def test_holding_a_state_copies_no_array(everything):
    training = Training(everything, everything.settings)
    state = training.state()
    assert state.weights["0.weight"] is training.module.state_dict()["0.weight"].current.value


def test_a_parameter_without_dimensions_stays_an_array():
    bias = tensor(1.0, requires_grad=True)
    (bias * 2).backward()
    optim.SGD([bias], lr=0.5).step()
    assert bias.detach().numpy().shape == ()
    assert bias.item() == 0.0


def test_tensorboard_reads_each_epoch(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    model = Catalogue().load("mlp")
    with Board(tmp_path / "board") as board:
        board.graph(observed(model, backward=False).graph)
        run = train(model, epochs=3, on_epoch=board.epoch, watch=board.watch)
    read = EventAccumulator(str(tmp_path / "board"))
    read.Reload()
    assert set(read.Tags()["scalars"]) == {"loss/training", "loss/validation", "score"}
    for tag, values in (
        ("loss/training", [e.loss for e in run.epochs]),
        ("loss/validation", [e.validation_loss for e in run.epochs]),
        ("score", [e.score for e in run.epochs]),
    ):
        assert [point.step for point in read.Scalars(tag)] == [1, 2, 3]
        assert [point.value for point in read.Scalars(tag)] == pytest.approx(values)
    names = [name for name, _p in run.module.named_parameters()]
    assert set(read.Tags()["histograms"]) == {f"{kind}/{name}" for kind in ("weights", "gradients") for name in names}
    last = read.Histograms("weights/hidden.weight")[-1]
    array = run.module.state_dict()["hidden.weight"].detach().numpy()
    assert last.step == 3
    assert last.histogram_value.num == array.size == sum(last.histogram_value.bucket)
    assert last.histogram_value.max == pytest.approx(float(array.max()))
    assert last.histogram_value.sum == pytest.approx(float(array.astype(float).sum()))
    nodes = {node.name: list(node.input) for node in read.Graph().node}
    assert nodes["mlp/hidden/linear"] == ["mlp/reshape", "weight", "bias"]
    assert all(source in nodes for inputs in nodes.values() for source in inputs)


def test_tensorboard_is_asked_for_when_it_is_absent(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.event_file_writer", None)
    with pytest.raises(UsageError, match="needs the package tensorboard: pip install"):
        Board(tmp_path)
