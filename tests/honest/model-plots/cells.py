# %% after setup
%matplotlib inline
import logging
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt

mpl.rcParams.update({"figure.dpi": 150, "axes.grid": True})
plt.style.use("ggplot")
logging.getLogger("matplotlib").setLevel(logging.ERROR)

# %% after sigmoid
with plt.xkcd(), warnings.catch_warnings():
    warnings.simplefilter("always")
    z = np.linspace(-6, 6)
    plt.plot(z, sigmoid(z))
    plt.title("the chance of being late")
    plt.show()

# %% after weights
ax = pd.Series(weights[1:], index=NUMERIC).plot.barh(figsize=(6, 3))
ax.figure.savefig("weights.svg")
ax

# %% after report
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay

fig, (left, middle_, right) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
ConfusionMatrixDisplay(np.array(report["confusion"])).plot(ax=left)
RocCurveDisplay.from_estimator(model, later[FEATURES], later["late"], ax=middle_)
CalibrationDisplay.from_estimator(model, later[FEATURES], later["late"], n_bins=8, ax=right)
fig.savefig("model.pdf")
display(model)
model
