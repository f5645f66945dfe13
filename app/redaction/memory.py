"""Secrets that are known, looked for in other text, in capital and small letters alike."""

from __future__ import annotations

from collections.abc import Iterator

import re2

from app.redaction.layers import Span

_MOST = 2_000  # secrets remembered; the oldest are forgotten
_TAIL = 40  # bytes at a secret's end that are looked for first

_OPTIONS = re2.Options()
_OPTIONS.encoding = re2.Options.Encoding.LATIN1
_OPTIONS.max_mem = 64 << 20
_OPTIONS.case_sensitive = False


class Memory:
    """Secrets by their last bytes, and a pattern that finds them all in one pass. Lives in memory only."""

    def __init__(self) -> None:
        self._by_tail: dict[bytes, list[bytes]] = {}
        self._known: dict[bytes, None] = {}
        self._pattern: re2._Regexp | None = None

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, secret: bytes) -> bool:
        return secret.lower() in self._known

    def add(self, secret: bytes) -> None:
        """Remember one more; of too many the oldest is forgotten."""
        if len(self._known) >= _MOST:
            self._forget(next(iter(self._known)))
        secret = secret.lower()
        self._known[secret] = None
        self._by_tail.setdefault(secret[-_TAIL:], []).append(secret)
        self._pattern = None

    def found(self, text: bytes) -> Iterator[Span]:
        """Where remembered secrets stand in a text."""
        if not self._known:
            return
        if self._pattern is None:
            # The longest first: one may be the end of another.
            tails = sorted(self._by_tail, key=len, reverse=True)
            self._pattern = re2.compile(b"|".join(map(re2.escape, tails)), _OPTIONS)
        for tail in self._pattern.finditer(text):
            end = tail.end()
            for secret in self._by_tail[tail[0].lower()]:
                if text[max(0, end - len(secret)) : end].lower() == secret:
                    yield end - len(secret), end

    def _forget(self, secret: bytes) -> None:
        del self._known[secret]
        same = self._by_tail[secret[-_TAIL:]]
        same.remove(secret)
        if not same:
            del self._by_tail[secret[-_TAIL:]]
