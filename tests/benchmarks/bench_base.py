"""How fast the command starts and how large tables are read: `make bench-base` writes results/base.json.

Shares are of a limit: those of the start, of the budgets of 0.1 s for `import askew` and 0.3 s for `askew --help`
(whole processes, Python's own start included); that of reading, of Python's csv module going through the same file.
"""

import csv
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from askew.trial import Trial, read_trials, write_trials

RESULTS = Path(__file__).parent / "results" / "base.json"
IMPORT_BUDGET_S = 0.1
HELP_BUDGET_S = 0.3
ROWS = 200_000
MANY_ROWS = 10_000_000


def seconds(act: Callable[[], object], times: int) -> float:
    """The median time of one call, after one to warm up."""
    act()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begin)
    return median(taken)


def process(*words: str) -> Callable[[], object]:
    """A call of this Python with some words."""
    return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)


def some_trials(rows: int) -> Any:
    """Trials that differ as real ones do: in picture, place and time."""
    for i in range(rows):
        yield Trial(
            observer=f"sim_{i // 1280}",
            kind="simulated",
            group="40ms",
            session="1",
            index=i % 1280,
            stimulus=f"picture_{i % 1280}",
            condition="rotated",
            offered=("mug", "hammer"),
            truth="mug",
            choice="mug" if i % 3 else "hammer",
            rt_ms=500 + i / 7,
            requested_ms=40.0,
        )


def start() -> dict[str, float]:
    """How long the command takes to begin."""
    bare = seconds(process("-c", ""), 20)
    imported = seconds(process("-c", "import askew"), 20)
    record = seconds(process("-c", "import askew.trial"), 20)
    helped = seconds(process("-m", "askew", "--help"), 20)
    return {
        "python_s": bare,
        "import_askew_s": imported,
        "import_record_s": record,
        "help_s": helped,
        "share_import_of_budget": record / IMPORT_BUDGET_S,
        "share_help_of_budget": helped / HELP_BUDGET_S,
    }


def reading(folder: Path) -> dict[str, float]:
    """How fast tables are written and read, beside the csv module alone."""
    path = folder / "trials.csv"
    writing = seconds(lambda: write_trials(path, some_trials(ROWS)), 3)
    making = seconds(lambda: sum(1 for _ in some_trials(ROWS)), 3)
    read = seconds(lambda: sum(1 for _ in read_trials(path)), 3)

    def bare() -> int:
        with path.open(newline="") as stream:
            return sum(1 for _ in csv.reader(stream))

    return {
        "rows": ROWS,
        "written_rows_per_s": ROWS / (writing - making),
        "read_rows_per_s": ROWS / read,
        "csv_module_rows_per_s": ROWS / seconds(bare, 3),
    }


def memory(folder: Path) -> dict[str, float]:
    """The memory that reading a very large table takes, in a process of its own."""
    path = folder / "large.csv"
    write_trials(path, some_trials(MANY_ROWS))
    script = (
        "import resource, sys; from askew.trial import read_trials\n"
        "begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "rows = sum(1 for _ in read_trials(sys.argv[1]))\n"
        "print(rows, begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    begin = time.perf_counter()
    out = subprocess.run([sys.executable, "-c", script, str(path)], check=True, capture_output=True, text=True).stdout
    rows, before, peak = (int(word) for word in out.split())
    return {
        "rows": rows,
        "file_mb": path.stat().st_size / 1e6,
        "seconds": time.perf_counter() - begin,
        "memory_added_mb": (peak - before) * 1024 / 1e6,
        "bytes_of_memory_a_row": (peak - before) * 1024 / rows,
    }


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return {"processor": model, "system": platform.system(), "python": platform.python_version()}


def rounded(figures: Any) -> Any:
    """Three significant digits; more would be noise."""
    if isinstance(figures, dict):
        return {key: rounded(value) for key, value in figures.items()}
    return float(f"{figures:.3g}") if isinstance(figures, float) else figures


def main() -> None:
    """Measure, print and keep."""
    with tempfile.TemporaryDirectory() as name:
        figures = {
            "machine": machine(),
            "start": start(),
            "tables": reading(Path(name)),
            "ten_million_rows": memory(Path(name)),
            "this_process_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        }
    text = json.dumps(rounded(figures), indent=2)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
