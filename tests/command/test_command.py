"""The `askew` command: finds commands, says what is wrong in one line, imports nothing that is not asked for."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from askew import __version__, command
from askew.command import GROUP, main, overview, run, sentence
from askew.errors import BadInput

STANDARD = {"askew", *sys.stdlib_module_names}


def askew(*words: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a person types it."""
    program = [sys.executable, "-m", "askew", *words]
    return subprocess.run(program, capture_output=True, text=True, check=False, cwd=cwd, env=env)


def entry(name: str, target: str = "test:test") -> EntryPoint:
    return EntryPoint(name, target, GROUP)


def loading(monkeypatch: pytest.MonkeyPatch, act: Callable[[list[str]], None]) -> EntryPoint:
    """An entry point that loads `act`, as if an installed package had it."""
    monkeypatch.setattr(command, "_loaded", lambda _, words: act(words))
    return entry("act")


def test_help_lists_every_command_under_its_part() -> None:
    text = askew("--help").stdout
    assert "Studies:\n" in text
    assert "Pictures and published data:\n" in text
    for name in ("demo", "describe", "doctor", "fetch", "import", "new", "stimuli"):
        line = next(line for line in text.splitlines() if line.startswith(f"  {name} "))
        assert len(line.split()) > 3, f"{name} does not say what it does"


@pytest.mark.parametrize("words", [(), ("-h",), ("help",)])
def test_help_has_several_ways_in(words: tuple[str, ...]) -> None:
    assert askew(*words).stdout == askew("--help").stdout


def test_the_version_is_told() -> None:
    assert askew("--version").stdout == f"askew {__version__}\n"


@pytest.mark.parametrize("program", ["import askew", "from askew.command import main; main(['--help'])"])
def test_nothing_but_the_standard_library_is_imported_for_help(program: str) -> None:
    def imported(script: str) -> set[str]:
        script += "\nimport sys, json; print(json.dumps([m.partition('.')[0] for m in sys.modules]))"
        out = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True).stdout
        return set(json.loads(out.splitlines()[-1]))

    # Some packages load a module at every start of Python, through a .pth file.
    assert imported(program) - imported("") <= STANDARD


def test_a_wrong_word_is_one_line_and_status_2() -> None:
    run = askew("describ")
    assert run.returncode == 2
    assert run.stderr == "askew: 'describ' is no command (did you mean describe?); `askew --help` explains\n"
    assert run.stdout == ""


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("simulate", "'simulate' is no command, but `askew session simulate` is"),
        ("render", "'render' is no command, but `askew stimuli render` is"),
        ("--hlep", "'--hlep' is no command (did you mean --help?)"),
        ("my-study", "'my-study' is a study; name a command before it, as in `askew describe`"),
        ("xyz", "'xyz' is no command"),
    ],
)
def test_a_word_that_is_none_is_told_with_what_it_may_stand_for(word: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "my-study").mkdir()
    (tmp_path / "my-study" / "study.toml").touch()
    run = askew(word, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (2, f"askew: {told}; `askew --help` explains\n")


def test_the_acts_of_commands_are_those_of_the_parts() -> None:
    from askew_experiments.command import acts as session_acts
    from askew_stimuli.command import acts as stimuli_acts

    assert {*command.ACTS["session"]} == {*session_acts()}
    assert {*command.ACTS["stimuli"]} == {*stimuli_acts()} - {"import"}  # which is a command by itself too


def test_askew_that_is_not_installed_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "entry_points", lambda **_: ())
    assert main(["describe", "x"]) == 1
    assert capsys.readouterr().err == (
        f"askew: is not installed in this Python ({sys.executable}), only its source is here; README.md says how to "
        "install it, and where it is installed already\n"
    )
    assert main(["--version"]) == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("describe", ()),
        ("new", ()),
        ("new", ("a", "--seed", "x")),
        ("new", ("a", "--seed", "-1")),
        ("doctor", ("bodies",)),
        ("import", ()),
        ("import", ("unusual-poses",)),
        ("import", ("something", ".", "--out", "x")),
        ("stimuli", ()),
        ("stimuli", ("chek", ".")),
        ("stimuli check", (".", "--colour")),
        ("session run", ("study",)),
        ("fetch", ("unusual-poses",)),
    ],
)
def test_a_wrong_call_is_told_with_status_2(name: str, words: tuple[str, ...], tmp_path: Path) -> None:
    run = askew(*name.split(), *words, cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.startswith(f"askew {name}: ")
    assert run.stderr.endswith(f"; `askew {name} --help` explains\n")
    assert run.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_help_of_a_part_needs_none_of_what_reads_foreign_formats() -> None:
    script = "from askew.command import main; main(['import', '--help']); import sys; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not {"numpy", "scipy", "PIL", "openpyxl", "pooch", "requests"} & {*out.splitlines()[-1].split()}


@pytest.mark.parametrize("words", [("describe",), ("new",), ("doctor",), ("demo",), ("import",), ("fetch",)])
def test_every_command_explains_itself_with_an_example(words: tuple[str, ...]) -> None:
    run = askew(*words, "--help")
    assert run.returncode == 0
    assert f"example: askew {words[0]}" in run.stdout


def test_what_was_given_wrongly_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["describe", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"askew describe: {tmp_path}: is no study, for it has no study.toml; `askew new` makes one\n"


def test_a_message_is_one_line_whatever_it_quotes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def act(_: list[str]) -> None:
        raise BadInput("a\nfile: is wrong")

    assert run(loading(monkeypatch, act), []) == 1
    assert capsys.readouterr().err == "askew act: a file: is wrong\n"


def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def act(_: list[str]) -> None:
        raise OSError(28, "No space left on device", "trials.csv")

    assert run(loading(monkeypatch, act), []) == 1
    told = "askew act: trials.csv: No space left on device; free some space, then type the same again\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize(
    ("ending", "status", "said"), [(None, 0, ""), (0, 0, ""), (2, 2, ""), ("no", 1, "askew act: no\n")]
)
def test_a_command_that_exits_lets_its_caller_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ending: object, status: int, said: str
) -> None:
    def act(_: list[str]) -> None:
        raise SystemExit(ending)

    assert run(loading(monkeypatch, act), []) == status
    assert capsys.readouterr().err == said


