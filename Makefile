# Every target sets up what it needs. PYTHON names the interpreter that makes .venv (3.11 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHAIN := tests/trust/chain
# From compiled files a process starts in a quarter of the time, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench proof screenshots film chain contract lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

$(BIN)/uv: requirements/tools.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Renmai needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@touch $@

$(VENV)/.base: $(BIN)/uv requirements/base.txt pyproject.toml $(wildcard src/renmai/web/*/locale/*/LC_MESSAGES/*.po)
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements/base.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	$(BIN)/renmai setup
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements/dev.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# Vyper compiles the anchor's contract; it and the house want two versions of cbor2, so it lives by itself.
.venv-contract/.done: $(BIN)/uv requirements/contract.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-contract
	VIRTUAL_ENV=.venv-contract $(BIN)/uv pip install --quiet --require-hashes -r requirements/contract.txt
	@touch $@

# Anvil is the node of a chain; npm brings its binary for Linux on x86-64. No script of a package runs.
$(CHAIN)/node_modules/.done: $(CHAIN)/package-lock.json
	cd $(CHAIN) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

chain: .venv-contract/.done $(CHAIN)/node_modules/.done ## what the tests of the anchor need: a compiler, a node of a chain (npm)

contract: .venv-contract/.done $(VENV)/.dev ## compile the anchor's contract anew
	$(BIN)/python -m tests.trust.chain.build

setup: $(VENV)/.base ## install into .venv; .venv/bin/renmai is the command line

demo: $(VENV)/.base ## a populated, running platform and its address
	$(BIN)/renmai demo

test: $(VENV)/.dev ## everything a contributor needs: real PostgreSQL, real browser, a real chain
	@$(MAKE) --no-print-directory -k chain || echo "No compiler or no chain here: the tests that want them say so and are skipped."
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev ## lint, types, layers, templates
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint src/renmai --lint --quiet

bench: $(VENV)/.dev ## one JSON object a line; ONLY=name SECONDS=n SIZE=n for one
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SIZE),--size $(SIZE))

proof: $(VENV)/.dev ## what takes longer than a test may: replay, crashes, a million random steps (goes on where it was stopped)
	$(BIN)/python -m pytest -m proof
	@mkdir -p .renmai && $(BIN)/renmai simulate --steps 1000000 --seed 1 --resume .renmai/simulate.json --json

screenshots: $(VENV)/.dev ## the pictures of README.md and docs (needs Chromium)
	$(BIN)/python -m tests.screenshots

film: $(VENV)/.dev ## draw the film of the demo's show anew (needs ffmpeg)
	$(BIN)/python -m tests.demo_film

lock: $(BIN)/uv ## pin requirements/*.txt again (hashes, no registry address)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/tools.in -o requirements/tools.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements/base.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/contract.in -o requirements/contract.txt

clean: ## remove what was installed; data in .renmai stays
	rm -rf $(VENV) .venv-contract $(CHAIN)/node_modules
