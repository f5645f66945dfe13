"""The looks that spare a long one: what they say holds nothing holds nothing, whatever patterns are added."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from app.redaction import finding, personal, shapes

BARE = st.one_of(
    st.from_regex(r"1[0-9]{5,19}", fullmatch=True),
    st.from_regex(r"[0-9a-f]{17,64}", fullmatch=True),
    st.from_regex(r"fb\.1\.[0-9]{13}\.[0-9]{12,20}", fullmatch=True),
)
PLAIN = st.text(st.characters(max_codepoint=255), max_size=120).map(lambda text: text.encode("latin-1"))


@given(BARE)
def test_a_time_or_a_hash_that_is_passed_over_holds_nothing(text: str) -> None:
    assert personal.personal_in(text, "x") == tuple(personal._all_in(text.encode(), "x", 3))


@given(st.one_of(PLAIN, st.from_regex(re.compile(rb"[A-Za-z0-9_.:/=-]{20,90}"), fullmatch=True)))
def test_a_text_that_tells_nothing_holds_no_secret(text: bytes) -> None:
    long_look = [*shapes.shaped(text), *shapes.logins(text), *finding._Names(text).found()]
    assert list(finding.secrets_in(text)) == long_look
