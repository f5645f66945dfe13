"""The one error of reading files."""


class FormatError(Exception):
    """A file can not be read at all; the text names it and says what to do, and is fit to show."""
