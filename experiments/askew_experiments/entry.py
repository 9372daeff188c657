"""A line of text that is being typed: what each key makes of it."""

import re
from dataclasses import dataclass, replace
from typing import Literal

MAX_TEXT = 100


@dataclass(frozen=True)
class Entry:
    """What has been typed, and what is wrong with it if Enter was tried."""

    text: str = ""
    complaint: str = ""
    state: Literal["open", "done", "cancelled"] = "open"

    def after(self, stroke: str, pattern: str, form: str) -> "Entry":
        """The entry after a stroke: a character, or the name of a key. `form` is said if it does not fit.

        >>> entry = Entry("p 1").after("return", "[a-z0-9]+", "Please give letters and digits.")
        >>> entry.state, entry.complaint
        ('open', 'Please give letters and digits.')
        >>> entry.after("backspace", "[a-z0-9]+", "Please give letters and digits.")
        Entry(text='p ', complaint='', state='open')
        """
        if stroke == "escape":
            return replace(self, state="cancelled", complaint="")
        if stroke == "backspace":
            return Entry(self.text[:-1])
        if stroke == "return":
            if re.fullmatch(pattern, self.text):
                return Entry(self.text, state="done")
            return replace(self, complaint=form)
        if len(stroke) == 1 and stroke.isprintable() and len(self.text) < MAX_TEXT:
            return Entry(self.text + stroke)
        return self
