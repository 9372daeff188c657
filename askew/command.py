"""The `askew` command: finds the part that answers a word and hands it the rest.

Imports no part before it is asked for, so that help is instant and a missing library of one part never stops
another. A part (or a lab's own package) offers a command by an entry point of the group `askew.commands`: a function
that takes the words after the command's name and returns an exit status, or None for 0.
"""

import sys

try:
    import argparse
    import ast
    import os
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import suppress
    from importlib.metadata import EntryPoint, entry_points
    from importlib.util import find_spec
    from io import TextIOWrapper
    from pathlib import Path
    from typing import Any, NoReturn

    from askew import __version__
    from askew.errors import BadInput, WrongCall, brief, meant, quoted
    from askew.stopping import STOPPED, Stopped
except KeyboardInterrupt:  # before there is anything that could handle it
    print("\naskew: stopped", file=sys.stderr)
    sys.exit(130)

GROUP = "askew.commands"

HEADINGS = {
    "askew": "Studies",
    "askew_stimuli": "Pictures and published data",
    "askew_experiments": "Sessions with people",
    "askew_models": "Models",
    "askew_analysis": "Comparison",
}

# The acts of commands that have several, for who types one of them alone.
ACTS = {
    "session": ("preflight", "run", "resume", "abort", "simulate", "tables", "qc", "export"),
    "stimuli": ("render", "sweep", "select", "match", "masks", "corrupt", "check", "sheet"),
}

HELP = """\
askew {version}: do people and models recognise objects in unusual poses in the same way?

usage: askew COMMAND ...      askew COMMAND --help explains a command
       askew --version
"""


class Words(argparse.ArgumentParser):
    """The words that a command of the base takes. A wrong one is a WrongCall, told as all commands tell it."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, instead of exiting."""
        raise WrongCall(message)

    def print_help(self, file: Any = None) -> None:
        """Print the help; argparse's own way hides that it could not be written."""
        print(self.format_help(), end="", file=file)


def main(words: Sequence[str] | None = None) -> int:
    """Run `askew` with the words after it; returns the exit status."""
    words = sys.argv[1:] if words is None else list(words)
    if isinstance(sys.stdout, TextIOWrapper):
        # A console that lacks a letter of somebody's name shows its code instead of a traceback.
        sys.stdout.reconfigure(errors="backslashreplace")
    return guarded("askew", lambda: _dispatched(words))


def run(entry: EntryPoint, words: Sequence[str]) -> int:
    """Run one command with the words after its name; returns the exit status."""
    return guarded(f"askew {entry.name}", lambda: _loaded(entry, words))


def guarded(name: str, act: Callable[[], int | None]) -> int:
    """Do it. What a person can mend becomes one line; only a defect of ours shows a traceback."""
    try:
        status = _unless_it_exits(act)
        _flush()
    except BadInput as error:
        return _failed(name, str(error), 1)
    except WrongCall as error:
        return _failed(name, f"{str(error).rstrip('.')}; `{name} --help` explains", 2)
    except BrokenPipeError:
        _abandon_output()  # whoever read it (head, less) has gone
        return 1
    except OSError as error:
        from askew.faults import of_system  # noqa: PLC0415  only a fault needs it

        _abandon_output()
        return _failed(name, of_system(error), 1)
    except KeyboardInterrupt as error:
        with suppress(OSError):  # a terminal that was closed hears nothing more
            print(f"\n{name}: stopped", file=sys.stderr, flush=True)
        return error.status if isinstance(error, Stopped) else STOPPED
    if isinstance(status, str):
        return _failed(name, status, 1)
    return status


def overview(entries: Iterable[EntryPoint]) -> str:
    """The text of `askew --help`: each command with the first sentence of its docstring, under its part."""
    entries = sorted(entries, key=lambda entry: entry.name)
    width = max((len(entry.name) for entry in entries), default=0)
    parts = [HELP.format(version=__version__)]
    tops = [entry.module.partition(".")[0] for entry in entries]
    for top in sorted({*tops}, key=lambda top: (*HEADINGS, top).index(top)):
        lines = [
            f"  {entry.name:<{width}}  {sentence(entry)}"
            for entry, its in zip(entries, tops, strict=True)
            if its == top
        ]
        parts.append(f"{HEADINGS.get(top, f'From {top}')}:\n" + "\n".join(lines) + "\n")
    return "\n".join(parts).rstrip()


