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
# Compiled at install: the functions' interpreters must not compile pandas at every cold start.
SYNC := UV_LINK_MODE=copy PYTHONDONTWRITEBYTECODE= $(UV) pip sync --quiet --compile-bytecode --require-hashes

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: install
install: $(VENV)/.installed $(LOCALSTACK_VENV)/.installed ## Build both Python environments

.uv/bin/uv:
	@python3 infra/bootstrap_uv.py .uv

$(VENV)/.installed: requirements/dev.txt pyproject.toml | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Building $(VENV) (a minute or two, once)"
	@test -x $(PY) || $(UV) venv --quiet --python 3.13 $(VENV)
	@$(SYNC) --python $(PY) requirements/dev.txt
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

$(LOCALSTACK_VENV)/.installed: localstack/requirements.txt localstack/pyproject.toml | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Building $(LOCALSTACK_VENV) (LocalStack, once)"
	@test -x $(LOCALSTACK_VENV)/bin/python || $(UV) venv --quiet --python 3.13 $(LOCALSTACK_VENV)
	@$(SYNC) --python $(LOCALSTACK_VENV)/bin/python localstack/requirements.txt
	@$(UV) pip install --quiet --python $(LOCALSTACK_VENV)/bin/python --no-deps --no-build-isolation --editable localstack
	@touch $@

.PHONY: lock
lock: $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv) ## Resolve the pinned requirement files again
	@$(UV) pip compile -q --python 3.13 --universal --generate-hashes --all-extras pyproject.toml -o requirements/dev.txt
	@$(UV) pip compile -q --python 3.13 --universal --generate-hashes -c requirements/dev.txt pyproject.toml -o requirements/functions.txt
	@cd localstack && $(UV) pip compile -q --python 3.13 --universal --generate-hashes --extra build pyproject.toml -o requirements.txt
