"""How the commands of the parts are run: typer reads the words, `askew` tells what is wrong.

Needs typer, which every part has.
"""

from collections.abc import Callable
from typing import Any

import typer
from typer.exceptions import Abort, TyperException

from askew.command import guarded
from askew.errors import WrongCall
from askew.stopping import STOPPED


def command(act: Callable[..., Any], name: str, words: list[str], example: str) -> int:
    """Run one command that is a function with typer's annotations."""
    app = _app()
    app.command(epilog=f"example: {example}")(act)
    return _run(app, name, words)


def commands(acts: dict[str, tuple[Callable[..., Any], str]], name: str, about: str, words: list[str]) -> int:
    """Run one of several commands under a name; each comes with an example. What is wrong is told as the one's own."""
    app = _app()
    app.callback(help=about)(lambda: None)
    for word, (act, example) in acts.items():
        app.command(word, epilog=f"example: {example}")(act)
    if words and words[0] in acts:
        return guarded(f"{name} {words[0]}", lambda: _run(app, name, words))
    return _run(app, name, words)


def _app() -> typer.Typer:
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _run(app: typer.Typer, name: str, words: list[str]) -> int:
    try:
        status = app(args=words, prog_name=name, standalone_mode=False)
    except Abort:
        raise KeyboardInterrupt from None
    except TyperException as error:
        raise WrongCall(error.format_message().replace("Value error, ", "")) from None
    if status == STOPPED:  # typer turns Ctrl-C into this
        raise KeyboardInterrupt
    return status if isinstance(status, int) else 0
