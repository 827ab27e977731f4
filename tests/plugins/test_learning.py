"""Learning too well, learning without labels, learning against another, learning by playing."""

import gymnasium
import numpy as np
import pytest
from tinygrad_fr_plugins import generation, play

from tinygrad_fr import no_grad, tensor
from tinygrad_fr.data import digits
from tinygrad_fr.plugins import Batch, Catalogue
from tinygrad_fr.training import Training, built, train


def model_of(name, **changes):
    model = Catalogue().load(name)
    return model, model.settings.replaced({key: str(value) for key, value in changes.items()})


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_without_a_remedy_rows_are_learned_by_heart_and_each_remedy_helps(seed):
    none = train(*model_of("overfit", remedy="none"), seed=seed)
    validation = [epoch.validation_loss for epoch in none.epochs]
    assert none.epochs[-1].loss < 0.15
    assert validation[-1] > 2.5 * min(validation)
    for remedy in ("l1", "l2", "dropout", "augmentation", "early-stopping"):
        run = train(*model_of("overfit", remedy=remedy), seed=seed)
        assert run.kept.validation_loss < validation[-1]
        assert run.score > none.score


def test_the_price_is_paid_in_training_alone():
    for remedy, price in (("l2", lambda w: (w**2).sum() / 2), ("l1", lambda w: np.abs(w).sum())):
        model, settings = model_of("overfit", remedy=remedy, strength=0.5, hidden=3)
        module, batch = built(model, settings, 0), model.example(settings)
        paid = float(model.loss(module, batch))
        module.eval()
        weights = [p.detach().numpy() for name, p in module.named_parameters() if name.endswith("weight")]
        assert paid - float(model.loss(module, batch)) == pytest.approx(0.5 * sum(map(price, weights)), rel=1e-5)


@pytest.mark.long
@pytest.mark.parametrize("pretraining", ["no", "yes"])
def test_the_autoencoder_gives_back_more_than_principal_components(pretraining):
    (learned, _a), (held, _b) = digits()
    learned, held = learned.reshape(len(learned), -1), held.reshape(len(held), -1)
    mean = learned.mean(axis=0)
    axes = np.linalg.svd(learned - mean, full_matrices=False)[2][:8]
    missed = ((held - mean) @ axes.T @ axes + mean - held) ** 2
    pca = 1 - missed.sum() / ((held - held.mean(axis=0)) ** 2).sum()
    assert pca == pytest.approx(0.672, abs=1e-3)
    assert train(*model_of("autoencoder", pretraining=pretraining)).score > pca + 0.03


def test_layer_by_layer_leaves_the_other_layers_alone():
    model, settings = model_of("autoencoder", pretraining="yes")
    training = Training(model, settings)
    before = {name: p.detach().numpy().copy() for name, p in training.module.named_parameters()}
    training.turn()
    moved = {
        name for name, p in training.module.named_parameters() if not np.array_equal(p.detach().numpy(), before[name])
    }
    assert {name.split(".")[0] for name in moved} == {"outer", "out"}
    training.module.steps.data = np.float32(450)
    before = {name: p.detach().numpy().copy() for name, p in training.module.named_parameters()}
    training.optimizer = training.recipe.optimizer(training.module.parameters())
    training.turn()
    moved = {
        name for name, p in training.module.named_parameters() if not np.array_equal(p.detach().numpy(), before[name])
    }
    assert {name.split(".")[0] for name in moved} == {"inner", "back"}


def test_both_losses_of_the_gan_are_the_papers():
    for game in ("non-saturating", "minimax"):
        model, settings = model_of("gan", game=game, hidden=5)
        module = built(model, settings, 0)
        noise, true = (tensor(array) for array in model._rows(settings, 20, 0).arrays)
        with no_grad():
            made = module(noise)
            d_true, d_made = (
                1 / (1 + np.exp(-module.discriminator(x).detach().numpy().astype(float))) for x in (true, made)
            )
            judgement = -np.log(d_true).mean() - np.log(1 - d_made).mean()
            deceit = -np.log(d_made).mean() if game == "non-saturating" else np.log(1 - d_made).mean()
            assert float(module.judgement(true, made)) == pytest.approx(judgement, rel=1e-5)
            assert float(module.deceit(made)) == pytest.approx(deceit, rel=1e-5)


