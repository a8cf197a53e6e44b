def build(make):
    evil = make.text("import os\nos.system('touch @@OUTSIDE@@/@@MARK@@')\n").encode()
    names = (
        "sitecustomize.py", "usercustomize.py", "ladder.pth", "ipython_config.py", "jupyter_config.py", "conftest.py",
        "grader/__init__.py", "grader/exercise.py", "nbgrader_config.py", "_pytest/__init__.py", "msgpack.py",
        "matplotlibrc", ".ipython/profile_default/startup/00.py", ".jupyter/jupyter_notebook_config.py", "pyvenv.cfg",
    )  # fmt: skip
    return make.with_files({f"notebooks/{name}": evil for name in names})
