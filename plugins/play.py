"""Chapter « Jeu »: values of actions, learned from what comes of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import Generator, nn, no_grad, optim, tensor
from tinygrad_fr import random as rng
from tinygrad_fr.data import TensorDataset
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting


class CartPole:
    """A pole to keep upright on a cart that is pushed left or right (Barto, Sutton and Anderson, 1983).

    Its interface is that of gymnasium, and its figures are those of gymnasium's CartPole-v1: a test compares them.
    """

    GRAVITY, CART, POLE, HALF, FORCE, TAU = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
    LEANING, FAR, LONGEST = 12 * 2 * math.pi / 360, 2.4, 500

    def __init__(self) -> None:
        self.state = np.zeros(4)
        self.steps = 0

    def reset(self, *, seed: int | None = None) -> tuple[Any, dict[str, Any]]:
        """A new beginning, near upright: position, speed, angle, speed of the angle (4,)."""
        self.state, self.steps = np.random.default_rng(seed).uniform(-0.05, 0.05, 4), 0
        return self.state.astype(np.float32), {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Push to the left (0) or to the right (1) for 0.02 s: the state, the reward 1, whether it fell, whether time is up."""
        x, speed, angle, turning = self.state
        total, moment = self.CART + self.POLE, self.POLE * self.HALF
        push = (self.FORCE if action else -self.FORCE) + moment * turning**2 * math.sin(angle)
        push /= total
        fall = self.GRAVITY * math.sin(angle) - math.cos(angle) * push
        fall /= self.HALF * (4 / 3 - self.POLE * math.cos(angle) ** 2 / total)
        gain = push - moment * fall * math.cos(angle) / total
        self.state = np.array(
            [x + self.TAU * speed, speed + self.TAU * gain, angle + self.TAU * turning, turning + self.TAU * fall]
        )
        self.steps += 1
        fell = bool(abs(self.state[0]) > self.FAR or abs(self.state[2]) > self.LEANING)
        return self.state.astype(np.float32), 1.0, fell, self.steps >= self.LONGEST, {}


EPOCHS = 30  # of a game: what was learned is soon forgotten, and a good player must be met to be kept
ROW = 11  # of a transition: state (4), action, reward, next state (4), whether it was the last


class Memory:
    """The last transitions, as rows of one array, oldest overwritten first."""

    def __init__(self, size: int) -> None:
        self.rows = np.zeros((size, ROW), np.float32)
        self.count = 0

    def keep(self, state: Any, action: int, reward: float, after: Any, last: bool) -> None:
        """Add one."""
        self.rows[self.count % len(self.rows)] = [*state, action, reward, *after, last]
        self.count += 1

    def draw(self, n: int, chance: Generator) -> Any:
        """So many of them, drawn evenly (n, ROW)."""
        return self.rows[chance.numpy.integers(0, min(self.count, len(self.rows)), n)]


@dataclass(frozen=True)
class DQNSettings(Settings):
    """Hyper-parameters of the player."""

    hidden: int = setting(64, Text(fr="neurones par couche", en="neurons a layer"), low=1, high=1024)
    discount: float = setting(0.97, Text(fr="escompte γ", en="discount γ"), low=0.0, high=1.0)
    memory: int = setting(20_000, Text(fr="transitions gardées", en="transitions kept"), low=64)
    lag: int = setting(
        200, Text(fr="retard du réseau cible, en coups", en="lag of the target network, in moves"), low=1
    )
    steps: int = setting(15_000, Text(fr="coups joués", en="moves played"), low=1)
    lr: float = setting(0.001, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)


SCALE = np.array([2.4, 2.0, 0.2, 2.0], np.float32)  # of a state, so that a small angle counts as much as a large speed


