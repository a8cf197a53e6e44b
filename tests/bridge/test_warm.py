import os
import subprocess
import sys

USED = """
import os, sys
import numpy, pandas
threads = os.listdir("/proc/self/task")  # pyarrow's allocator has one, which a child can do without
before = numpy.random.get_state()[1].tobytes(), numpy.random.get_state()[2]
from grader.bridge import warm
warm.pandas_types()
warm.scikit_learn()
warm.nbformat()
assert (numpy.random.get_state()[1].tobytes(), numpy.random.get_state()[2]) == before, "drew from the global state"
assert os.listdir("/proc/self/task") == threads, "started a thread"

from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
loaded = set(sys.modules)
table = pandas.DataFrame({"city": ["x", "y"] * 10, "size": range(20)})
late = pandas.Series([0, 0, 1, 1] * 5)
columns = ColumnTransformer([("city", OneHotEncoder(), ["city"]), ("size", StandardScaler(), ["size"])])
chances = make_pipeline(columns, LogisticRegression()).fit(table, late).predict_proba(table)[:, 1]
roc_auc_score(late, chances)
print(sorted(set(sys.modules) - loaded))
"""


def test_after_warming_a_first_fit_imports_nothing_and_no_thread_is_there():
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-c", USED], env={**os.environ, **one_thread}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
