# Two commands matter: `make demo` and `make test`. Both set up .venv from requirements.lock first.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check

.PHONY: setup demo test lint lock clean
setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Ladder needs Python 3.11, 3.12 or 3.13; this is %d.%d. Try: make PYTHON=python3.11 ..." % v)'
	@echo "[setup 1/4] making $(VENV)"
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "[setup 2/4] installing torch (about half a minute)"
	@$(PIP) install -q torch==2.13.0 2>&1 | grep -v '^WARNING: Location' || true
	@echo "[setup 3/4] installing 400 locked packages (three to four minutes)"
	@$(PIP) install -q --no-deps -r requirements.lock 2>&1 | grep -v '^WARNING: Location' || true
	@echo "[setup 4/4] installing ladder itself"
	@$(PIP) install -q --no-deps --no-build-isolation -e . 2>&1 | grep -v '^WARNING: Location' || true
	@$(VENV)/bin/python -m compileall -q grader
	@$(PIP) check
	@$(VENV)/bin/ladder levels >/dev/null
	@touch $(STAMP)

demo: setup
	@$(VENV)/bin/ladder demo --out demo-out

test: setup
	@echo "[test] lint, types, layers"
	@$(MAKE) --no-print-directory lint
	@echo "[test] tests"
	@$(VENV)/bin/python tests/leftovers.py $(VENV)/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: setup
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache

# Resolves pyproject.toml anew. CUDA wheels are left out: torch brings its own where it wants them.
lock:
	uv pip compile --universal --python-version 3.11 --group dev pyproject.toml --no-header --no-annotate \
	  | grep -vE '^(nvidia|cuda|triton)' > requirements.lock

clean:
	rm -rf $(VENV) demo-out .pytest_cache .mypy_cache .ruff_cache
