# The one task vocabulary: people, hooks and CI run these targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# A working uv on PATH, or one installed into the checkout. (A pyenv shim that fails is not a working uv.)
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .uv/bin/uv)
VENV := .venv
LOCALSTACK_VENV := localstack/.venv
PY := $(VENV)/bin/python
CSV ?=
PYTEST_ARGS ?= -q
# The fast tests share nothing: a worker a core. OpenMP's threads must not spin where more of them run than there are cores.
FAST_TESTS := localstack/tests guard/tests tests/unit tests/contract tests/pipeline
FAST := GOMP_SPINCOUNT=1000 $(VENV)/bin/python -m pytest -n auto --maxprocesses=4 $(FAST_TESTS)
# Compiled at install: the functions' interpreters must not compile pandas at every cold start.
SYNC := UV_LINK_MODE=copy PYTHONDONTWRITEBYTECODE= $(UV) pip sync --quiet --compile-bytecode --require-hashes

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: install
install: $(VENV)/.installed $(LOCALSTACK_VENV)/.installed ## Build both Python environments

.uv/bin/uv: requirements/uv.txt
	@echo "Installing uv into .uv (once)"
	@python3 -m venv .uv >/dev/null 2>&1 && .uv/bin/python -m pip install --quiet --require-hashes -r $< \
	  || python3 -m pip install --quiet --require-hashes --target .uv -r $< \
	  || { echo "uv is missing and python3 can't install it: install uv, or Debian's python3-venv, and run make again." >&2; exit 1; }
	@touch $@

$(VENV)/.installed: requirements/dev.txt pyproject.toml guard/pyproject.toml | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Building $(VENV) (a minute or two, once)"
	@test -x $(PY) || $(UV) venv --quiet --python 3.13 $(VENV)
	@$(SYNC) --python $(PY) requirements/dev.txt
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable . --editable guard
	@touch $@

$(LOCALSTACK_VENV)/.installed: localstack/requirements.txt localstack/pyproject.toml guard/pyproject.toml | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Building $(LOCALSTACK_VENV) (LocalStack, once)"
	@test -x $(LOCALSTACK_VENV)/bin/python || $(UV) venv --quiet --python 3.13 $(LOCALSTACK_VENV)
	@$(SYNC) --python $(LOCALSTACK_VENV)/bin/python localstack/requirements.txt
	@$(UV) pip install --quiet --python $(LOCALSTACK_VENV)/bin/python --no-deps --no-build-isolation --editable localstack --editable guard
	@$(LOCALSTACK_VENV)/bin/python -m fraudflow_localstack.catalog
	@touch $@

.PHONY: run
run: install ## Start the stack and take a CSV through the pipeline: make run CSV=path/to/file.csv
	@$(VENV)/bin/fraudflow run $(if $(CSV),"$(CSV)")

.PHONY: up down status
up: install ## Start the stack
	@$(VENV)/bin/fraudflow up
down: install ## Stop the stack
	@$(VENV)/bin/fraudflow down
status: install ## Tell what is running
	@$(VENV)/bin/fraudflow status

.PHONY: test
test: fast ## Run all the tests, end-to-end ones included
	@$(VENV)/bin/python -m pytest tests/e2e $(PYTEST_ARGS)

.PHONY: slow
slow: install ## Run the tests that take minutes and need root and debootstrap: the Dockerfiles' steps
	@$(VENV)/bin/python -m pytest -m slow $(PYTEST_ARGS)

.PHONY: check
check: lint types imports fast ## Lint, types, import contracts and the fast tests

.PHONY: lint
lint: install
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/cfn-lint infra/template.yaml
	@$(PY) -m infra.docs --check

.PHONY: types
types: install
	@$(VENV)/bin/mypy
	@cd localstack && ../$(PY) -m mypy --python-executable .venv/bin/python

.PHONY: imports
imports: install
	@$(VENV)/bin/lint-imports

.PHONY: fast
fast: install ## The tests that open no socket
	@$(FAST) $(PYTEST_ARGS)

.audit/.installed: requirements/audit.txt | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@test -x .audit/bin/python || $(UV) venv --quiet --python 3.13 .audit
	@$(SYNC) --python .audit/bin/python requirements/audit.txt
	@touch $@

.PHONY: audit
audit: install .audit/.installed ## Ask PyPI which pinned packages have known vulnerabilities
	@$(PY) -m infra.audit .audit/bin/pip-audit requirements/dev.txt requirements/functions.txt \
	  requirements/mlflow-server.txt requirements/build.txt requirements/guard.txt localstack/requirements.txt

.PHONY: pins
pins: install ## Ask a registry which pinned images are behind: make pins REGISTRY=https://...; WRITE=1 moves them
	@test -n "$(REGISTRY)" || { echo "Say which registry to ask: make pins REGISTRY=https://..." >&2; exit 2; }
	@$(PY) -m infra.pins --registry "$(REGISTRY)" $(if $(WRITE),--write)

.PHONY: format
format: install ## Format the code and the generated parts of the docs
	@$(VENV)/bin/ruff check --fix --quiet . || true
	@$(VENV)/bin/ruff format --quiet .
	@$(PY) -m infra.docs

.PHONY: lock
lock: $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv) ## Resolve the pinned requirement files again
	@$(UV) pip compile -q --python 3.13 --universal --generate-hashes --all-extras pyproject.toml -o requirements/dev.txt
	@$(UV) pip compile -q --python 3.13 --universal --generate-hashes -c requirements/dev.txt pyproject.toml -o requirements/functions.txt
	@$(UV) pip compile -q --python 3.13 --universal --generate-hashes -c requirements/dev.txt --group mlflow-server -o requirements/mlflow-server.txt
	@$(UV) pip compile -q --python 3.13 --universal --generate-hashes -c requirements/dev.txt --group build -o requirements/build.txt
	@$(UV) pip compile -q --python 3.13 --universal --generate-hashes -c requirements/dev.txt --group guard -o requirements/guard.txt
	@$(UV) pip compile -q --python 3.13 --universal --generate-hashes -c requirements/dev.txt --group audit -o requirements/audit.txt
	@$(UV) --directory localstack pip compile -q --python 3.13 --universal --generate-hashes --extra build pyproject.toml -o requirements.txt

.PHONY: clean
clean: ## Stop the stack and remove the environments; uploads, runs and models stay in .fraudflow
	@test ! -x $(VENV)/bin/fraudflow || $(VENV)/bin/fraudflow down
	@rm -rf $(VENV) $(LOCALSTACK_VENV) .audit .uv
