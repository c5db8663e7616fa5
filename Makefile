# make run           install if necessary, then serve on http://127.0.0.1:$PORT (8000)
# make install       install packages and collect static files
# make serve         serve in production, with uvicorn instead of Daphne
# make test          install the test dependencies and run all tests
# make test-fast     run the unit tests of Python and JavaScript: no server, browser or database
# make check         run linters, formatters, type checks, and checks of imports, templates, prose
# make format        format the Python code
# make coverage      report the coverage of test-fast, as a table and in htmlcov/index.html
# make bench         measure the server, and print ratios
# make bench-page    measure the live page in Chromium (TEST_STACK=postgresql is possible)
# make bench-pages   measure 500 pages on one stream (TEST_STACK=postgresql is possible)
# make bench-size    compare ingest into a store of 10,000,000 events with an empty one
# make bench-growing measure the cost per event: server processes, PostgreSQL, Redis
# make soak          mixed load for SOAK_SECONDS (3,600); TEST_STACK=postgresql is possible
# make faults        the tests of faults, with 50 kills instead of a few
# make fuzz          FUZZ_CASES (1,000,000) random bodies and queries, and API_EXAMPLES requests
# make picture       take the README's screenshots again

SHELL := /bin/bash
PYTHON := $(shell command -v python3.11 || { python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && command -v python3; })
PORT ?= 8000
HOST ?= 127.0.0.1
WORKERS ?= 1
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BESIDE := -m "not alone and not long" --numprocesses 3 --dist worksteal
UNIT := -m "unit and not alone and not long and not slow" -p no:schemathesis --numprocesses 2 --dist worksteal
# Stored data, queries and live updates: these tests run again on PostgreSQL and Redis.
STORED := $(addprefix tests/,viewer/events viewer/qa viewer/live/test_feed.py viewer/live/test_permission_watch.py \
	viewer/api/test_api.py viewer/query/test_query_meaning.py viewer/onboarding/test_checklist.py \
	$(patsubst %,ingest/storage/test_%.py,store writer partitions time_buckets) \
	ingest/test_endpoint.py ingest/test_refusals.py ingest/dialects/test_samples.py ingest/parsing/test_broken_inputs.py \
	ingest/tracking_plan/test_plan_api.py ingest/validation/test_history.py \
	reliability/test_senders.py security/test_hostile.py)

.PHONY: run install serve test test-fast check format coverage bench bench-page bench-pages bench-size bench-growing soak faults fuzz picture tools

run: install
	@$(BIN)/python manage.py run

install: .venv/installed .static/staticfiles.json

serve: install
	@WORKERS=$(WORKERS) $(BIN)/python manage.py prepare
	@WORKERS=$(WORKERS) exec $(BIN)/uvicorn viewer.asgi:application --host $(HOST) --port $(PORT) \
		--workers $(WORKERS) --timeout-graceful-shutdown 4 --ws-per-message-deflate false \
		--no-access-log --log-level warning --no-proxy-headers

test: install .venv/tested tools tests/clients/node_modules check
	node --test $(shell find tests/js -name '*.test.js')
	$(BIN)/pytest $(BESIDE)
	$(BIN)/pytest -m "alone and not long"
	TEST_STACK=postgresql $(BIN)/pytest $(BESIDE) $(STORED)

test-fast: install .venv/tested
	TEST_FAST=1 node --test --test-concurrency=2 --test-reporter=dot $(shell find tests/js -name '*.test.js')
	$(BIN)/pytest -q $(UNIT)

coverage: install .venv/tested
	$(BIN)/pytest -q $(UNIT) --cov --cov-report=term --cov-report=html

check: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python -m scripts.prose_lint

format: .venv/tested
	$(BIN)/ruff check --fix --select I .
	$(BIN)/ruff format .

bench: install .venv/tested tools
	$(BIN)/python -m bench

bench-page: install .venv/tested tools
	$(BIN)/python -m bench.page

bench-pages: install .venv/tested $(if $(TEST_STACK),tools)
	$(BIN)/python -m bench.pages

bench-size: install .venv/tested tools
	$(BIN)/python -m bench.size

bench-growing: install .venv/tested tools
	$(BIN)/python -m bench.growing

soak: install .venv/tested $(if $(TEST_STACK),tools)
	$(BIN)/python -m bench.soak

faults: install .venv/tested tools
	FAULT_ROUNDS=$(or $(FAULT_ROUNDS),50) CROWD_SECONDS=$(or $(CROWD_SECONDS),20) \
		$(BIN)/pytest -q $(patsubst %,tests/reliability/test_%.py,kill outages workers crowds sqlite_faults) \
		tests/ingest/storage/test_writer_process.py
	$(BIN)/pytest -q -m long

fuzz: install .venv/tested
	FUZZ_CASES=$(or $(FUZZ_CASES),1000000) $(BIN)/pytest -q -s tests/security/test_fuzz.py
	API_EXAMPLES=$(or $(API_EXAMPLES),100) $(BIN)/pytest -q tests/viewer/api/test_openapi.py

picture: install .venv/tested tools
	$(BIN)/python -m scripts.picture

tools:
	@scripts/test-tools

.venv/installed: requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed and was not found: install it (Debian: apt-get install python3.11 python3.11-venv)."; exit 1; }
	@touch Makefile 2>/dev/null || { echo "$(CURDIR) cannot be written by this user."; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { echo "Python's venv module is missing (Debian: apt-get install python3.11-venv)."; exit 1; }
	@echo "Installing packages …"
	@$(BIN)/pip install -qq --no-deps -r requirements.txt
	@touch $@

.venv/tested: requirements-test.txt .venv/installed
	@echo "Installing packages for tests …"
	@$(BIN)/pip install -qq --no-deps -r requirements-test.txt
	@touch $@

.static/staticfiles.json: .venv/installed $(shell find static -type f 2>/dev/null)
	@rm -rf .static
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@touch $@

tests/clients/node_modules: tests/clients/package-lock.json | tools
	@cd tests/clients && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@