def test_each_network_moves_by_its_own_loss():
    model, settings = model_of("gan", lr=0.001)
    training = Training(model, settings)
    module, before = training.module, [p.detach().numpy().copy() for p in training.module.parameters()]
    noise, true = (tensor(array) for array in model._rows(settings, 64, 5).arrays)
    judged = float(module.judgement(true, module(noise).detach()))
    model.update(module, Batch(noise, true), training.optimizer)
    assert all(not np.array_equal(a, p.detach().numpy()) for a, p in zip(before, module.parameters(), strict=True))
    made = module(noise).detach()
    for a, p in zip(before[:6], module.generator.parameters(), strict=True):
        p.data = a  # the generator as it was: the discriminator alone has moved
    assert float(module.judgement(true, module(noise).detach())) < judged
    assert made.shape == (64, 2)


def test_a_generator_that_imitates_one_mode_scores_little():
    model, settings = model_of("gan")

    class Lazy(generation.GANModule):
        def forward(self, noise):
            return tensor(np.tile(generation.centres(self.modes)[0].astype(np.float32), (len(noise), 1)))

    lazy = Lazy(settings)
    assert model.score(lazy, Batch(None, None)) == pytest.approx(1 / 6)


def test_the_cart_and_the_pole_move_as_gymnasiums():
    theirs, ours = gymnasium.make("CartPole-v1"), play.CartPole()
    chance = np.random.default_rng(0)
    for episode in range(20):
        state, _info = theirs.reset(seed=episode)
        ours.reset(seed=episode)
        ours.state = np.array(theirs.unwrapped.state, float)
        for _move in range(600):
            action = int(chance.integers(2)) if episode % 2 else int(state[2] + 0.3 * state[3] > 0)
            state, reward, fell, over, _info = theirs.step(action)
            found, gain, ours_fell, ours_over, _info = ours.step(action)
            np.testing.assert_allclose(found, state, rtol=1e-5, atol=1e-6)
            assert (gain, ours_fell, ours_over) == (reward, fell, over)
            if fell or over:
                break


def test_memory_overwrites_the_oldest():
    memory = play.Memory(3)
    for i in range(5):
        memory.keep([i] * 4, 0, 1.0, [i + 1] * 4, False)
    assert sorted(memory.rows[:, 0]) == [2, 3, 4]


def test_values_are_learned_towards_what_the_lagging_copy_promises():
    model, settings = model_of("dqn", hidden=4, lag=3)
    module = built(model, settings, 0)
    rows = model._random(6)
    rows[0, 10], rows[1:, 10] = 1, 0
    with no_grad():
        after = module(tensor(rows[:, 6:10])).detach().numpy()
        expected = rows[:, 5] + settings.discount * after.max(axis=1) * (1 - rows[:, 10])
        assert np.allclose(module.promised(rows), expected, atol=1e-5)
        assert module.promised(rows)[0] == 1
        chosen = module(tensor(rows[:, :4])).detach().numpy()[np.arange(6), rows[:, 4].astype(int)]
        miss = np.abs(chosen - expected)
        huber = np.where(miss < 1, miss**2 / 2, miss - 0.5).mean()
        batch = Batch(tensor(rows), tensor(rows[:, 4].astype(int)))
        assert float(model.loss(module, batch)) == pytest.approx(huber, rel=1e-4)
    weight = module.online.first.weight
    weight.data = weight.detach().numpy() + 3
    module.move()
    assert np.allclose(module.lagging[0], weight.detach().numpy() - 2, atol=1e-5)


def test_curiosity_falls_and_never_ends():
    module = built(*model_of("dqn", steps=300), 0)
    assert module.curiosity == 1
    module.moves = 50
    assert module.curiosity == pytest.approx(0.5)
    module.moves = 300
    assert module.curiosity == 0.02
