from .descent import fit
from .loss import gradient, log_loss, sigmoid

__all__ = ["fit", "gradient", "log_loss", "sigmoid"]
