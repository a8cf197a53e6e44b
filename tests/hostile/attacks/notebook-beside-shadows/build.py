def build(make):
    evil = b"def __getattr__(name):\n    return lambda *args, **kwargs: None\n"
    names = ("json.py", "numpy.py", "pandas/__init__.py", "pandas/testing.py", "pathlib.py", "pytest.py", "unittest.py")
    return make.with_files({f"notebooks/{name}": evil for name in names})
