"""A report made by hand: every kind of block, texts that are no markup, and pictures with planted answers."""

import base64
import io
from collections.abc import Mapping

from PIL import Image

from askew_analysis.report.blocks import (
    Block,
    Browser,
    Card,
    Drawing,
    Estimate,
    Fact,
    Facts,
    Folded,
    Grid,
    Head,
    Listing,
    Note,
    Quote,
    Report,
    Section,
    Share,
    Text,
)

HOSTILE = "<script>alert(1)</script>"
WORSE = "\"'><img src=x onerror=alert(2)>& </script><!-- {{ 7*7 }}"
COMMAND = "askew report a-study --seed 5 --resamples 10000 --formula 'correct ~ 1' --invalid-timing --simulated"
PEOPLE, MODELS = ("40ms", "unlimited"), ("networks",)
NETWORKS = tuple(f"net {number}" for number in range(8))
SVG = """<?xml version="1.0"?>
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="360pt" height="120pt" viewBox="0 0 360 120"
 xmlns="http://www.w3.org/2000/svg">
<defs><style type="text/css">*{stroke-linejoin: round}</style><clipPath id="p1"><path d="M0 0 h360 v120 z"/></clipPath>
<path id="m1" d="M0 0 h4" style="stroke: #000000"/></defs>
<g id="patch_1"><path d="M0 0 H360 V120 H0 z" style="fill: #ffffff"/></g>
<g clip-path="url(#p1)"><circle cx="60" cy="60" r="20" style="fill: #083c7d"/><use xlink:href="#m1" x="10" y="10"/></g>
<text x="100" y="60" style="font: 8px 'DejaVu Sans', sans-serif; text-anchor: start">accuracy &lt;script&gt;</text>
</svg>"""
FIGURES = {"accuracy": SVG, "items": SVG}


def thumbnail(colour: tuple[int, int, int] = (200, 120, 60)) -> str:
    """A small picture as a data: URI."""
    stream = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(stream, "WEBP", quality=75)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()


def card(name: str, shares: Mapping[str, float | None], **given: object) -> Card:
    """A picture that groups got right so often; four answers in each group, none where it is None."""

    def mean(groups: tuple[str, ...]) -> float | None:
        known = [share for group in groups if (share := shares.get(group)) is not None]
        return sum(known) / len(known) if known else None

    people, models = mean(PEOPLE), mean(MODELS)
    told: dict[str, object] = {
        "stimulus": name,
        "truth": "mug",
        "condition": "upright",
        "offered": ("mug", "hammer"),
        "thumbnail": thumbnail(),
        "shares": {
            group: Share(n=0, mean=None)
            if share is None
            else Share(
                n=4,
                mean=share,
                low=max(0.0, share - 0.3),
                high=min(1.0, share + 0.3),
                wrong="hammer" if share < 1 else None,
                margin=1.5 if group in MODELS else None,
            )
            for group, share in shares.items()
        },
        "people": people,
        "models": models,
    }
    return Card(**{**told, **given})  # type: ignore[arg-type]


def browser() -> Browser:
    """Pictures of which people get some and networks others, named by what is planted in them."""
    return Browser(
        people=PEOPLE,
        models=MODELS,
        csv="tables/pictures.csv",
        cards=(
            card("a-people-only", {"40ms": 0.75, "unlimited": 1.0, "networks": 0.0}),
            card("b-models-only", {"40ms": 0.0, "unlimited": 0.25, "networks": 1.0}, condition="rotated", truth="pan"),
            card("c-both", {"40ms": 1.0, "unlimited": 1.0, "networks": 1.0}, truth="pan"),
            card("d-nobody", {"40ms": 0.25, "unlimited": 0.0, "networks": 0.25}, condition="rotated"),
            card("e-only-with-time", {"40ms": 0.0, "unlimited": 1.0, "networks": 0.0}, condition="rotated"),
            card("f-unseen-by-models", {"40ms": 0.5, "unlimited": 0.5, "networks": None}, thumbnail=None),
            card(
                "g-" + HOSTILE,
                {"40ms": 0.5, "unlimited": 0.75, "networks": 0.5},
                truth=HOSTILE,
                offered=(HOSTILE, WORSE),
            ),
            card("h-" + WORSE, {"40ms": 0.5, "unlimited": 0.75, "networks": 0.5}, truth=WORSE, condition=WORSE),
        ),
    )


