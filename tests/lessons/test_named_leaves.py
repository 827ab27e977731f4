"""A picture of a lesson calls what led to its loss by the lesson's own names."""

import pytest

from tinygrad_fr import nn
from tinygrad_fr.lessons.runner import Witness, run

LESSON = """
import torch
from torch import nn

class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.tensor([2.0, 3.0])
        for i in range(2):
            setattr(self, f"layer{i}", nn.Linear(2, 2))

    def forward(self, x):
        for i in range(2):
            x = self.__getattr__(f"layer{i}")(x)
        return x * self.scale

net, data, goal = Scaled(), torch.ones(3, 2), torch.tensor([[0, 1, 1]])
loss = nn.functional.cross_entropy(net(data), goal.view(-1))
loss.backward()
"""


def test_views_and_tensors_that_modules_keep_have_their_names(tmp_path):
    path = tmp_path / "lesson.py"
    path.write_text(LESSON)
    witness = Witness()
    run(path, (), witness)
    labels = {leaf.label for leaf, _value, _changed in witness.moment.leaves}
    assert {"data", "goal", "scale"} <= labels


def test_an_attribute_that_is_not_there_is_refused_by_name():
    layer = nn.Linear(1, 1)
    assert layer.__getattr__("weight") is layer.weight
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'wait'"):
        layer.wait  # noqa: B018 - asked for
