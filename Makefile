# make run    set up, run the main job on the embedded default
# make test   set up, run the whole test suite
# make ui     MLflow on http://127.0.0.1:5000 (PORT=5001: another)
# make lint   ruff, mypy, import-linter
# make bench  speed and memory, side by side with a plain reference
# make test-slow  what takes minutes: the wheel in an empty environment (6 GB on /tmp), old runs repeated, servers that are broken
# make viz, viz-build  the pipelines as a graph: served, or as a site of files in build/
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/pip --disable-pip-version-check
PINNED = $(shell grep -o '^[A-Za-z][^ ]*' requirements.lock)

# Of what pip says: every 25th package, what is large, and when it unpacks, of which it says nothing for a minute.
define TOLD
/^(Collecting|Requirement already)/ { if (++found % 25 == 0) print "  " found " found"; fflush() }
/Downloading .*\([0-9][0-9][0-9.]* MB\)/ { print "  " $$1 " " $$2 " " $$3 " " $$4; fflush() }
/^Installing collected/ { print "  unpacking them (a minute or two)"; fflush() }
endef
export TOLD

.PHONY: run test test-slow ui viz viz-build lint bench docs setup clean
.DEFAULT_GOAL := run

run: setup
	$(BIN)/kedro run

test: setup
	$(BIN)/pytest

test-slow: setup
	$(BIN)/pytest -m slow --dist=loadfile

ui: setup
	$(BIN)/seqpipe ui

# The hooks complete the parameters of gru, lstm and rnn, which Kedro checks.
viz: setup
	$(BIN)/pip install --quiet -r requirements-viz.lock
	$(BIN)/kedro viz run --include-hooks

viz-build: setup
	$(BIN)/pip install --quiet -r requirements-viz.lock
	$(BIN)/kedro viz build --include-hooks

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks.extraction
	$(BIN)/python -m benchmarks.flow
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.finetuning
	$(BIN)/python -m benchmarks.ann
	$(BIN)/python -m benchmarks.recurrent
	$(BIN)/python -m benchmarks.large_dataset
	$(BIN)/python -m benchmarks.prediction
	$(BIN)/python -m benchmarks.serving

docs: setup
	$(BIN)/python -m seqpipe.reference > docs/configuration.md

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "seqpipe needs Python 3.11 or newer; give one with make run PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV), once: about 7 GB, a few minutes."
	@echo "1 of 3: the environment"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "2 of 3: $(words $(PINNED)) packages, each as it is in requirements.lock"
	@bash -o pipefail -c 'PYTHONUNBUFFERED=1 $(PIP) install -r requirements.lock | awk "$$TOLD"'
	@echo "3 of 3: seqpipe itself"
	@$(PIP) install --quiet --no-deps --editable .
	@touch $(READY)

clean:
	rm -rf $(VENV)
