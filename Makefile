# Comptoir: the commands. `make help` lists them. GNU make and Python >= 3.11 are enough; scripts/setup.sh does the rest.
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help
.SUFFIXES:

BIN := .venv/bin
BENCH ?=
CHAOS ?= --kills 200 --everywhere --faults 40
DEMO ?=
# One more than two cores: many tests wait for a process or a clock.
JOBS ?= 3
ORDERS ?= 10000
SEED ?= 2026
PYTHON_FILES := src tests scripts bench
# Counting branches doubles the time of a test, so it is done where every one of them must be met.
PURE_TESTS := tests/books tests/contract tests/ledgers tests/stores
HELD_TO_100 := src/comptoir/books/*,src/comptoir/**/translate.py,src/comptoir/**/translate/*

.PHONY: help setup setup-test assets bench chaos coverage demo test messages journeys check properties fmt lock clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | \
	while IFS='	' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

setup: ## make .venv with the locked run-time packages (the others call it themselves)
	@sh scripts/setup.sh run
	@$(BIN)/python -m scripts.assets || true

setup-test: ## the same with the tools of the tests
	@sh scripts/setup.sh test
	@$(BIN)/python -m scripts.assets || true

assets: ## the pages' style sheet and htmx (set-up calls it itself)
	@sh scripts/setup.sh run
	@$(BIN)/python -m scripts.assets

demo: setup ## a shop into the books of a company, both on this machine; options: make demo DEMO="--once --json"
	@$(BIN)/comptoir demo $(DEMO)

check: setup-test ## lint, format, types and import rules; changes nothing
	$(BIN)/ruff check $(PYTHON_FILES)
	$(BIN)/ruff format --check $(PYTHON_FILES)
	$(BIN)/mypy $(PYTHON_FILES)
	$(BIN)/lint-imports

test: check ## check, then every test in random order; the rules and translations must be covered by their own, branches included
	@$(BIN)/python scripts/postgresql.py ready
	@sh scripts/chromium.sh || true
	@$(BIN)/coverage erase
	$(BIN)/python -m pytest -n $(JOBS) --cov --cov-report= $(PURE_TESTS)
	$(BIN)/coverage report --include='$(HELD_TO_100)' --fail-under=100
	$(BIN)/python -m pytest -n $(JOBS) tests $(PURE_TESTS:%=--ignore=%)

coverage: setup-test ## every test under coverage with branches; slower by a half than make test
	@$(BIN)/coverage erase
	$(BIN)/python -m pytest -n $(JOBS) --cov --cov-report=
	$(BIN)/coverage report --skip-covered

messages: setup-test ## find every text and bring the catalogs of translations up to date with them
	@$(BIN)/python scripts/messages.py

journeys: setup-test assets ## the pages in a real browser, as people use them
	@sh scripts/chromium.sh
	$(BIN)/python -m pytest -n 0 -m browser tests/browser

properties: setup-test ## ten thousand generated orders in each kind of company, and new examples for every property
	@ORDERS='$(ORDERS)' SEED='$(SEED)' $(BIN)/python -m pytest -n $(JOBS) -s tests/properties
	@HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -n $(JOBS) $$(grep -rl '@given' tests --include='test_*.py')

bench: setup-test ## calls, time and share of the limits beside other scripts: make bench BENCH="--json --quick"
	@$(BIN)/python -m bench $(BENCH)

chaos: setup-test ## kill -9 at any instant, start again, compare the books: make chaos CHAOS="--kills 20 --json"
	@$(BIN)/python -m bench.chaos $(CHAOS)

fmt: setup-test ## format, and fix what the linter can fix
	$(BIN)/ruff check --fix-only $(PYTHON_FILES)
	$(BIN)/ruff format $(PYTHON_FILES)

lock: setup-test ## write the lock files anew from pyproject.toml; UPGRADE=1 takes the newest versions
	@UPGRADE='$(UPGRADE)' sh scripts/lock.sh

clean: ## remove .venv and what tools left behind; never the data directory
	rm -rf .venv frontend/node_modules frontend/.node src/comptoir/web/static/built .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov build dist