def network_table(rows: int = 14) -> Grid:
    """A table to sort, of networks of which one has no numbers and one a name that is markup."""
    names = [f"network {number}" for number in range(1, rows - 1)]
    return Grid(
        caption="Networks, one by one.",
        heads=(
            Head("Network"),
            Head("Upright", "share", "Share of right answers on upright pictures, with its 95 % interval."),
            Head("Fall", "difference", "Upright minus rotated, in percentage points."),
            Head("Kappa", "kappa"),
            Head("p", "p"),
            Head("Answers", "count"),
        ),
        rows=(
            *(
                (
                    name,
                    Estimate(0.9 - at / 50, 0.8 - at / 50, 0.99),
                    Estimate(at / 40 - 0.1, None, None),
                    at / 20,
                    at / 99,
                    147 * at,
                )
                for at, name in enumerate(names)
            ),
            (HOSTILE + " & more", Estimate(0.123, 0.1, 0.2), 0.5, -0.12, 0.0001, 20_000),
            ("nothing known", None, Estimate(None), None, None, None),
        ),
        sortable=True,
        csv="tables/networks.csv",
    )


def blocks() -> tuple[Block, ...]:
    """Each kind of block but pictures."""
    return (
        Text("People and networks saw 147 pictures. A text may hold <b>, & and {{ 7*7 }}."),
        Note("Simulated observers", "They are programs, not people.", "caution"),
        Note("Timing", "All 1,764 exposures were within half a frame."),
        Note("No answers", HOSTILE, "bad"),
        Note("Only a title"),
        Facts((Fact("24", "observers"), Fact("1,764", "trials"), Fact("12 %", "without an answer", alarm=True))),
        Listing(("40ms is below unlimited.", "Nothing else is resolved.", HOSTILE)),
        Drawing(name="accuracy", caption="Accuracy by group.", alt=f"People are better with time. {HOSTILE}"),
        Drawing(name="not-drawn", caption="Not there.", alt="Not there."),
        network_table(),
        Grid(
            caption="Means of groups.",
            heads=(
                Head("Group"),
                Head("Condition", "text", "How the object stood."),
                Head("Right", "share"),
                Head("Networks?"),
            ),
            rows=(("40ms", "upright", Estimate(0.698, 0.649, 0.744), False), (WORSE, "rotated", None, True)),
        ),
        Grid(caption="An empty table.", heads=(Head("Group"), Head("Right", "share")), rows=()),
        Quote(title="Methods", words="Each picture was shown for 40 ms.\n\nThen a mask followed."),
        Quote(title="The command", words=COMMAND, is_command=True),
        Folded(
            "Details",
            (Text("Hidden at first."), Drawing(name="items", caption="Pictures.", alt="Pictures."), network_table(3)),
        ),
    )


def report(cards: Browser | None = None) -> Report:
    """All of it."""
    return Report(
        title=f"Unusual poses {HOSTILE}",
        question="Do people and networks recognise objects in unusual poses in the same way?",
        notes=(Note("This is made by hand", "No one took part.", "caution"),),
        sections=(
            Section(name="design", title="The question and the design", blocks=blocks()),
            Section(
                name="pictures", title="Who gets which pictures", blocks=(Text("All of them."), cards or browser())
            ),
            Section(name="methods", title="Methods", blocks=(Quote(title="To cite", words=WORSE),)),
        ),
    )
