"""What a report needs besides the analysis: the inputs by name, and every event's parameters once more.

The analysis drops an event's parameters when it has checked it, for they are most of its weight. A report reads them
again in order of arrival, one event at a time: from the session, or from what was kept of files while they were read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
import zstandard

from app.model import Event, Field, Provenance
from app.platforms import decode
from app.redaction import Masker
from app.session.file import Input, Session

_BLOCK = 128  # events that are compressed together
_ENCODER = msgspec.msgpack.Encoder()


class Parameters(NamedTuple):
    """The parameters of one event, by the event's ID."""

    event: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the events came from. `parameters` reads them anew each time, in order of arrival.

    What `masker` knows to be secret is masked also in what was recorded before.
    """

    inputs: tuple[Input, ...]
    parameters: Callable[[], Iterator[Parameters]]
    masker: Masker = field(default_factory=Masker)


_DECODER = msgspec.msgpack.Decoder(list[Parameters])


def of_session(session: Session, endpoints: tuple[str, ...] = (), masker: Masker | None = None) -> Sources:
    """An open session as sources: the files that were read into it, and what it recorded itself.

    The session's own digest is left empty while it may still be written.
    """

    known = masker or Masker()

    def parameters() -> Iterator[Parameters]:
        for exchange in session.exchanges():
            for event in decode(known.mask(exchange), endpoints):
                yield Parameters(event.id, event.fields)

    files = session.inputs()
    names = {item.name for item in files}
    counts = Counter(
        source if provenance is Provenance.IMPORTED and source in names else None
        for provenance, source in session.origins()
    )
    read = tuple(
        Input(item.name, item.sha256, counts[item.name] + item.ignored, item.skipped, item.ignored) for item in files
    )
    own = Input(session.path.name, "", counts[None], integrity=session.integrity)
    return Sources((own, *read) if own.exchanges or not read else read, parameters, known)


class KeptParameters:
    """Parameters in little memory: a few hundred bytes an event, compressed, and never on the disk."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._open: list[tuple[str, tuple[Field, ...]]] = []
        self._compressor = zstandard.ZstdCompressor(level=1)

    def keep(self, events: Iterable[Event]) -> None:
        """Keep the parameters of some events; they come back in the order in which they were kept."""
        self._open += [(event.id, event.fields) for event in events]
        if len(self._open) >= _BLOCK:
            self._close_block()

    def __iter__(self) -> Iterator[Parameters]:
        self._close_block()
        for block in self._blocks:
            yield from _DECODER.decode(zstandard.decompress(block))

    def _close_block(self) -> None:
        if self._open:
            self._blocks.append(self._compressor.compress(_ENCODER.encode(self._open)))
            self._open = []
