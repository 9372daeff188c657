"""A study for showing what askew does: its pictures come with askew, and programs take the place of people.

The demo and the study in data/example are made by these steps, in two sizes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from askew.declared import Contrast, Pool
from askew.files import write_text
from askew.steps import Step
from askew.study import Study

EXPOSURES = ("40ms", "150ms", "unlimited")  # the groups; the protocols of askew are called after them
NETWORKS = "bundled-networks"
PROTOCOL = "unusual_poses_{}"
POSES = 3  # of each object; everybody sees it in one of them, so that so many people see all pictures
CONTRASTS = (
    *(
        Contrast(a=a, b=b, condition="rotated")
        for a, b in (("unlimited", "40ms"), ("150ms", "40ms"), ("unlimited", "150ms"), ("unlimited", NETWORKS))
    ),
    *(Contrast(a="upright", b="rotated", group=group) for group in (*EXPOSURES, NETWORKS)),
)

ABOUT = """\
**The participants of this study are programs, not people.** It shows what a study looks like, and is evidence of
nothing. Every command works on it; for people, make a study of your own (`askew new`).

{made}
"""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large such a study is: a set that comes with askew, and how many see it at each exposure."""

    title: str
    set: str
    participants: int
    masks: tuple[str, ...] = ()  # more words for `askew stimuli masks`
    made: str  # a sentence for its README


def steps_of(folder: Path, place: str, size: Size, seed: int) -> list[Step]:
    """The commands that make the study; `place` is its folder as they name it."""
    number = str(size.participants)
    shown = (
        f"{number} simulated participants see each picture for 40 ms (programs, not people)",
        f"{number} other simulated participants, for 150 ms",
        f"{number} other simulated participants, for as long as they like",
    )
    simulate = ("session", "simulate", place, "--participants", number, "--protocol")
    return [
        Step(
            title="a folder for the study",
            words=("new", place, "--title", size.title, "--seed", str(seed)),
            then=partial(declare, folder, size),
        ),
        Step(
            title="pictures of everyday objects, upright and in unusual poses",
            words=("stimuli", "render", "--set", size.set, "--out", f"{place}/stimuli"),
        ),
        Step(title="masks, which follow brief pictures", words=("stimuli", "masks", place, *size.masks)),
        *(
            Step(title=title, words=(*simulate, PROTOCOL.format(exposure)))
            for title, exposure in zip(shown, EXPOSURES, strict=True)
        ),
        Step(title="two small networks make the same choice", words=("score", place, "--lineup", "bundled")),
        Step(title="simulated participants and networks are compared", words=("compare", place)),
        Step(title="the report", words=("report", place)),
    ]


def declare(folder: Path, size: Size) -> None:
    """Say in a new study that its participants are programs, what is compared, and who saw complementary pictures."""
    study = Study.open(folder)
    replace(study, simulated=True, contrasts=CONTRASTS, pools=tuple(_pools(size.participants))).write()
    readme = folder / "README.md"
    head, _, rest = readme.read_text(encoding="utf-8").split("\n\n", 2)
    write_text(readme, f"{head}\n\n{ABOUT.format(made=size.made)}\n{rest}")


def _pools(participants: int) -> Iterator[Pool]:
    """Three after three in the order in which they come, for that is how pictures are dealt to them.

    >>> [pool.observers for pool in _pools(3)][1]
    ('sub-sim04', 'sub-sim05', 'sub-sim06')
    """
    number = 0
    for group in EXPOSURES:
        for place in range(participants // POSES):
            observers = tuple(f"sub-sim{number + one:02d}" for one in range(1, POSES + 1))
            yield Pool(name=f"{group}-{place + 1}", group=group, observers=observers)
            number += POSES
