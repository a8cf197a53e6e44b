"""The exceptions the command line turns into an exit code and one clear line."""


class LadderError(Exception):
    """Base of everything the command line reports without a traceback."""

    exit_code = 3


class InputError(LadderError):
    """What the user handed in or typed cannot be used; the message names the file and the reason."""

    exit_code = 2


class NotHeld(LadderError):
    """The thing asked about does not hold (``check``, ``verify``, ``content check``)."""

    exit_code = 1


class GraderFault(LadderError):
    """The grader itself failed: never a learner's zero, never points."""

    exit_code = 3


class NoWalls(GraderFault):
    """No way to confine learner code on this machine, so official grading refuses."""
