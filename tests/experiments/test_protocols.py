"""The protocols that come with askew, and what is said of one that cannot be used."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from askew.errors import BadInput
from askew_experiments import design
from askew_experiments.frames import Count, rates_for
from askew_experiments.keys import KEYS
from askew_experiments.protocol import Protocol, parse_protocol, read_protocol
from askew_experiments.protocol_tables import Phase
from askew_experiments.shelf import bundled_protocols
from askew_stimuli.picture import Picture

BUNDLED = bundled_protocols()
PUBLISHED = [name for name in BUNDLED if name.startswith("unusual_poses")]
TIMED = ("unusual_poses_40ms", "unusual_poses_150ms")
WHOLE = """\
schema = 1
name = "ours"
group = "{ms}ms"
title = "Ours"
[design]
labels = 2
[[phase]]
name = "fixation"
show = ["fixation"]
ms = 500
[[phase]]
name = "image"
show = ["image"]
ms = [40, 150]
tolerance_ms = 2
[[phase]]
name = "mask"
show = ["mask"]
ms = 500
[[phase]]
name = "labels"
show = ["labels"]
until = "answer"
limit_ms = 10000
[response]
keys = ["left", "right"]
[mask]
unmasked_too = true
[practice]
trials = 8
[breaks]
every = 17
[display]
hz = [100]
[consent]
version = "1"
[text]
thanks = "Bye!"
"""
SIGNAL = WHOLE.replace("limit_ms = 10000", 'limit_ms = 2000\nsignal = "tone"').replace(
    '"right"]\n', '"right"]\nwindow_ms = [0, 300]\n'
)


def bundled(name: str) -> Protocol:
    return read_protocol(BUNDLED[name])


def values(text: str) -> Iterator[tuple[int, str, str]]:
    """The lines that give a value: their numbers, keys and values."""
    for number, line in enumerate(text.splitlines()):
        if found := re.match(r"(\w+) = ([^#]+)", line):
            yield number, found[1], found[2].strip()


def published_set() -> list[Picture]:
    """Pictures as the published set has them: 51 objects in three conditions, of which six lack the third."""
    conditions = ("upright", "rotated-correct", "rotated-incorrect")
    return [
        Picture(
            image_id=f"{number}_{condition}",
            source="imported",
            file=f"{number}_{condition}.png",
            object_id=str(number),
            class_label=f"thing {number}",
            alt_label=f"thing {(number + 1) % 51}",
            condition=condition,
        )
        for number in range(51)
        for condition in conditions[: 2 if number < 6 else 3]
    ]


def test_there_are_protocols_for_the_published_study_for_masks_for_deadlines_and_to_try() -> None:
    assert {*BUNDLED} == {*PUBLISHED, "mask_soa", "deadline", "practice"}
    assert len(PUBLISHED) == 4


@pytest.mark.parametrize("name", BUNDLED)
def test_each_can_be_read_under_the_name_of_its_file(name: str) -> None:
    assert bundled(name).name == name
    assert parse_protocol(BUNDLED[name].read_text(encoding="utf-8"), name).sha256 == bundled(name).sha256


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_value_says_whether_it_is_published_or_ours(name: str) -> None:
    lines = BUNDLED[name].read_text(encoding="utf-8").splitlines()
    for number, _, _ in values("\n".join(lines)):
        comment = lines[number].partition("#")[2] or lines[number - 1].removeprefix("#")
        assert re.match(r" (published|ours)\b", comment), lines[number]


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_marked_as_published_is_what_is_known(name: str) -> None:
    protocol = bundled(name)
    marked = {
        key
        for number, key, _ in values(BUNDLED[name].read_text(encoding="utf-8"))
        if "# published" in BUNDLED[name].read_text(encoding="utf-8").splitlines()[number]
    }
    assert marked <= {"group", "labels", "balance", "sessions", "show", "ms", "until", "keys", "other_keys"}
    assert (protocol.design.labels, protocol.response.keys) == (2, ("left", "right"))
    assert protocol.response.other_keys == "end"


def test_exposures_groups_and_presentations_are_those_that_tables_of_the_published_study_have() -> None:
    said = {
        name: (
            bundled(name).exposures,
            bundled(name).group(bundled(name).exposures[0]),
            bundled(name).head.presentation,
        )
        for name in PUBLISHED
    }
    assert said == {
        "unusual_poses_40ms": ((40.0,), "40ms", None),
        "unusual_poses_150ms": ((150.0,), "150ms", None),
        "unusual_poses_unlimited": ((None,), "unlimited", "alone-first"),
        "unusual_poses_unlimited_labels": ((None,), "unlimited", "with-labels"),
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_somebody_answers_49_trials_of_the_published_set(name: str) -> None:
    pictures = published_set()
    assert len(pictures) == 147
    for number in range(3):
        assert len(design.planned(pictures, bundled(name), seed=1, number=number, part=0)) == 49


@pytest.mark.parametrize("name", TIMED)
def test_a_timed_trial_is_a_cross_the_picture_a_mask_and_the_words(name: str) -> None:
    protocol = bundled(name)
    assert [phase.elements for phase in protocol.phases] == [("fixation",), ("image",), ("mask",), ("labels",)]
    assert [phase.ms for phase in protocol.phases] == [(500.0,), protocol.exposures, (500.0,), None]
    assert protocol.phases[-1].limit_ms == 10_000


def test_40_ms_are_refused_at_60_hz_and_taken_at_120() -> None:
    (image,) = [phase for phase in bundled("unusual_poses_40ms").phases if phase.name == "image"]
    assert image.ms is not None
    assert not Count.of(image.ms[0], 1000 / 60).within(image.tolerance_ms)
    assert Count.of(image.ms[0], 1000 / 120).within(image.tolerance_ms)


@pytest.mark.parametrize("name", BUNDLED)
def test_the_refresh_rates_are_those_that_show_all_durations(name: str) -> None:
    protocol = bundled(name)
    if protocol.display.hz is not None:
        assert [*protocol.display.hz] == rates_for([*protocol.durations.values()])


def test_the_unlimited_ones_differ_in_whether_the_words_stand_beside_the_picture() -> None:
    alone, together = bundled("unusual_poses_unlimited"), bundled("unusual_poses_unlimited_labels")
    assert [(phase.elements, phase.until) for phase in alone.phases[1:]] == [
        (("image",), "go-on"),
        (("labels",), "answer"),
    ]
    assert [(phase.elements, phase.until) for phase in together.phases[1:]] == [(("image", "labels"), "answer")]
    assert all(phase.limit_ms is None for phase in (*alone.phases, *together.phases))


def test_words_beside_a_picture_do_not_cover_it() -> None:
    for name in BUNDLED:
        protocol = bundled(name)
        display = protocol.display
        if any({"image", "labels"} <= {*phase.elements} for phase in protocol.phases):
            assert -display.label_y_deg - display.text_deg / 2 > display.image_deg / 2


def test_masks_come_after_five_exposures_and_in_half_of_the_trials() -> None:
    protocol = bundled("mask_soa")
    assert protocol.exposures == (25.0, 50.0, 75.0, 100.0, 150.0)
    assert protocol.mask.unmasked_too
    assert [protocol.group(ms) for ms in protocol.exposures] == ["25ms", "50ms", "75ms", "100ms", "150ms"]


def test_the_deadline_protocol_shows_the_words_first_and_then_signals_in_blocks() -> None:
    protocol = bundled("deadline")
    assert protocol.design.blocked
    assert protocol.exposures == (500.0, 750.0, 1000.0, 1250.0, 1500.0)
    assert protocol.group(500.0) == "500ms-deadline"
    assert [(phase.elements, phase.listen, phase.signal) for phase in protocol.phases[1:]] == [
        (("fixation", "labels"), False, None),
        (("image", "labels"), True, None),
        (("labels",), False, "tone"),
    ]
    low, high = protocol.response.window_ms or (0, 0)
    limit = protocol.phases[-1].limit_ms or 0
    assert low < 0 < high < limit  # so that who is too late is told so, and not only timed out


def test_the_protocol_to_try_things_out_takes_any_display_and_any_set() -> None:
    protocol = bundled("practice")
    assert (protocol.display.hz, protocol.masked, protocol.design.conditions) == (None, False, None)
    assert {tolerance for _, tolerance in protocol.durations.values()} == {None}
    few = [
        Picture(image_id=f"{label}-{number}", source="imported", class_label=label, condition="all", file="a.png")
        for number, label in enumerate(("mug", "axe", "mug", "mug", "mug", "mug", "mug"))
    ]
    assert len(design.planned(few, protocol, seed=1, number=0, part=0)) == len(few)


def test_all_that_a_protocol_may_say_is_read() -> None:
    protocol = parse_protocol(WHOLE, "ours.toml")
    assert protocol.exposures == (40.0, 150.0)
    assert protocol.durations == {
        "fixation": (500.0, None),
        "image:40": (40.0, 2.0),
        "image:150": (150.0, 2.0),
        "mask": (500.0, None),
    }
    assert (protocol.stream, protocol.head.title, protocol.masked) == ("ours", "Ours", True)
    assert protocol.practice is not None
    assert protocol.consent is not None
    assert protocol.text == {"thanks": "Bye!"}
    assert parse_protocol(WHOLE.replace("labels = 2", 'labels = 2\nstream = "all"'), "").stream == "all"


def test_an_exposure_is_all_the_time_that_the_picture_is_there() -> None:
    held = '[[phase]]\nname = "held"\nshow = ["image", "fixation"]\nms = 100\n[[phase]]\nname = "mask"'
    protocol = parse_protocol(WHOLE.replace('[[phase]]\nname = "mask"', held), "")
    assert protocol.exposures == (140.0, 250.0)
    assert (protocol.exposing.name, protocol.besides_ms) == ("image", 100.0)
    protocol = parse_protocol(WHOLE.replace('[[phase]]\nname = "mask"', held).replace("[40, 150]", "40"), "")
    assert (protocol.exposures, protocol.exposing.name) == ((140.0,), "image")


def test_one_without_a_single_option_is_enough() -> None:
    text = 'schema = 1\nname = "a"\ngroup = "b"\n[design]\nlabels = 2\n[response]\nkeys = ["a", "b"]\n'
    text += '[[phase]]\nname = "all"\nshow = ["image", "labels"]\nuntil = "answer"\n'
    protocol = parse_protocol(text, "")
    assert (protocol.exposures, protocol.group(None), protocol.practice) == ((None,), "b", None)
    assert Phase(name="blank", ms=(100.0,)).elements == parse_protocol(text, "").phases[0].elements[:0]


def replaced(old: str, new: str, text: str = WHOLE) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


PHASES = WHOLE[WHOLE.index("[[phase]]") : WHOLE.index("[response]")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # protocol.py, the file as a whole
        ("schema = ", r"ours.toml: is not TOML: "),
        (replaced("schema = 1", "schema = 2"), "ours.toml: schema 2 is given, this askew knows schema 1"),
        (replaced("schema = 1", "schema = true"), "ours.toml: schema True is given, this askew knows schema 1"),
        (replaced("schema = 1\n", ""), "ours.toml: schema None is given, this askew knows schema 1"),
        (
            replaced("title", "titel"),
            r"ours.toml: 'titel' \(did you mean title\?\) is no key of a protocol; allowed: schema, name, title, ",
        ),
        (replaced("[breaks]", "[pauses]"), r"ours.toml: 'pauses'.* is no key of a protocol; allowed: .*, breaks, "),
        (replaced('"ours"', '"Our own"'), "ours.toml, name: 'Our own' is not a name of small letters, digits and _"),
        (replaced('group = "{ms}ms"\n', ""), "ours.toml: group is missing; it has to be a text"),
        (
            replaced("{ms}ms", "{soa}ms"),
            "ours.toml, group: '{soa}ms' has a brace; the only placeholder is {ms}, the exposure",
        ),
        ("interval_ms = 100\n" + WHOLE, r"ours.toml, interval_ms: 100.0 is not a number from 200 to 60000"),
        ('on_interrupted = "again"\n' + WHOLE, "on_interrupted: 'again' is not one of repeat, skip"),
        # its phases
        (WHOLE.replace(PHASES, ""), r"ours.toml: has no phases; say what is shown in tables, each headed by \[\[phase"),
        ('phase = "image"\n' + WHOLE.replace(PHASES, ""), "ours.toml: has no phases; say what is shown in tables"),
        ("phase = [7]\n" + WHOLE.replace(PHASES, ""), "ours.toml, phase 1: 7 is given, but it has to be a table"),
        (
            replaced('show = ["mask"]', 'shows = ["mask"]'),
            r"ours.toml, phase mask: 'shows' \(did you mean show\?\) is no key here; allowed: name, show, ms, ",
        ),
        (
            replaced('["mask"]', '["noise"]'),
            "ours.toml, phase mask, show: 'noise' is not some of fixation, image, mask, labels",
        ),
        (
            replaced('name = "mask"', 'name = "interval"'),
            "phase interval, name: 'interval' is what the data call the blank between trials; choose another name",
        ),
        (
            replaced('until = "answer"\n', ""),
            "ours.toml, phase labels, ms: phase labels needs either ms or until, to say when it ends",
        ),
        (
            replaced('until = "answer"\n', 'until = "answer"\nms = 500\n'),
            "phase labels, ms: phase labels needs either ms or until, to say when it ends",
        ),
        (
            replaced('show = ["mask"]', 'show = ["mask"]\nlimit_ms = 900'),
            "phase mask, limit_ms: phase mask ends by its ms; a limit is for phases with until",
        ),
        (
            replaced("limit_ms = 10000", "tolerance_ms = 2"),
            "phase labels, tolerance_ms: phase labels ends by a key; a tolerance is for phases with ms",
        ),
        (
            replaced("limit_ms = 10000", "listen = true"),
            "phase labels, listen: phase labels waits for a key anyway; listen is for phases with ms",
        ),
        (
            replaced("[40, 150]", "[40, 40]"),
            r"phase image, ms: \[40.0, 40.0\] of phase image names one of them twice",
        ),
        (
            replaced('["mask"]', '["mask", "mask"]'),
            r"phase mask, show: \['mask', 'mask'\] of phase mask names one of them twice",
        ),
        (
            replaced('name = "mask"', 'name = "image"'),
            "ours.toml, phase: two phases are called image; give each a name of its own",
        ),
        (
            replaced('show = ["image"]\nms = [40, 150]\ntolerance_ms = 2', "ms = 40"),
            r'ours.toml, phase: no phase shows the picture; one needs show = \["image"\]',
        ),
        (
            replaced('["fixation"]', '["image"]')
            .replace("[40, 150]", "40")
            .replace('["mask"]', '["image"]')
            .replace('"image"\nshow = ["image"]', '"image"\nshow = ["mask"]'),
            "ours.toml, phase: the picture is shown, taken away and shown again; its phases have to follow one another",
        ),
        (
            replaced('show = ["labels"]\n', ""),
            r'ours.toml, phase: no phase shows the labels; one needs show = \["labels"\]',
        ),
        (
            replaced('until = "answer"', 'until = "go-on"'),
            'ours.toml, phase: the last phase, and only that one, has to end with until = "answer"',
        ),
        (
            replaced('["mask"]\nms = 500', '["mask"]\nuntil = "answer"'),
            'ours.toml, phase: the last phase, and only that one, has to end with until = "answer"',
        ),
        (
            replaced('["mask"]\nms = 500', '["mask"]\nms = [100, 500]'),
            "ours.toml, ms: several durations are exposures, so only one phase, which shows the picture, may have them",
        ),
        # its signal
        (
            replaced('["mask"]\nms = 500', '["mask"]\nms = 500\nsignal = "flash"', SIGNAL),
            "ours.toml, signal: mask and labels both give a signal; one may",
        ),
        (
            replaced("window_ms = [0, 300]\n", "", SIGNAL),
            "ours.toml, response, window_ms: has to be there if a phase gives a signal, and only then",
        ),
        (
            replaced('signal = "tone"\n', "", SIGNAL),
            "ours.toml, response, window_ms: has to be there if a phase gives a signal, and only then",
        ),
        (
            replaced("[0, 300]", "[-100, 300]", SIGNAL),
            "response, window_ms: begins 100 ms before the signal, when no answer counts; set listen = true in",
        ),
        # its answers
        (
            replaced('"right"]', '"Right"]'),
            r"ours.toml, response, keys: 'Right' is no key \(did you mean right\?\); keys are a, b, 1, 2, left, space",
        ),
        (
            replaced('"right"]', '"right"]\ngo_on = "enter"'),
            r"response, go_on: 'enter' is no key.*; keys are a, b, 1, 2, left, space, num_1, ...",
        ),
        (replaced('"right"]', '"right"]\nquit = "esc"'), "response, quit: 'esc' is no key"),
        (
            replaced('"right"]', '"space"]'),
            r"response, keys: \['left', 'space', 'space', 'escape'\]: each label, go_on and quit need a key of",
        ),
        (replaced('"left", "right"]', '"left"]'), r"response, keys: \['left'\]: a choice needs two keys or more"),
        (
            replaced("[0, 300]", "[300, 300]", SIGNAL),
            r"ours.toml, response, window_ms: \[300.0, 300.0\] ends before it begins",
        ),
        (replaced("[0, 300]", "[300]", SIGNAL), r"response, window_ms: \(300.0,\) is not 2 numbers in a list"),
        # what has to go together
        (
            replaced("labels = 2", "labels = 3"),
            "ours.toml, response, keys: 2 keys are given for 3 labels; give each label one",
        ),
        (
            replaced('show = ["mask"]\n', ""),
            "ours.toml, mask, unmasked_too: no phase shows a mask, so nothing can be without one",
        ),
        (
            replaced("[40, 150]", "40").replace("labels = 2", "labels = 2\nblocked = true"),
            "ours.toml, design, blocked: there is one exposure, so there are no blocks; give several ms, or",
        ),
        (
            replaced("hz = [100]", "hz = [100, 60]"),
            "display, hz: 60 will not do: 40 ms is 2 frames = 33.3 ms at 60.00 Hz, 6.7 ms too short .2 ms are allowed",
        ),
        (
            replaced("hz = [100]", "hz = [85]").replace("[40, 150]", "[150, 200]"),
            "display, hz: 85 will not do: 150 ms is 13 frames = 152.9 ms at 85.00 Hz, 2.9 ms too long .2 ms are",
        ),
        (
            replaced('["image"]\nms = [40, 150]\ntolerance_ms = 2', '["image"]\nuntil = "go-on"').replace(
                "trials = 8", "trials = 8\nms = [400]"
            ),
            "ours.toml, practice, ms: the picture stays until a key, so there is no exposure to set",
        ),
        (
            replaced('["fixation"]', '["image"]').replace("trials = 8", "trials = 8\nms = [900, 500]"),
            "ours.toml, practice, ms: 500 is given, but the picture is shown 500 ms besides; give more",
        ),
        # the other tables
        (replaced("trials = 8", "rounds = 8"), "ours.toml, practice: trials is missing; it has to be a whole number"),
        (replaced("every = 17", "every = 0"), "ours.toml, breaks, every: 0 is not a whole number of 1 or more"),
        (replaced("hz = [100]", "hz = 100"), "ours.toml, display, hz: 100.0 is not numbers from 20 to 1000 in a list"),
        (replaced('version = "1"', "version = 1"), "ours.toml, consent, version: 1 is not a text"),
        (replaced("unmasked_too", "unmasked"), r"mask: 'unmasked' \(did you mean unmasked_too\?\) is no key here"),
        (replaced("[practice]\ntrials = 8", "").replace("[design]", "practice = 8\n[design]"), "practice: 8 is given"),
        (replaced('"Bye!"', "7"), "ours.toml, text: {'thanks': 7} is given, but it has to be a table of texts"),
        (
            replaced('[text]\nthanks = "Bye!"\n', "").replace("[design]", 'text = "Bye!"\n[design]'),
            "ours.toml, text: 'Bye!' is given, but it has to be a table of texts",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        parse_protocol(text, "ours.toml")
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"ours.toml: there is no such protocol$"):
        read_protocol(tmp_path / "ours.toml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match=r"ours.toml: is not UTF-8 text; save it as UTF-8"):
        read_protocol(tmp_path / "ours.toml")


def test_a_protocol_has_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "copy.toml").write_text(WHOLE, encoding="utf-8")
    with pytest.raises(
        BadInput, match=r"copy.toml, name: 'ours' is given, but the file is copy.toml; give both the same"
    ):
        read_protocol(tmp_path / "copy.toml")


def test_an_editor_s_line_ends_and_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    assert read_protocol(tmp_path / "ours.toml") == parse_protocol(WHOLE, "")


def refusal(text: str) -> str:
    """Why a protocol cannot be used; nothing if it can be."""
    try:
        parse_protocol(text, "ours.toml")
    except BadInput as error:
        return str(error)
    return ""


JUNK = (
    *('""', '"?"', '"left"', '"image"', '"answer"', '"{x}"', '"a\\nb"', '"a|b"'),
    *("-1", "0", "7", "0.5", "1e300", "99999999999999999999", "nan", "inf", "true", "false", "1979-05-27"),
    *("[]", '["left"]', '["image"]', '["mask", "image"]', "[3]", "[0, 0]", "[-1, 2]", "[[1]]", "[1, 'a']", "{}"),
)


@pytest.mark.parametrize("name", BUNDLED)
def test_whatever_is_done_to_a_value_there_is_a_protocol_or_one_line(name: str) -> None:
    lines = BUNDLED[name].read_text(encoding="utf-8").splitlines()
    for number, key, value in values("\n".join(lines)):
        changed = ["", f"{key}x = {value}", f"{key} = {value}\n{key} = {value}", *(f"{key} = {junk}" for junk in JUNK)]
        for line in changed:
            text = "\n".join([*lines[:number], line, *lines[number + 1 :]])
            assert re.fullmatch(r"|ours\.toml.{,500}", refusal(text)), line


@pytest.mark.parametrize("name", BUNDLED)
def test_without_any_one_table_there_is_a_protocol_or_one_line(name: str) -> None:
    text = BUNDLED[name].read_text(encoding="utf-8")
    parts = re.split(r"(?m)^(?=\[)", text)
    for number in range(len(parts)):
        assert re.fullmatch(r"|ours\.toml.{,500}", refusal("".join([*parts[:number], *parts[number + 1 :]])))


def test_keys_have_the_names_that_psychopy_gives_them() -> None:
    assert {"a", "0", "num_5", "left", "space", "escape", "return", "lshift"} <= KEYS
    assert not {"A", "Left", "enter", "esc", ""} & KEYS
