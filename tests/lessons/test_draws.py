"""What a module draws when it is made: the sums of its parameters and the next number drawn after it, as torch 2.13's at seed 0."""

import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn

DRAWN = {
    'nn.Linear(3,4)': ([-0.4023, -1.1505], 0.69767),
    'nn.Bilinear(3,4,5)': ([-2.5236, 0.6428], 0.43689),
    'nn.Embedding(5,4)': ([6.9407], 0.20813),
    'nn.Embedding(5,4,padding_idx=1)': ([6.3853], 0.20813),
    'nn.EmbeddingBag(5,4)': ([6.9407], 0.20813),
    'nn.EmbeddingBag(5,4,padding_idx=2)': ([4.9206], 0.20813),
    'nn.Embedding.from_pretrained(tg.ones(3,4))': ([12.0], 0.49626),
    'nn.EmbeddingBag.from_pretrained(tg.ones(3,4))': ([12.0], 0.49626),
    'nn.Conv1d(2,4,3)': ([-0.4375, -0.0317], 0.18523),
    'nn.Conv2d(2,4,3)': ([-0.6294, 0.701], 0.59951),
    'nn.Conv3d(2,4,3)': ([-1.4084, -0.1783], 0.4641),
    'nn.Conv2d(2,4,3,groups=2)': ([-1.4338, 0.4022], 0.5263),
    'nn.Conv2d(2,4,3,bias=False)': ([-0.6294], 0.6965),
    'nn.ConvTranspose1d(2,4,3)': ([-0.3093, -0.0224], 0.18523),
    'nn.ConvTranspose2d(2,4,3)': ([-0.4451, 0.4957], 0.59951),
    'nn.ConvTranspose3d(2,4,3)': ([-0.9959, -0.1261], 0.4641),
    'nn.RNN(3,4)': ([-0.3484, -0.2262, -0.2043, -1.3719], 0.20813),
    'nn.RNN(3,4,2,bidirectional=True)': ([-0.3484, -0.2262, -0.2043, -1.3719, -0.0193, 0.2668, 0.3463, 0.2217, 0.6406, -0.948, 0.2188, -1.1447, -1.307, -0.9357, -0.2851, 0.4456], 0.74025),
    'nn.LSTM(3,4)': ([-2.17, 0.3674, -0.7658, 0.9905], 0.05084),
    'nn.LSTM(3,4,2,bidirectional=True)': ([-2.17, 0.3674, -0.7658, 0.9905, -2.2834, -1.9045, -0.098, -0.7412, 5.6797, -2.1317, 0.2505, 1.3474, -1.4567, 1.2878, 0.2966, -0.0878], 0.43537),
    'nn.GRU(3,4)': ([-2.1507, 1.5601, -0.2439, -1.1077], 0.47245),
    'nn.GRU(3,4,2,bias=False)': ([-2.1507, 1.5601, -2.5621, -1.9437], 0.55365),
    'nn.RNNCell(3,4)': ([-0.3484, -0.2262, -0.2043, -1.3719], 0.20813),
    'nn.LSTMCell(3,4)': ([-2.17, 0.3674, -0.7658, 0.9905], 0.05084),
    'nn.GRUCell(3,4)': ([-2.1507, 1.5601, -0.2439, -1.1077], 0.47245),
    'nn.BatchNorm1d(4)': ([4.0, 0.0], 0.49626),
    'nn.BatchNorm2d(4)': ([4.0, 0.0], 0.49626),
    'nn.LayerNorm(4)': ([4.0, 0.0], 0.49626),
    'nn.GroupNorm(2,4)': ([4.0, 0.0], 0.49626),
    'nn.InstanceNorm2d(4,affine=True)': ([4.0, 0.0], 0.49626),
    'nn.RMSNorm(4)': ([4.0], 0.49626),
    'nn.PReLU()': ([0.25], 0.49626),
    'nn.MultiheadAttention(4,2)': ([-0.1875, 0.0, -1.3448, 0.0], 0.81019),
    'nn.TransformerEncoderLayer(4,2,8)': ([-0.1875, 0.0, -1.3448, 0.0, 0.3989, -0.7841, -0.6121, 0.8695, 4.0, 0.0, 4.0, 0.0], 0.05084),
    'nn.TransformerDecoderLayer(4,2,8)': ([-0.1875, 0.0, -1.3448, 0.0, -2.8233, 0.0, 0.9664, 0.0, -1.8634, 0.2497, -0.3633, 0.1001, 4.0, 0.0, 4.0, 0.0, 4.0, 0.0], 0.56273),
    'nn.Transformer(4,2,1,1,8)': ([2.5156, 0.0, 1.0775, 0.0, -2.8408, -0.7841, -1.63, 0.8695, 4.0, 0.0, 4.0, 0.0, 4.0, 0.0, 3.3473, 0.0, -3.5435, 0.0, 0.125, 0.0, -1.1524, 0.0, 1.0457, 0.5038, 0.9508, 0.2872, 4.0, 0.0, 4.0, 0.0, 4.0, 0.0, 4.0, 0.0], 0.42551),
    'nn.Dropout()': ([], 0.49626),
    'nn.TransformerEncoder(nn.TransformerEncoderLayer(4,2,8),2)': ([-0.1875, 0.0, -1.3448, 0.0, 0.3989, -0.7841, -0.6121, 0.8695, 4.0, 0.0, 4.0, 0.0, -0.1875, 0.0, -1.3448, 0.0, 0.3989, -0.7841, -0.6121, 0.8695, 4.0, 0.0, 4.0, 0.0], 0.05084),
    'nn.TransformerDecoder(nn.TransformerDecoderLayer(4,2,8),2)': ([-0.1875, 0.0, -1.3448, 0.0, -2.8233, 0.0, 0.9664, 0.0, -1.8634, 0.2497, -0.3633, 0.1001, 4.0, 0.0, 4.0, 0.0, 4.0, 0.0, -0.1875, 0.0, -1.3448, 0.0, -2.8233, 0.0, 0.9664, 0.0, -1.8634, 0.2497, -0.3633, 0.1001, 4.0, 0.0, 4.0, 0.0, 4.0, 0.0], 0.56273),
    '(lambda m:(m(tg.ones(2,3)),m)[1])(nn.LazyLinear(4))': ([-0.4023, -1.1505], 0.69767),
    '(lambda m:(m(tg.ones(2,3,5,5)),m)[1])(nn.LazyConv2d(4,3))': ([-0.7475, 0.0537], 0.19573),
}  # fmt: skip


