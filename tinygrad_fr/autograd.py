"""Gradients under the names of ``torch.autograd``."""

from tinygrad_fr import functional
from tinygrad_fr.record.backward import backward, grad
from tinygrad_fr.record.mode import detect_anomaly, enable_grad, no_grad, set_grad_enabled

__all__ = ["backward", "detect_anomaly", "enable_grad", "functional", "grad", "no_grad", "set_grad_enabled"]
