# make run      prepare what is missing, then serve on http://127.0.0.1:$PORT (8000)
# make install  only prepare
# make serve    the same server under load: uvicorn instead of Daphne
# make test     install what the tests need and run all of them
# make check    linters and types alone
# make bench    measure, and print ratios
# make bench-page  the same for the live page in Chromium
# make picture  the README's picture, anew

SHELL := /bin/bash
PYTHON := $(shell command -v python3.11 || { python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && command -v python3; })
PORT ?= 8000
HOST ?= 127.0.0.1
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run install serve test check bench bench-page picture tools

run: install
	@$(BIN)/python manage.py run

install: .venv/installed .static/staticfiles.json

serve: install
	@$(BIN)/python manage.py prepare
	@exec $(BIN)/uvicorn viewer.asgi:application --host $(HOST) --port $(PORT) \
		--no-access-log --no-proxy-headers --log-level warning

test: install .venv/tested tools tests/clients/node_modules check
	node --test $(wildcard tests/js/*.test.js)
	$(BIN)/pytest

check: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: install .venv/tested tools
	$(BIN)/python -m bench

bench-page: install .venv/tested tools
	$(BIN)/python -m bench.page

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
