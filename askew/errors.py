"""The one error that a person can mend: it is printed as one line, without a traceback."""


class BadInput(ValueError):
    """What was given cannot be used; the message says what it was, what is allowed and what to do."""


class BadCell(BadInput):
    """A value that its column does not allow. Whoever reads a file adds the file and the line."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(f"{column}: {message}")
        self.column = column
        self.message = message
