# %% sigmoid
%load_ext autoreload
%autoreload 2
from regression import sigmoid

# %% log-loss
from regression import log_loss

# %% gradient
from regression.loss import gradient

# %% fit
from regression import *

# %% after fit
!python -m pytest -q test_regression.py
