"""How a session comes to be: its number and plan, who has met which objects before, and what is refused first."""

from pathlib import Path

import pytest

from askew.errors import BadInput
from askew.sidecar import Sidecar
from askew.study import Study
from askew_experiments.journal import journals, read_journal
from askew_experiments.ledger import read_ledger
from askew_experiments.opening import Material, begin_session, checked_code, open_session, plan_session
from askew_experiments.plan import Plan
from askew_experiments.virtual import EPOCH, stamp
from askew_stimuli.picture import Picture, write_manifest
from tests.experiments.kit.planted import PROTOCOL, pictures
from tests.experiments.kit.sessions import study_of

UTC = stamp(EPOCH)
SHARED = PROTOCOL.replace("labels = 2", 'labels = 2\nstream = "both"\nsessions = 2')


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Twelve objects, each upright and rotated."""
    return study_of(tmp_path / "study", pictures(), seed=3)


def protocol(study: Study, name: str, text: str = PROTOCOL) -> Material:
    """The material of a protocol that is put into the study."""
    path = study.root / "protocols" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace('name = "brief"', f'name = "{name}"'))
    return Material.of(study.root, name)


def opened(material: Material, who: str, session: str = "ses-01", begun: int = 0, aborted: bool = False) -> Plan:
    """A session that has come so many trials far."""
    journal, plan = open_session(material, who, session, utc=UTC)
    with journal:
        for trial in plan.trials[:begun]:
            journal.append("begin", UTC, index=trial.index, attempt=1)
        if aborted:
            journal.append("abort", UTC, reason="the fire alarm")
    return plan


def objects(plan: Plan) -> set[str]:
    return {trial.object for trial in plan.trials}


def refused(material: Material, who: str = "sub-01", session: str = "ses-01") -> str:
    with pytest.raises(BadInput) as caught:
        open_session(material, who, session, utc=UTC)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_session_begins_with_the_plan_that_its_number_gives(study: Study) -> None:
    material = protocol(study, "brief")
    plans = [opened(material, f"sub-0{number}") for number in (1, 2)]
    assert [plan.number for plan in plans] == [0, 1]
    assert [Plan.of(read_journal(path)[0], path) for path in journals(study.root)] == plans
    assert (plans[0].protocol.text, plans[0].manifest["set"]) == (material.protocol.source, None)


def test_a_plan_that_is_asked_for_again_before_it_begins_is_the_same(study: Study) -> None:
    material = protocol(study, "brief")
    first = plan_session(material, "sub-01", "ses-01", utc=UTC)
    assert journals(study.root) == []
    assert plan_session(material, "sub-01", "ses-01", utc=UTC) == first
    assert len(read_ledger(study.root)) == 1
    begin_session(study, first, UTC).close()
    with pytest.raises(BadInput, match="is there, so this session has begun; resume it"):
        begin_session(study, first, UTC)


def test_codes_may_be_given_as_folders_are_called() -> None:
    assert checked_code("sub-07", "participant") == "07"
    assert checked_code("ses-A", "session") == "A"
    assert checked_code("x" * 30, "participant") == "x" * 30


@pytest.mark.parametrize("given", ["", " ", "Jane Doe", "Jané", "a_b", "../x", "a\nb", "x" * 31, "ses-01"])
def test_what_could_name_no_file_or_is_a_name_is_no_code(given: str) -> None:
    with pytest.raises(BadInput, match="is no code; give 1 to 30 letters a to z or digits, and never a name"):
        checked_code(given, "participant")


def test_who_met_the_objects_in_another_protocol_is_refused(study: Study) -> None:
    one, other = protocol(study, "one"), protocol(study, "other")
    opened(one, "sub-01", begun=12)
    told = refused(other, session="ses-02")
    assert told.startswith("sub-01: has met 12 of the objects, such as 'bicycle', in ses-01 (one)")
    assert "or set repeat_objects = true in [design]" in told
    opened(other, "sub-02")
    again = protocol(study, "again", PROTOCOL.replace("labels = 2", "labels = 2\nrepeat_objects = true"))
    assert opened(again, "sub-01", "ses-02").number == 0


def test_a_session_that_may_still_go_on_counts_as_met_and_one_that_was_aborted_before_any_picture_does_not(
    study: Study,
) -> None:
    one, other = protocol(study, "one"), protocol(study, "other")
    opened(one, "sub-01")
    assert "has met 12 of the objects" in refused(other, session="ses-02")
    opened(one, "sub-02", aborted=True)
    assert opened(other, "sub-02", "ses-02").part == 0
    first = opened(one, "sub-03", begun=1, aborted=True).trials[0].object
    assert f"has met '{first}' in ses-01" in refused(other, "sub-03", "ses-02")


@pytest.mark.parametrize("sessions", [2, 3])
def test_the_sessions_of_a_participant_share_the_objects_out(study: Study, sessions: int) -> None:
    material = protocol(study, "brief", PROTOCOL.replace("labels = 2", f"labels = 2\nsessions = {sessions}"))
    for who in ("sub-01", "sub-02"):
        plans = [opened(material, who, f"ses-0{part + 1}", begun=12) for part in range(sessions)]
        assert [plan.part for plan in plans] == [*range(sessions)]
        assert sum(len(objects(plan)) for plan in plans) == len(set.union(*map(objects, plans))) == 12
    assert f"has had all {sessions} sessions" in refused(material, session="ses-09")


def test_two_protocols_of_a_stream_share_the_objects_out(study: Study) -> None:
    one, other = protocol(study, "one", SHARED), protocol(study, "other", SHARED)
    for who in ("sub-01", "sub-02", "sub-03"):
        first, second = opened(one, who, begun=6), opened(other, who, "ses-02", begun=6)
        assert (first.number, first.part, second.part) == (second.number, 0, 1)
        assert not objects(first) & objects(second)
    assert [its.number for its in read_ledger(study.root)] == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("change", "to", "what"),
    [
        ("sessions = 2", "sessions = 3", "sessions"),
        ("sessions = 2", 'sessions = 2\nconditions = ["upright"]', "conditions"),
        ("sessions = 2", 'sessions = 2\nbalance = "conditions"', "balance"),
        ("ms = 40", "ms = [40, 50]", "the number of exposures, masked or not"),
    ],
)
def test_protocols_of_a_stream_that_would_share_objects_out_differently_are_refused(
    study: Study, change: str, to: str, what: str
) -> None:
    one, other = protocol(study, "one", SHARED), protocol(study, "other", SHARED.replace(change, to))
    assert f"protocols one and other: are of the stream both, but differ in {what}, so somebody" in refused(one)
    assert "make them alike in it, or give each its own stream" in refused(other)
    assert read_ledger(study.root) == []


def test_with_one_session_each_protocols_of_a_stream_may_differ(study: Study) -> None:
    alone = SHARED.replace("sessions = 2", "sessions = 1")
    one = protocol(study, "one", alone)
    other = protocol(study, "other", alone.replace("ms = 40", "ms = [40, 50]"))
    opened(one, "sub-01")
    assert opened(other, "sub-02").number == 1
    assert "has had the one session of both" in refused(other, session="ses-02")


def test_a_protocol_that_cannot_be_read_shares_nothing(study: Study) -> None:
    material = protocol(study, "one", SHARED)
    (study.root / "protocols" / "other.toml").write_text(SHARED.replace("[design]", "[desing]"))
    (study.root / "protocols" / "latin.toml").write_bytes("stream = 'both' # é".encode("latin-1"))
    assert opened(material, "sub-01").part == 0


def test_a_set_that_was_changed_between_two_sessions_shows_nobody_an_object_twice(study: Study) -> None:
    plan = opened(protocol(study, "brief", SHARED), "sub-01", begun=6)
    study = study_of(study.root, pictures(24), seed=3)
    told = refused(Material.of(study.root, "brief"), session="ses-02")
    assert told.startswith("sub-01: would see ")
    assert "again, met in ses-01, for the set or the protocol has changed since; put back what it was" in told
    assert any(name in told for name in objects(plan))
    assert len(read_ledger(study.root)) == 1, "no number is used up"


def test_pictures_without_files_are_refused_unless_their_condition_is_not_shown(study: Study) -> None:
    bare = [
        Picture(**{**{name: getattr(picture, name) for name in Picture.__slots__}, "file": None, "sha256_file": None})
        if picture.condition == "rotated"
        else picture
        for picture in pictures()
    ]
    write_manifest(study.manifest, bare, Sidecar())
    told = refused(protocol(study, "brief"))
    assert "manifest.csv: 12 pictures without a file, such as 'mug_rotated', and a session shows files" in told
    upright = protocol(study, "upright", PROTOCOL.replace("labels = 2", 'labels = 2\nconditions = ["upright"]'))
    assert len(opened(upright, "sub-01").trials) == 12


def test_pictures_for_practice_need_ids_of_their_own(study: Study) -> None:
    text = PROTOCOL.replace("[breaks]", '[practice]\ntrials = 2\nfolder = "stimuli"\n[breaks]')
    told = refused(protocol(study, "brief", text))
    assert "stimuli: 24 pictures with the id of one of the session, such as 'mug_upright'" in told
    assert "practise with others, or give them other ids" in told


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ("labels = 2", "labels = 2\nsessions = 13", "13 sessions leave session 13 of participant number 0 without"),
        ("labels = 2", 'labels = 2\nconditions = ["upside-down"]', "'upside-down' is no condition of the pictures"),
        (
            "[breaks]",
            '[practice]\ntrials = 2\nfolder = "bare"\n[breaks]',
            "with the pictures for practice, pictures: all",
        ),
    ],
)
def test_what_cannot_be_planned_uses_up_no_number(study: Study, change: str, to: str, said: str) -> None:
    (study.root / "bare").mkdir()
    one = Picture(image_id="x", file="x.png", source="imported", class_label="cube", condition="upright")
    write_manifest(study.root / "bare" / "manifest.csv", [one], Sidecar())
    assert said in refused(protocol(study, "brief", PROTOCOL.replace(change, to)))
    assert read_ledger(study.root) == []


def test_a_code_stands_for_one_participant(study: Study) -> None:
    material = protocol(study, "brief", PROTOCOL.replace("labels = 2", "labels = 2\nsessions = 2"))
    opened(material, "sub-a1")
    assert "sub-a1 is a code already, and some systems take both for the same" in refused(material, "sub-A1", "ses-02")
    open_session(material, "sub-sim01", "ses-01", utc=UTC, observer_seed=1)[0].close()
    assert "is the code of a simulated participant already; give another code" in refused(
        material, "sub-sim01", "ses-02"
    )
