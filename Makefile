# run: the workbench   test: everything   check: what a commit must pass   bench, screenshots, clean

VENV ?= .venv
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$each >/dev/null 2>&1 \
	&& $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$each && break; done)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install -c requirements.lock
ARGS ?=

.PHONY: run test check static format bench screenshots lock clean

run: $(VENV)/run.stamp
	@$(BIN)/backend-tui $(ARGS)

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

check: static test

static: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/test.stamp
	$(BIN)/python -m tests.bench $(ARGS)

screenshots: $(VENV)/test.stamp
	$(BIN)/python -m tests.screenshots

# The exact versions that run, test and CI install; written anew from what the ranges allow today.
lock:
	rm -rf $(VENV)-lock && $(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip --quiet install -e '.[dev]'
	$(VENV)-lock/bin/python -m pip freeze --exclude-editable > requirements.lock
	rm -rf $(VENV)-lock

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found. Install it, or say: make PYTHON=/path/to/python"; exit 3; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv $(VENV) || { echo "The venv could not be made. On Debian and Ubuntu: apt install python3-venv"; exit 3; }

$(VENV)/run.stamp: pyproject.toml requirements.lock | $(VENV)/bin/python
	@echo "Installing backend-tui (once) …"
	@$(PIP) -e .
	@touch $@

$(VENV)/test.stamp: pyproject.toml requirements.lock | $(VENV)/bin/python
	@echo "Installing what the tests need (once) …"
	@$(PIP) -e '.[test]'
	@touch $@ $(VENV)/run.stamp

$(VENV)/dev.stamp: pyproject.toml requirements.lock | $(VENV)/bin/python
	@echo "Installing what the checks need (once) …"
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/test.stamp $(VENV)/run.stamp

clean:
	rm -rf $(VENV) $(VENV)-* build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
