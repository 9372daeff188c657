"""Who made a data set and who may use it: dataset.toml in the study, for exports that have a place for it.

Nobody has to write one. What it does not say, no export makes up.
"""

from dataclasses import dataclass
from typing import Annotated

from askew.column import Column
from askew.settings import check, settings
from askew.study import Study, read_toml

NAME = "dataset.toml"


@dataclass(frozen=True, kw_only=True)
class Credits:
    """What dataset.toml may say."""

    description: Annotated[str | None, Column("what the data set is, in a sentence or more")] = None
    authors: Annotated[tuple[str, ...] | None, Column("who made it; never participants")] = None
    licence: Annotated[str | None, Column("licence of the data, such as CC0-1.0 or CC-BY-4.0")] = None
    institution: Annotated[str | None, Column("where the sessions were run")] = None
    department: Annotated[str | None, Column("in which department of it")] = None
    address: Annotated[str | None, Column("the institution's address")] = None
    acknowledgements: Annotated[str | None, Column("who else is thanked")] = None
    cite: Annotated[str | None, Column("how the data set is to be cited")] = None
    funding: Annotated[tuple[str, ...] | None, Column("who paid, with numbers of grants")] = None
    ethics: Annotated[tuple[str, ...] | None, Column("who approved the study, with numbers of approvals")] = None
    references: Annotated[tuple[str, ...] | None, Column("papers and pages that belong to it")] = None
    doi: Annotated[str | None, Column("digital object identifier of the data set")] = None
    keywords: Annotated[tuple[str, ...] | None, Column("words to find it by")] = None

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)


def read_credits(study: Study) -> Credits:
    """What the study says of its data set; nothing where it has no dataset.toml."""
    path = study.file(NAME)
    if not path.exists():
        return Credits()
    return settings(Credits, path, read_toml(path, missing=f"{path}: is gone"))
