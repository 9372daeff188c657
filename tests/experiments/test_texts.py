"""What is said to people: it fits what is done and is whole in every language; and what is wrong with a file."""

import re
import textwrap
from dataclasses import replace
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from askew.errors import BadInput
from askew_experiments.instructions import instructions, paragraphs
from askew_experiments.keys import KEYS
from askew_experiments.language import ALWAYS, OPTIONAL, TEXTS, read_language
from askew_experiments.protocol import Protocol, parse_protocol, read_protocol
from askew_experiments.shelf import bundled_languages, bundled_protocols
from askew_experiments.texts import Texts, read_texts
from askew_stimuli.designs import designs
from askew_stimuli.picture import read_manifest

ROOT = Path(__file__).parents[2]
LANGUAGES = bundled_languages()
ENGLISH = LANGUAGES["en"].read_text(encoding="utf-8")
SCREENS = [*TEXTS][: [*TEXTS].index("pictures")]
MOMENT: dict[str, Any] = {"total": 49, "done": 17, "seconds": 10}
WRAP = 60  # letters: what things.py gives a line, with wide letters
ROWS = 20  # what fits on a screen 90 cm away


def bundled(name: str, language: str = "en", text: dict[str, str] | None = None) -> Protocol:
    protocol = read_protocol(bundled_protocols()[name])
    return replace(protocol, head=replace(protocol.head, language=language), text=text or {})


def texts(name: str, language: str = "en", **text: str) -> Texts:
    return read_texts(bundled(name, language, text), Path("nowhere"))


def language_file(folder: Path, old: str = "", new: str = "", name: str = "xx") -> Path:
    """A language in a folder: English with one change."""
    assert not old or ENGLISH.count(old) == 1, old
    path = folder / f"{name}.toml"
    path.write_text(ENGLISH.replace(old, new) if old else ENGLISH, encoding="utf-8")
    return path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", bundled_protocols())
def test_every_screen_of_every_protocol_can_be_said(name: str, language: str) -> None:
    said = texts(name, language)
    for screen in SCREENS:
        text = said.text(screen, **MOMENT)
        assert text.strip() == text
        assert not re.search(r"[{}\t]|  |\n\n\n", text), screen


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", bundled_protocols())
def test_no_screen_is_longer_than_a_person_reads_at_a_glance(name: str, language: str) -> None:
    said = texts(name, language)
    for screen in SCREENS:
        rows = [row for line in said.text(screen, **MOMENT).split("\n") for row in textwrap.wrap(line, WRAP) or [""]]
        assert len(rows) <= ROWS, screen


def test_instructions_for_a_brief_picture_with_a_mask() -> None:
    assert instructions(bundled("unusual_poses_40ms")) == (
        ("pictures", "look", "brief", "mask"),
        ("words_after", "choose"),
        ("limit", "guess"),
        ("go_on",),
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unusual_poses_150ms", {"look", "brief", "mask", "words_after", "choose", "limit"}),
        ("unusual_poses_unlimited", {"look", "self_paced", "words_after", "choose", "unhurried"}),
        ("unusual_poses_unlimited_labels", {"look", "words_with", "choose", "unhurried"}),
        ("mask_soa", {"look", "brief", "mask_sometimes", "words_after", "choose", "limit"}),
        ("deadline", {"look", "words_below", "choose", "signal_tone", "gone_at_tone", "only_tone", "blocks_tone"}),
        ("practice", {"look", "brief", "words_after", "choose", "unhurried"}),
    ],
)
def test_what_is_said_is_what_is_done(name: str, said: set[str]) -> None:
    assert {part for each in instructions(bundled(name)) for part in each} == said | {"pictures", "guess", "go_on"}


def test_three_labels_have_their_keys_named_in_order() -> None:
    text = bundled_protocols()["practice"].read_text(encoding="utf-8").replace("labels = 2", "labels = 3")
    protocol = parse_protocol(text.replace('["left", "right"]', '["a", "num_5", "left"]'), "")
    said = read_texts(protocol, Path("nowhere"))
    assert "From left to right, the keys are: A, the key 5 on the number pad, the left arrow key." in said.text(
        "instructions", **MOMENT
    )
    assert read_texts(replace(protocol, text={"thanks": "{left}, {right}"}), Path("nowhere")).text("thanks") == (
        "the key A, the left arrow key"
    )


