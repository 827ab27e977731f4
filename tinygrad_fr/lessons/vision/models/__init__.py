"""``torchvision.models``: the networks that lessons take from there, under torchvision's names of parameters.

Their weights are drawn as torchvision draws them, so the same seed gives the same network. Trained weights are not here:
they would be downloaded.
"""

from tinygrad_fr.lessons.vision.models.alexnet import AlexNet, alexnet
from tinygrad_fr.lessons.vision.models.densenet import DenseNet, densenet121
from tinygrad_fr.lessons.vision.models.mobilenet import MobileNetV2, mobilenet_v2
from tinygrad_fr.lessons.vision.models.resnet import (
    ResNet,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
    resnext50_32x4d,
    wide_resnet50_2,
)
from tinygrad_fr.lessons.vision.models.squeezenet import SqueezeNet, squeezenet1_0, squeezenet1_1
from tinygrad_fr.lessons.vision.models.vgg import (
    VGG,
    vgg11,
    vgg11_bn,
    vgg13,
    vgg13_bn,
    vgg16,
    vgg16_bn,
    vgg19,
    vgg19_bn,
)

__all__ = [
    "VGG",
    "AlexNet",
    "DenseNet",
    "MobileNetV2",
    "ResNet",
    "SqueezeNet",
    "alexnet",
    "densenet121",
    "mobilenet_v2",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnext50_32x4d",
    "squeezenet1_0",
    "squeezenet1_1",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
    "wide_resnet50_2",
]
