"""The table of codes: complete, well formed, and every code tried both ways."""

from __future__ import annotations

import re
from collections import Counter

from app.checks import CHECKS
from tests.checks import test_customer, test_delivery, test_identity, test_payload, test_session, test_time

CASES = [
    case
    for family in (test_customer, test_delivery, test_identity, test_payload, test_session, test_time)
    for case in family.CASES
]


def test_every_code_has_a_case_in_which_it_fires_and_one_in_which_it_must_not() -> None:
    assert Counter(case.code for case in CASES) == Counter(check.code for check in CHECKS)


def test_codes_are_kebab_case_and_unique() -> None:
    codes = [check.code for check in CHECKS]
    assert len(set(codes)) == len(codes)
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(?:-[a-z]+)*", code)] == []


def test_every_code_says_cause_fix_and_source_in_whole_sentences() -> None:
    assert [check.code for check in CHECKS if not (check.cause.endswith(".") and check.fix.endswith("."))] == []
    assert [check.code for check in CHECKS if not (check.title and check.source)] == []


def test_every_finding_speaks_in_whole_sentences_and_offers_a_fix() -> None:
    found = [item for case in CASES for item in case.fires()]
    assert [item.message for item in found if item.message[-1] not in ".…" and "says:" not in item.message] == []
    assert [item.code for item in found if not item.fix] == []
