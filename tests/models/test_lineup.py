"""Lineups: who is compared, and whom words on the command line name."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from timm.models import list_models, list_pretrained

from askew.errors import BadInput
from askew_models.lineup import Lineup, chosen, labels_of_tag, lineup_of, read_lineup, seen_as
from askew_models.shelf import known_lineups, offered_observer, offered_observers

HEAD = 'schema = 1\nname = "mine"\n'
RESNET = """
[[observer]]
name = "resnet"
kind = "timm"
tag = "resnet18.a1_in1k"
labels = "imagenet-1k"
licence = "apache-2.0"
"""
VIT = RESNET.replace('"resnet"', '"vit"').replace("resnet18.a1_in1k", "vit_base_patch16_224.augreg_in21k_ft_in1k")
CARD = 'schema = 1\nname = "own"\nkind = "timm"\ntag = "resnet34.a1_in1k"\nlabels = "imagenet-1k"\nlicence = "x"\n'


def lineup(tmp_path: Path, text: str = HEAD + RESNET + VIT) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def names(cast: Lineup) -> list[str]:
    return [card.name for card in cast.cards]


def test_a_lineup_lists_cards_and_says_how_they_answer(tmp_path: Path) -> None:
    rules = 'title = "T"\ngroup = "g"\nviews = ["whole", "zoom-1.50", "object-0.8"]\nsuperclasses = "sum"\n'
    aliases = '[aliases]\nn04399382 = "n03220513"\nteddy = "toy"\n'
    mine = read_lineup(lineup(tmp_path, HEAD + rules + aliases + RESNET + VIT))
    assert (mine.name, mine.title, mine.group, mine.superclasses) == ("mine", "T", "g", "sum")
    assert mine.views == ("whole", "zoom-1.5", "object-0.8")
    assert mine.aliases == {"n04399382": "n03220513", "teddy": "toy"}
    assert names(mine) == ["resnet", "vit"]
    assert mine.cards[0].folder == tmp_path


def test_what_a_lineup_leaves_out_has_its_usual_value(tmp_path: Path) -> None:
    mine = read_lineup(lineup(tmp_path))
    assert (mine.title, mine.group, mine.views) == ("mine", "mine", ("checkpoint", "whole"))
    assert (mine.superclasses, mine.aliases) == ("mean", {})


def test_an_observer_may_be_a_card_in_a_file_anywhere(tmp_path: Path) -> None:
    (tmp_path / "cards").mkdir()
    (tmp_path / "lineups").mkdir()
    (tmp_path / "cards" / "own.toml").write_text(CARD)
    mine = read_lineup(lineup(tmp_path / "lineups", HEAD + '[[observer]]\ncard = "../cards/own.toml"\n' + RESNET))
    assert names(mine) == ["own", "resnet"]
    assert mine.cards[0].folder.samefile(tmp_path / "cards")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RESNET, ": schema None is given, this askew knows schema 1"),
        ("schema = 1\n" + RESNET, ": name is missing; it has to be letters, digits, ., _ and -"),
        (HEAD.replace("mine", "m i") + RESNET, ", name: 'm i' is not letters, digits, ., _ and -"),
        (HEAD, ": has no [[observer]]; add the card of a network, or name its file"),
        (HEAD + "observer = 3\n", ", observer: has to be tables, each headed by [[observer]]"),
        (HEAD + "[observer]\nname = 'a'\n", ", observer: has to be tables, each headed by [[observer]]"),
        (HEAD + "observer = [3]\n", ", observer 1: 3 is given, but it has to be a table"),
        (
            HEAD + "view = ['whole']\n" + RESNET,
            ": 'view' (did you mean views?) is no key of a lineup; allowed: schema, ",
        ),
        (HEAD + "views = []\n" + RESNET, ", views: () is not texts in a list"),
        (HEAD + "views = 'whole'\n" + RESNET, ", views: 'whole' is not texts in a list"),
        (
            HEAD + "views = ['hole']\n" + RESNET,
            ", views: view 'hole' (did you mean whole?): is none; allowed: checkpoint",
        ),
        (HEAD + "views = ['zoom-1', 'whole']\n" + RESNET, ", views: whole stands there twice; keep one"),
        (HEAD + "superclasses = 'max'\n" + RESNET, ", superclasses: 'max' is not one of mean, sum, logsumexp"),
        (HEAD + "aliases = 3\n" + RESNET, ", aliases: 3 is given, but it has to be a table"),
        (
            HEAD + "[aliases]\nteddy = 3\n" + RESNET,
            ", aliases, teddy: 3 is not a text; give a synset or a label of the ",
        ),
        (HEAD + "[aliases]\nteddy = ' bear'\n" + RESNET, ", aliases, 'teddy': ' bear' begins or ends with a space"),
        (HEAD + RESNET + RESNET, ", observers: two are called 'resnet'; give one another name"),
        (HEAD + RESNET + RESNET.replace('"resnet"', '"ResNet"'), ", observers: two are called 'ResNet' and 'resnet'; "),
        (
            HEAD + VIT + RESNET.replace("licence", "licens"),
            ", observer 2 (resnet): 'licens' (did you mean licence?) is ",
        ),
        (
            HEAD + VIT + RESNET.replace("tag", "#"),
            ", observer 2 (resnet), tag: is missing; a card of kind timm has tag",
        ),
        (HEAD + "[[observer]]\nkind = 'timm'\n", ", observer 1: name is missing; it has to be a text"),
        (HEAD + "[[observer]]\ncard = 3\n", ", observer 1, card: 3 is not the name of a .toml file"),
        (
            HEAD + "[[observer]]\ncard = 'a.toml'\nname = 'b'\n",
            ", observer 1: 'name' does not go with card; change it in",
        ),
        (CARD, ": is the card of one network; name it with --observers, or in a lineup"),
        ("schema = ", ": is not TOML: "),
    ],
)
def test_a_wrong_lineup_is_told_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    path = lineup(tmp_path, text)
    with pytest.raises(BadInput) as raised:
        read_lineup(path)
    said = str(raised.value)
    assert said.startswith(f"{path}{message}")
    assert "\n" not in said


def test_a_card_that_a_lineup_names_has_to_be_there(tmp_path: Path) -> None:
    path = lineup(tmp_path, HEAD + '[[observer]]\ncard = "gone.toml"\n')
    with pytest.raises(BadInput, match=r"gone\.toml: there is no such card"):
        read_lineup(path)


def test_a_lineup_is_found_by_its_name_or_its_file(tmp_path: Path) -> None:
    assert lineup_of("published").name == "published"
    assert lineup_of(str(lineup(tmp_path))).name == "mine"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput,
        match=r"gone\.toml: there is no such lineup; name a file that is there, or one of broad, bundled, publ",
    ):
        lineup_of(str(tmp_path / "gone.toml"))


@pytest.mark.parametrize("name", ["publishd", "", "Broad", "../broad", "a\nb"])
def test_an_unknown_lineup_is_told_which_there_are(name: str) -> None:
    with pytest.raises(BadInput) as raised:
        lineup_of(name)
    said = str(raised.value)
    assert said.startswith(f"lineup {name!r}")
    assert said.endswith(f"with askew: {', '.join(known_lineups())}; or name a file that ends in .toml")
    assert ("(did you mean published?)" in said) == (name == "publishd")


def test_a_word_selects_from_the_lineup(tmp_path: Path) -> None:
    mine = read_lineup(lineup(tmp_path))
    assert chosen(mine, []) == mine
    assert names(chosen(mine, ["vit"])) == ["vit"]
    assert names(chosen(mine, ["vit", "resnet,vit", " "])) == ["vit", "resnet"]
    assert chosen(mine, ["vit"]).group == "mine"


def test_a_word_adds_to_the_lineup(tmp_path: Path) -> None:
    mine = read_lineup(lineup(tmp_path))
    (tmp_path / "own.toml").write_text(CARD)
    own = str(tmp_path / "own.toml")
    assert names(chosen(mine, [own])) == ["resnet", "vit", "own"]
    assert names(chosen(mine, [f"vit,{own},{own}"])) == ["vit", "own"]
    alone = chosen(None, [own])
    assert (names(alone), alone.group, alone.views) == (["own"], "other-networks", ("checkpoint", "whole"))


def test_a_python_file_is_an_observer_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "my_net.py"
    path.write_text("raise SystemExit('nothing of it runs here')\n")
    (card,) = chosen(None, [str(path)]).cards
    assert (card.name, card.kind, card.file, card.folder) == ("my_net", "python", "my_net.py", tmp_path)
    assert card.place("my_net.py") == path


def test_a_tag_of_a_library_is_an_observer(tmp_path: Path) -> None:
    words = ["timm:convnext_nano.in12k,timm:resnet50.a1_in1k", "torchvision:vit_b_16/IMAGENET1K_SWAG_LINEAR_V1"]
    cast = chosen(read_lineup(lineup(tmp_path)), ["resnet", *words])
    assert [(card.name, card.kind, card.labels) for card in cast.cards] == [
        ("resnet", "timm", "imagenet-1k"),
        ("convnext_nano.in12k", "timm", "imagenet-12k"),
        ("resnet50.a1_in1k", "timm", "imagenet-1k"),
        ("vit_b_16-IMAGENET1K_SWAG_LINEAR_V1", "torchvision", "imagenet-1k"),
    ]
    assert cast.cards[1].licence == "as timm states it"


@pytest.mark.parametrize(
    ("library", "tag", "labels"),
    [
        ("timm", "tf_efficientnet_l2.ns_jft_in1k_475", "imagenet-1k"),
        ("timm", "beitv2_large_patch16_224.in1k_ft_in22k_in1k", "imagenet-1k"),
        ("timm", "beitv2_large_patch16_224.in1k_ft_in22k", None),
        ("timm", "mobilenetv4_conv_medium.e250_r384_in12k", "imagenet-12k"),
        ("timm", "vit_base_patch16_224_miil.in21k", None),
        ("timm", "vit_base_patch16_224.mae", None),
        ("timm", "resnet50", None),
        ("torchvision", "regnet_y_128gf/IMAGENET1K_SWAG_E2E_V1", "imagenet-1k"),
        ("torchvision", "vgg16/IMAGENET1K_FEATURES", None),
        ("torchvision", "r3d_18/KINETICS400_V1", None),
        ("torchvision", "resnet50", None),
    ],
)
def test_labels_are_read_off_a_tag_only_where_it_says_them(library: str, tag: str, labels: str | None) -> None:
    assert labels_of_tag(library, tag) == labels


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (
            "vt",
            "observer 'vt' (did you mean vit?): is none that is known; in the lineup mine: resnet, vit; or name a card",
        ),
        (
            "alexnet",
            "; the lineup broad has it (--lineup broad); or name a card (.toml), a Python file (.py), timm:TAG",
        ),
        ("jax:a", "observer 'jax:a': is none that is known; "),
        ("gone.toml", "gone.toml: there is no such card"),
        (
            "gone.py",
            "observer 'gone.py': there is no such file; name a file that is there, or with --lineup one of broad, bun",
        ),
        (
            "timm:swin_base_patch4_window7_224.ms_in22k",
            "the tag does not say what its outputs are called; write a card",
        ),
        ("torchvision:vgg16/IMAGENET1K_FEATURES", "the tag does not say what its outputs are called; write a card"),
        (
            "torchvision:resnet50",
            "the tag does not say what its outputs are called; write a card that names its labels",
        ),
    ],
)
def test_a_word_that_names_nobody_is_refused(tmp_path: Path, word: str, message: str) -> None:
    with pytest.raises(BadInput) as raised:
        chosen(read_lineup(lineup(tmp_path)), [word])
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (
            "timm:resnet50.a1_in1kk",
            "has no weights 'a1_in1kk' of resnet50 (did you mean a1_in1k?); there are a1_in1k, ",
        ),
        ("timm:resnet50.a1-in1k", "has no weights 'a1-in1k' of resnet50 (did you mean a1_in1k?); there are a1_in1k, "),
        ("timm:resnet50.", "has no weights '' of resnet50; there are a1_in1k, "),
        (
            "timm:resnt50.a1_in1kk",
            "has no architecture 'resnt50' (did you mean resnet50?); timm.list_models() lists them",
        ),
        ("timm:resnt50", "has no architecture 'resnt50' (did you mean resnet50?); timm.list_models() lists them"),
        (
            "timm:vit_base_patch16_224_in21k",
            "calls 'vit_base_patch16_224_in21k' now vit_base_patch16_224.augreg_in21k; name that",
        ),
        (
            "torchvision:resnet50/IMAGENET1K_V",
            "has no weights 'IMAGENET1K_V' of resnet50 (did you mean IMAGENET1K_V2?); there are IMAGENET1K_V1, IMAG",
        ),
        (
            "torchvision:resnt50",
            "has no network 'resnt50' that classifies (did you mean resnet50?); torchvision.models.list_models(",
        ),
        ("torchvision:r3d_18/KINETICS400_V1", "has no network 'r3d_18' that classifies"),
    ],
)
def test_a_tag_that_its_library_does_not_have_is_told_so(word: str, message: str) -> None:
    with pytest.raises(BadInput) as raised:
        chosen(None, [word])
    said = str(raised.value)
    library = word.partition(":")[0]
    assert said.startswith(f"observer {word!r}: {library} ")
    assert message in said
    assert "outputs" not in said
    assert "\n" not in said


def test_an_architecture_without_weights_is_told_so() -> None:
    trained = {tag.partition(".")[0] for tag in list_pretrained()}
    bare = next(name for name in list_models() if name not in trained)
    with pytest.raises(BadInput, match=f"has no weights 'x' of {bare}; there are none; write a card with weights = "):
        chosen(None, [f"timm:{bare}.x"])


@pytest.mark.parametrize("tag", ["resnet50", "hf_hub:timm/resnet50.a1", "local-dir:/nets/mine", ""])
def test_a_tag_that_timm_may_well_have_is_not_said_to_be_unknown(tag: str) -> None:
    with pytest.raises(BadInput, match="the tag does not say what its outputs are called; write a card"):
        chosen(None, [f"timm:{tag}"])


@pytest.mark.parametrize("tag", ["vgg16", "resnet50/DEFAULT", ""])
def test_nor_is_one_that_torchvision_may_have(tag: str) -> None:
    with pytest.raises(BadInput, match="the tag does not say what its outputs are called; write a card"):
        chosen(None, [f"torchvision:{tag}"])


def test_a_lineup_is_no_observer(tmp_path: Path) -> None:
    path = lineup(tmp_path)
    with pytest.raises(BadInput, match=r"mine.toml: is a lineup, for it has \[\[observer\]\]; give it as the lineup"):
        chosen(None, [str(path)])


def test_somebody_has_to_be_named() -> None:
    with pytest.raises(
        BadInput, match=r"no observers are named; name a lineup \(broad, .* or a file\), or a card \(.tom"
    ):
        chosen(None, [","])


def test_an_observer_that_is_added_needs_a_name_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(CARD.replace('"own"', '"VIT"'))
    with pytest.raises(BadInput, match="observers: two are called 'VIT' and 'vit'; give one another name"):
        chosen(read_lineup(lineup(tmp_path)), [str(tmp_path / "own.toml")])


def test_a_python_file_whose_name_cannot_name_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "my net.py").write_text("")
    with pytest.raises(BadInput, match=r"my net.py', name: 'my net' cannot name files; give one of letters, digits"):
        chosen(None, [str(tmp_path / "my net.py")])


def test_views_on_the_command_line_replace_those_of_the_lineup(tmp_path: Path) -> None:
    mine = read_lineup(lineup(tmp_path))
    assert seen_as(mine, []) == mine
    assert seen_as(mine, ["zoom-2, whole", "whole"]).views == ("zoom-2", "whole")
    with pytest.raises(BadInput, match=r"view 'hole' \(did you mean whole\?\): is none; allowed: "):
        seen_as(mine, ["hole"])


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a distribution that offers one observer, as pip would lay it down."""

    def install(distribution: str, name: str, version: str = "1.0") -> None:
        site = tmp_path / f"site-{distribution}"
        facts = site / f"{distribution}-{version}.dist-info"
        facts.mkdir(parents=True)
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (facts / "entry_points.txt").write_text(f"[askew.observers]\n{name} = {distribution}.nets:best\n")
        (site / distribution).mkdir()
        (site / distribution / "__init__.py").write_text("raise SystemExit('nothing of it runs here')\n")
        monkeypatch.setattr(sys, "path", [str(site), *sys.path])

    return install


