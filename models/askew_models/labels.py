"""What the outputs of a network are called, and which of them a picture's label means.

Outputs are found by the WordNet synset of a class, or by a label, and never by their number: heads of as many outputs
have them in different orders. A label that a head lacks is told with the reason, and nothing near is taken instead.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from askew.column import checked_text
from askew.errors import BadCell, BadInput, meant, quoted
from askew.study import read_text
from askew_models.categories import CATEGORIES, category
from askew_models.imagenet import CLASSES, SETS, called, described, is_synset, synsets

NO_ALIASES: Mapping[str, str] = {}


@dataclass(frozen=True)
class LabelSet:
    """The keys of a network's outputs, in their order: synsets for the classes of ImageNet, else labels.

    >>> LabelSet("kitchen", ("mug", "bowl")).places["bowl"]
    1
    """

    name: str
    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse keys that could not be told apart."""
        _check(self.name, self.keys, lambda number: f"labels {self.name}, output {number}")

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The output of each key, counted from 0."""
        return {key: place for place, key in enumerate(self.keys)}

    @cached_property
    def by_synset(self) -> bool:
        """Whether outputs are named by synsets, so that a class is there or is not."""
        return any(map(is_synset, self.keys))

    @cached_property
    def is_imagenet(self) -> bool:
        """Whether the outputs are the classes of ImageNet-1k, in whatever order."""
        return len(self.keys) == len(synsets(CLASSES)) and {*self.keys} == {*synsets(CLASSES)}


@dataclass(frozen=True)
class Meaning:
    """The outputs that a label stands for; where there are none, why; and how many classes of it the head lacks."""

    outputs: tuple[int, ...] = ()
    reason: str = ""
    lacking: int = 0


def label_set(name: str, folder: Path | None = None) -> LabelSet:
    """The label set of this name, or that of a text file with one key a line, which is looked for in the folder."""
    if name in SETS:
        return _bundled(name)
    if not name.lower().endswith(".txt"):
        raise BadInput(
            f"labels {quoted(name)}{meant(name, SETS)}: there is no such label set; there are {', '.join(SETS)}; or "
            "name a .txt file with one key a line"
        )
    path = Path(name) if folder is None else folder / name
    lines = read_text(path, missing=f"{path}: there is no such file of labels").splitlines()
    _check(str(path), lines, lambda number: f"{path}, line {number}")
    return LabelSet(path.stem, tuple(lines))


def meaning(
    label: str,
    classes: Collection[int],
    head: LabelSet,
    aliases: Mapping[str, str] = NO_ALIASES,
    may_be_category: bool = False,
) -> Meaning:
    """The outputs of a head that a label means.

    `classes` are the classes of ImageNet-1k that the manifest gives with it. They come first, then an output that is
    called as the label is, then aliases. A label without classes may besides be a category of the benchmark, where that
    is allowed, or exactly the name of one class of ImageNet-1k.

    >>> meaning("mug", {504}, label_set("imagenet-1k"))
    Meaning(outputs=(504,), reason='', lacking=0)
    >>> meaning("teddy", {850}, label_set("imagenet-22k")).reason
    'imagenet-22k has no n04399382 (teddy, teddy bear)'
    """
    for keys in _readings(label, classes, head, aliases, may_be_category):
        outputs = sorted({head.places[key] for key in keys if key in head.places})
        if outputs:
            return Meaning(tuple(outputs), lacking=sum(key not in head.places for key in keys))
    return Meaning(reason=_why_not(label, classes, head, aliases, may_be_category))


@cache
def _bundled(name: str) -> LabelSet:
    return LabelSet(name, synsets(name))


def _readings(
    label: str, classes: Collection[int], head: LabelSet, aliases: Mapping[str, str], may_be_category: bool
) -> Iterator[Sequence[str]]:
    """The keys that a label may stand for; the first of which the head has any are the ones."""

    def or_aliases(keys: Sequence[str]) -> list[str]:
        return [key if key in head.places else aliases.get(key, key) for key in keys]

    own = [synsets(CLASSES)[index] for index in sorted(classes)]
    if any(key in head.places for key in own):
        yield or_aliases(own)
    yield [label]
    yield or_aliases(own)
    yield or_aliases([label])
    if not classes and head.by_synset:
        if may_be_category and label in CATEGORIES:
            yield or_aliases(category(label))
        if len(named := called(label)) == 1:
            yield or_aliases([synsets(CLASSES)[named[0]]])


def _why_not(
    label: str, classes: Collection[int], head: LabelSet, aliases: Mapping[str, str], may_be_category: bool
) -> str:
    named = called(label)
    wanted = [synsets(CLASSES)[index] for index in sorted(classes or named)]
    if not head.by_synset:
        return f"{head.name} has no {quoted(label)}{_nor([*wanted, label], aliases)}"
    if not classes and may_be_category and label in CATEGORIES:
        return f"{head.name} has no class of the category {quoted(label)}"
    if not classes and len(named) != 1:
        several = f"the name of {len(named)} classes ({', '.join(wanted)})"
        wrong = several if named else "the name of no class"
        return f"{quoted(label)} is {wrong} of ImageNet-1k{_nor([label], aliases)}; give class_index or an alias"
    more = f" and {len(wanted) - 1} more of {quoted(label)}" if len(wanted) > 1 else ""
    return f"{head.name} has no {described(wanted[0])}{more}{_nor([*wanted, label], aliases)}"


def _nor(names: Sequence[str], aliases: Mapping[str, str]) -> str:
    """What was looked for instead, and is not there either."""
    return "".join(f", nor its alias {described(aliases[name])}" for name in names if name in aliases)


def _check(name: str, keys: Sequence[str], where: Callable[[int], str]) -> None:
    if len(keys) < 2:
        raise BadInput(f"labels {name}: names {len(keys)} outputs; a choice needs two or more, one key a line")
    first: dict[str, int] = {}
    for number, key in enumerate(keys, start=1):
        try:
            checked_text("label", key)
        except BadCell as error:
            raise BadInput(f"{where(number)}: {error.message}") from None
        if first.setdefault(key, number) != number:
            raise BadInput(f"{where(number)}: repeats {quoted(key)} of {first[key]}; give each output its own")
