"""Which sentences a protocol needs on its text screens. What is said is what is done: no word of a mask without one.

A screen is paragraphs, a paragraph is sentences, each named as the languages name it.
"""

from askew_experiments.protocol import Protocol

Paragraphs = tuple[tuple[str, ...], ...]


def paragraphs(name: str, protocol: Protocol) -> Paragraphs:
    """The sentences of a text screen; most have the one of their own name."""
    if name == "instructions":
        return instructions(protocol)
    if name == "practice":
        told = protocol.practice is not None and protocol.practice.feedback
        return (("practice", "practice_feedback") if told else ("practice",), ("begin",))
    if name == "ready":
        return (("ready",), *((("ready_breaks",),) if protocol.breaks else ()), ("begin",))
    if name == "block":
        return (("block",), *((("block_signal",),) if _signal(protocol) else ()), ("begin",))
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
        said.append("words_before")
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
    choose = "choose" if protocol.design.labels == 2 else "choose_many"
    place = _place(protocol)
    return (choose,) if place == "before" else (f"words_{place}", choose)


def _answer(protocol: Protocol) -> tuple[str, ...]:
    """When to answer, and what to do if one does not know."""
    signal = _signal(protocol)
    if signal:
        return (f"signal_{signal}", "signal_only", *(("signal_blocks",) if protocol.design.blocked else ()), "guess")
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