def test_an_observer_that_a_distribution_offers_is_found(installed: Callable[..., None], tmp_path: Path) -> None:
    installed("our_lab", "recurrent")
    (card,) = chosen(None, ["recurrent"]).cards
    assert (card.name, card.kind, card.entry_point) == ("recurrent", "python", "recurrent")
    assert offered_observer("recurrent").value == "our_lab.nets:best"
    assert card.identity()["entry_point"] == "our_lab.nets:best (our_lab 1.0)"
    mine = read_lineup(lineup(tmp_path))
    assert names(chosen(mine, ["recurrent", "vit"])) == ["recurrent", "vit"]
    with pytest.raises(
        BadInput, match=r"'recurent' \(did you mean recurrent\?\): .*; offered by entry points: recurrent; "
    ):
        chosen(mine, ["recurent"])


def test_an_entry_point_that_nobody_offers_is_refused(installed: Callable[..., None]) -> None:
    with pytest.raises(
        BadInput, match=r"'recurrent': no installed distribution offers it .* askew.observers; there: none"
    ):
        offered_observer("recurrent")
    installed("our_lab", "recurrent")
    with pytest.raises(BadInput, match=r"'recurent' \(did you mean recurrent\?\): no installed .*; there: recurrent"):
        offered_observer("recurent")


def test_an_entry_point_that_two_distributions_offer_is_refused(installed: Callable[..., None]) -> None:
    installed("our_lab", "recurrent")
    installed("their_lab", "recurrent")
    assert len(offered_observers()["recurrent"]) == 2
    with pytest.raises(
        BadInput, match=r"'recurrent': several distributions offer it \(our_lab, their_lab\); uninstall"
    ):
        offered_observer("recurrent")
