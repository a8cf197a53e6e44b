# %% tidy-codes
import importlib
import sys

sys.path.insert(0, "tools")
from desk import *

importlib.reload(sys.modules["desk"])

# %% parse-dates
parse_dates = parse_dates

# %% to-numbers
# see tools/desk/steps.py

# %% parse-clock
pass

# %% units
from desk.steps import to_celsius, to_knots

# %% clean
import desk.whole

clean = desk.whole.clean

# %% find-defects
find_defects = vars(desk.whole)["find_defects"]
