# The commands of AlertHub. On a bare clone each one makes its own virtualenv in .venv first.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough; say PYTHON=... to choose another.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: help run test soak mutants bench check requirements screenshots fonts fix clean

help: ## Say what there is
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 15

run: $(VENV)/.run ## Start AlertHub on this machine, until Ctrl-C
	@exec $(BIN)/python -m alerthub.run

test: $(VENV)/.test ## Everything that must hold; starts the servers it needs and stops them (BROKER=loses: without a hint)
	@exec $(BIN)/python -m tests.suite $(ARGS)

soak: $(VENV)/.test ## Kill everything at random for a while; ARGS="--minutes 10 --seed 7", ARGS="--seeds 10"
	@exec $(BIN)/python -m tests.journeys.soak $(ARGS)

mutants: $(VENV)/.test ## Change the rooms that decide, one change at a time; what no test notices; ARGS="--sample 300 deliveries/accept/plan.py"
	@exec $(BIN)/python -m tests.mutants $(ARGS)

bench: $(VENV)/.test ## The benchmark: ratios measured in one run
	@exec $(BIN)/python -m tests.bench $(ARGS)

check: $(VENV)/.test ## Format, lint, types and layers only
	@$(BIN)/python -m tests.checks

requirements: $(VENV)/.test ## Make requirements.txt of requirements.in, the tests' too; ARGS=--upgrade for newer versions
	@exec $(BIN)/python -m tests.pins $(ARGS)

screenshots: $(VENV)/.test ## Photograph the pages for the README
	@exec $(BIN)/python -m tests.screenshots $(ARGS)

fonts: $(VENV)/.test ## Cut the admin's fonts down to the icons and letters that its pages show
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --target .cache/fonttools 'fonttools[woff]'
	@PYTHONPATH=.cache/fonttools exec $(BIN)/python -m tests.fonts

fix: $(VENV)/.test ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

clean: ## Remove the virtualenv and caches; data in var/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/bin/pip:
	@test -n "$(PYTHON)" || { echo "AlertHub needs Python 3.11 or newer. Install it, or say: make PYTHON=/path/to/python3 run"; exit 1; }
	@echo "Making a virtualenv in $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || $(PYTHON) -m virtualenv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtualenv. On Debian or Ubuntu: apt-get install python3-venv; elsewhere: pip install virtualenv"; exit 1; }

$(VENV)/.run: requirements.txt | $(VENV)/bin/pip
	@echo "Installing what AlertHub needs"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.test: tests/requirements.txt $(VENV)/.run
	@echo "Installing what the tests need"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@
