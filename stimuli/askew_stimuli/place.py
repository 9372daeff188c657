"""Where a set that is made of another may lie: in a new folder, and not in the other."""

from pathlib import Path

from askew.errors import BadInput
from askew.files import lies_in
from askew.new import refuse_taken


def refuse_place(source: Path, out: Path) -> None:
    """Refuse a folder in the set or study that a set is to be made of, and one where something is already."""
    if lies_in(out, source):
        raise BadInput(f"{out}: lies in {source}, the set that it would be made of; name a folder elsewhere")
    refuse_taken(out)
