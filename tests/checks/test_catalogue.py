"""The table of codes: complete, well formed, and every code tried both ways."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from app.checks import BY_CODE, CHECKS, check_of
from app.checks.codes import GENERIC
from app.platforms import PLATFORMS
from app.platforms.base import Platform, Role
from app.platforms.check import Topic
from tests.checks import (
    test_between_platforms,
    test_clicks,
    test_customer,
    test_delivery,
    test_device,
    test_identity,
    test_payload,
    test_privacy,
    test_session,
    test_ties,
    test_time,
)
from tests.checks.cases import Case, codes
from tests.platforms.x import cases as of_x

CASES = (
    *test_identity.CASES,
    *test_ties.CASES,
    *test_time.CASES,
    *test_payload.CASES,
    *test_privacy.CASES,
    *test_customer.CASES,
    *test_clicks.CASES,
    *test_device.CASES,
    *test_delivery.CASES,
    *test_session.CASES,
    *of_x.CASES,
    *test_between_platforms.CASES,
)


def test_every_code_has_one_case() -> None:
    by_rule = ("account-unmapped", "never-merged", "copy-dropped", "platform-diagnosis")  # tests of those platforms
    cases = [case.code for case in CASES]
    neutral = {check.kind for check in CHECKS if check.kind} - {*cases}  # test_identifiers.py
    own = {check.code for each in PLATFORMS for check in each.checks} - {check.code for check in GENERIC} - {*cases}
    assert Counter((*cases, *by_rule, *neutral, *own)) == Counter(check.code for check in CHECKS)


@pytest.mark.parametrize("own", PLATFORMS, ids=lambda own: own.name)
def test_every_code_of_a_platforms_own_is_tried_in_its_tests(own: Platform) -> None:
    folder = Path(__file__).parents[1] / "platforms" / own.name
    tried = "".join(file.read_text("utf-8") for file in folder.glob("test_*.py"))
    cases = {case.code for case in CASES}
    codes_of_it = {check.code for check in own.checks} - {check.code for check in GENERIC} - cases
    assert [code for code in sorted(codes_of_it) if f'"{code}"' not in tried] == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_fires_where_it_should(case: Case) -> None:
    assert case.code in codes(case.fires())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_stays_quiet_on_the_nearest_harmless_thing(case: Case) -> None:
    assert case.code not in codes(case.quiet())


def test_codes_are_kebab_case_and_unique() -> None:
    listed = [check.code for check in CHECKS]
    assert len(set(listed)) == len(listed)
    assert [code for code in listed if not re.fullmatch(r"[a-z]+(?:-[a-z]+)*", code)] == []


def test_every_code_says_cause_fix_and_source_in_whole_sentences() -> None:
    assert [check.code for check in CHECKS if not (check.cause.endswith(".") and check.fix.endswith("."))] == []
    assert [check.code for check in CHECKS if not (check.title and check.source)] == []


def test_every_finding_speaks_in_whole_sentences_and_offers_a_fix() -> None:
    found = [item for case in CASES for item in case.fires()]
    assert [item.message for item in found if item.message[-1] not in ".…" and "says:" not in item.message] == []
    assert [item.code for item in found if not item.fix] == []


def test_every_identifier_has_its_codes_in_the_catalogue() -> None:
    named = {
        each.code(what)
        for own in PLATFORMS
        for each in own.identifiers
        for what in ("malformed", "differs", *(("modified",) if each.role is Role.CLICK else ()))
        if each.role is not Role.OTHER
    }
    assert named - BY_CODE.keys() == set()


def test_a_platforms_own_code_follows_the_neutral_one_and_rests_on_it() -> None:
    listed = [check.code for check in CHECKS]
    own = [check for check in CHECKS if check.kind]
    assert own
    assert [listed[listed.index(check.code) - 1] for check in own] == [check.kind for check in own]
    assert [check.code for check in own if check.severity is not BY_CODE[check.kind].severity] == []


def test_a_platform_words_a_code_in_its_own_way_and_keeps_its_weight() -> None:
    worded = [check for own in PLATFORMS for check in own.checks if not check.kind]
    assert worded
    assert [check.code for check in worded if check.severity is not BY_CODE[check.code].severity] == []
    assert check_of("hard-to-attribute", "meta").fix != check_of("hard-to-attribute", "tiktok").fix
    assert check_of("hard-to-attribute", "tiktok") == BY_CODE["hard-to-attribute"]


def test_a_rule_rests_on_the_documents_of_the_platform_it_is_about() -> None:
    assert [check_of("event-id-differs", name).source.partition(" ")[0] for name in ("meta", "tiktok")] == [
        "Meta,",
        "TikTok",
    ]
    assert [check.code for check in CHECKS if "Meta" in check.source and not check.kind] == []
    unnamed = {check_of(check.code, "meta").source for check in CHECKS} & {topic.value for topic in Topic}
    assert unnamed == set(), "Meta's rules have their documents"
