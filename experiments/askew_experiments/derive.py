"""From the journal to the record: the trials of a session as tables, which can be deleted and made again."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from askew.errors import BadInput
from askew.files import sha256
from askew.sidecar import Sidecar
from askew.study import Study
from askew.trial import Trial, write_trials
from askew_experiments.journal import journals, read_journal, status
from askew_experiments.plan import Plan
from askew_experiments.protocol import Protocol, parse_protocol

Records = Sequence[Mapping[str, Any]]


def planned(records: Records, where: object) -> tuple[Plan, Protocol]:
    """The plan that a journal begins with, and its protocol."""
    plan = Plan.of(records[0], where)
    return plan, parse_protocol(plan.protocol.text, f"{where}, protocol {plan.protocol.name}")


def trials_of(records: Records, where: object) -> list[Trial]:
    """The answered trials of a session, in the order of their indices. What was skipped has no trial."""
    plan, protocol = planned(records, where)
    by_index = {trial.index: trial for trial in plan.trials}
    found = []
    for record in records:
        if record["type"] != "trial":
            continue
        trial = by_index[record["index"]]
        answered = record["outcome"] == "answered"
        found.append(
            Trial(
                observer=plan.participant,
                kind="simulated" if plan.simulated else "human",
                group=protocol.group(trial.ms),
                session=plan.session,
                index=trial.index,
                set=plan.manifest["set"],
                stimulus=trial.stimulus,
                condition=trial.condition,
                presentation=presentation(protocol, masked=trial.masked),
                offered=trial.offered,
                truth=trial.truth,
                choice=record["choice"],
                outcome=record["outcome"],
                rt_ms=record["rt_ms"] if answered else None,
                rt_source=record["rt_source"] if answered else None,
                requested_ms=record["requested_ms"],
                achieved_ms=record["achieved_ms"],
                timing_valid=record["timing_valid"],
            )
        )
    return sorted(found, key=lambda trial: trial.index or 0)


def presentation(protocol: Protocol, *, masked: bool) -> str | None:
    """What a trial has in the column `presentation`: where only some are masked, which."""
    if protocol.mask.unmasked_too:
        return "masked" if masked else "unmasked"
    return protocol.head.presentation


def facts_of(records: Records, journal: Path, root: Path) -> Sidecar:
    """What all trials of a session share."""
    plan = Plan.of(records[0], journal)
    begun = next((record for record in records if record["type"] == "start"), None)
    hashes = {"protocol": plan.protocol.sha256, "manifest": plan.manifest["sha256"]}
    return Sidecar(
        source={
            "journal": journal.relative_to(root).as_posix(),
            "sha256": sha256(journal),
            "protocol": plan.protocol.name,
            "stream": plan.stream,
            "number": plan.number,
            "part": plan.part,
        },
        versions=dict(begun["versions"]) if begun else {},
        seed=plan.seed,
        hashes={name: digest for name, digest in hashes.items() if digest},
        display=dict(begun["display"]) if begun else {},
        clocks=_clocks(records),
        notes=tuple(_notes(plan, records)),
    )


def write_trial_tables(study: Study) -> list[Path]:
    """The table of every complete session that has none yet, or one of an earlier journal; returns those written.

    One that cannot be written does not keep the others from it: BadInput comes at the end.
    """
    written: list[Path] = []
    faults: list[str] = []
    for journal in journals(study.root):
        path = study.root / "trials" / f"{journal.parent.name}.csv"
        try:
            records = read_journal(journal)
            if status(records) == "complete" and write_trial_table(records, journal, study, path):
                written.append(path)
        except BadInput as error:
            faults.append(str(error))
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise BadInput(f"{faults[0]}{more}")
    return written


def write_trial_table(records: Records, journal: Path, study: Study, path: Path) -> bool:
    """The table of one session; False where it is there already, of the same journal."""
    from askew import sidecar  # noqa: PLC0415

    facts = facts_of(records, journal, study.root)
    if path.is_file():
        known = sidecar.read(path)
        if known == facts:
            return False
        if known is None or "journal" not in known.source:
            raise BadInput(f"{path}: is in the way, for it is no table of a session; move it")
    write_trials(path, trials_of(records, journal), facts)
    return True


def _clocks(records: Records) -> dict[str, str]:
    told = [record for record in records if record["type"] == "trial" and record["rt_ms"] is not None]
    if not told:
        return {}
    sources = "; or ".join(dict.fromkeys(record["rt_source"].partition("; ")[2] for record in told))
    off = max(record["rt_uncertainty_ms"] or 0.0 for record in told)
    return {
        "rt_ms": f"from the zero that rt_source names, by {sources}; off by at most {off:g} ms",
        "achieved_ms": "from the flip that showed the picture to the one that took it away; software time stamps, "
        "luminance not measured",
    }


def _notes(plan: Plan, records: Records) -> Iterator[str]:
    if plan.simulated:
        yield "a simulated participant, who is a program and not a person"
    runs = sum(record["type"] in {"start", "resume"} for record in records)
    if runs > 1:
        yield f"broken off and gone on with: {runs} runs, of which versions and display are the first's"
    again = [record["index"] for record in records if record["type"] == "trial" and record["seen_before"]]
    if again:
        yield f"trials {', '.join(map(str, again))} were shown again after an interruption; timing_valid is false"
    skipped = [record["index"] for record in records if record["type"] == "skipped"]
    if skipped:
        yield f"trials {', '.join(map(str, skipped))} were interrupted and have no answer"
    for record in records:
        if record["type"] in {"start", "resume"} and record.get("override"):
            yield f"preflight was overridden: {record['override']}"
