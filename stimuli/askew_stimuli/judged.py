"""What one network made of each picture, in people's terms: whether it was right, and what it took it for instead."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from askew.errors import BadInput
from askew_stimuli.picture import Picture
from askew_stimuli.scores import Score, Scored
from askew_stimuli.synonyms import Synonyms


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate and what the network made of it; synonyms of the truth count as the truth."""

    picture: Picture
    model: str
    weights_sha256: str | None
    p_true: float
    rank: int
    alternative: Score | None  # None where no wrong class that was listed can be offered

    @property
    def correct(self) -> bool:
        """Whether the most probable class is the truth."""
        return self.rank == 1


def judged(scored: Iterable[Scored], synonyms: Synonyms, labels: Mapping[int, str]) -> Iterator[Judged]:
    """Each candidate with the rank and probability of its truth, and the most probable wrong class to offer beside it.

    `labels` are the manifest's. Not offered are synonyms of the truth, classes with its label, and classes that people
    cannot name; a class that the manifest names is one that they can.
    """
    for picture, scores in scored:
        if picture.class_index is None:
            raise BadInput(
                f"picture {picture.image_id}: has no class_index, so scores cannot be compared with its truth"
            )
        same = synonyms.of(picture.class_index)
        right = [score for score in scores if score.class_index in same]
        named = (
            replace(score, class_label=labels.get(index) or synonyms.names.get(index, score.class_label))
            for score in scores
            if (index := score.class_index) not in same and (index in labels or index not in synonyms.unnameable)
        )
        yield Judged(
            picture,
            scores[0].model,
            scores[0].weights_sha256,
            p_true=min(1.0, sum(score.probability for score in right)),
            rank=min(score.rank for score in right),
            alternative=next((score for score in named if score.class_label != picture.class_label), None),
        )
