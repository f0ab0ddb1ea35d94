# The one task vocabulary: people, hooks and CI run these targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# A working uv on PATH, or one installed into the checkout. (A pyenv shim that fails is not a working uv.)
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .uv/bin/uv)
VENV := .venv
LOCALSTACK_VENV := localstack/.venv
FEAST_VENV := feature-store/.venv
PY := $(VENV)/bin/python
CSV ?=
ARGS ?=
PYTEST_ARGS ?= -q
# The tests without servers share nothing: a worker a core. OpenMP's threads must not spin where more of them run than
# there are cores.
SERVERLESS := localstack/tests guard/tests tests/unit tests/contract tests/pipeline
XDIST := GOMP_SPINCOUNT=1000 $(VENV)/bin/python -m pytest -n auto --maxprocesses=4 $(SERVERLESS)
# Compiled at install: the functions' interpreters must not compile pandas at every cold start.
SYNC := UV_LINK_MODE=copy PYTHONDONTWRITEBYTECODE= $(UV) pip sync --quiet --compile-bytecode --require-hashes

LOCK = $(UV) pip compile -q --python 3.13 --universal --generate-hashes
PINNED := -c requirements/dev.txt

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

# An environment grows and never shrinks: `make run` leaves the tools that `make dev` has brought.
PACKAGES := $(VENV)/lib/python3.13/site-packages
SET := $(if $(wildcard $(PACKAGES)/pytest),dev,$(if $(wildcard $(PACKAGES)/optuna),extras,run))
# LocalStack's environment has the AWS CLI in any case; ours has `awslocal`, and a link to it.
INSTALL = test -x $(PY) || $(UV) venv --quiet --python 3.13 $(VENV); \
  $(SYNC) --python $(PY) requirements/$(1).txt; \
  $(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable . --editable guard; \
  ln -sfn ../../$(LOCALSTACK_VENV)/bin/aws $(VENV)/bin/aws; \
  touch $(VENV)/.installed

.PHONY: install
install: $(VENV)/.installed $(LOCALSTACK_VENV)/.installed ## Build both Python environments, with what runs

.PHONY: extras
extras: $(VENV)/$(if $(filter dev,$(SET)),.installed,.extras-installed) $(LOCALSTACK_VENV)/.installed ## Add what some settings ask for: XGBoost, CatBoost, Optuna, imbalanced-learn

.PHONY: dev
dev: $(VENV)/.dev-installed $(LOCALSTACK_VENV)/.installed ## Add the tests' and the linters' packages, and the extras

.uv/bin/uv: requirements/uv.txt
	@echo "Installing uv into .uv (once)"
	@python3 -m venv .uv >/dev/null 2>&1 && .uv/bin/python -m pip install --quiet --require-hashes -r $< \
	  || python3 -m pip install --quiet --require-hashes --target .uv -r $< \
	  || { echo "uv is missing and python3 can't install it: install uv, or Debian's python3-venv, and run make again." >&2; exit 1; }
	@touch $@

$(VENV)/.installed: requirements/$(SET).txt pyproject.toml guard/pyproject.toml | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Building $(VENV) (half a minute or so, once)"
	@$(call INSTALL,$(SET))

$(VENV)/.extras-installed: requirements/extras.txt pyproject.toml guard/pyproject.toml | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@$(call INSTALL,extras)
	@touch $@

$(VENV)/.dev-installed: requirements/dev.txt pyproject.toml guard/pyproject.toml | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Building $(VENV) for development (a minute or so, once)"
	@$(call INSTALL,dev)
	@touch $@

$(LOCALSTACK_VENV)/.installed: localstack/requirements.txt localstack/pyproject.toml guard/pyproject.toml | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Building $(LOCALSTACK_VENV) (LocalStack, once)"
	@test -x $(LOCALSTACK_VENV)/bin/python || $(UV) venv --quiet --python 3.13 $(LOCALSTACK_VENV)
	@$(SYNC) --python $(LOCALSTACK_VENV)/bin/python localstack/requirements.txt
	@$(UV) pip install --quiet --python $(LOCALSTACK_VENV)/bin/python --no-deps --no-build-isolation --editable localstack --editable guard
	@$(LOCALSTACK_VENV)/bin/python -m fraudflow_localstack.patches.service_catalog
	@touch $@

.PHONY: feature-store
feature-store: $(FEAST_VENV)/.installed ## Build Feast's environment, for FRAUDFLOW_FEATURE_STORE=feast (600 MB)

$(FEAST_VENV)/.installed: requirements/feast.txt feature-store/pyproject.toml pyproject.toml guard/pyproject.toml | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Building $(FEAST_VENV) (Feast, once)"
	@test -x $(FEAST_VENV)/bin/python || $(UV) venv --quiet --python 3.13 $(FEAST_VENV)
	@$(SYNC) --python $(FEAST_VENV)/bin/python requirements/feast.txt
	@$(UV) pip install --quiet --python $(FEAST_VENV)/bin/python --no-deps --no-build-isolation --editable . --editable guard --editable feature-store
	@touch $@

.PHONY: run
run: install ## Start the stack and take a CSV through the pipeline: make run CSV=file.csv ARGS="--target Class"
	@$(VENV)/bin/fraudflow run $(if $(CSV),"$(CSV)") $(ARGS)

.PHONY: up down status
up: install ## Start the stack
	@$(VENV)/bin/fraudflow up
down: install ## Stop the stack
	@$(VENV)/bin/fraudflow down
status: install ## Show what is running
	@$(VENV)/bin/fraudflow status

.ministack/.installed: requirements/ministack.txt | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@test -x .ministack/bin/python || $(UV) venv --quiet --python 3.13 .ministack
	@$(SYNC) --python .ministack/bin/python requirements/ministack.txt
	@touch $@

# Beside the environment: MLflow's client finds it in there, and warns of every request to a server that is not SageMaker's.
.sagemaker/.installed: requirements/sagemaker.txt | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@$(UV) pip install --quiet --no-deps --require-hashes --python $(PY) --target .sagemaker -r requirements/sagemaker.txt
	@touch $@

.PHONY: test
test: fast thorough .ministack/.installed .sagemaker/.installed $(FEAST_VENV)/.installed ## Run all the tests, end-to-end ones included
	@$(VENV)/bin/python -m pytest -n 2 --dist loadfile tests/e2e $(PYTEST_ARGS)

.PHONY: slow
slow: dev ## Run the tests that take minutes and need root and debootstrap: the Dockerfiles' steps
	@$(VENV)/bin/python -m pytest -m slow $(PYTEST_ARGS)

.PHONY: check
check: lint types imports fast ## Lint, types, import contracts and the fast tests

.PHONY: lint
lint: dev
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/cfn-lint infra/*.yaml
	@$(VENV)/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(VENV)/bin/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(VENV)/bin/actionlint -shellcheck $(VENV)/bin/shellcheck .github/workflows/*.yml
	@$(VENV)/bin/zizmor --offline --quiet --no-progress .github
	@$(VENV)/bin/shellcheck .ci/run serving/*.sh mlflow-server/*.sh
	@$(PY) -m infra.tools.docs --check
	@$(PY) -m infra.tools.machine --check

.PHONY: types
types: dev
	@$(VENV)/bin/mypy
	@cd localstack && ../$(PY) -m mypy --python-executable .venv/bin/python

.PHONY: imports
imports: dev
	@$(VENV)/bin/lint-imports
	@cd localstack && ../$(VENV)/bin/lint-imports

.PHONY: graph
graph: dev ## Print which rooms of the code import which; DOT=1 prints it for Graphviz
	@$(PY) -m infra.tools.graph $(if $(DOT),--dot)

.PHONY: fast
fast: dev ## Run the tests without servers, but for what is thorough
	@$(XDIST) -m "not slow and not thorough" $(PYTEST_ARGS)

.PHONY: thorough
thorough: dev ## Run the tests without servers that train real models or try thousands of cases
	@$(XDIST) -m "thorough and not slow" $(PYTEST_ARGS)

.PHONY: coverage
coverage: dev ## Measure which statements the tests without servers run, the thorough ones included
	@COVERAGE_CORE=sysmon $(XDIST) -m "not slow" --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

.mutate/.installed: requirements/mutate.txt | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@rm -rf .mutate && $(UV) pip install --quiet --python $(PY) --target .mutate --no-deps --require-hashes -r $<
	@touch $@

.PHONY: mutate
mutate: dev .mutate/.installed ## Change a module of core in every small way, and list the changes that no test sees: make mutate MODULE=functions.core...
	@test -n "$(MODULE)" || { echo "Say which module: make mutate MODULE=functions.core.data.splitting" >&2; exit 2; }
	@PYTHONPATH=$(CURDIR)/.mutate $(PY) -m infra.tools.mutate $(MODULE) $(TESTS)

.audit/.installed: requirements/audit.txt | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@test -x .audit/bin/python || $(UV) venv --quiet --python 3.13 .audit
	@$(SYNC) --python .audit/bin/python requirements/audit.txt
	@touch $@

# All that pins something, but for what dev.txt pins too.
AUDITED = $(addprefix requirements/,$(addsuffix .txt,dev functions mlflow-server build guard serving ministack feast audit checkov mutate uv)) localstack/requirements.txt

.PHONY: audit
audit: dev .audit/.installed ## Ask PyPI which pinned packages have known vulnerabilities
	@$(PY) -m infra.tools.audit .audit/bin/pip-audit $(AUDITED)

.checkov/.installed: requirements/checkov.txt | $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@test -x .checkov/bin/python || $(UV) venv --quiet --python 3.13 .checkov
	@$(SYNC) --python .checkov/bin/python requirements/checkov.txt
	@touch $@

.PHONY: checkov
checkov: .checkov/.installed ## Check the templates by Checkov, in an environment of its own (190 MB)
	@.checkov/bin/python -m infra.tools.checkov .checkov/bin/checkov

.PHONY: pins
pins: dev ## Ask a registry which pinned images are behind: make pins REGISTRY=https://...; WRITE=1 moves them
	@test -n "$(REGISTRY)" || { echo "Say which registry to ask: make pins REGISTRY=https://..." >&2; exit 2; }
	@$(PY) -m infra.tools.pins --registry "$(REGISTRY)" $(if $(WRITE),--write)

.PHONY: format
format: dev ## Format the code; write the generated parts of the docs and of the state machine
	@$(VENV)/bin/ruff check --fix --quiet . || true
	@$(VENV)/bin/ruff format --quiet .
	@$(PY) -m infra.tools.docs
	@$(PY) -m infra.tools.machine

.PHONY: lock
lock: $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv) ## Resolve the pinned requirement files again
	@$(LOCK) --extra dev --extra extras --extra local --excludes requirements/excluded.txt pyproject.toml -o requirements/dev.txt
	@$(LOCK) $(PINNED) --extra local --excludes requirements/excluded.txt pyproject.toml -o requirements/run.txt
	@$(LOCK) $(PINNED) --extra local --extra extras --excludes requirements/excluded.txt pyproject.toml -o requirements/extras.txt
	@$(LOCK) $(PINNED) --extra extras --extra sagemaker --excludes requirements/excluded.txt pyproject.toml -o requirements/functions.txt
	@grep -o "^sagemaker-mlflow==\S*" requirements/functions.txt | $(LOCK) --no-deps - -o requirements/sagemaker.txt
	@for group in mlflow-server build guard serving audit mutate; do $(LOCK) $(PINNED) --group $$group -o requirements/$$group.txt; done
	@for group in ministack feast checkov; do $(LOCK) --group $$group -o requirements/$$group.txt; done
	@$(UV) --directory localstack pip compile -q --python 3.13 --universal --generate-hashes --extra build --excludes excluded.txt pyproject.toml -o requirements.txt

.PHONY: clean
clean: ## Stop the stack and remove the environments; uploads, runs and models stay in .fraudflow
	@test ! -x $(VENV)/bin/fraudflow || $(VENV)/bin/fraudflow down
	@rm -rf $(VENV) $(LOCALSTACK_VENV) $(FEAST_VENV) .audit .checkov .ministack .mutate .sagemaker .uv
