"""The backend's order numbers from whatever it exports: CSV of any kind, JSON, or one number to a line.

Such files are full of customers. Only the order numbers are kept; the rest is dropped as it is read.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import Any

MOST_BYTES = 50_000_000
MOST_ORDERS = 1_000_000
LONGEST = 100  # characters of an order number; what is longer is none

# What shops call the column, the surest first: Shopify's order number is `Name`, and its `Id` is another one.
_NAMES = tuple(
    "order_id order_number order_no order_nr order_name order_increment_id increment_id order_reference order_code "
    "order bestellnummer auftragsnummer name transaction_id reference number id".replace("_", "").split()
)
_NO_PROOF = ("name", "reference")  # such a column must hold what looks like order numbers: it may be a person's
_DELIMITERS = (";", "\t", ",", "|")
_SAMPLED = 50  # rows that decide what kind of table it is
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")
_FOLD = re.compile(r"[\W_]+")
_WHOLE = re.compile(r"(\d+)\.0+")  # a number that went through a spreadsheet's or a library's decimals
_ROUNDED = re.compile(r"\d[.,]\d+e\+?\d+", re.IGNORECASE)
_DATE_OR_AMOUNT = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*|\D{0,3}\d+[.,]\d{1,2}\D{0,3}")


class OrdersError(Exception):
    """The file gives no order numbers; the text says why, and what to do."""


def read_orders(path: Path, column: str = "") -> tuple[str, ...]:
    """The order numbers of a file, each once, as the file writes them.

    `column` is the header of the column they stand in, or its number counted from 1; without it, a column named like
    an order number is taken. Raises `OrdersError` with the file's name and the reason.
    """
    try:
        return _read(path, column)
    except _RefusedError as refused:
        raise OrdersError(f"{path.name} {refused}") from refused


class _RefusedError(Exception):
    """What is said of a file after its name."""


def _read(path: Path, column: str) -> tuple[str, ...]:
    text = _text_of(path)
    values = _of_json(text, column) if text.lstrip()[0] in "[{" else _of_table(text, column)
    found: dict[str, None] = {}
    for value in values:
        if number := _order_number(value):
            found[number] = None
        if len(found) > MOST_ORDERS:
            raise _RefusedError(
                f"holds more than {MOST_ORDERS:,} orders. Export the time of the recorded traffic only."
            )
    if not found:
        raise _RefusedError("holds no order number. Export it again, or choose another column with --order-column.")
    if rounded := next(filter(_ROUNDED.fullmatch, found), ""):
        raise _RefusedError(
            f"holds rounded numbers ({rounded}), as spreadsheets make them. Use the backend's own export, "
            "not one that was opened and saved in between."
        )
    return tuple(found)


def _text_of(path: Path) -> str:
    """The file's text, which is not empty."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _RefusedError(f"can not be read ({error.strerror}). Check its name and permissions.") from error
    if len(data) > MOST_BYTES:
        raise _RefusedError(f"is larger than {MOST_BYTES // 1_000_000} MB. Export the order numbers alone.")
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # Excel's old code pages; order numbers read the same in all of them
    if _NO_TEXT.search(text):
        raise _RefusedError("is no text file. Save it as CSV, with the order numbers in a column of their own.")
    if not text.strip():
        raise _RefusedError("is empty. Export it again.")
    return text


def _order_number(value: str) -> str:
    """A cell as an order number; empty when it can be none, such as an e-mail address."""
    number = value.strip()
    if whole := _WHOLE.fullmatch(number):
        return whole[1]
    return "" if len(number) > LONGEST or "@" in number or not any(map(str.isalnum, number)) else number


# JSON


def _of_json(text: str, column: str) -> Iterator[str]:
    """The numbers in a list of texts, numbers or objects; the list may be a member of an object (`{"orders": […]}`)."""
    found = _parsed(text)
    if isinstance(found, dict):
        found = next((member for member in found.values() if isinstance(member, list)), [found])
    objects = [item for item in found if isinstance(item, dict)]
    if not objects:
        return (item for item in found if isinstance(item, str))
    names = dict.fromkeys(chain.from_iterable(islice(objects, _SAMPLED)))
    rows = [[_cell(item.get(name)) for name in names] for item in islice(objects, _SAMPLED)]
    name = list(names)[_place(list(names), rows, column)]
    return (_cell(item.get(name)) for item in objects)


def _parsed(text: str) -> Any:
    """The document, or a list of those that stand one to a line; numbers as they are spelt."""
    read = partial(json.loads, parse_int=str, parse_float=str)
    try:
        try:
            return read(text)
        except ValueError as error:
            lines = [line for line in text.splitlines() if line.strip()]
            if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
                raise _RefusedError(f"is broken JSON ({error}). Export it again.") from error
            return [read(line) for line in lines]
    except RecursionError as error:
        raise _RefusedError("is nested too deeply to be read. Export the order numbers alone.") from error
    except ValueError as error:
        raise _RefusedError(f"is broken JSON ({error}). Export it again.") from error


