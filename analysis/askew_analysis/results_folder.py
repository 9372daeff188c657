"""A folder of results: the tables, figures and the page of comparisons, and a list of what is of which comparison.

By the list the next comparison knows which files it may replace and remove. What lies there besides is left alone.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from askew.errors import BadInput
from askew.files import inside, lies_in, put, sweep, write_text
from askew.lock import CannotLock, held

LIST = "contents.json"
LOCK = "results.lock"
WAIT_S = 60.0  # for another comparison, which has computed everything before it begins to write
ABOUT = "Which files here are of which comparison. askew replaces and removes these, and no others."


@dataclass(frozen=True)
class ResultsFolder:
    """Where the results of comparisons go; `is_reserved` where nobody but askew has files of their names."""

    path: Path
    is_reserved: bool = False

    def refuse_unusable(self) -> None:
        """Refuse, before anything is computed, a folder that results cannot be written to."""
        for place in (self.path, *(self.path / name for name in ("tables", "figures"))):
            if os.path.lexists(place) and not place.is_dir():
                raise BadInput(f"{place}: is a file where a folder for results has to be; move it, or name another")
        there = next(place for place in (self.path, *self.path.absolute().parents) if os.path.lexists(place))
        if not there.is_dir():
            raise BadInput(f"{there}: is a file, so nothing can be written below it; name another place")
        if not os.access(there, os.W_OK):
            raise BadInput(f"{there}: may not be written to; change its permissions, or name another place with --out")
        self._listed()

    def holds(self, place: Path) -> bool:
        """Whether a place is one of its own files, which nothing else may be written to."""
        own = (self.path / name for name in ("tables", "figures", LIST, LOCK))
        return any(lies_in(place, each) for each in own)

    def replace(
        self, files: Mapping[str, bytes], parts: Sequence[str], comparison: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Put the files of one comparison in place, in their order; returns those there that are of another one.

        `parts` are the tops of names that this comparison made anew, such as tables and figures: earlier files there
        that it has no more are removed. Names may lead out of the folder, as a page's does that lies beside it.
        """
        with self._held():
            known = self._listed()
            self._refuse_foreign({*files} - {*known})
            gone = {name for name in known if _top(name) in parts and _top(name) != ".."} - {*files}
            kept = {name: its for name, its in known.items() if name not in gone}
            # First what may be there from now on, so that a run that is killed leaves nothing of which nobody knows.
            self._list({**known, **dict.fromkeys(files, comparison)})
            for name, content in files.items():
                path = self.path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                put(path, content)
            for name in gone:
                (self.path / name).unlink(missing_ok=True)
            self._list({**kept, **dict.fromkeys(files, comparison)})
            for folder in {(self.path / name).parent for name in files}:
                sweep(folder)
        return tuple(sorted(name for name, its in kept.items() if name not in files and its != comparison))

    @contextmanager
    def _held(self) -> Iterator[None]:
        self.path.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            with suppress(CannotLock):  # on a disk without locks, results can at worst be made again
                stack.enter_context(held(self.path / LOCK, str(self.path), wait_s=WAIT_S))
            yield

    def _refuse_foreign(self, names: set[str]) -> None:
        if self.is_reserved:
            return
        for name in sorted(names):
            if _top(name) != ".." and os.path.lexists(self.path / name):
                raise BadInput(
                    f"{self.path / name}: is there and is not of an earlier comparison, as {LIST} would say; move it, "
                    "or name another place with --out"
                )

    def _listed(self) -> dict[str, Mapping[str, Any]]:
        """The comparison that each file is of, by its name."""
        path = self.path / LIST
        if not os.path.lexists(path):
            return {}
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            found: dict[str, Mapping[str, Any]]
            found = {name: dict(each["comparison"]) for each in document["comparisons"] for name in each["files"]}
        except (OSError, ValueError, TypeError, KeyError):
            raise BadInput(f"{path}: is no list of askew's; delete it, or name another place with --out") from None
        for name in found:
            if _top(name) != "..":
                inside(self.path, name)
        return found

    def _list(self, files: Mapping[str, Mapping[str, Any]]) -> None:
        comparisons: list[Mapping[str, Any]] = []
        for comparison in files.values():
            if comparison not in comparisons:
                comparisons.append(comparison)
        listed = sorted((sorted(name for name, its in files.items() if its == each), each) for each in comparisons)
        document = {"about": ABOUT, "comparisons": [{"files": names, "comparison": each} for names, each in listed]}
        write_text(self.path / LIST, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _top(name: str) -> str:
    return PurePosixPath(name).parts[0]
