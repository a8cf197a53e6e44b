import sys
import types

sys.modules["pytest"] = sys.modules["_pytest"] = types.ModuleType("pytest")
