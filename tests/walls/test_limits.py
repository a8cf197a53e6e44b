import dataclasses
import resource

from grader.model import Limits
from grader.walls import limits


def test_a_budget_does_not_depend_on_what_was_preloaded():
    numbers = dataclasses.asdict(Limits(memory_mb=100, disk_mb=5, processes=7))
    lean, rich = (limits.as_rlimits(numbers, 10.0, inherited) for inherited in (0.0, 50.0))
    assert rich[resource.RLIMIT_DATA] - lean[resource.RLIMIT_DATA] == 50 << 20
    assert lean[resource.RLIMIT_DATA] == 100 << 20
    assert (lean[resource.RLIMIT_NPROC], lean[resource.RLIMIT_FSIZE], lean[resource.RLIMIT_CORE]) == (7, 5 << 20, 1)
    assert lean[resource.RLIMIT_CPU] > 10


def test_sizes_of_this_process():
    assert limits.status_mb("VmData") > 1
    assert limits.status_mb("VmRSS") > 5
    assert limits.status_mb("NoSuchLine") == 0
