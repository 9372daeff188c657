"""How many people and pictures a study needs: simulate it many times, analyse each as one would, and count."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv
from threadpoolctl import threadpool_limits

from askew.errors import BadInput, counted, meant, quoted
from askew.processes import cores, deaf
from askew_analysis.consistencies import consistency
from askew_analysis.mixed import mixed_model
from askew_analysis.simulation import MODELS, Design, simulate, whole

Doubles = NDArray[np.float64]
FEW_SECONDS = 4.0  # below, starting processes takes longer than it saves
CHUNK_SECONDS = 1.0  # what a process does between two reports, and the longest wait after Ctrl-C


@dataclass(frozen=True)
class Task:
    """Some simulations of one size of the study; `place` and `first` say which."""

    place: int
    first: int
    design: Design
    seeds: Sequence[np.random.SeedSequence]
    alpha: float
    resamples: int


Done = tuple[Task, Doubles, float]  # answers: simulations x questions x 4; seconds
Crew = Callable[[Sequence[Task]], Iterator[Done]]


@dataclass(frozen=True, eq=False)
class Power:
    """What `plan_power` found. `table` has one row per question and size of the study:

    - observers, images, trials: the size; `trials` are those of all people together.
    - kind, question: a contrast of the mixed model, or an error consistency (kappa) or a difference of two.
    - power, mc_se, power_low, power_high: share of all simulations whose interval excludes 0 (for contrasts: whose Wald
      test has p < alpha), its Monte Carlo standard error, and its 95 % interval (Clopper-Pearson). A simulation without
      an estimate counts as one that found nothing.
    - truth, mean_estimate, bias, coverage, width: what was planted, the mean estimate, their difference, the share of
      intervals that hold the truth, and the mean width of the intervals, over simulations with an estimate.
    - simulations, n_failed: how many were run, and how many gave no estimate: the fit did not converge, a cell of the
      contrast was all right or all wrong, or no pair had a kappa. `note` says why where nothing can be estimated.
    """

    table: pd.DataFrame
    design: Design
    simulations: int
    seed: int
    alpha: float

    def needed(self, power: float = 0.8, question: str | None = None) -> str:
        """In words, for each question: the smallest study (fewest trials) that reaches the power, or that none does."""
        if not 0 < power < 1:
            raise BadInput(f"power={quoted(power)} is given; it lies between 0 and 1, such as 0.8")
        known = [*dict.fromkeys(self.table["question"])]
        if question is not None and question not in known:
            raise BadInput(f"no question {quoted(question)}{meant(question, known)}; there are: {'; '.join(known)}")
        chosen = known if question is None else [question]
        return "\n".join(f"{each}: {self._answer(each, power)}" for each in chosen)

    def _answer(self, question: str, power: float) -> str:
        rows = self.table[self.table["question"] == question].sort_values(["trials", "observers"])
        possible = rows[rows["note"] == ""]
        if possible.empty:
            return str(rows.iloc[-1]["note"])
        if abs(rows["truth"].iloc[0]) < 1e-9:
            shares = possible["power"]
            return f"no difference is planted; {_span(shares.min(), shares.max())} of simulations find one all the same"
        enough = possible[possible["power"] >= power]
        best = possible.sort_values(["power", "trials"]).iloc[-1] if enough.empty else enough.iloc[0]
        digits = 3 if enough.empty else 2  # 0.797 is no 0.80
        found = " to ".join(f"{best[name]:.{digits}f}" for name in ("power_low", "power_high"))
        found = f"{best['power']:.{digits}f}, {found}"
        if best["n_failed"]:
            found += f"; {best['n_failed']} of {best['simulations']} simulations without an estimate"
        size = (
            f"{best['observers']} observers{'' if self.design.within else ' per exposure'} and {best['images']} images"
        )
        if not enough.empty:
            return f"{size} (power {found})"
        return f"none of these studies reaches {power:g}; the nearest, {size}, has {found}"


def plan_power(
    design: Design | None = None,
    *,
    observers: Iterable[int] = (12, 24, 48),
    images: Iterable[int] = (48, 96, 192),
    effect: float | None = None,
    simulations: int = 200,
    seed: int = 0,
    alpha: float = 0.05,
    resamples: int = 500,
    processes: int | None = None,
    progress: bool = True,
    announce: Callable[[str], None] | None = None,
) -> Power:
    """Power of the mixed model's contrasts and width of the kappas' intervals for each size of a study.

    Each simulation draws a table of trials from the design, fits `mixed_model` to the people and asks it for the effect
    of rotation at each exposure, and how it differs from that at the longest one; and takes `consistency` of people and
    models for rotated pictures at `design.kappa_exposure`, people who saw complementary lists pooled, with intervals
    over images. `observers` are those at each exposure (of all, if the design is `within`), `images` those of the set.
    `effect` sets the interaction in logits (see `Design.with_interaction`); with 0, power is the rate of false alarms.

    The same seed gives the same numbers on any number of processes (all processors unless given). In a script, call it
    below `if __name__ == "__main__":`, for each process reads the script. `announce` is told how long it will take.

    >>> small = Design(accuracies={"40ms": (0.9, 0.7), "unlimited": (0.95, 0.95)}, models=0)
    >>> found = plan_power(small, observers=[6], images=[24], simulations=2, processes=1, progress=False)
    >>> found.table.loc[0, ["question", "kind"]].tolist()
    ['rotation x exposure, 40ms against unlimited', 'contrast']
    """
    design = design or Design()
    if effect is not None:
        design = design.with_interaction(effect)
    _check(alpha, simulations=simulations, resamples=resamples, processes=1 if processes is None else processes)
    whole("seed", seed, 0)
    sizes = [(n, t) for n in _sizes(observers, "observers") for t in _sizes(images, "images")]
    designs = [replace(design, observers=n, images=t) for n, t in sizes]
    # A size has its own seeds, whichever others are asked for beside it.
    seeds = [np.random.SeedSequence([seed, n, t]).spawn(simulations) for n, t in sizes]
    found = [np.full((simulations, len(questions(each)), 4), np.nan) for each in designs]

    def task(place: int, first: int, last: int) -> Task:
        return Task(place, first, designs[place], seeds[place][first:last], alpha, resamples)

    few = simulations * sum(0.04 + 8e-6 * each.trials for each in designs) < FEW_SECONDS
    workers = min(processes or (1 if few else cores()), len(sizes) * simulations)
    seconds = np.zeros(len(sizes))
    with _crew(workers) as crew:
        for of, answers, took in crew([task(place, 0, 1) for place in range(len(sizes))]):
            found[of.place][:1], seconds[of.place] = answers, took
        parts = [
            task(place, first, first + size)
            for place in np.argsort(-seconds, kind="stable").tolist()  # the longest first, lest one be waited for
            for size in [int(np.clip(CHUNK_SECONDS / max(seconds[place], 1e-3), 1, 50))]
            for first in range(1, simulations, size)
        ]
        words = f"{counted(len(sizes), 'size')} of the study x {counted(simulations, 'simulation')}, "
        words += f"about {_duration(float(seconds.sum()) * (simulations - 1) / workers)}"
        if announce is not None:
            announce(f"{words} on {workers} process{'' if workers == 1 else 'es'}")
        for of, answers, _ in _watched(crew(parts), words if progress else None, len(parts)):
            found[of.place][of.first : of.first + len(answers)] = answers
    table = pd.concat([_summary(*pair) for pair in zip(designs, found, strict=True)], ignore_index=True)
    order = table["question"].map({name: place for place, (_, name, _) in enumerate(questions(design))})
    table = table.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)
    return Power(table=table, design=design, simulations=simulations, seed=seed, alpha=alpha)


def questions(design: Design) -> list[tuple[str, str, float]]:
    """What is asked of each simulated study: kind, question, and the true answer."""
    last = design.reference
    found = [
        ("contrast", f"rotation x exposure, {each} against {last}", design.pose_effect(each) - design.pose_effect(last))
        for each in design.exposures[:-1]
    ]
    found += [("contrast", f"rotated against upright at {each}", design.pose_effect(each)) for each in design.exposures]
    kappas = design.kappas()
    found.append(("kappa", f"kappa of people at {design.shown}", kappas["human-human"]))
    if design.models:
        found.append(("kappa", f"kappa of people with models at {design.shown}", kappas["human-model"]))
        gap = kappas["human-human"] - kappas["human-model"]
        found.append(("kappa", f"kappa of people minus people with models at {design.shown}", gap))
    return found


def _one(design: Design, seed: np.random.SeedSequence, alpha: float, resamples: int) -> Doubles:
    """One simulated study: for each question the estimate, the ends of its interval, and whether it excludes 0."""
    rng = np.random.default_rng(seed)
    df = simulate(design, rng)
    return np.array([*_contrasts(df, design, alpha), *_kappas(df, design, alpha, resamples, int(rng.integers(2**32)))])


def _contrasts(df: pd.DataFrame, design: Design, alpha: float) -> list[Doubles]:
    """The differences of rotation's effect from that at the longest exposure, then the effects."""
    count = 2 * len(design.exposures) - 1
    people = df[df["group"] != MODELS]
    people = people.assign(cell=people["group"] + " " + people["condition"])
    try:
        model = mixed_model(people, "correct ~ 0 + cell", level=1 - alpha)
        effects = [{f"cell[{each} rotated]": 1.0, f"cell[{each} upright]": -1.0} for each in design.exposures]
        against = [{**each, **{term: -weight for term, weight in effects[-1].items()}} for each in effects[:-1]]
        found = [model.contrast(weights) for weights in (*against, *effects)]
    except BadInput:  # nothing to fit: all answers right, or a cell lost to missing answers
        return [np.full(4, np.nan)] * count
    # Without a finite value in some cell (separation) contrasts of the others are sound; without convergence none is.
    sound = model.at_maximum
    return [np.array([c.estimate, c.ci_low, c.ci_high, c.p < alpha]) * (1.0 if sound else np.nan) for c in found]


