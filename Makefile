# Needs make and a Python of at least 3.11 with its venv module; the rest is installed into .venv.
#   make demo            the README's example on eight files of data made for it
#   make test            all tests but the slow ones
#   make hunt            the oracle tests, with examples drawn anew
#   make PYTHON=/path/to/python demo

recent := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python $(recent) 2> /dev/null && { echo $$python; break; }; done)

.PHONY: demo test hunt lint docs clean

demo: .venv/demo-installed
	.venv/bin/python examples/headline.py

test: .venv/test-installed
	.venv/bin/python -m pytest -m "not slow"

hunt: .venv/test-installed
	HYPOTHESIS_PROFILE=random .venv/bin/python -m pytest tests/oracle

lint: .venv/test-installed
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports

docs: .venv/docs-installed
	.venv/bin/sphinx-build -q -W --keep-going docs docs/_build

clean:
	rm -rf .venv demo-data docs/_build

.venv/demo-installed: extras :=
.venv/test-installed: extras := [test,bench]
.venv/docs-installed: extras := [docs]
.venv/%-installed: pyproject.toml
	@if ! $(PYTHON) $(recent) 2> /dev/null; then \
		echo "pannier needs Python 3.11 or later; '$(PYTHON)' is not. Name one: make PYTHON=/path/to/python" >&2; \
		exit 1; fi
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".$(extras)"
	@touch $@
