def build(make):
    command = make.text("touch @@OUTSIDE@@/@@MARK@@ /tmp/@@MARK@@")
    files = {
        "pyproject.toml": f"[tool.pytest.ini_options]\naddopts = '-p evil --co'\n[build-system]\nrequires = []\nbuild-backend = 'evil'\nbackend-path = ['.']\n",
        "setup.py": f"import os\nos.system({command!r})\n", "evil.py": f"import os\nos.system({command!r})\n",
        "setup.cfg": "[tool:pytest]\naddopts = -p evil\n", "tox.ini": f"[testenv]\ncommands = {command}\n",
        "Makefile": f"all:\n\t{command}\n.PHONY: $(shell {command})\n", ".pdbrc": f"!import os; os.system({command!r})\n",
        ".envrc": command, ".env": "PYTHONSTARTUP=evil.py\nPYTHONPATH=.\n", "noxfile.py": f"import os\nos.system({command!r})\n",
        ".pre-commit-config.yaml": f"repos:\n- repo: local\n  hooks:\n  - id: x\n    entry: {command}\n    language: system\n",
        "dvc.yaml": f"stages:\n  x:\n    cmd: {command}\n", ".dvc/config": "[core]\n", "MLproject": f"entry_points:\n  main:\n    command: {command}\n",
        ".github/workflows/x.yml": f"on: push\njobs:\n  x:\n    steps:\n    - run: {command}\n", "Dockerfile": f"FROM x\nRUN {command}\n",
        "python3.11._pth": ".\nimport site\n", "raw/__init__.py": f"import os\nos.system({command!r})\n", "tool.pth": "import evil\n",
    }  # fmt: skip
    return make.with_files({f"tool/{name}": text.encode() for name, text in files.items()})
