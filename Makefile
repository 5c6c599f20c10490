# SpeechEQ: the commands a person needs. `make help` lists them.

VENV ?= .venv
LABEL_STUDIO_VENV ?= .venv-label-studio
PEER_VENV ?= .venv-label-studio-server
PORT ?= 8000
CORPUS ?=
SPEECHEQ_HOME ?= .speecheq
PYTHON ?=

SHELL := /bin/sh
PY := $(VENV)/bin/python
SETUP = "$$(PYTHON='$(PYTHON)' tools/find_python)" tools/setup_env.py --venv "$(VENV)"
.DEFAULT_GOAL := help
.PHONY: help demo install test lint format bench bench-peer clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16
	@echo
	@echo "  demo and serve take PORT= (now $(PORT)), CORPUS= (a folder) and SPEECHEQ_HOME= (now $(SPEECHEQ_HOME));"
	@echo "  every command takes VENV= (now $(VENV)) and PYTHON=."

demo: export SPEECHEQ_HOME := $(SPEECHEQ_HOME)
demo: ## Install, fill with demo data and serve on PORT; Ctrl-C stops everything
	@python="$$(PYTHON='$(PYTHON)' tools/find_python)" && "$$python" tools/preflight.py \
		--port "$(PORT)" --home "$(SPEECHEQ_HOME)" --venv "$(VENV)"
	@$(SETUP) --extras worker,export,demo
	@"$(PY)" manage.py demo --corpus "$(CORPUS)"
	@exec "$(PY)" manage.py serve --port "$(PORT)"

install: ## Make the environment for development and tests
	@$(SETUP) --extras worker,export,demo,s3,dev

test: install ## Run every suite on SQLite and PostgreSQL, with real processes and a browser
	@tools/system_packages
	@"$(PY)" tools/setup_env.py --venv "$(LABEL_STUDIO_VENV)" \
		--constraints constraints-label-studio.txt --packages label-studio-sdk
	@"$(PY)" -m tests.run

lint: install ## Check form, types, import rules and migrations
	@"$(PY)" tools/lint.py

format: install ## Put the code into form
	@"$(PY)" -m ruff check --fix . && "$(PY)" -m ruff format .

bench: install ## Run the benchmarks and write docs/figures.md
	@"$(PY)" -m benchmarks.run_all

bench-peer: install ## Install Label Studio apart and label at it and here
	@"$(PY)" tools/setup_env.py --venv "$(PEER_VENV)" \
		--constraints constraints-label-studio-server.txt --packages label-studio
	@"$(PY)" -m benchmarks.labelling_peer --program "$(PEER_VENV)/bin/label-studio"

clean: ## Remove caches and test results; keeps VENV and SPEECHEQ_HOME
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