def _kappas(df: pd.DataFrame, design: Design, alpha: float, resamples: int, seed: int) -> list[Doubles]:
    people, level = design.shown, 1 - alpha
    count = 3 if design.models else 1
    chosen = df[df["group"].isin([people, MODELS]) & (df["condition"] == "rotated") & df["pool"].notna()]
    try:
        found = consistency(chosen, by="pool", seed=seed, resamples=resamples, threads=1)
        rows = [found.mean(people, level=level)]
        if design.models:
            between = (people, MODELS)
            rows += [found.mean(*between, level=level), found.contrast(people, between, level=level)]
    except BadInput:  # one observer alone, or nobody
        return [np.full(4, np.nan)] * count
    values = []
    for row in rows:
        estimate, low, high = float(row.get("mean", row.get("difference"))), row["ci_low"], row["ci_high"]
        values.append(np.array([estimate, low, high, low > 0 or high < 0]))
    return values


def _summary(design: Design, answers: Doubles) -> pd.DataFrame:
    rows = []
    for place, (kind, question, truth) in enumerate(questions(design)):
        estimate, low, high, found = answers[:, place].T
        known = np.isfinite(estimate) & np.isfinite(low) & np.isfinite(high)
        simulations, positive = len(known), int((found[known] == 1).sum())
        note = _impossible(design, question)
        power = np.nan if note else positive / simulations
        ends = (np.nan, np.nan) if note else _interval(positive, simulations)
        holds = (low[known] <= truth) & (truth <= high[known])
        some = bool(known.any())
        mean = float(estimate[known].mean()) if some else np.nan
        rows.append(
            {
                "observers": design.observers,
                "images": design.images,
                "trials": round(design.trials),
                "kind": kind,
                "question": question,
                "power": power,
                "mc_se": float(np.sqrt(power * (1 - power) / simulations)),
                "power_low": ends[0],
                "power_high": ends[1],
                "truth": truth,
                "mean_estimate": mean,
                "bias": mean - truth,
                "coverage": float(holds.mean()) if some else np.nan,
                "width": float((high - low)[known].mean()) if some else np.nan,
                "simulations": simulations,
                "n_failed": int((~known).sum()),
                "note": note,
            }
        )
    return pd.DataFrame(rows)