def test_a_defect_of_ours_shows_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def act(_: list[str]) -> None:
        raise KeyError("a defect")

    with pytest.raises(KeyError):
        run(loading(monkeypatch, act), [])


def test_a_missing_library_is_told_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(_: EntryPoint) -> None:
        raise ModuleNotFoundError("No module named 'scipy'", name="scipy.io")

    monkeypatch.setattr(EntryPoint, "load", load)
    assert run(entry("import", "askew_stimuli.command:import_"), []) == 1
    said = capsys.readouterr().err
    assert said.startswith("askew import: needs scipy, which is not installed; type: ")
    assert said.rstrip().endswith('[stimuli]"')


def test_a_library_found_missing_at_work_is_told_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def act(_: list[str]) -> None:
        raise ModuleNotFoundError("No module named 'scipy'", name="scipy")

    monkeypatch.setattr(EntryPoint, "load", lambda _: act)
    assert run(entry("import", "askew_stimuli.command:import_"), []) == 1
    assert "needs scipy, which is not installed; type: " in capsys.readouterr().err


def test_a_missing_library_of_the_base_is_told_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(_: EntryPoint) -> None:
        raise ModuleNotFoundError("No module named 'tomli'", name="tomli")

    monkeypatch.setattr(EntryPoint, "load", load)
    assert run(entry("describe", "askew.describe:describe"), []) == 1
    said = capsys.readouterr().err
    assert said.startswith("askew describe: needs tomli, which is not installed; type: ")
    assert "[" not in said


def test_a_library_of_the_system_found_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def act(_: list[str]) -> None:
        raise ImportError('Library "fontconfig" not found.')

    monkeypatch.setattr(EntryPoint, "load", lambda _: act)
    assert run(entry("session", "askew_experiments.command:session"), []) == 1
    told = "needs fontconfig, a library of the system that is not here; `askew doctor` says how to install it"
    assert capsys.readouterr().err == f"askew session: {told}\n"


def test_a_defect_in_a_part_whose_libraries_fit_shows_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def act(_: list[str]) -> None:
        raise ImportError("cannot import name 'x' from 'askew_stimuli'")

    monkeypatch.setattr(EntryPoint, "load", lambda _: act)
    with pytest.raises(ImportError, match="cannot import name"):
        run(entry("import", "askew_stimuli.command:import_"), [])


def test_a_missing_module_of_our_own_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_: EntryPoint) -> None:
        raise ModuleNotFoundError("No module named 'askew_stimuli.nothing'", name="askew_stimuli.nothing")

    monkeypatch.setattr(EntryPoint, "load", load)
    with pytest.raises(ModuleNotFoundError):
        run(entry("import", "askew_stimuli.command:import_"), [])


STUCK = """
import signal, sys
from importlib.metadata import EntryPoint
from askew import __version__, command
def act(words):
    print("ready", flush=True)
    signal.pause()
command._loaded = lambda entry, words: act(words)
sys.exit(command.run(EntryPoint("act", "a:b", "g"), []))
"""


