"""Which sentences a protocol needs on its text screens. What is said is what is done: no word of a mask without one.

A screen is paragraphs, a paragraph is sentences, each on a line of its own and named as the languages name it.
"""

from askew_experiments.protocol import Protocol

Paragraphs = tuple[tuple[str, ...], ...]


def paragraphs(name: str, protocol: Protocol) -> Paragraphs:
    """The sentences of a text screen; most have the one of their own name."""
    if name == "instructions":
        return instructions(protocol)
    signal, told = _signal(protocol), protocol.practice is not None and protocol.practice.feedback
    timed = "_signal" if signal else ""
    reminder = ("reminder",) if protocol.design.labels == 2 else ("reminder_many",)
    if name == "practice":
        return (("practice", f"practice_feedback{timed}") if told else ("practice",), ("begin",))
    if name == "practice_again":
        return (("practice_again",), (f"practice_needed{timed}",), ("begin",))
    if name == "ready":
        first = ("ready", *(("ready_untold",) if told else ()), *(("ready_breaks",) if protocol.breaks else ()))
        return (first, reminder, ("begin",))
    if name == "again":
        return (("again",), reminder, ("go_on",))
    if name == "block":
        return (("block", f"block_{signal}") if signal else ("block",), ("begin",))
    return ((name,),)


def instructions(protocol: Protocol) -> Paragraphs:
    """What happens in a trial, in the order in which it happens, and what is asked for."""
    found = (_picture(protocol), _words(protocol), _answer(protocol), ("go_on",))
    return tuple(paragraph for paragraph in found if paragraph)


def _picture(protocol: Protocol) -> tuple[str, ...]:
    """What is seen, and for how long."""
    said = ["pictures"]
    if any("fixation" in phase.elements for phase in protocol.phases):
        said.append("look")
    if _place(protocol) == "before":
        said.append(_words_before(protocol))
    shown = [phase for phase in protocol.phases if "image" in phase.elements]
    if any(phase.until == "go-on" for phase in shown):
        said.append("self_paced")
    elif all(phase.until is None for phase in shown) and not _signal(protocol):
        said.append("brief")
    if protocol.masked:
        said.append("mask_sometimes" if protocol.mask.unmasked_too else "mask")
    return tuple(said)


def _words(protocol: Protocol) -> tuple[str, ...]:
    """Where the labels are, and which key is for which."""
    many = "" if protocol.design.labels == 2 else "_many"
    place = _place(protocol)
    return (f"choose{many}",) if place == "before" else (f"words_{place}{many}", f"choose{many}")


def _words_before(protocol: Protocol) -> str:
    """Labels that come before the picture: two of them may come below a cross that is there already."""
    if protocol.design.labels != 2:
        return "words_before_many"
    first = next(place for place, phase in enumerate(protocol.phases) if "labels" in phase.elements)
    cross = first > 0 and all("fixation" in phase.elements for phase in protocol.phases[first - 1 : first + 1])
    return "words_below" if cross and protocol.display.label_y_deg < 0 else "words_before"


def _answer(protocol: Protocol) -> tuple[str, ...]:
    """When to answer, and what to do if one does not know."""
    signal = _signal(protocol)
    if signal:
        given = next(place for place, phase in enumerate(protocol.phases) if phase.signal)
        goes = "image" in protocol.phases[max(given - 1, 0)].elements and "image" not in protocol.phases[given].elements
        answer = f"gone_at_{signal}" if goes else f"at_{signal}"
        blocks = (f"blocks_{signal}",) if protocol.design.blocked else ()
        return (f"signal_{signal}", answer, f"only_{signal}", *blocks, "guess")
    return ("limit" if protocol.phases[-1].limit_ms is not None else "unhurried", "guess")


def _place(protocol: Protocol) -> str:
    """Whether the labels come before the picture, with it or after it."""
    words = next(place for place, phase in enumerate(protocol.phases) if "labels" in phase.elements)
    picture = next(place for place, phase in enumerate(protocol.phases) if "image" in phase.elements)
    if words == picture or "image" in protocol.phases[words].elements:
        return "with"
    return "before" if words < picture else "after"


def _signal(protocol: Protocol) -> str | None:
    return next((phase.signal for phase in protocol.phases if phase.signal), None)