def test_the_keys_that_are_still_to_be_pressed_are_named_in_the_language() -> None:
    said = texts("unusual_poses_40ms", "de")
    assert said.press(["left", "a"]).startswith("Drücken Sie jede dieser Tasten einmal:\ndie linke Pfeiltaste, A.")
    assert "Pfeiltaste, A" not in said.press(["a"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("label_y_deg = -5.5", "label_y_deg = 0", "words_before"),
        ('show = ["fixation"]', "", "words_before"),
        ('show = ["fixation", "labels"]', 'show = ["labels"]', "words_before"),
        ("label_x_deg = 4", "label_x_deg = 5", "words_below"),
    ],
)
def test_words_are_below_the_cross_only_where_they_are(old: str, new: str, said: str) -> None:
    text = bundled_protocols()["deadline"].read_text(encoding="utf-8")
    assert old in text
    assert said in instructions(parse_protocol(text.replace(old, new), ""))[0]


def test_a_flash_and_a_blank_before_the_picture_are_said_as_they_are() -> None:
    text = bundled_protocols()["deadline"].read_text(encoding="utf-8")
    text = text.replace('signal = "tone"', 'signal = "flash"').replace("blocked = true", "blocked = false")
    parts = {part for each in instructions(parse_protocol(text, "")) for part in each}
    assert {"signal_flash", "gone_at_flash", "only_flash"} <= parts
    assert not {part for part in parts if part.endswith("tone") or part.startswith("blocks")}
    text = text.replace('show = ["labels"] ', 'show = ["image", "labels"] ').replace("ms = [1500, 1000, 500]", "")
    stays = parse_protocol(text, "")
    assert "at_flash" in {part for each in instructions(stays) for part in each}
    text = bundled_protocols()["practice"].read_text(encoding="utf-8").replace('show = ["fixation"]', "")
    assert "look" not in {part for each in instructions(parse_protocol(text, "")) for part in each}


def test_breaks_feedback_and_signals_are_told_only_where_there_are_some() -> None:
    timed = bundled("unusual_poses_40ms")
    assert timed.practice is not None
    assert paragraphs("practice", timed) == (("practice", "practice_feedback"), ("begin",))
    silent = replace(timed, practice=replace(timed.practice, feedback=False), breaks=None)
    assert paragraphs("practice", silent) == (("practice",), ("begin",))
    assert paragraphs("ready", timed) == (("ready", "ready_untold", "ready_breaks"), ("reminder",), ("begin",))
    assert paragraphs("ready", silent) == (("ready",), ("reminder",), ("begin",))
    assert paragraphs("again", timed) == (("again",), ("reminder",), ("go_on",))
    assert paragraphs("practice_again", timed) == (("practice_again",), ("practice_needed",), ("begin",))
    assert paragraphs("block", timed) == (("block",), ("begin",))
    signal = bundled("deadline")
    assert paragraphs("practice", signal) == (("practice", "practice_feedback_signal"), ("begin",))
    assert paragraphs("practice_again", signal) == (("practice_again",), ("practice_needed_signal",), ("begin",))
    assert paragraphs("block", signal) == (("block", "block_tone"), ("begin",))


def test_numbers_and_keys_come_from_the_protocol_and_the_moment() -> None:
    said = texts("unusual_poses_40ms")
    assert "At least 6 of 8 answers should be correct." in said.text("practice_again")
    assert "You have 10 seconds to answer." in said.text("instructions", total=49)
    assert "17 of 49 pictures are done." in said.text("break_rest", **MOMENT)
    assert said.text("again", **MOMENT).startswith("We go on where you stopped.\n17 of 49 pictures are done.\n\n")
    assert "press the left arrow key." in said.text("again", **MOMENT)
    assert "in 10 seconds" in said.text("break_rest", **MOMENT)
    assert "press the space bar" in said.text("break_go_on", **MOMENT)
    assert "the Escape key" in said.text("paused")


@pytest.mark.parametrize(
    ("criterion", "trials", "needed"), [(0.75, 8, 6), (0.7, 10, 7), (0.6, 12, 8), (1, 5, 5), (0, 4, 0)]
)
def test_the_right_answers_that_are_asked_for_are_those_that_pass(criterion: float, trials: int, needed: int) -> None:
    protocol = bundled("unusual_poses_40ms", text={"practice_needed": "needed: {needed}!"})
    assert protocol.practice is not None
    protocol = replace(protocol, practice=replace(protocol.practice, criterion=criterion, trials=trials))
    assert f"needed: {needed}!" in read_texts(protocol, Path("nowhere")).text("practice_again")


