"""The methods of a study in words, to copy into a paper. What askew cannot know is left open in [brackets]."""

from collections.abc import Iterator, Sequence

from askew.errors import counted
from askew_analysis.report import excluded, timing
from askew_analysis.report.counts import Count, all_observers, conditions, counts, exposure_sentences, table
from askew_analysis.report.design import made
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.sessions import courses, screens, versions, without_record
from askew_analysis.report.wording import OVER, bounded, capital, confidence, joined, known, listed, some

PROGRAMS = ("askew", "psychopy", "psychtoolbox", "python")  # of sessions, that a paper names


def paragraphs(evidence: Evidence) -> tuple[str, ...]:
    """Participants, networks, pictures, task and timing, what was left out, statistics: a paragraph each."""
    groups = counts(evidence)
    told = (
        _participants(evidence, groups),
        _networks(evidence, groups),
        _pictures(evidence),
        _task(evidence, groups),
        _excluded(evidence),
        _statistics(evidence),
        _software(evidence),
    )
    return tuple(words for sentences in told if (words := " ".join(filter(None, sentences))))


def _participants(evidence: Evidence, groups: Sequence[Count]) -> Iterator[str]:
    people = [each for each in groups if each.kind == "human"]
    programs = [each for each in groups if each.kind == "simulated"]
    if people:
        yield f"{capital(all_observers(people))} took part ({_by_group(people)})."
        source = evidence.study.source.get("citation") if evidence.study else None
        if source:
            yield f"The data are those of {source.rstrip('.')} [who they were and how they were recruited: see there]."
        else:
            yield "[Age, gender and eyesight; how they were recruited and paid; consent and ethics approval.]"
    if programs:
        who = f"{all_observers(programs)} ({_by_group(programs)})"
        first = "Beside them, there are" if people else "No people took part. There are"
        yield f"{first} {who}: programs that stand in for people, so that their answers are no data of people."


def _by_group(groups: Sequence[Count]) -> str:
    words = some([f"{len(each.observers):,} in {each.group}" for each in groups], 12)
    total, different = (
        sum(len(each.observers) for each in groups),
        len({one for each in groups for one in each.observers}),
    )
    return words if total == different else f"{words}; some in more than one"


def _networks(evidence: Evidence, groups: Sequence[Count]) -> Iterator[str]:
    models = [each for each in groups if each.kind == "model"]
    if not models:
        return
    names = listed([f"{each.group}: {some(each.observers, 12)}" for each in models], 12)
    yield f"{capital(all_observers(models))} made the same choice ({names})."
    df = table(evidence)
    theirs, others = ({*df.loc[(df["kind"] == "model") == side, "stimulus"]} for side in (True, False))
    if others and theirs == others:
        yield f"They were given the same {counted(len(theirs), 'picture')}."
    elif theirs < others:
        yield f"They were given {len(theirs):,} of the {len(others):,} pictures that {evidence.who} had."
    elif others:
        yield f"They were given {counted(len(theirs), 'picture')}, {len(theirs & others):,} of them the same."
    scored = [facts for facts in evidence.sidecars.values() if facts.source.get("scorer") == "askew score"]
    if scored:
        ran = {name: version for facts in scored for name, version in facts.versions.items()}
        library = joined([f"{name} {ran[name]}" for name in ("torch", "timm") if name in ran])
        yield f"Their choice is the offered label with the highest score{f' ({library})' if library else ''}."
    yield "[Weights or versions, preprocessing, and prompts where there were any.]"


def _pictures(evidence: Evidence) -> Iterator[str]:
    shown_ones = int(table(evidence)["stimulus"].nunique())
    poses = conditions([*dict.fromkeys(evidence.found.trials["condition"].astype(str))])
    if not evidence.pictures:
        was, they = ("was", "it was") if shown_ones == 1 else ("were", "they were")
        yield f"{counted(shown_ones, 'picture')} {was} shown, in {poses}. [How {they} made.]"
        return
    pictures = evidence.pictures
    objects = len({one.object_id or one.class_label for one in pictures})
    of = f"{len(pictures):,}, of {counted(objects, 'object')}"
    yield f"The pictures ({of}) were {made(pictures)}, in {poses}."
    by_condition: dict[str, list[float]] = {}
    for one in pictures:
        if one.angle_from_upright is not None:
            by_condition.setdefault(one.condition, []).append(one.angle_from_upright)
    if by_condition:
        spans = [f"{min(turned):.0f} to {max(turned):.0f}° ({name})" for name, turned in by_condition.items()]
        yield f"Their angle from upright is {some(spans)}."
    else:
        yield "[By how much objects were turned, and how poses were chosen.]"
    if rules := sorted({one.alt_rule for one in pictures if one.alt_rule}):
        yield f"The other label was chosen by this rule: {listed(rules, 3)}."


