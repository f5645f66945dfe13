"""The finding codes that fit every platform, a family to a file; `GENERIC` is all of them in the catalogue's order."""

from __future__ import annotations

from app.checks.codes import conversions, customer, delivery, identity, payload, session, time

GENERIC = (
    identity.CODES + time.CODES + payload.CODES + customer.CODES + delivery.CODES + session.CODES + conversions.CODES
)
