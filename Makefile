# The commands of the house. `make run` and `make test` are all that a new machine needs.
SHELL := /bin/bash
BIN := .venv/bin

.PHONY: help setup run test check format bench bench-large

help:            ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/.ready: uv.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh
	@touch $@

setup: .venv/.ready  ## prepare .venv

run: setup       ## set up, fill the store with sample figures on the first start, serve
	@$(BIN)/chengmai run

check: setup     ## lint, types, floors, the catalogue
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/chengmai check

test: setup check  ## all checks and all tests
	@scripts/system_packages.sh
	@$(BIN)/pytest -n 2 --dist loadgroup

format: setup    ## put the code into the house's form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup     ## measure, as ratios, and print a table
	@$(BIN)/python -m benchmarks

bench-large: setup  ## the same questions on 0.5 and 50 million rows
	@$(BIN)/python -m benchmarks.store --large
