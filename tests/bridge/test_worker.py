"""What a zygote imports before any submission has been seen."""

import subprocess
import sys

from grader.bridge import worker
from grader.model import PRELOADS


def test_every_library_a_level_may_name_can_be_warmed():
    assert set(worker._MORE) == set(PRELOADS)


def test_mlflow_comes_only_when_it_is_asked_for_and_leaves_no_thread():
    code = (
        "import sys, threading\n"
        "from grader.bridge.worker import preload\n"
        "preload(); before = 'mlflow' in sys.modules\n"
        "preload('mlflow'); print(before, 'mlflow' in sys.modules, threading.active_count())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "1"]
