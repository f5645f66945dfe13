"""Which keys are one bucket: those that one event carried together, directly or through others."""

from __future__ import annotations

from collections.abc import Sequence


class SharedKeys:
    """Keys by the bucket they lead to. A key that never stood beside another is a bucket of its own."""

    def __init__(self) -> None:
        self._leads: dict[str, str] = {}  # from a key towards its bucket

    def bucket(self, key: str) -> str:
        """The bucket a key leads to."""
        leads = self._leads
        if not leads:
            return key
        while (following := leads.get(key)) is not None:
            leads[key] = leads.get(following, following)
            key = following
        return key

    def join(self, keys: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """Make the keys of one event one bucket: its name, and the names of the buckets that went into it."""
        home = self.bucket(keys[0])
        joined = []
        for key in keys[1:]:
            other = self.bucket(key)
            if other != home:
                self._leads[other] = home
                joined.append(other)
        return home, tuple(joined)