class Values(nn.Module):
    """Q(s, ·): the return that each action promises."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.first, self.second, self.output = nn.Linear(4, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, 2)

    def forward(self, states: Any) -> Any:
        """States (N, 4) to values (N, 2)."""
        return self.output(F.relu(self.second(F.relu(self.first(states / tensor(SCALE))))))


class DQNModule(nn.Module):
    """The network that learns, the lagging copy that it learns from, what it remembers, and the game that is under way.

    Attributes:
        online: the network that plays.
        lagging: the weights of its copy, which goes 1/lag of the way to it at each move; they are no parameters.
    """

    def __init__(self, settings: DQNSettings) -> None:
        super().__init__()
        self.online = Values(settings.hidden)
        self.settings = settings
        self.memory, self.game = Memory(settings.memory), CartPole()
        self.moves, self.episode = 0, 0
        self.chance = Generator(int(rng.randint(0, 2**31, (1,))))
        self.now, _info = self.game.reset(seed=0)
        self.lagging = _copied(self.online)

    def forward(self, states: Any) -> Any:
        """Values of the actions."""
        return self.online(states)

    def get_extra_state(self) -> dict[str, Any]:
        """What a run must keep besides the weights."""
        return {
            "rows": self.memory.rows.copy(),
            "count": self.memory.count,
            "game": self.game.state.copy(),
            "steps": self.game.steps,
            "moves": self.moves,
            "episode": self.episode,
            "now": np.array(self.now),
            "chance": self.chance.get_state().numpy(),
            "lagging": [array.copy() for array in self.lagging],
        }

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.memory.rows, self.memory.count = np.array(state["rows"]), state["count"]
        self.game.state, self.game.steps = np.array(state["game"]), state["steps"]
        self.moves, self.episode, self.now = state["moves"], state["episode"], np.array(state["now"])
        self.chance.set_state(state["chance"])
        self.lagging = [np.array(array) for array in state["lagging"]]

    def promised(self, rows: Any) -> Any:
        """r + γ max Q⁻(s′, ·), and r alone at the end (N,): what the lagging copy says of what came."""
        w1, b1, w2, b2, w3, b3 = self.lagging
        hidden = np.maximum(rows[:, 6:10] / SCALE @ w1.T + b1, 0)
        best = (np.maximum(hidden @ w2.T + b2, 0) @ w3.T + b3).max(axis=1)
        return (rows[:, 5] + self.settings.discount * best * (1 - rows[:, 10])).astype(np.float32)

    @property
    def curiosity(self) -> float:
        """Share ε of moves at random: from 1 down to 0.02 over the first third of the game."""
        return max(0.02, 1 - 3 * self.moves / self.settings.steps)

    def move(self) -> None:
        """Play one move and remember it."""
        if self.chance.numpy.random() < self.curiosity:
            action = int(self.chance.numpy.integers(2))
        else:
            with no_grad():
                action = int(self.online(tensor(self.now[None])).detach().numpy().argmax())
        after, reward, fell, over, _info = self.game.step(action)
        self.memory.keep(self.now, action, reward, after, fell)
        self.now, self.moves = after, self.moves + 1
        if fell or over:
            self.episode += 1
            self.now, _info = self.game.reset(seed=self.episode)
        for kept, parameter in zip(self.lagging, self.online.parameters(), strict=True):
            kept += (np.asarray(parameter.detach()) - kept) / self.settings.lag


def _copied(network: nn.Module) -> list[Any]:
    return [np.array(parameter.detach()) for parameter in network.parameters()]


def played(module: DQNModule, seeds: Any) -> list[int]:
    """How long the pole stays upright from each of some beginnings, always taking the best action."""
    games = [CartPole() for _seed in seeds]
    states = np.stack([game.reset(seed=int(seed))[0] for game, seed in zip(games, seeds, strict=True)])
    going = np.ones(len(games), bool)
    with no_grad():
        while going.any():
            actions = module(tensor(states)).detach().numpy().argmax(axis=1)
            for i in np.flatnonzero(going):
                states[i], _reward, fell, over, _info = games[i].step(int(actions[i]))
                going[i] = not (fell or over)
    return [game.steps for game in games]


class DQN(Model):
    """A deep Q-network."""

    name = "dqn"
    title = Text(fr="DQN, apprendre à jouer (2013)", en="DQN, learning to play (2013)")
    section = "Jalons"
    settings = DQNSettings()
    explanation = Text(
        fr=(
            "Q(s, a) estime ce que rapporte l’action a dans l’état s, et s’apprend de lui-même : vers r + γ max Q(s′, ·)."
            " Deux précautions le rendent stable : une mémoire, d’où les coups sont tirés en désordre, et un réseau cible,"
            " copie en retard, pour ne pas courir après soi-même. Il oublie pourtant comme il apprend : on garde le meilleur. Ici : tenir une perche debout sur un chariot, 500 pas au"
            " plus."
        ),
        en=(
            "Q(s, a) estimates what action a brings in state s, and is learned from itself: towards r + γ max Q(s′, ·). Two"
            " precautions make it stable: a memory, from which moves are drawn in disorder, and a target network, a lagging"
            " copy, so as not to run after oneself. It forgets as it learns all the same: the best is kept. Here: keep a pole upright on a cart, 500 steps at most."
        ),
    )

    def build(self, settings: DQNSettings) -> nn.Module:
        """A player that knows nothing."""
        return DQNModule(settings)

    def _random(self, n: int) -> Any:
        """Transitions (n, ROW) of a player that plays at random."""
        memory, game, chance = Memory(n), CartPole(), np.random.default_rng(0)
        state, _info = game.reset(seed=0)
        for i in range(n):
            action = int(chance.integers(2))
            after, reward, fell, _over, _info = game.step(action)
            memory.keep(state, action, reward, after, fell)
            state = game.reset(seed=i)[0] if fell else after
        return memory.rows

    def example(self, settings: DQNSettings) -> Batch:
        """One transition."""
        rows = self._random(1)
        return Batch(tensor(rows, name="transition"), tensor(rows[:, 4].astype(int), name="action"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Huber's loss between Q(s, a) and what is promised."""
        assert isinstance(module, DQNModule)
        rows = batch.inputs.detach().numpy()
        values = module(tensor(rows[:, :4]))
        chosen = (values * tensor(np.eye(2, dtype=np.float32)[batch.target.detach().numpy()])).sum(1)
        return F.huber_loss(chosen, tensor(module.promised(rows)))

    def update(self, module: nn.Module, batch: Batch, optimizer: Any, clip_norm: float | None = None) -> float:
        """Play a move for each row of the batch, and learn once from as many as it remembers."""
        assert isinstance(module, DQNModule)
        for _move in range(len(batch.target)):
            module.move()
        rows = module.memory.draw(64, module.chance)
        return super().update(module, Batch(tensor(rows), tensor(rows[:, 4].astype(int))), optimizer, clip_norm)

    def recipe(self, settings: DQNSettings) -> Recipe:
        """A row is a move to be played; what is scored are games from ten beginnings."""
        moves = np.zeros((settings.steps // EPOCHS, ROW), np.float32)
        held = self._random(64)
        return Recipe(
            TensorDataset(moves, np.zeros(len(moves), int)),
            TensorDataset(held, held[:, 4].astype(int)),
            lambda p: optim.Adam(p, settings.lr),
            epochs=EPOCHS,
            batch_size=1,
            score=0.8,
            clip_norm=10.0,
            patience=EPOCHS,  # it forgets what it knew as easily as it learned it: the best is kept
        )

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Mean length of ten games that were never played, as a share of the longest."""
        assert isinstance(module, DQNModule)
        return float(np.mean(played(module, 10_000 + np.arange(10)))) / CartPole.LONGEST
