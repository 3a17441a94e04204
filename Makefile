# One way in. `make demo` and `make test` need nothing but Python >= 3.11; both call `setup` first.
# Nothing outside this folder and the system's temporary folder is written.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Test processes, each with its own PostgreSQL and its own browser. Three keep two cores busy: each waits for the disk at times.
JOBS ?= 3
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-cache-dir --quiet

# Two packages come as source only; building them with the locked setuptools instead of whatever
# is newest keeps the environment the same for everyone.
BUILD_TOOL := awk '/^setuptools==/,!/\\$$/' requirements.lock

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench fuzz sbom audit lock clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv from requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: $(PYTHON) must be Python 3.11 or newer with venv (Debian: python3-venv); try make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "setup: new virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "setup: installing the locked packages, each checked by its hash (two or three minutes)"
	@$(BUILD_TOOL) > $(VENV)/build-tool.txt
	@$(PIP) install --require-hashes --no-deps -r $(VENV)/build-tool.txt
	@$(PIP) install --require-hashes --no-build-isolation --use-pep517 -r requirements.lock
	@echo "setup: installing referhub from this folder"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(READY)
	@echo "setup: ready"

demo: $(READY) ## play the whole story, then keep serving; ONCE=1 ends by itself
	@$(BIN)/referhub demo $(if $(filter-out 0,$(ONCE)),--once)

# The tests start hundreds of processes: what one of them compiled the others read.
test: $(READY) ## run every test and say what was skipped; ARGS="-k word" narrows it, JOBS=0 runs them one by one
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(JOBS) --maxprocesses 4 $(ARGS)

lint: $(READY) ## import rules, types, style
	@failed=; for step in "lint-imports" "mypy" "ruff check" "ruff format --check"; do \
	  echo "lint: $$step"; $(BIN)/$$step || failed="$$failed '$$step'"; \
	done; test -z "$$failed" || { echo "lint: failed:$$failed" >&2; exit 1; }

bench: $(READY) ## measure, and print ratios to what the machine could do at best
	@$(BIN)/python -m bench $(ARGS)

# Unlike `make test` it looks for what nobody has thought of, so it takes as long as you let it.
fuzz: $(READY) ## feed every parser with made-up input; MINUTES=10 says for how long, altogether
	@$(BIN)/python -m fuzz --minutes $(or $(MINUTES),10) $(ARGS)

sbom: $(READY) ## write dist/sbom.json, the bill of materials of a running hub (CycloneDX)
	@mkdir -p dist
	@$(BIN)/python tools/runtime_lock.py > dist/runtime.txt
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON \
	  --output-file dist/sbom.json dist/runtime.txt
	@rm dist/runtime.txt && echo "dist/sbom.json"

audit: $(READY) ## ask whether a locked package has a known vulnerability; ARGS=--required fails when nobody can be asked
	@$(BIN)/python tools/audit.py $(ARGS)

lock: $(READY) ## refresh requirements.lock from the ranges in pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group build --group dev \
	  --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-cache \
	  --custom-compile-command "make lock" --quiet --output-file requirements.lock $(ARGS)
	@$(BIN)/python tools/runtime_lock.py --with-build > requirements.runtime.lock
	@grep -c '^[a-z]' requirements.lock | sed 's/$$/ packages locked/'

clean: ## remove what make and the tools made
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