def test_the_protocol_s_own_words_come_first_and_may_be_of_any_length() -> None:
    said = texts("unusual_poses_40ms", thanks="Bye!", guess="Guess, please.", practice="Warm up with {practice}.")
    assert said.text("thanks") == "Bye!"
    assert "10 seconds to answer.\nGuess, please." in said.text("instructions", **MOMENT)
    assert said.text("practice").startswith("Warm up with 8.")
    whole = texts("unusual_poses_40ms", instructions="Look, then press {left} or {right}. {total} times.\n")
    assert (
        whole.text("instructions", total=49) == "Look, then press the left arrow key or the right arrow key. 49 times."
    )


def test_the_consent_tells_its_version() -> None:
    assert texts("unusual_poses_40ms", consent="Form {version}").text("consent") == "Form 1"


def test_braces_in_a_text_or_a_value_are_left_alone() -> None:
    assert texts("practice", thanks="{{left}}").text("thanks") == "{left}"
    assert texts("practice", block="{done}").text("block", done="{left}", total=1) == "{left}"


def test_a_language_in_the_study_comes_before_askew_s(tmp_path: Path) -> None:
    language_file(tmp_path, 'thanks = "Thank you!"', 'thanks = "Cheers!"', name="en")
    assert read_texts(bundled("practice"), tmp_path).text("thanks") == "Cheers!"
    language_file(tmp_path, 'thanks = "Thank you!"', 'thanks = "Diolch!"', name="cy")
    assert read_texts(bundled("practice", "cy"), tmp_path).text("thanks") == "Diolch!"


def test_a_language_may_have_the_instructions_whole(tmp_path: Path) -> None:
    language_file(tmp_path, 'thanks = "Thank you!"', 'thanks = "Thank you!"\ninstructions = "Look."')
    assert read_texts(bundled("practice", "xx"), tmp_path).text("instructions") == "Look."


def test_labels_are_shown_in_the_language_where_it_has_words_for_them() -> None:
    assert texts("practice", "de").label("wine bottle") == "Weinflasche"
    assert texts("practice", "de").label("unheard of") == "unheard of"
    assert texts("practice").label("wine bottle") == "wine bottle"


def test_german_has_a_word_for_everything_that_comes_with_askew() -> None:
    shapes = {picture.class_label for picture in read_manifest(ROOT / "experiments" / "practice" / "manifest.csv")}
    assert {design.label for design in designs().values()} | shapes <= {*read_language(LANGUAGES["de"]).labels}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_that_shows_no_letter_or_digit_has_a_name(language: str) -> None:
    keys = read_language(LANGUAGES[language]).keys
    assert {key for key in KEYS if len(key) > 1 and not key.startswith("num_")} <= {*keys}


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_put_the_same_things_in(language: str) -> None:
    ours, english = read_language(LANGUAGES[language]).texts, read_language(LANGUAGES["en"]).texts
    for name in TEXTS:
        if name not in OPTIONAL:
            assert {part[1] for part in Formatter().parse(ours[name])} == {
                part[1] for part in Formatter().parse(english[name])
            }, name


def test_what_a_text_may_have_is_what_the_moment_and_the_protocol_give() -> None:
    given = {*ALWAYS, *MOMENT, "practice", "needed", "limit", "version"}
    assert {place for places in TEXTS.values() for place in places} <= given


