"""What a session says to people: the texts of a language, with the protocol's keys in them and its own words first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.errors import BadInput, meant, quoted
from askew_experiments.instructions import paragraphs
from askew_experiments.language import Language, checked_texts, read_language
from askew_experiments.protocol import Protocol
from askew_experiments.shelf import bundled_languages

FILE_NAME = r"[A-Za-z0-9_-]+"


@dataclass(frozen=True, kw_only=True)
class Texts:
    """All texts of a protocol. `given` are those of its own; `facts` what it puts in for placeholders."""

    protocol: Protocol
    language: Language
    given: Mapping[str, str]
    facts: Mapping[str, str]

    def text(self, name: str, **values: object) -> str:
        """One text, with values for the placeholders that only the moment can fill in, such as `done`."""
        return self._whole(name).format_map({**self.facts, **values})

    def press(self, keys: Sequence[str]) -> str:
        """The text that asks for keys, with those that are still to be pressed."""
        return self.text("press", keys=_listed(keys, self.language))

    def label(self, label: str) -> str:
        """The word that is shown for a label."""
        return self.language.labels.get(label, label)

    def _whole(self, name: str) -> str:
        """The text with its placeholders: as the protocol has it, else as the language has it."""
        own = self.given.get(name) or (self.language.texts.get(name) if name == "instructions" else None)
        if own:
            return own
        texts = {**self.language.texts, **self.given}
        return "\n\n".join("\n".join(texts[part] for part in each) for each in paragraphs(name, self.protocol))


def read_texts(protocol: Protocol, folder: Path) -> Texts:
    """The texts of a protocol, in a language of the folder that the study's protocols are in, or one of askew's."""
    language = read_language(_language_path(protocol, folder))
    given = checked_texts(protocol.text, f"protocol {protocol.name}, text")
    return Texts(protocol=protocol, language=language, given=given, facts=_facts(protocol, language))


def _language_path(protocol: Protocol, folder: Path) -> Path:
    name, bundled = protocol.head.language, bundled_languages()
    if re.fullmatch(FILE_NAME, name):
        own = folder / f"{name}.toml"
        if own.is_file():
            return own
        if name in bundled:
            return bundled[name]
    raise BadInput(
        f"protocol {protocol.name}, language: {quoted(name)}{meant(name, bundled)} is not there; with askew come "
        f"{', '.join(bundled)}; or put a file with all texts, such as xx.toml, into {folder} and give its name, xx"
    )


def _facts(protocol: Protocol, language: Language) -> dict[str, str]:
    """What stands for each placeholder that hangs on the protocol alone; empty where nothing is said of it."""
    response, practice, limit = protocol.response, protocol.practice, protocol.phases[-1].limit_ms
    return {
        "left": language.key(response.keys[0]),
        "right": language.key(response.keys[-1]),
        "keys": _listed(response.keys, language),
        "go_on": language.key(response.go_on),
        "quit": language.key(response.quit),
        "practice": str(practice.trials) if practice else "",
        "needed": str(practice.needed) if practice else "",
        "limit": f"{limit / 1000:g}" if limit is not None else "",
        "version": protocol.consent.version if protocol.consent else "",
    }


def _listed(keys: Sequence[str], language: Language) -> str:
    return ", ".join(language.short(key) for key in keys)