def _impossible(design: Design, question: str) -> str:
    """Why a kappa of people cannot be had from this design; empty where it can."""
    sets = design.observers // design.complete
    least = 1 if "with models" in question and "minus" not in question else 2
    if not question.startswith("kappa") or sets >= least:
        return ""
    return (
        f"{design.complete} people together see every picture once, and {least * design.complete} observers are needed "
        "to compare them"
    )


def _interval(positive: int, count: int) -> tuple[float, float]:
    """The Clopper-Pearson 95 % interval of a share."""
    low = float(betaincinv(positive, count - positive + 1, 0.025)) if positive else 0.0
    high = float(betaincinv(positive + 1, count - positive, 0.975)) if positive < count else 1.0
    return low, high


@contextmanager
def _crew(workers: int) -> Iterator[Crew]:
    """What does tasks, here or in processes of its own, and gives their results as they come."""
    if workers == 1:
        _ready()
        yield lambda tasks: map(_run, tasks)
        return
    # Not forked, for a copy of a process with threads may wait for ever.
    with ProcessPoolExecutor(workers, get_context("spawn"), _ready) as pool:

        def shared(tasks: Sequence[Task]) -> Iterator[Done]:
            with deaf():
                futures = [pool.submit(_run, task) for task in tasks]
            return (future.result() for future in as_completed(futures))

        try:
            yield shared
        except BrokenProcessPool:
            raise BadInput(
                "the processes that simulate ended; in a script, call plan_power below `if __name__ == '__main__':`, "
                "or give processes=1"
            ) from None
        finally:  # after Ctrl-C and errors, too: what has not begun is not done any more
            pool.shutdown(wait=True, cancel_futures=True)


