"""Test events on their way out: what is composed, the request it becomes, and where its token goes.

Frozen, as everything in the vocabulary (`app.model`), and without a secret: the token joins on the wire only.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from app.model import Provenance, Request


class Carrier(StrEnum):
    """Where on the wire a token goes."""

    BEARER = "bearer"  # Authorization: Bearer …
    HEADER = "header"  # a header of its own
    QUERY = "query"
    BODY = "body"  # a member of the JSON object that the body is
    OAUTH1 = "oauth1"  # Authorization: OAuth …, a signature


class Auth(Struct, frozen=True, gc=False):
    """Where a token goes: `name` is the header's, the parameter's or the member's; Bearer needs none.

    A signature needs none either; where it has one, a token that is no set of keys goes into that header, unsigned.
    """

    carrier: Carrier = Carrier.BEARER
    name: str = ""


class Draft(Struct, frozen=True, gc=False):
    """A server event being composed: `events` are JSON texts of the platform's own event objects.

    `test_code` is for platforms with a code for tests, `as_test` for those with a switch for them.
    """

    platform: str
    account: str
    events: tuple[str, ...]
    test_code: str | None = None
    api_version: str | None = None
    provenance: Provenance = Provenance.SENT
    origin: str | None = None  # the event it was made from
    as_test: bool = True


class Outgoing(Struct, frozen=True, gc=False):
    """A request ready to be sent, without its secret: the sender adds the token on the wire only, where `auth` says.

    `repeatable` says that sending it twice can not count twice, since every event in it has an ID. `as_test` says that
    it is marked as a test by other means than a code. `platform` and `account` say whose token it needs.
    """

    request: Request
    provenance: Provenance
    send: str
    events: int = 1
    test_code: str | None = None
    repeatable: bool = False
    platform: str = ""
    account: str = ""
    auth: Auth = Auth()
    as_test: bool = False

    @property
    def counts(self) -> bool:
        """Whether it counts at the platform when it is sent live."""
        return bool(self.events) and not (self.test_code or self.as_test)
