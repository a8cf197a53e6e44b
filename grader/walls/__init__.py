"""How learner code and judges are confined: ``open_walls()`` gives the strongest walls of this machine.

The modules that run inside a zygote (``zygote``, ``keeper``, ``init``, ``inner`` …) use the standard library
only; this file is not there with them.
"""

from grader.walls.child import Child, Usage, Walls
from grader.walls.opening import open_walls

__all__ = ["Child", "Usage", "Walls", "open_walls"]
