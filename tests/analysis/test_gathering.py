"""What a command compares: simulated observers, and the plan of the study."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from askew.command import main
from askew.declared import Contrast, Pool, Subgroup
from askew.errors import BadInput, WrongCall
from askew.study import Study
from askew.trial import Trial, write_trials
from askew_analysis.gathering import Gathered, gather
from askew_analysis.results import provenance

Make = Callable[..., Trial]


def gathered(*places: Path, **options: Any) -> Gathered:
    """What is gathered with the options' defaults, but for those given."""
    usual: dict[str, Any] = {
        "simulated": False,
        "seed": None,
        "resamples": 200,
        "resample": "images",
        "missing": "drop",
        "level": 0.95,
        "bound": 0.05,
        "formula": None,
        "invalid_timing": False,
    }
    return gather(places, **{**usual, **options})


def study_in(root: Path, trials: list[Trial], **said: Any) -> Study:
    """A study of one table."""
    study = Study(root=root, name="small", **said)
    study.write()
    write_trials(root / "trials" / "a.csv", trials)
    return study


def test_a_study_that_says_it_is_simulated_needs_no_flag(tmp_path: Path, trial: Make) -> None:
    trials = [trial(observer=name) for name in "ab"]
    with pytest.raises(BadInput) as error:
        gathered(study_in(tmp_path / "silent", trials).root)
    assert str(error.value) == (
        "2 trials are of simulated observers such as a, who are programs and not people, and there are no people to "
        "compare; take them nevertheless with --simulated, or say simulated = true in study.toml"
    )
    found = gathered(study_in(tmp_path / "said", trials, simulated=True).root)
    assert (len(found.trials), found.simulated, found.plan.remarks) == (2, True, ())
    assert provenance(found)["command"].endswith(" --simulated")


def test_a_simulated_study_is_compared_without_being_asked_to(tmp_path: Path, trial: Make) -> None:
    study = study_in(tmp_path / "said", [trial(observer=name) for name in "ab"], simulated=True)
    assert main(["compare", str(study.root), "--no-figures", "--resamples", "200"]) == 0
    assert main(["compare", str(study.root / "trials" / "a.csv"), "--no-figures", "--resamples", "200"]) == 0


def test_people_and_simulated_observers_of_one_group_are_two_groups(tmp_path: Path, trial: Make) -> None:
    people = [trial(observer=f"p{i}", kind="human", group="40ms") for i in range(3)]
    programs = [trial(observer=f"s{i}", group="40ms") for i in range(2)]
    others = [trial(observer="t", group="150ms")]
    found = gathered(study_in(tmp_path, [*people, *programs, *others], simulated=True).root)
    assert found.trials.groupby(["group", "kind"]).size().to_dict() == {
        ("40ms", "human"): 3,
        ("40ms (simulated)", "simulated"): 2,
        ("150ms", "simulated"): 1,
    }
    assert found.plan.remarks == ("2 simulated observers of 40ms: compared as groups of their own",)


def test_pools_of_simulated_observers_move_with_them(tmp_path: Path, trial: Make) -> None:
    pools = tuple(Pool(name=f"pool-{name}", group="40ms", observers=(f"{name}0", f"{name}1")) for name in "sp")
    trials = [
        trial(observer=f"{name}{i}", kind=kind) for name, kind in (("p", "human"), ("s", "simulated")) for i in (0, 1)
    ]
    found = gathered(study_in(tmp_path, trials, simulated=True, pools=pools).root)
    assert {pool.name: pool.group for pool in found.plan.pools} == {"pool-s": "40ms (simulated)", "pool-p": "40ms"}


def test_beside_people_simulated_observers_are_left_out_unless_asked_for(tmp_path: Path, trial: Make) -> None:
    trials = [trial(observer="p", kind="human"), trial(observer="s"), trial(observer="t")]
    root = study_in(tmp_path, trials).root
    found = gathered(root)
    assert (found.trials["observer"].tolist(), found.simulated) == (["p"], False)
    assert found.plan.remarks == (
        "left out: 2 trials are of simulated observers such as s, who are programs and not people",
    )
    assert len(gathered(root, simulated=True).trials) == 3


def test_the_plan_is_the_studys_and_the_options(tmp_path: Path, trial: Make) -> None:
    contrast = Contrast(a="40ms", b="networks", condition="rotated")
    part = Subgroup(name="late", group="40ms", column="session", value="9")
    people = [trial(kind="human")]
    study = study_in(tmp_path, people, seed=7, contrasts=(contrast,), subgroups=(part,))
    found = gathered(study.root, missing="wrong")
    assert (found.study, found.named) == (study, study.root)
    assert (found.plan.seed, found.plan.contrasts, found.plan.missing) == (7, (contrast,), "wrong")
    assert found.plan.remarks == ("subgroup late: no trial of the group 40ms has session 9",)
    table = gathered(study.root / "trials" / "a.csv", seed=3)
    assert (table.study, table.named, table.plan.seed) == (study, None, 3)
    write_trials(tmp_path / "loose" / "a.csv", people)
    loose = gathered(tmp_path / "loose")
    assert (loose.study, loose.plan.seed, loose.plan.contrasts) == (None, 0, ())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"level": 95.0}, "--level 95: has to be between 0 and 1, such as 0.95"),
        ({"bound": 5.0}, "--bound 5: has to be a difference of proportions between 0 and 1, such as 0.05"),
    ],
)
def test_options_that_are_no_shares_are_refused(tmp_path: Path, options: dict[str, float], says: str) -> None:
    with pytest.raises(WrongCall) as error:
        gathered(tmp_path, **options)
    assert str(error.value) == says