def _cell(value: object) -> str:
    return value if isinstance(value, str) else ""


# Tables


def _of_table(text: str, column: str) -> Iterator[str]:
    """The numbers in a table with or without headers, or in plain lines."""
    delimiter, text = _delimiter(text)
    sample = list(islice(_rows(text, delimiter), _SAMPLED))
    if not sample:
        return iter(())
    first, *others = sample
    headed = _headed(first, others, column)
    if headed and len(first) == 1 and not column and _folded(first[0]) not in _NO_PROOF:
        place = 0
    else:
        place = _place(first, others, column) if headed else _without_header(sample, column)
    rows = _rows(text, delimiter)
    return (row[place] for row in islice(rows, int(headed), None) if place < len(row))


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows that hold anything."""
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from filter(any, rows)
    except csv.Error as error:
        raise _RefusedError(f"can not be read from line {rows.line_num} on ({error}). Export it again.") from error


def _delimiter(text: str) -> tuple[str, str]:
    """What parts the columns: what makes the most of them, first of all in the first row.

    Excel may say so in a line of its own.
    """
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and (said := first[4:].strip("\r ")) and said in _DELIMITERS:
        return said, rest
    start = text[:100_000]
    return max(_DELIMITERS, key=lambda one: _widths(islice(_rows(start, one), _SAMPLED))), text


def _widths(rows: Iterable[Sequence[str]]) -> tuple[int, int]:
    """How many columns the first row has, and how many most rows have."""
    widths = list(map(len, rows))
    return (widths[0], Counter(widths).most_common(1)[0][0]) if widths else (0, 0)


def _headed(first: Sequence[str], others: Sequence[Sequence[str]], column: str) -> bool:
    """Whether the first row names the columns."""
    folded = [_folded(cell) for cell in first]
    if not set(folded).isdisjoint(_NAMES) or (column and _folded(column) in folded):
        return True
    chosen = _numbered(column, len(first))
    if chosen is not None or len(first) == 1:
        place = chosen or 0
        return not _is_data(first[place]) and any(_is_data(row[place]) for row in others if place < len(row))
    return sum(map(_is_data, first)) * 2 < len(first)


def _place(header: Sequence[str], rows: Sequence[Sequence[str]], column: str) -> int:
    """Which of the named columns holds the order numbers, from 0."""
    folded = [_folded(cell) for cell in header]
    if column:
        named = next((place for place, cell in enumerate(header) if cell.strip() == column.strip()), None)
        if named is None and _folded(column) in folded:
            named = folded.index(_folded(column))
        if named is None:
            named = _numbered(column, len(header))
        if named is None:
            raise _no_column(column, header)
        return named
    for name in _NAMES:
        if name in folded and (name not in _NO_PROOF or _numbers(rows, folded.index(name))):
            return folded.index(name)
    raise _no_column("", header)


def _without_header(rows: Sequence[Sequence[str]], column: str) -> int:
    """The column that was chosen by its number; else the first, where it looks like order numbers."""
    if column:
        chosen = _numbered(column, len(rows[0]))
        if chosen is None:
            raise _no_column(column, ())
        return chosen
    if len(rows[0]) > 1 and not _numbers(rows, 0):
        raise _RefusedError(
            f"has {len(rows[0])} columns without names. Say which holds the order numbers with --order-column, "
            "counted from 1, or keep only that one."
        )
    return 0


def _numbers(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether a column looks like order numbers, and not like names, dates or amounts."""
    cells = [cell for row in rows if place < len(row) and (cell := row[place].strip())]
    return bool(cells) and all(
        any(map(str.isdigit, cell)) and "@" not in cell and not _DATE_OR_AMOUNT.fullmatch(cell) for cell in cells
    )


def _is_data(cell: str) -> bool:
    """Whether a cell can hardly be the name of a column."""
    return "@" in cell or any(map(str.isdigit, cell))


def _numbered(column: str, width: int) -> int | None:
    """The place of a column that was chosen by its number, counted from 1."""
    return int(column) - 1 if column.isdecimal() and len(column) < 5 and 0 < int(column) <= width else None


def _no_column(column: str, header: Sequence[str]) -> _RefusedError:
    found = ", ".join(cell.strip()[:40] or "(no name)" for cell in header[:30])
    listed = f" Its columns are: {found}." if found else " Its columns have no names."
    what = f"named {column}" if column else "that is named like an order number"
    return _RefusedError(
        f"has no column {what}.{listed} Choose one with --order-column (name, or number from 1), or rename it order_id."
    )


def _folded(name: str) -> str:
    return _FOLD.sub("", name).casefold()
