# make run    set up, run the main job on the embedded default
# make test   set up, run the whole test suite
# make ui     MLflow on http://127.0.0.1:5000
# make lint   ruff, mypy, import-linter
# make bench  speed and memory, side by side with a plain reference
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test ui viz lint bench docs setup clean
.DEFAULT_GOAL := run

run: setup
	$(BIN)/kedro run

test: setup
	$(BIN)/pytest

ui: setup
	$(BIN)/python -m seqpipe.tracking.ui

viz: setup
	$(BIN)/pip install --quiet -r requirements-viz.lock
	$(BIN)/kedro viz run

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks.extraction
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.finetuning
	$(BIN)/python -m benchmarks.ann
	$(BIN)/python -m benchmarks.recurrent
	$(BIN)/python -m benchmarks.large_dataset
	$(BIN)/python -m benchmarks.serving

docs: setup
	$(BIN)/python -m seqpipe.reference > docs/configuration.md

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "seqpipe needs Python 3.11 or newer; give one with make run PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (once; about 7 GB, a few minutes)..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

clean:
	rm -rf $(VENV)