@pytest.mark.parametrize("made", DRAWN)
def test_a_module_draws_what_pytorch_s_does(made):
    sums, following = DRAWN[made]
    tg.manual_seed(0)
    module = eval(made, {"nn": nn, "tg": tg})
    found = [parameter.detach().double().sum().item() for parameter in module.parameters()]
    assert found == pytest.approx(sums, abs=2e-4)
    assert tg.rand(1).item() == pytest.approx(following, abs=1e-5)


# What is dropped of inputs of several numbers of dimensions, and the next number drawn: torch 2.13's at seed 1.
DROPPED = [
    ('dropout1d', (4,), None, None),
    ('dropout1d', (3, 4), [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 0.39714),
    ('dropout1d', (2, 3, 4), [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 0.68261),
    ('dropout1d', (2, 3, 2, 2), None, None),
    ('dropout1d', (2, 3, 2, 2, 2), None, None),
    ('dropout2d', (4,), None, None),
    ('dropout2d', (3, 4), [2.0, 2.0, 2.0, 2.0, 0.0, 2.0, 2.0, 0.0, 0.0, 2.0, 0.0, 2.0], 0.33978),
    ('dropout2d', (2, 3, 4), [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 0.68261),
    ('dropout2d', (2, 3, 2, 2), [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 0.68261),
    ('dropout2d', (2, 3, 2, 2, 2), [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 0.68261),
    ('dropout3d', (4,), [2.0, 2.0, 2.0, 2.0], 0.56951),
    ('dropout3d', (3, 4), [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 0.39714),
    ('dropout3d', (2, 3, 4), [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 0.02928),
    ('dropout3d', (2, 3, 2, 2), [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 0.02928),
    ('dropout3d', (2, 3, 2, 2, 2), [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 0.68261),
]  # fmt: skip


@pytest.mark.parametrize(("name", "shape", "expected", "following"), DROPPED)
def test_dropout_of_channels_is_pytorch_s_for_any_number_of_dimensions(name, shape, expected, following):
    tg.manual_seed(1)
    drop = getattr(nn.functional, name)
    if expected is None:
        with pytest.raises(RuntimeError, match=name):
            drop(tg.ones(shape), 0.5, training=True)
        return
    assert drop(tg.ones(shape), 0.5, training=True).flatten().tolist()[:12] == expected
    assert tg.rand(1).item() == pytest.approx(following, abs=1e-5)
