"""What each machine has to have: only the window needs PsychoPy, and help needs next to nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import askew_experiments

PACKAGE = Path(askew_experiments.__file__).parent
WITHOUT = "import sys; sys.modules.update(dict.fromkeys(('psychopy', 'pyglet', 'psychtoolbox', 'serial', 'torch')))\n"


def asked(program: str) -> Any:
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_every_module_can_be_imported_without_psychopy() -> None:
    names = sorted(path.stem for path in PACKAGE.glob("*.py"))
    assert "window" in names
    program = (
        f"{WITHOUT}import importlib, json\nfor name in {names}: importlib.import_module('askew_experiments.' + name)"
    )
    assert asked(f"{program}\nprint(json.dumps(True))") is True


def test_one_file_imports_psychopy() -> None:
    named = [path.name for path in PACKAGE.glob("*.py") if "import psychopy" in path.read_text(encoding="utf-8")]
    named += [path.name for path in PACKAGE.glob("*.py") if "from psychopy" in path.read_text(encoding="utf-8")]
    assert {*named} <= {"window.py"}


def test_help_loads_no_library_that_is_slow() -> None:
    program = "import json, sys\nfrom askew.command import main\nmain(['session', '--help'])\n"
    loaded = asked(program + "print(json.dumps([name for name in sys.modules if '.' not in name]))")
    assert not {"psychopy", "pyglet", "numpy", "PIL", "pandas", "scipy", "matplotlib"} & {*loaded}


def test_planning_loads_neither_numpy_nor_pictures() -> None:
    program = "import json, sys\nimport askew_experiments.design, askew_experiments.protocol\n"
    loaded = asked(program + "print(json.dumps([name for name in sys.modules if '.' not in name]))")
    assert not {"numpy", "PIL", "psychopy", "rich"} & {*loaded}
