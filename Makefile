# Each target is complete in itself: it sets the project up first, from nothing, and quickly
# when nothing changed. Choose the interpreter with `make PYTHON=python3.12 …`.
PYTHON  ?= python3
WORKERS ?= 2
BIN     := .venv/bin
READY   := .venv/.ready

.PHONY: help demo test check unit practice reference translations bench soak lock clean
.DEFAULT_GOAL := help

help:                   ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: $(READY)          ## watch a synthetic practice at work, on an accelerated clock
	@$(BIN)/laneflow demo

test: check practice unit  ## everything: lint, types, layers, the starter practice, tests

check: $(READY)         ## lint, format, types, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

unit: $(READY)          ## the tests
	@tools/browser
	TMPDIR=$$(tools/scratch) $(BIN)/pytest -n $(WORKERS)

practice: $(READY)      ## the starter practice: its files, its lanes' own tests
	$(BIN)/laneflow check
	$(BIN)/laneflow test

reference: $(READY)     ## write docs/reference/ anew from schemas/ and the commands
	$(BIN)/python tools/reference.py

translations: $(READY)  ## find what the pages say, and compile what is translated of it
	$(BIN)/python tools/translations.py

bench: $(READY)         ## measure; never part of a test
	$(BIN)/python -m benchmarks

soak: $(READY)          ## the long property and crash tests
	TMPDIR=$$(tools/scratch) LANEFLOW_SOAK=1 $(BIN)/pytest -n $(WORKERS) --timeout 3600 tests

lock: $(READY)          ## pin every dependency anew, with hashes and without hosts
	$(BIN)/python -m pip install --quiet --upgrade uv
	tools/lock

clean:                  ## forget the environment and every cache
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# durable-rules calls a name that Python 3.13 dropped; the macro is the one it was an alias of.
$(READY): requirements.txt requirements-build.txt pyproject.toml
	@$(PYTHON) tools/preflight.py
	@rm -f $@
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-build.txt
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 13))' \
	    && export CPPFLAGS="$$CPPFLAGS -DPyEval_CallObject=PyObject_CallObject"; \
	  echo "$(BIN)/python -m pip install --require-hashes -r requirements.txt"; \
	  $(BIN)/python -m pip install --quiet --require-hashes --no-build-isolation -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
