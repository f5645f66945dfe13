"""What is the same wherever server events are made: terms, refusals, sentences; each platform of the table is asked."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.outgoing import Draft
from app.platforms import Platform, senders
from app.platforms.making import filled
from app.platforms.server_api import ComposeError, ServerApi, Terms, TestKind

NOW = 1_795_318_292_000
EVERY = pytest.mark.parametrize("platform", senders(), ids=lambda platform: platform.name)


def api_of(platform: Platform) -> ServerApi:
    assert platform.server is not None
    return platform.server


def made(platform: Platform, terms: Terms) -> Draft:
    api = api_of(platform)
    source = api.templates.sources()[0]
    return api.templates.from_scratch(api.templates.first, terms, account=api.account.example, source=source)


@EVERY
def test_a_draft_has_a_test_code_where_the_platform_has_such_codes(platform: Platform) -> None:
    api, draft = api_of(platform), made(platform, Terms(now_ms=NOW, test_code="TEST7"))
    by_code = api.tests.kind is TestKind.CODE
    assert draft.test_code == ("TEST7" if by_code else None)
    sent = api.outgoing(replace(draft, test_code="TEST7"), api.base_url)
    assert sent.test_code == ("TEST7" if by_code else None)
    assert sent.as_test is (api.tests.kind in (TestKind.FLAG, TestKind.VALIDATE))
    assert (sent.platform, sent.account, sent.auth) == (platform.name, draft.account, api.auth)


@EVERY
def test_what_is_no_request_is_refused_and_said_beforehand(platform: Platform) -> None:
    api, draft = api_of(platform), made(platform, Terms(now_ms=NOW))
    changed = (
        (replace(draft, events=()), "1 to", "data"),
        (replace(draft, events=draft.events * (api.max_events + 1)), "1 to", "data"),
        (replace(draft, account="not one"), api.account.word, "account"),
        (replace(draft, events=("{",)), "not a JSON object", ""),
    )
    for wrong, words, field in changed:
        with pytest.raises(ComposeError, match=words):
            api.outgoing(wrong, api.base_url)
        assert api.validate(wrong, NOW)[0].field == field


@EVERY
def test_a_source_that_there_is_none_of_is_named_with_those_there_are(platform: Platform) -> None:
    templates = api_of(platform).templates
    with pytest.raises(ComposeError, match=f"source the moon. There .*{templates.sources()[-1]}"):
        templates.from_scratch(templates.first, Terms(now_ms=NOW), account="1", source="the moon")


def test_the_originals_time_is_kept_only_where_it_is_asked_for_and_known() -> None:
    keeping = Terms(now_ms=NOW, keep_time=True)
    assert (keeping.moment(5), keeping.moment(None), Terms(now_ms=NOW).moment(5)) == (5, NOW, NOW)


def test_false_and_zero_say_something() -> None:
    said = {"no": False, "none": 0}
    assert filled({**said, "text": "", "list": [], "object": {}, "null": None}) == said
