# Everything a person or CI runs. `make demo` and `make test` set up what is missing first; nothing is installed twice.
PY := .venv/bin/python
STAMP := .venv/.beianbox-installed

.PHONY: help setup demo test test-fast bench lint samples fonts lock clean

help:            ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

$(STAMP): requirements.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh
	@touch $(STAMP)

setup: $(STAMP)  ## virtual environment, locked packages, Debian packages where allowed

demo: $(STAMP)   ## run the sample filings through the Prefect flow and print where the bundles lie
	@$(PY) -m pipeline.demo samples demo

test: $(STAMP)   ## the whole test suite
	@$(PY) -m pytest -n auto --dist loadfile

test-fast: $(STAMP) ## the suite without slow marks
	@$(PY) -m pytest -n auto --dist loadfile -m "not slow and not prefect"

bench: $(STAMP)  ## speed and memory beside peers; PARTS="packages rules" for some
	@$(PY) -m tests.bench $(PARTS)

lint: $(STAMP)   ## ruff and mypy
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

samples: $(STAMP) ## draw the sample filings anew
	@$(PY) -m samples.make_samples

fonts: $(STAMP)  ## build the font subsets anew from their npm packages
	@$(PY) tools/build_fonts.py

lock: $(STAMP)   ## resolve pyproject.toml into requirements.lock (needs uv)
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock

clean:           ## remove what the demo and the tools made
	rm -rf demo build dist .pytest_cache .mypy_cache .ruff_cache
