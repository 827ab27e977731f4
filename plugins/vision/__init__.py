"""Chapter « Vision »: convolutional networks from LeNet-5 to ResNet, and the Vision Transformer, on images."""

from .alexnet import AlexNet
from .googlenet import GoogLeNet
from .lenet import LeNet
from .norms import Norms
from .resnet import ResNet
from .vgg import VGG
from .vit import ViT

__all__ = ["VGG", "AlexNet", "GoogLeNet", "LeNet", "Norms", "ResNet", "ViT"]
