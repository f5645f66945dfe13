"""Flow files as mitmproxy, mitmdump and mitmweb save them.

mitmproxy itself reads them, so every version of the format that it can upgrade is read; it is loaded only then.
"""

from __future__ import annotations

import re
from io import BytesIO

from msgspec.structs import replace

from app.formats.errors import FormatError
from app.formats.times import within_calendar
from app.model import Exchange, Provenance
from app.session.file import Skipped

_MAGIC = re.compile(rb"\d{1,9}:\d{1,9}:")  # a netstring of netstrings: lengths, each with a colon
_LARGEST_BODY = 8 << 20  # bytes of a body that are kept
_DAMAGE = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What mitmproxy lets through of a file that is a flow file no more."""


def looks_like(data: bytes) -> bool:
    """Whether the bytes begin like a flow file."""
    return bool(_MAGIC.match(data[:24]))


def read(data: bytes, name: str) -> tuple[tuple[Exchange, ...], tuple[Skipped, ...]]:
    """The HTTP flows of a file in order, and the place where it breaks off if it does.

    Raises `FormatError` when nothing could be read.
    """
    from mitmproxy.exceptions import FlowReadException
    from mitmproxy.http import HTTPFlow
    from mitmproxy.io import FlowReader

    from addons.exchange import exchange

    found: list[Exchange] = []
    skipped: list[Skipped] = []
    count = 0
    try:
        for flow in FlowReader(BytesIO(data)).stream():
            count += 1
            if isinstance(flow, HTTPFlow) and flow.request.method != "CONNECT":
                # In a file every connection is closed, which proves no client impatient; the error's words do.
                error = flow.error.msg if flow.error and "client" not in flow.error.msg.lower() else None
                read_back = exchange(flow, _LARGEST_BODY)
                found.append(
                    replace(
                        read_back,
                        provenance=Provenance.IMPORTED,
                        error=error,
                        source=name,
                        started_ms=_time(read_back.started_ms),
                        finished_ms=_time(read_back.finished_ms),
                    )
                )
    except (*_DAMAGE, FlowReadException) as error:
        reason = str(error).rstrip(".") or type(error).__name__
        if not count:
            raise FormatError(f"{name} is no flow file that mitmproxy can read ({reason}). Save it again.") from error
        skipped.append(Skipped(count, f"the file is broken from here on ({reason})"))
    return tuple(found), tuple(skipped)


def _time(ms: int | None) -> int | None:
    """A time that some calendar has."""
    return None if ms is None else within_calendar(ms)
