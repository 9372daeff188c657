"""The documents' blocks of code, and the commands in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = tuple(
    sorted(
        str(path.relative_to(ROOT).as_posix())
        for pattern in ("*.md", "[a-z]*/README.md", "data/example/README.md")
        for path in ROOT.glob(pattern)
    )
)
FENCE = re.compile(r"^(?:<!--(?P<mark>.*?)-->\n)?```(?P<language>[\w-]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
SHELL = {"", "sh", "console"}
BETWEEN = {"&&", "||", "|", ";"}


@dataclass(frozen=True)
class Block:
    """A block of code: where it stands, what it is, and why it is not run, if a comment before it says that."""

    document: str
    line: int
    language: str
    text: str
    not_run: str | None

    def __str__(self) -> str:
        return f"{self.document}, line {self.line}"

    @property
    def is_shell(self) -> bool:
        """Whether it is to be typed in a shell; the one table of trials is not."""
        return self.language in SHELL and not self.text.startswith("observer,")


def read(document: str) -> str:
    """The text of a document."""
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(document: str) -> Iterator[Block]:
    """The blocks of a document, in order. A comment `<!-- not run: REASON -->` before one keeps it from being run."""
    text = read(document)
    for match in FENCE.finditer(text):
        mark = (match["mark"] or "").strip()
        reason = re.fullmatch(r"not run:?(.*)", mark, re.DOTALL)
        line = text.count("\n", 0, match.start("text"))
        yield Block(document, line, match["language"], match["text"], reason[1].strip() if reason else None)


def inline(document: str) -> Iterator[str]:
    """What stands between single backticks, on one line each."""
    for code in re.findall(r"`([^`]+)`", FENCE.sub("", read(document))):
        yield " ".join(code.split())


def lines(text: str) -> Iterator[list[str]]:
    """The words of each command in a block for the shell, comments left out and continued lines joined."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        # Windows's separators are no escapes.
        words = shlex.split(re.sub(r"\\(?=[\w.])", "/", line), comments=True)
        while words:
            end = next((place for place, word in enumerate(words) if word in BETWEEN), len(words))
            yield words[:end]
            words = words[end + 1 :]


def calls(words: list[str]) -> Iterator[list[str]]:
    """The words after each `askew` of a line: at its start, after another program, or within a text for one."""
    for place, word in enumerate(words):
        if word.rpartition("/")[2] == "askew":
            yield words[place + 1 :]
            return
        if "askew " in word:
            for inner in lines(word):
                yield from calls(inner)
