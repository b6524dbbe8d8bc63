# Needs Python 3.11 or later, make and git; everything else comes from the Python package registry.
# DIR=folder makes `make demo` search a folder of your own; SERVE=no ends it without opening the search page.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test check fix clean pin

# Asked for by running it: a name on the PATH may stand for a version that is not installed (pyenv's shims).
PYTHON ?= $(shell for name in python3.11 python3 python; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$name; break; fi; done)
BIN := .venv/bin
READY := .venv/.ready
DIR ?=
SERVE ?= yes

help:  ## Say what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 16

setup: $(READY)  ## Make .venv and install Sensorium with everything it needs

$(READY): pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ]; then \
		echo "Sensorium needs Python 3.11 or later, and neither python3.11 nor python3 is one. Install it, or give its path: make PYTHON=/path/to/python setup" >&2; \
		exit 1; \
	fi
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[starter,heic,ocr,dev]'
	touch $(READY)

demo: $(READY)  ## Make a small library, search it in every modality and open the search page
	$(BIN)/python examples/demo.py $(if $(DIR),--folder "$(DIR)") $(if $(filter no,$(SERVE)),--no-serve)

test: $(READY)  ## Run the tests
	$(BIN)/python -m pytest

check: $(READY)  ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tools/link_tree.py
	$(BIN)/mypy tools/tree/sensorium
	$(BIN)/python -m pytest tests/test_architecture.py

fix: $(READY)  ## Mend style where it can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pin: $(READY)  ## Write constraints.txt from .venv; start from a fresh one
	{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable \
		| grep -viE '^(nvidia-|cuda-|triton|#)' | tr '[:upper:]_' '[:lower:]-' | LC_ALL=C sort; } > constraints.new
	mv constraints.new constraints.txt

clean:  ## Remove what was made here, the virtual environment included
	rm -rf .venv demo-library demo-library-own tools/tree build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
