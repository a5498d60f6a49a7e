# Two commands do all the set-up: `make demo` runs the main job on the sample logs, `make test` the tests.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Where one row or more of the table of speed come from, in the order they are made.
BENCHMARKS := startup plain packed dense people parsing many_files objects cluster growth memory slow_bytes peers limits

.PHONY: demo test bench bench-full budget clean

demo: $(VENV)/.installed
	$(BIN)/logan scan sample_logs --tz Europe/London

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses auto --dist worksteal

bench: $(VENV)/.installed
	for script in $(BENCHMARKS); do $(BIN)/python benchmarks/$$script.py || exit 1; done
	$(BIN)/python benchmarks/table.py --write

bench-full: $(VENV)/.installed
	for script in $(BENCHMARKS); do $(BIN)/python benchmarks/$$script.py --full || exit 1; done
	$(BIN)/python benchmarks/table.py --write

budget: $(VENV)/.installed
	$(BIN)/python benchmarks/budget.py

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable '.[test]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
