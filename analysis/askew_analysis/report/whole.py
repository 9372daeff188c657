"""The whole report: what has to be known first, and the sections in their order."""

from askew_analysis.report import (
    accuracy,
    agreement,
    contrasts,
    design,
    excluded,
    gist,
    methods,
    mixed,
    networks,
    pictures,
    published,
    timing,
)
from askew_analysis.report.blocks import Note, Report
from askew_analysis.report.evidence import Evidence

SECTIONS = (
    gist.section,
    published.section,
    design.section,
    timing.section,
    accuracy.section,
    agreement.section,
    contrasts.section,
    mixed.section,
    networks.section,
    pictures.section,
    excluded.section,
    methods.section,
)
QUESTION = (
    "Do people and networks recognise objects in unusual poses in the same way, and how does the answer change with "
    "viewing time?"
)


def build(evidence: Evidence) -> Report:
    """The report of what was found."""
    study = evidence.study
    return Report(
        title=(study.title or study.name) if study else "Tables of trials",
        question=QUESTION,
        notes=_notes(evidence),
        sections=tuple(section for tell in SECTIONS if (section := tell(evidence)) is not None),
    )


def _notes(evidence: Evidence) -> tuple[Note, ...]:
    if not evidence.simulated:
        return ()
    people = "human" in evidence.found.kinds.values()
    return (
        Note(
            "Some participants are simulated" if people else "All participants are simulated",
            "They are programs that play participants. Their answers and times are no data of people, and nothing here "
            "is evidence of how people see.",
            "caution",
        ),
    )