def sentence(entry: EntryPoint) -> str:
    """The first line of the command's docstring, read from its source without importing anything."""
    top, *rest = entry.module.split(".")
    spec = find_spec(top)
    if spec is None or not spec.origin:
        return ""
    source = Path(spec.origin)
    if rest:
        source = source.parent.joinpath(*rest).with_suffix(".py")
    try:
        tree = ast.parse(source.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == entry.attr:
            return (ast.get_docstring(node) or "").partition("\n")[0].rstrip(".")
    return ""


def _dispatched(words: Sequence[str]) -> int:
    commands = {entry.name: entry for entry in entry_points(group=GROUP)}
    if words and words[0] == "help" and words[1:]:
        words = [words[1], "--help"]
    if words and words[0] in commands:
        return run(commands[words[0]], words[1:])
    return _without_command(words, commands)


def _without_command(words: Sequence[str], commands: dict[str, EntryPoint]) -> int:
    if words and words[0] in {"-V", "--version"}:
        print(f"askew {__version__}")
        return 0
    if not commands:
        raise BadInput(
            f"is not installed in this Python ({sys.executable}), only its source is here; "
            "README.md says how to install it, and where it is installed already"
        )
    if not words or words[0] in {"-h", "--help", "help"}:
        print(overview(commands.values()))
        return 0
    raise WrongCall(_no_command(words[0], commands))


def _no_command(word: str, commands: Iterable[str]) -> str:
    for command, acts in ACTS.items():
        if word in acts:
            return f"{quoted(word)} is no command, but `askew {command} {word}` is"
    if (Path(word) / "study.toml").is_file():
        return f"{quoted(word)} is a study; name a command before it, as in `askew describe`"
    return f"{quoted(word)} is no command{meant(word, [*commands, '--help', '--version'])}"


def _loaded(entry: EntryPoint, words: Sequence[str]) -> int | None:
    try:
        command: Callable[[list[str]], int | None] = entry.load()
        return command(list(words))
    except (BadInput, WrongCall, OSError):
        raise
    except Exception as error:
        if stop := _stop_behind(error):
            raise stop from None
        # Commands import heavy libraries when they are called, so one may be found missing, or wrong, at any time.
        if told := _of_libraries(error, entry.module.partition(".")[0]):
            raise BadInput(told) from None
        raise


def _stop_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """The Ctrl-C that a compiled library, still being imported, has made another error of."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


def _of_libraries(error: Exception, top: str) -> str | None:
    """What to install, where a command failed for a library that is missing or does not fit; None for defects."""
    from askew.extras import install_line  # noqa: PLC0415  only a fault needs it
    from askew.faults import of_library, of_versions  # noqa: PLC0415  only a fault needs it

    part = top.removeprefix("askew").removeprefix("_")  # of the base: "", which installs the base
    if isinstance(error, ModuleNotFoundError):
        missing = (error.name or "").partition(".")[0]
        if missing in HEADINGS or top not in HEADINGS:
            return None
        return f"needs {missing}, which is not installed; type: {install_line(part)}"
    return of_library(error) or (of_versions(error, part) if top in HEADINGS else None)


def _unless_it_exits(act: Callable[[], int | None]) -> int | str:
    try:
        return act() or 0
    except SystemExit as end:
        # argparse and others end this way. A caller such as the demo goes on.
        return end.code or 0


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _abandon_output() -> None:
    """Let what cannot be written go, or Python complains of it once more when it ends."""
    try:
        _flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(name: str, message: str, status: int) -> int:
    # A file name may hold a line break; the promise is one line.
    line = " ".join(part.strip() for part in message.splitlines())
    print(f"{name}: {brief(line, 1500)}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