@pytest.mark.parametrize("language", ["fr", "../protocols/practice", "de.toml", "e n"])
def test_a_language_that_is_not_there_is_told_which_are(tmp_path: Path, language: str) -> None:
    with pytest.raises(BadInput) as raised:
        read_texts(bundled("practice", language), tmp_path)
    assert str(raised.value).startswith(f"protocol practice, language: {language!r}")
    assert "is not there; with askew come de, en; or put a file with all texts, such as xx.toml, into" in str(
        raised.value
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("schema = 1", "schema = ", "xx.toml: is not TOML"),
        ("schema = 1", "schema = 2", "xx.toml: schema 2 is given, this askew knows schema 1"),
        (
            'language = "English"',
            "language = 7",
            "xx.toml, language: 7 is given, but it has to be its name, such as 'Eng",
        ),
        (
            "[labels]",
            "[words]",
            r"xx.toml: 'words' is no key of a language; allowed: schema, language, text, keys, labels",
        ),
        (
            'thanks = "Thank you!"\n',
            "",
            "xx.toml, text: thanks is missing; a language has all of code, code_form, press, welcome, ",
        ),
        (
            "thanks =",
            "thank =",
            r"xx.toml, text: 'thank' \(did you mean thanks\?\) is no text; allowed: code, code_form, press, welcome",
        ),
        ('"Thank you!"', "1", "xx.toml, text: thanks is 1, but it has to be a text of 1 to 2,000 characters"),
        ('"Thank you!"', '" "', "xx.toml, text: thanks is ' ', but it has to be a text of 1 to 2,000 characters"),
        (
            '"Thank you!"',
            f'"{"x" * 2001}"',
            "xx.toml, text: thanks is 'x+...x+', but it has to be a text of 1 to 2,000",
        ),
        (
            '"Thank you!"',
            '"a\\u0007b"',
            "xx.toml, text: thanks holds a tab, a control or an invisible character; remove",
        ),
        (
            '"Thank you!"',
            '"{name}, thanks"',
            r"xx.toml, text, thanks: '{name}' is no placeholder here; allowed: {left}, .*, {quit}$",
        ),
        (
            '"Thank you!"',
            '"{lefd}"',
            r"thanks: '{lefd}' \(did you mean {left}\?\) is no placeholder here; allowed: {left}",
        ),
        ('"Thank you!"', '"{left!r:>9}"', r"thanks: '{left!r:>9}' .*is no placeholder here; allowed"),
        ('"Thank you!"', '"{left.upper}"', r"thanks: '{left.upper}' .*is no placeholder here; allowed"),
        ('"Thank you!"', '"{}"', r"thanks: '{}' is no placeholder here; allowed"),
        (
            '"Thank you!"',
            '"{left"',
            r"xx.toml, text, thanks: has a brace without its other half; write {{ or }} to show one, or a placeholder",
        ),
        (
            "\nspace =",
            "\nspcae =",
            r"xx.toml, keys: 'spcae' \(did you mean space\?\) is no key; keys are a, b, 1, 2, left, ",
        ),
        ('"the space bar"', '"{go_on}"', r"xx.toml, keys, space: '{go_on}' is no placeholder here; allowed: $"),
        (
            'other = "the key {key}"',
            "",
            "xx.toml, keys: other has to be a text with {key} in it, for keys without a name",
        ),
        ('"the key {key}"', '"a key"', "xx.toml, keys: other has to be a text with {key} in it"),
        ('# "frying pan" = "skillet"', "pan = 7", "xx.toml, labels: pan is 7, but it has to be a text of 1 to 2,000"),
        (
            '# "frying pan" = "skillet"',
            'pan = "a\\nb"',
            r"xx.toml, labels: 'a\\nb', for 'pan', has a line break; write it on one line",
        ),
        (
            '# "frying pan" = "skillet"',
            'pan = "dish"\nbowl = "dish"',
            "xx.toml, labels: 'dish' stands for 'pan' and for 'bowl'; nobody could tell them apart, so give each",
        ),
        ("schema = 1", "schema = 1\nkeys = 7", "xx.toml: is not TOML"),
    ],
)
def test_what_is_wrong_with_a_language_is_said_in_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        read_language(language_file(tmp_path, old, new))
    assert "\n" not in str(raised.value)


def test_what_is_no_table_of_texts_is_said(tmp_path: Path) -> None:
    (tmp_path / "xx.toml").write_text('schema = 1\nlanguage = "X"\ntext = 7\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"xx.toml, text: 7 is given, but it has to be a table of texts"):
        read_language(tmp_path / "xx.toml")
    with pytest.raises(BadInput, match=r"yy.toml: there is no such language"):
        read_language(tmp_path / "yy.toml")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("thank", "Bye", r"protocol practice, text: 'thank' \(did you mean thanks\?\) is no text; allowed: code, "),
        ("thanks", "", "protocol practice, text: thanks is '', but it has to be a text of 1 to 2,000 characters"),
        ("thanks", "{done}", "protocol practice, text, thanks: '{done}' .*is no placeholder here; allowed: {left}, "),
        (
            "block",
            "{seconds}",
            "protocol practice, text, block: '{seconds}' is no placeholder here; allowed: .*, {total}$",
        ),
    ],
)
def test_what_is_wrong_with_a_protocol_s_own_words_is_said_in_one_line(name: str, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        texts("practice", **{name: text})
    assert "\n" not in str(raised.value)
