"""Calls of askew, read by the parsers that read them when they are typed, without doing anything."""

from importlib.metadata import entry_points
from typing import Any

import pytest
import typer
import typer.main

from askew.command import GROUP, Words
from askew.errors import WrongCall

COMMANDS = {
    entry.name: entry for entry in entry_points(group=GROUP) if entry.dist is not None and entry.dist.name == "askew"
}


class _Caught(Exception):
    """Carries a parser out of a command that was about to use it."""

    def __init__(self, parser: Any) -> None:
        super().__init__()
        self.parser = parser


def parser(name: str) -> Any:
    """The parser of a command: argparse's in the base, typer's in the parts."""

    def catch(found: Any, *_: object, **__: object) -> None:
        raise _Caught(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Words, "parse_args", catch)
        patch.setattr(typer.Typer, "__call__", catch)
        try:
            COMMANDS[name].load()([])
        except _Caught as caught:
            found = caught.parser
            return typer.main.get_command(found) if isinstance(found, typer.Typer) else found
    raise AssertionError(f"askew {name} reads no words")


def acts(name: str) -> dict[str, Any]:
    """The acts of a command, each with its parser; none where it does one thing."""
    return dict(getattr(parser(name), "commands", {}))


def options(parser: Any) -> set[str]:
    """The options of a command, as they are typed."""
    if isinstance(parser, Words):
        return {option for action in parser._actions for option in action.option_strings}
    return {option for each in parser.params for option in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}


def every_option() -> set[str]:
    """The options of all commands."""
    return {
        option
        for name in COMMANDS
        for each in (list(acts(name).values()) or [parser(name)])
        for option in options(each)
    }


def chosen(words: list[str]) -> Any:
    """The parser of the command, or of its act, that a call names."""
    if words[0] not in COMMANDS:
        raise WrongCall(f"askew {words[0]} is no command")
    several = acts(words[0])
    if not several:
        return parser(words[0])
    if words[1:] and words[1] not in several:
        raise WrongCall(f"askew {words[0]} {words[1]} is no command")
    return several[words[1]] if words[1:] else parser(words[0])


def read(words: list[str]) -> None:
    """Read the words of a whole call; what the command would refuse is raised."""
    found = chosen(words)
    rest = words[1 + bool(acts(words[0])) :]
    if isinstance(found, Words):
        found.parse_args(rest)
    else:
        found.make_context(" ".join(words[:2]), list(rest))
