"""A language: the TOML file that has every text of the text screens, the names of keys, and words for labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from askew.errors import BadInput, meant, quoted
from askew.study import read_toml
from askew_experiments.keys import KEYS

SCHEMA = 1
LONGEST = 2000  # characters: far more than a person reads on a screen
TABLES = ("schema", "language", "text", "keys", "labels")
ALWAYS = ("left", "right", "keys", "go_on", "quit")  # placeholders of any text: the keys of the protocol
PRACTICE = ("practice", "needed")  # trials of a round, and how many right answers are asked for
DONE = ("done", "total")  # trials

# Every text with the placeholders that it may have besides. First the screens, then the sentences they are made of.
TEXTS: dict[str, tuple[str, ...]] = {
    "code": (),
    "code_form": (),
    "press": (),
    "welcome": ("total",),
    "consent": ("version",),
    "instructions": ("total",),
    "practice": PRACTICE,
    "practice_again": PRACTICE,
    "practice_stop": (),
    "right": (),
    "wrong": (),
    "too_early": (),
    "too_late": (),
    "no_answer": (),
    "ready": ("total",),
    "again": DONE,
    "block": DONE,
    "wait": (),
    "break_rest": (*DONE, "seconds"),
    "break_go_on": DONE,
    "paused": (),
    "full_disk": (),
    "debrief": ("total",),
    "thanks": (),
    "pictures": (),
    "look": (),
    "brief": (),
    "self_paced": (),
    "mask": (),
    "mask_sometimes": (),
    "words_below": (),
    "words_before": (),
    "words_before_many": (),
    "words_with": (),
    "words_with_many": (),
    "words_after": (),
    "words_after_many": (),
    "choose": (),
    "choose_many": (),
    "reminder": (),
    "reminder_many": (),
    "unhurried": (),
    "limit": ("limit",),
    "guess": (),
    "signal_tone": (),
    "signal_flash": (),
    "at_tone": (),
    "at_flash": (),
    "gone_at_tone": (),
    "gone_at_flash": (),
    "only_tone": (),
    "only_flash": (),
    "blocks_tone": (),
    "blocks_flash": (),
    "practice_feedback": (),
    "practice_feedback_signal": (),
    "practice_needed": PRACTICE,
    "practice_needed_signal": PRACTICE,
    "ready_untold": (),
    "ready_breaks": (),
    "block_tone": (),
    "block_flash": (),
    "begin": (),
    "go_on": (),
}
OPTIONAL = frozenset({"instructions"})  # put together from sentences where nobody wrote them whole
KINDS_OF_KEY = ("number_pad", "other")  # what keys without a name of their own are called, with {key}


@dataclass(frozen=True, kw_only=True)
class Language:
    """All that a session says, in one language. A label without a word of its own is shown as it is."""

    name: str
    texts: Mapping[str, str]
    keys: Mapping[str, str]
    labels: Mapping[str, str]

    def key(self, key: str) -> str:
        """What people call a key."""
        if key in self.keys:
            return self.keys[key]
        kind = "number_pad" if key.startswith("num_") else "other"
        return self.keys[kind].format(key=_letter(key))

    def short(self, key: str) -> str:
        """The same in a list of keys: a letter or a digit stands alone."""
        return _letter(key) if len(key) == 1 else self.key(key)


def read_language(path: Path) -> Language:
    """The language in a file; BadInput names file, key, what was given and what is allowed."""
    document = read_toml(path, missing=f"{path}: there is no such language")
    for name in document:
        if name not in TABLES:
            raise BadInput(f"{path}: {_unknown(name, TABLES, 'no key of a language')}")
    if type(document.get("schema")) is not int or document["schema"] != SCHEMA:
        raise BadInput(f"{path}: schema {quoted(document.get('schema'))} is given, this askew knows schema {SCHEMA}")
    own_name = document.get("language")
    if not isinstance(own_name, str) or not own_name.strip():
        raise BadInput(f"{path}, language: {quoted(own_name)} is given, but it has to be its name, such as 'English'")
    texts = checked_texts(document.get("text", {}), f"{path}, text")
    if missing := [name for name in TEXTS if name not in texts and name not in OPTIONAL]:
        raise BadInput(f"{path}, text: {missing[0]} is missing; a language has all of {', '.join(TEXTS)}")
    return Language(
        name=own_name,
        texts=texts,
        keys=_keys(document.get("keys", {}), f"{path}, keys"),
        labels=_labels(document.get("labels", {}), f"{path}, labels"),
    )


def checked_texts(given: Any, where: str) -> dict[str, str]:
    """The texts of a table, each known and with placeholders that it may have."""
    texts = _table(given, where)
    for name, text in texts.items():
        if name not in TEXTS:
            raise BadInput(f"{where}: {_unknown(name, TEXTS, 'no text')}")
        check_placeholders(text, (*ALWAYS, *TEXTS[name]), f"{where}, {name}")
    return texts


def check_placeholders(text: str, allowed: tuple[str, ...], where: str) -> None:
    """Refuse a placeholder that nothing will be put in for.

    >>> check_placeholders("Press {go}.", ("go_on",), "en.toml, text, begin")
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: en.toml, text, begin: '{go}' (did you mean {go_on}?) is no placeholder here; allowed: {go_on}
    """
    in_braces = [f"{{{name}}}" for name in allowed]
    try:
        found = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        raise BadInput(
            f"{where}: has a brace without its other half; write {{{{ or }}}} to show one, or a placeholder: "
            f"{', '.join(in_braces)}"
        ) from None
    for name, form, conversion in found:
        if form or conversion or name not in allowed:
            given = "".join(["{", str(name), f"!{conversion}" if conversion else "", f":{form}" if form else "", "}"])
            raise BadInput(f"{where}: {_unknown(given, in_braces, 'no placeholder here')}")


def _keys(given: Any, where: str) -> dict[str, str]:
    names = _table(given, where)
    for key, name in names.items():
        if key not in KEYS and key not in KINDS_OF_KEY:
            raise BadInput(
                f"{where}: {quoted(key)}{meant(key, [*KEYS, *KINDS_OF_KEY])} is no key; keys are a, b, 1, 2, left, "
                f"space, num_1, ..., and {' and '.join(KINDS_OF_KEY)} name those that are not there"
            )
        check_placeholders(name, ("key",) if key in KINDS_OF_KEY else (), f"{where}, {key}")
    for kind in KINDS_OF_KEY:
        if "{key}" not in names.get(kind, ""):
            raise BadInput(f"{where}: {kind} has to be a text with {{key}} in it, for keys without a name of their own")
    return names


def _labels(given: Any, where: str) -> dict[str, str]:
    words = _table(given, where)
    shown: dict[str, str] = {}
    for label, word in words.items():
        if "\n" in word:
            raise BadInput(f"{where}: {quoted(word)}, for {quoted(label)}, has a line break; write it on one line")
        if word in shown:
            raise BadInput(
                f"{where}: {quoted(word)} stands for {quoted(shown[word])} and for {quoted(label)}; "
                "nobody could tell them apart, so give each a word of its own"
            )
        shown[word] = label
    return words


def _table(given: Any, where: str) -> dict[str, str]:
    """A table of texts, without the line breaks around them that TOML's long strings leave."""
    if not isinstance(given, Mapping):
        raise BadInput(f"{where}: {quoted(given)} is given, but it has to be a table of texts")
    for name, text in given.items():
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
            raise BadInput(f"{where}: {name} is {quoted(text)}, but it has to be a text of 1 to {LONGEST:,} characters")
        if not text.replace("\n", "").isprintable():
            raise BadInput(f"{where}: {name} holds a tab, a control or an invisible character; remove it")
    return {name: text.strip() for name, text in given.items()}


def _unknown(given: str, known: Any, what: str) -> str:
    return f"{quoted(given)}{meant(given, known)} is {what}; allowed: {', '.join(known)}"


def _letter(key: str) -> str:
    return key.removeprefix("num_").upper() if len(key.removeprefix("num_")) == 1 else key
