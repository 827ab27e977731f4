"""Modules and layers."""

from tinygrad_fr.nn import functional, utils
from tinygrad_fr.nn.layers import (
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    Embedding,
    Flatten,
    LeakyReLU,
    Linear,
    MSELoss,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from tinygrad_fr.nn.module import Module, ModuleList, Parameter, Sequential
from tinygrad_fr.nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "Embedding",
    "Flatten",
    "GRUCell",
    "LSTMCell",
    "LeakyReLU",
    "Linear",
    "MSELoss",
    "Module",
    "ModuleList",
    "Parameter",
    "RNNCell",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "functional",
    "utils",
]