STUCK_IN_TYPER = """
import signal, sys
from askew.command import guarded
from askew_stimuli.commandline import command
def act() -> None:
    print("ready", flush=True)
    signal.pause()
sys.exit(guarded("askew act", lambda: command(act, "askew act", [], "askew act")))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
@pytest.mark.parametrize("program", [STUCK, STUCK_IN_TYPER])
def test_ctrl_c_ends_without_a_traceback(program: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "\naskew act: stopped\n"


STOPPED_EARLY = """
import sys
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stop())
from askew.command import main
sys.exit(main(["describe"]))
"""


@pytest.mark.parametrize("module", ["importlib.metadata", "askew.errors", "askew.stopping", "askew.describe"])
def test_ctrl_c_while_modules_are_imported_ends_without_a_traceback(module: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", STOPPED_EARLY, module], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 130
    assert re.fullmatch(r"\naskew( describe)?: stopped\n", run.stderr)


def test_ctrl_c_that_a_library_makes_another_error_of_is_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As compiled libraries do, where it comes while they are imported.
    (tmp_path / "stopped_library.py").write_text(
        "try:\n    raise KeyboardInterrupt\n"
        "except KeyboardInterrupt as error:\n    raise ImportError('initialization failed') from error\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert command.run(EntryPoint("act", "stopped_library:act", command.GROUP), []) == 130
    assert capsys.readouterr().err == "\naskew act: stopped\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs head")
def test_a_reader_that_leaves_is_no_error() -> None:
    script = "from askew import command\ndef act(w):\n for _ in range(10**5): print('x' * 99)\n"
    script += (
        "command._loaded = lambda e, w: act(w)\nimport sys; sys.exit(command.run(type('E', (), {'name': 'act'}), []))"
    )
    read, write = os.pipe()
    with subprocess.Popen([sys.executable, "-c", script], stdout=write, stderr=subprocess.PIPE, text=True) as process:
        os.close(write)
        os.read(read, 10)
        os.close(read)
        _, said = process.communicate(timeout=60)
    assert said == ""
    assert process.returncode == 1


def test_a_console_without_a_letter_shows_its_code(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('schema = 1\nname = "Größe 鏡"\n', encoding="utf-8")
    run = askew("describe", str(tmp_path), env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert run.returncode == 0
    assert run.stdout.startswith(r"Gr\xf6\xdfe \u93e1")


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("describe", "--help"), ("doctor", "--help")])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_one_line_at_most(words: tuple[str, ...], unbuffered: str) -> None:
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    program = [sys.executable, "-m", "askew", *words]
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, env=env, check=False)
    assert run.returncode == 1
    assert run.stderr.endswith("No space left on device; free some space, then type the same again\n")
    assert run.stderr.count("\n") == 1
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run(program, stdout=write, stderr=subprocess.PIPE, text=True, env=env, check=False)
    os.close(write)
    assert (run.returncode, run.stderr) == (1, "")


def test_json_is_json_on_any_console(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('schema = 1\nname = "Größe 鏡"\n', encoding="utf-8")
    run = askew("describe", str(tmp_path), "--json", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert json.loads(run.stdout)["name"] == "Größe 鏡"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_work_goes_on_without_anyone_to_tell_it_to(tmp_path: Path) -> None:
    script = f'"{sys.executable}" -m askew new "{tmp_path}/new" >&- 2>&-'
    assert subprocess.run(["sh", "-c", script], check=False).returncode == 0
    assert (tmp_path / "new" / "study.toml").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
@pytest.mark.parametrize("words", [("new",), ("demo",), ("describe",), ("stimuli", "check")])
def test_a_link_that_runs_in_a_circle_is_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for name in ("loop", "loop/x"):
        run = askew(*words, str(tmp_path / name))
        assert run.returncode == 1
        assert run.stderr.count("\n") == 1
        assert "Traceback" not in run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems read what is typed in their own way")
def test_letters_that_the_locale_cannot_read_are_not_called_a_line_break(tmp_path: Path) -> None:
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    run = askew("new", "a", "--title", "\u00dcbung", cwd=tmp_path, env={**os.environ, **plain})
    assert run.returncode == 1
    assert run.stderr == (
        "askew new: title: '\\udcc3\\udc9cbung' holds letters that this locale cannot read; remove them, or see "
        "`askew doctor`\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_name_that_is_no_unicode_is_one_line(tmp_path: Path) -> None:
    run = askew("new", os.fsdecode(os.fsencode(tmp_path) + b"/a\xff"))
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "holds letters that this locale cannot read; remove them, or see `askew doctor`" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_labs_own_command_is_listed_with_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "our_lab"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('help must not import this')\n")
    (package / "tidy.py").write_text('def tidy(words):\n    """Tidy the lab.\n\n    Twice.\n    """\n')
    monkeypatch.syspath_prepend(tmp_path)
    ours = entry("tidy", "our_lab.tidy:tidy")
    assert sentence(ours) == "Tidy the lab"
    assert "From our_lab:\n  tidy  Tidy the lab" in overview([ours])


@pytest.mark.parametrize("target", ["nowhere.at:all", "json.nothing:act", "json:nothing"])
def test_a_command_whose_source_cannot_be_read_has_no_sentence(target: str) -> None:
    assert sentence(entry("x", target)) == ""
