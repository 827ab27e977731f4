"""Convolutions: LeNet-5, a tower with batch normalisation, and a block of a ResNet."""

from __future__ import annotations

from typing import Any

from benchmarks.contender import (
    COMPILED,
    EAGER,
    Contender,
    Dialect,
    Workload,
    classes,
    drawn,
    eager,
    in_dialects,
    initial,
    jax_trained,
    tinygrad_trained,
)

_TARGETS = {EAGER: 1.0, COMPILED: 1.0}


def _lenet(api: Dialect) -> Any:
    nn = api.nn
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
        nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip


def _tower(api: Dialect) -> Any:
    nn = api.nn
    return nn.Sequential(
        *(each for _i in range(4) for each in (nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()))
    )


def _block(api: Dialect) -> Any:
    nn = api.nn

    class Block(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self, before: int, after: int) -> None:
            super().__init__()
            self.first = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
            self.first_norm = nn.BatchNorm2d(after)
            self.second = nn.Conv2d(after, after, 3, padding=1, bias=False)
            self.second_norm = nn.BatchNorm2d(after)
            self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride=2, bias=False), nn.BatchNorm2d(after))

        def forward(self, x: Any) -> Any:
            y = self.second_norm(self.second(api.F.relu(self.first_norm(self.first(x)))))
            return api.F.relu(y + self.shortcut(x))

    return Block(16, 32)


def _weights(build: Any) -> dict[str, Any]:
    api = eager()
    api.root.manual_seed(0)
    return initial(build(api))


def _program(build: Any, loss: str, x: Any, y: Any) -> Any:
    def program(api: Dialect) -> Contender:
        module = api.loaded(build(api), _weights(build))
        return api.trained(module, lambda x, y: getattr(api.F, loss)(module(x), y), x, y)

    return program


def _answer(api: Dialect) -> Contender:
    module = api.loaded(_lenet(api), _weights(_lenet))
    return api.answering(module, module, _IMAGES[:1])


_IMAGES, _DIGITS = drawn(64, 1, 32, 32), classes(10, 64)
_MAPS, _ASKED, _HALVED = drawn(32, 16, 32, 32), drawn(32, 16, 32, 32, seed=2), drawn(32, 32, 16, 16, seed=2)


def _lenet_jax() -> Contender:
    import jax
    import jax.numpy as jnp
    from jax import lax

    def pooled(x: Any) -> Any:
        return lax.reduce_window(x, 0.0, lax.add, (1, 1, 2, 2), (1, 1, 2, 2), "VALID") / 4

    def cost(w: Any, x: Any, y: Any) -> Any:
        def maps(x: Any, i: int) -> Any:
            z = lax.conv_general_dilated(x, w[f"{i}.weight"], (1, 1), "VALID") + w[f"{i}.bias"][:, None, None]
            return jnp.tanh(z)

        x = maps(pooled(maps(pooled(maps(x, 0)), 3)), 6).reshape(len(x), -1)
        x = jnp.tanh(x @ w["9.weight"].T + w["9.bias"]) @ w["11.weight"].T + w["11.bias"]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1))

    return jax_trained(cost, _weights(_lenet), "0.weight", _IMAGES, _DIGITS)


def _lenet_tinygrad() -> Contender:
    def cost(w: Any, x: Any, y: Any) -> Any:
        def maps(x: Any, i: int) -> Any:
            return x.conv2d(w[f"{i}.weight"], w[f"{i}.bias"]).tanh()

        x = maps(maps(maps(x, 0).avg_pool2d(2), 3).avg_pool2d(2), 6).flatten(1)
        x = x.linear(w["9.weight"].T, w["9.bias"]).tanh().linear(w["11.weight"].T, w["11.bias"])
        return x.sparse_categorical_crossentropy(y)

    return tinygrad_trained(cost, _weights(_lenet), "0.weight", _IMAGES, _DIGITS)


WORKLOADS = [
    Workload(
        "LeNet-5, batch 64, 32×32", "lenet",
        {
            **in_dialects(_program(_lenet, "cross_entropy", _IMAGES, _DIGITS)),
            "jax": _lenet_jax,
            "tinygrad": _lenet_tinygrad,
        }, _TARGETS,
    ),
    Workload("LeNet-5, one image, no gradient", "lenet-answer", in_dialects(_answer), _TARGETS),
    Workload(
        "4 × (conv 3×3, BN, ReLU), 16 channels 32×32, batch 32", "tower",
        in_dialects(_program(_tower, "mse_loss", _MAPS, _ASKED)), _TARGETS,
    ),
    Workload(
        "ResNet block, 16 to 32 channels, 32×32, batch 32", "resnet-block",
        in_dialects(_program(_block, "mse_loss", _MAPS, _HALVED)), _TARGETS,
    ),
]  # fmt: skip
