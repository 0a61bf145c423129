# Everything starts here: `make help` lists the targets.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

# Of another Python: set-up's own does not even start with them.
unexport PYTHONHOME PYTHONPATH PYTHONSTARTUP

.DEFAULT_GOAL := help
.PHONY: help setup run test lint branches verify lock pictures clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1|\2/' | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

setup:  ## create .venv, install the pinned packages, write the chapter branches
	@$(PYTHON) course/bootstrap.py

run: setup  ## start the reading room on 127.0.0.1:8000 (make run PORT=8123 for another port)
	@$(BIN)/python run.py debug_server --port $(PORT)

test: setup  ## lint, and run every test that needs no system package
	@$(BIN)/python course/side_by_side.py \
	  "make --no-print-directory lint" \
	  "$(BIN)/python -m pytest --quiet course/test --numprocesses auto" \
	  "$(BIN)/python -m pytest --quiet --numprocesses auto --ignore test/browser" \
	  "$(BIN)/python course/extensions.py"

lint: setup  ## check the format, the rules and the types
	@$(BIN)/ruff format --quiet --check . && $(BIN)/ruff check --quiet .
	@$(BIN)/mypy --config-file course/mypy.ini
	@cd extensions/flask-embedded && $(CURDIR)/$(BIN)/mypy --cache-dir $(CURDIR)/.mypy_cache/extensions

branches: setup  ## write the branches chapter-1, chapter-2 ... from main
	@$(BIN)/course branches

verify: setup  ## weave, install, test, start and type every chapter
	@$(BIN)/course verify

lock: setup  ## pin the newest versions that the requirements allow
	@$(BIN)/python course/lock.py

pictures: setup  ## draw the pictures of the texts again, from running checkpoints
	@$(BIN)/python course/pictures.py

clean:  ## remove the environment and the caches; your data in instance/ stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
