"""The terms of the usual mixed model in words, for nobody should have to know how a formula codes its groups."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from askew_analysis.comparison import Comparison
from askew_analysis.report.wording import some


@dataclass(frozen=True)
class Reading:
    """What a formula asks, and what each of its terms is. Terms of a formula that somebody wrote have no words."""

    words: str
    interacts: bool
    terms: Mapping[str, str] = field(default_factory=dict)


def reading(found: Comparison) -> Reading:
    """The formula of the comparison's mixed model in words."""
    formula = found.mixed.formula if found.mixed else ""
    if found.plan.formula:
        quoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", formula)
        words = (
            "The formula was given and is not the usual one. A term with a level in brackets compares that level with "
            "the reference, which is the level that has no term."
        )
        return Reading(words, "*" in quoted or ":" in quoted)
    groups = [group for group in found.groups if found.kinds[group] != "model"]
    coded = {group: f"C(group, Treatment({group!r}))" for group in groups}
    reference = next((group for group, code in coded.items() if code in formula), None)
    by_group = {} if reference is None else {g: f"{coded[reference]}[T.{g}]" for g in groups if g != reference}
    people = found.trials[found.trials["kind"] != "model"]
    poses = sorted(people["condition"].unique())
    if len(poses) < 2:
        by_pose, base = {}, ""
    elif "C(condition)" in formula:
        by_pose, base = {pose: f"C(condition)[T.{pose}]" for pose in poses[1:]}, str(poses[0])
    else:
        by_pose, base = {"rotated": "rotated"}, "upright"
    return Reading(
        _words(reference, by_group, by_pose, base),
        bool(by_group and by_pose),
        _terms(reference, by_group, by_pose, base),
    )


def _words(reference: str | None, by_group: Mapping[str, str], by_pose: Mapping[str, str], base: str) -> str:
    if not by_group and not by_pose:
        return "The formula has no terms but the intercept: there is one group in one condition."
    told = "In words: "
    parts = []
    if by_group:
        parts.append(
            f"{some([*by_group])} {'is' if len(by_group) == 1 else 'are'} compared with {reference} (the reference)"
        )
    if by_pose:
        verb = "" if by_group else " are compared"
        parts.append(f"{some([*by_pose])} pictures{verb} with {base} ones")
    told += " and ".join(parts) + "."
    if by_group and by_pose:
        told += (
            f" The interaction (×) asks whether the step from {base} to {some([*by_pose], 2)} is larger or smaller in "
            f"a group than in {reference}."
        )
    return told


def _terms(reference: str | None, by_group: Mapping[str, str], by_pose: Mapping[str, str], base: str) -> dict[str, str]:
    both = bool(by_group and by_pose)
    start = ", ".join(part for part in (reference, f"{base} pictures" if base else "") if part)
    found = {"Intercept": f"where it starts: {start}" if start else "all answers"}
    found |= {term: f"{g} against {reference}{f', {base} pictures' * both}" for g, term in by_group.items()}
    found |= {term: f"{pose} against {base}{f', in {reference}' * both}" for pose, term in by_pose.items()}
    for group, one in by_group.items():
        for pose, other in by_pose.items():
            found[f"{one}:{other}"] = f"{group} × {pose}: its step from {base} to {pose}, against that in {reference}"
    return found
