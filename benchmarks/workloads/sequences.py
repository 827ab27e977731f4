"""Recurrent networks over 100 steps: as whole sequences, and as the course writes an LSTM, operation by operation."""

from __future__ import annotations

from typing import Any

from benchmarks.contender import (
    COMPILED,
    EAGER,
    Contender,
    Dialect,
    Workload,
    drawn,
    eager,
    in_dialects,
    initial,
    jax_trained,
)

STEPS, BATCH, HIDDEN = 100, 32, 64


def _sequence() -> Any:
    return drawn(STEPS, BATCH, HIDDEN)


def _weights(kind: str) -> dict[str, Any]:
    api = eager()
    api.root.manual_seed(0)
    return initial(getattr(api.nn, kind)(HIDDEN, HIDDEN))


def _module(kind: str) -> Any:
    def program(api: Dialect) -> Contender:
        module = api.loaded(getattr(api.nn, kind)(HIDDEN, HIDDEN), _weights(kind))

        def loss(x: Any) -> Any:
            y, _state = module(x)
            return (y * y).mean()

        return api.trained(module, loss, _sequence(), watched=1)

    return in_dialects(program)


def _jax(kind: str) -> Any:
    def make() -> Contender:
        import jax
        import jax.numpy as jnp

        def rnn(state: Any, z: Any) -> Any:
            h = jnp.tanh(z)
            return (h, state[1]), h

        def lstm(state: Any, z: Any) -> Any:
            i, f, g, o = jnp.split(z, 4, axis=1)
            c = jax.nn.sigmoid(f) * state[1] + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        cell = {"RNN": rnn, "LSTM": lstm}[kind]

        def cost(w: Any, x: Any) -> Any:
            read = x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + w["bias_hh_l0"]
            zero = jnp.zeros((BATCH, HIDDEN))
            _last, y = jax.lax.scan(lambda s, z: cell(s, z + s[0] @ w["weight_hh_l0"].T), (zero, zero), read)
            return jnp.mean(y * y)

        return jax_trained(cost, _weights(kind), "weight_hh_l0", _sequence())

    return {"jax": make}


def course_lstm(steps: int, batch: int, hidden: int) -> Any:
    """The program of an LSTM by the course's equations, [h, x] joined and read by each gate."""
    joined = drawn(4, hidden, 2 * hidden, seed=3, scale=hidden**-0.5)
    x = drawn(steps, batch, hidden)

    def program(api: Dialect) -> Contender:
        gates = api.nn.ModuleDict({gate: api.nn.Linear(2 * hidden, hidden) for gate in "fico"})
        zeros = {f"{gate}.bias": drawn(hidden, scale=0.0) for gate in "fico"}
        api.loaded(gates, {**zeros, **{f"{gate}.weight": w for gate, w in zip("fico", joined, strict=True)}})

        def loss(x: Any) -> Any:
            h = c = api.root.zeros(batch, hidden)
            total = 0.0
            for t in range(steps):
                both = api.root.cat([h, x[t]], 1)
                f = api.root.sigmoid(gates["f"](both))
                i = api.root.sigmoid(gates["i"](both))
                o = api.root.sigmoid(gates["o"](both))
                c = f * c + i * api.root.tanh(gates["c"](both))
                h = o * api.root.tanh(c)
                total = total + (h * h).mean()
            return total / steps

        return api.trained(gates, loss, x)

    return program


def _row(kind: str, peers: dict[str, Any]) -> Workload:
    name = f"{kind}, whole sequence, T={STEPS} H={HIDDEN} batch {BATCH}"
    return Workload(name, kind.lower(), {**_module(kind), **peers}, {EAGER: 1.0, COMPILED: 1.0})


WORKLOADS = [
    _row("RNN", _jax("RNN")),
    _row("LSTM", _jax("LSTM")),
    _row("GRU", {}),
    Workload(
        "LSTM, the course’s equations op by op, same size", "lstm-ops",
        in_dialects(course_lstm(STEPS, BATCH, HIDDEN)), {EAGER: 1.0, COMPILED: 0.4},
    ),
]  # fmt: skip
