# Two commands do everything, from a bare Debian or Ubuntu on: `make demo` and `make test`.
# Each makes what it needs first (packages, a virtual environment) and finds it made the next time.

VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/installed
DEMO   := build/demo
# make PYTHON=/usr/bin/python3.12 test uses another Python than the first that fits.
PYTHON ?=

.PHONY: help install system demo test check format doctor codebook example picture sheet practice constraints bench-base \
	bench-analysis bench-coverage bench-experiments bench-models bench-models-gpu bench-report bench-stimuli checkpoints clean

help:
	@echo "make demo       set everything up and make a whole study, with simulated participants and a report"
	@echo "make test       set everything up, check the code and run the tests"
	@echo "make install    only make $(VENV), with every part and the developers' tools"
	@echo "make check      format, lint, types and who may import whom"
	@echo "make system     only install the system packages that the parts need"
	@echo "make doctor     say what is installed and what is missing"
	@echo "make format     write the format that make check asks for"
	@echo "make bench-base time the start of the command and the reading of large tables"
	@echo "make bench-analysis  time error consistency against the machine's limit, and askew compare"
	@echo "make bench-coverage  how often intervals hold the truth, by simulation"
	@echo "make bench-experiments  time sessions: planning, saving, and frames, from inside and from outside"
	@echo "make bench-models  time scoring against the bare networks (STUDY=DIR for other pictures than the bundled ones)"
	@echo "make bench-models-gpu  the same on a graphics card, if there is one"
	@echo "make bench-report  time the report of the published study and of a large one, and filters in Chromium"
	@echo "make bench-stimuli  time rendering against the renderer's own time"
	@echo "make sheet      render the bundled set and draw its contact sheet again"
	@echo "make checkpoints  train the bundled networks again (about a quarter of an hour)"
	@echo "make practice   render the practice pictures of sessions again"
	@echo "make codebook   write the record's columns into data/README.md"
	@echo "make example    make data/example again, by the steps of the demo"
	@echo "make picture    draw the README's picture again, from data/example"
	@echo "make clean      remove $(VENV) and what tools leave behind"
	@echo "make constraints  choose the newest versions that go together (needs uv)"

install: $(STAMP)

# The stamp is older than either file when the dependencies changed; then pip brings the environment up to date.
$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/pip || { python=$$(PYTHON="$(PYTHON)" sh .ci/system python) && "$$python" -m venv --clear $(VENV); }
	@echo "installing every part into $(VENV); the first time this takes some minutes"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

system:
	@sh .ci/system libraries

demo: system install
	@rm -rf $(DEMO)
	$(BIN)/askew demo $(DEMO)

test: system install check
	$(BIN)/python -m pytest

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

doctor: install
	$(BIN)/askew doctor

codebook: install
	$(BIN)/python data/make_codebook.py

example: install
	$(BIN)/python data/make_example.py

picture: install
	$(BIN)/python data/make_picture.py

sheet: install
	rm -rf build/bundled
	$(BIN)/askew stimuli render --set bundled --out build/bundled
	$(BIN)/askew stimuli sheet build/bundled --tile 96 --out stimuli/sets/bundled.png

practice: install
	$(BIN)/python experiments/practice/make.py

checkpoints: install
	$(BIN)/python models/bundled/train.py

constraints:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.10 --strip-extras \
		--no-header --no-annotate --no-emit-index-url --upgrade --quiet --output-file build/constraints.txt
	{ sed -n '1,/names no index/p' constraints.txt; cat build/constraints.txt; } > build/constraints.new
	mv build/constraints.new constraints.txt

bench-base: install
	$(BIN)/python tests/benchmarks/bench_base.py

bench-analysis: install
	$(BIN)/python tests/benchmarks/bench_analysis.py

bench-coverage: install
	$(BIN)/python tests/benchmarks/bench_coverage.py

bench-experiments: install
	$(BIN)/python tests/benchmarks/bench_experiments.py

# The pictures to score; the bundled set if none are named.
STUDY ?=

bench-models: install
	$(BIN)/python tests/benchmarks/bench_models.py $(STUDY)

bench-models-gpu: install
	$(BIN)/python tests/benchmarks/bench_models_gpu.py

bench-report: install
	$(BIN)/python tests/benchmarks/bench_report.py

bench-stimuli: install
	$(BIN)/python tests/benchmarks/bench_stimuli.py

clean:
	rm -rf build $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