def _task(evidence: Evidence, groups: Sequence[Count]) -> Iterator[str]:
    labels = sorted({n for each in groups for n in each.labels})
    among = f" among {joined([f'{n:,}' for n in labels], 'or')} labels" if labels else ""
    yield f"In each trial, the observer chose the name of the object shown{among}."
    people = [each for each in groups if each.kind != "model"]
    if not people:
        return
    yield from exposure_sentences(people, "were to see")
    if trials := courses(evidence):
        yield f"The course of a trial by protocol: {' '.join(f'{name}: {words}.' for name, words in trials.items())}"
    else:
        yield "[The course of a trial: fixation, masks, how answers were given.]"
    if any(each.kind == "simulated" for each in people):
        yield "To simulated observers nothing was shown on any display."
    if any(each.kind == "human" for each in people):
        if rates := sorted({f"{each.hz:g} Hz" for each in screens(evidence) if each.hz and not each.virtual}):
            yield f"Displays ran at {joined(rates)}."
        yield "[Monitor, viewing distance, luminance and room.]"
    yield timing.summary(evidence)


def _excluded(evidence: Evidence) -> Iterator[str]:
    yield excluded.summary(evidence)
    yield excluded.RULES[evidence.found.plan.missing]
    yield "[Whether and why sessions or observers were left out before this.]"


def _statistics(evidence: Evidence) -> Iterator[str]:
    found = evidence.found
    plan, level = found.plan, confidence(found.plan.level)
    yield (
        f"Accuracy is the unweighted mean of observers' proportions of right answers, with {level} intervals over "
        "observers: Clopper and Pearson's exact limits with Korn and Graubard's (1998) effective sample size."
    )
    for name, parts in (plan.combine or {}).items():
        yield f"The condition {name} is the unweighted mean of {joined([*parts])} for each observer."
    if tested := int(found.tests["p"].notna().sum()):
        word = "comparison" if evidence.study and "importer" in evidence.study.source else "planned comparison"
        planned = (
            counted(tested, word)
            if plan.contrasts
            else f"all {tested:,} comparisons"
            if tested > 1
            else "one comparison"
        )
        yield (
            "Accuracies were compared by Student's t tests over observers, paired where the same observers are on both "
            f"sides, with Holm's (1979) correction for {planned}, Hedges' g, Bayes factors with a JZS prior of scale "
            f"0.707 (Rouder et al., 2009), and two one-sided tests of equivalence within {bounded(plan.bound)}."
        )
    if (declared := len(plan.contrasts)) > tested:
        number = f"{tested:,}" if tested else "none"
        yield (
            f"Of {counted(declared, 'comparison')} that the study declares, {number} could be tested [which could not, "
            "and why]."
        )
    if (agreement := found.consistency) is not None:
        strata = " in each of them, and then averaged" if agreement.within else ""
        yield (
            "Error consistency is Cohen's kappa of two observers' right and wrong answers (Geirhos, Meding & Wichmann, "
            f"2020) in {conditions(found.consistency_conditions)}{strata}. Its {level} intervals come from "
            f"{agreement.resamples:,} joint resamples of a Bayesian bootstrap (Rubin, 1981) with a Dirichlet(1/2) "
            f"prior on each pair's table; those of group means and of their differences are over {OVER[plan.resample]}."
        )
        for group in dict.fromkeys(pool.group for pool in plan.pools):
            sizes = [len(pool.observers) for pool in plan.pools if pool.group == group]
            yield (
                f"For it, {sum(sizes):,} observers of {group}, who saw complementary parts of the pictures, were put "
                f"together into {len(sizes):,}."
            )
    if (mixed := found.mixed) is not None:
        sds = (("observers", mixed.sd_observer), ("pictures", mixed.sd_stimulus))
        random = [name for name, sd in sds if known(sd)]
        effects = f"random intercepts of {joined(random)}" if random else "no random effects"
        yield (
            f"A logistic mixed model of the answers of {evidence.who} ({mixed.formula}) has "
            f"{'crossed ' if len(random) == 2 else ''}{effects}. It was fitted by maximum likelihood with Laplace's "
            f"approximation; its {level} intervals are normal ones."
        )
    if found.exposure is not None:
        yield (
            "Psychometric functions of viewing time were fitted with psignifit 4 (Schütt, Harmeling, Macke & Wichmann, "
            "2016)."
        )
    if not found.networks.empty:
        yield (
            "Intervals of single networks are over pictures (Clopper & Pearson, 1934), and those of their falls are "
            "put together from two of them (Newcombe, 1998)."
        )


def _software(evidence: Evidence) -> Iterator[str]:
    facts = evidence.provenance
    libraries = joined([f"{name} {version}" for name, version in facts["libraries"].items()])
    yield f"Analyses were made with askew {facts['askew']} ({libraries}; seed {facts['seed']})."
    if bare := without_record(evidence):
        yield f"[How the answers in {some(bare, 3)} were recorded, for askew has no record of it.]"
    ran = versions(evidence)
    programs = [f"{name} {joined(ran[name])}" for name in PROGRAMS if name in ran]
    if programs:
        yield f"Sessions ran with {joined(programs)}."