def _ready() -> None:
    """Load what is slow to load, so that the time of the first simulation is that of the others."""
    _one(Design(accuracies={"40ms": (0.9, 0.7)}, images=12, models=1), np.random.SeedSequence(0), 0.05, 10)


def _run(task: Task) -> Done:
    start = perf_counter()
    # The matrices are small: BLAS on several threads waits for them most of the time (measured: 12 times as long).
    with threadpool_limits(limits=1):
        answers = np.stack([_one(task.design, seed, task.alpha, task.resamples) for seed in task.seeds])
    return task, answers, perf_counter() - start


def _watched(items: Iterator[Done], words: str | None, total: int) -> Iterator[Done]:
    if words is None:
        yield from items
        return
    from askew_stimuli.progress import tracked  # noqa: PLC0415  typer and rich are for those who look

    yield from tracked(items, words, total)


def _sizes(given: Any, what: str) -> list[int]:
    found = [*given] if isinstance(given, Iterable) and not isinstance(given, str) else []
    if not found:
        raise BadInput(f"{what}={quoted(given)} is given; give one or several numbers, as in (12, 24)")
    for value in found:
        whole(what, value, 2)
    return sorted({int(value) for value in found})


def _check(alpha: Any, **numbers: Any) -> None:
    for name, value in numbers.items():
        whole(name, value, 1)
    if not isinstance(alpha, float) or not 0 < alpha < 0.5:
        raise BadInput(f"alpha={quoted(alpha)} is given; it lies between 0 and 0.5, such as 0.05")


def _duration(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _span(low: float, high: float) -> str:
    return f"{low:.3f}" if low == high else f"{low:.3f} to {high:.3f}"
