"""Which weights a study has used under a name: so that others, under the same name, are noticed."""

import json
from pathlib import Path

from askew.errors import BadInput
from askew.files import write_text
from askew_models.card import Card


def place_of_seen(folder: Path, card: Card) -> Path:
    """The file that keeps the hash."""
    return folder / "weights" / f"{card.name}.json"


def first_seen(folder: Path, card: Card) -> str | None:
    """The hash that the weights of a card had when the study first used them; None if it has not."""
    place = place_of_seen(folder, card)
    try:
        document = json.loads(place.read_text(encoding="utf-8"))
        return str(document["sha256"]) if document["source"] == _source(card) else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise BadInput(f"{place}: cannot be read as the hash of weights; restore it, or remove it") from None


def keep_seen(folder: Path, card: Card, weights_sha256: str) -> None:
    """Write down which weights a card had at first use."""
    document = {"source": _source(card), "sha256": weights_sha256}
    write_text(place_of_seen(folder, card), json.dumps(document, indent=2) + "\n")


def _source(card: Card) -> dict[str, object]:
    """Where its weights come from. A file's own hash is in the card's identity, so another file is no surprise."""
    return {name: value for name, value in sorted(card.identity().items()) if name not in {"labels", "preprocessing"}}
