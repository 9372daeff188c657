"""What is offered, and what it costs to import."""

import subprocess
import sys
from pathlib import Path

import askew_models

FOLDER = Path(askew_models.__file__).parent
# What only workers import, for it imports torch.
HEAVY = {
    "building",
    "checkpoint",
    "downloads",
    "forward",
    "made",
    "making",
    "python_observer",
    "timm_network",
    "torchvision_network",
    "weights",
}


def test_only_what_workers_run_imports_torch() -> None:
    light = sorted({path.stem for path in FOLDER.glob("*.py")} - HEAVY - {"__init__"})
    program = (
        "import sys\nfrom importlib import import_module\n"
        f"for name in {light!r}:\n    import_module(f'askew_models.{{name}}')\n"
        "    assert not {'torch', 'timm', 'torchvision'} & {*sys.modules}, name\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    assert len(light) > 20


def test_what_an_observers_file_needs_is_at_the_top() -> None:
    assert askew_models.Network.__module__ == "askew_models.network"
    assert askew_models.Preparation.__module__ == "askew_models.preparation"
    assert {"Network", "Preparation"} <= {*dir(askew_models)}
