"""The filter's language, over conversions that the real analysis made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.engine import Analysis
from app.analysis.filters import FIELDS, HELP, read_filter, suggestions, term
from app.checks import Context
from app.model import Event, Group, Verdict
from app.platforms import rules_of
from tests.events import browser
from tests.gui.sessions import small

GROUPS = small()


def passing(text: str) -> list[Group]:
    found = read_filter(text)
    assert found.complaints == ()
    return [group for group in GROUPS if found.passes(group)]


def ids(text: str) -> list[str | None]:
    return [group.event_id for group in passing(text)]


def test_an_empty_filter_lets_everything_pass() -> None:
    found = read_filter("   ")
    assert found.empty
    assert all(found.passes(group) for group in GROUPS)


def test_the_beginning_of_a_verdict_is_enough() -> None:
    expected = [group for group in GROUPS if group.verdict is Verdict.DOUBLE_COUNTED]
    assert expected
    assert passing("verdict:double") == expected


def test_values_after_a_comma_are_alternatives() -> None:
    assert {group.verdict for group in passing("verdict:waiting,duplicate")} == {Verdict.WAITING, Verdict.DUPLICATE}


def test_terms_are_joined_by_and() -> None:
    assert {(group.verdict, group.name) for group in passing("verdict:deduplicated event:addtocart")} == {
        (Verdict.DEDUPLICATED, "AddToCart")
    }


def test_a_minus_turns_a_term_round() -> None:
    assert sorted(group.id for group in passing("event:Purchase") + passing("-event:Purchase")) == sorted(
        group.id for group in GROUPS
    )


def test_an_id_is_looked_for_within_and_with_equals_as_a_whole() -> None:
    assert ids("id:12345-") == ["12345-server"]
    assert set(ids("id:12345")) == {"order_12345", "12345", "12345-server"}
    assert ids("id:=12345") == ["12345"]


def test_quotes_keep_spaces_together() -> None:
    assert ids('id:"= lead-88"') == [" lead-88"]


def test_has_and_missing_are_each_others_opposite() -> None:
    assert None in ids("missing:id")
    assert None not in ids("has:id")
    assert len(passing("missing:id")) + len(passing("has:id")) == len(GROUPS)


def test_missing_several_means_that_one_of_them_is_not_there() -> None:
    assert passing("missing:id,value") == [
        group
        for group in GROUPS
        if not (read_filter("has:id").passes(group) and read_filter("has:value").passes(group))
    ]


@pytest.mark.parametrize(
    ("text", "limit"), [("delay>1s", 1000), ("delay>1000ms", 1000), ("delay>0.02min", 1200), ("delay>500ms", 500)]
)
def test_delay_is_compared_in_its_unit(text: str, limit: int) -> None:
    expected = [group for group in GROUPS if group.gap_ms is not None and abs(group.gap_ms) > limit]
    assert expected
    assert passing(text) == expected


def test_delay_can_be_asked_for_below_a_limit() -> None:
    assert passing("delay<1s") == [group for group in GROUPS if group.gap_ms is not None and abs(group.gap_ms) < 1000]


def test_status_takes_a_figure_or_a_class() -> None:
    assert ids("status:400") == ["order_12356"]
    assert set(ids("status:5xx")) == {"order_12399"}
    assert set(ids("status:4xx,503")) == {"order_12356", "order_12399"}


def test_a_bare_word_is_looked_for_in_ids_names_orders_and_findings() -> None:
    assert ids("PageView") == [None]
    assert set(ids("A-1003")) == {"12345", "12345-server"}
    assert passing("event-name-case") == passing("finding:event-name-case") != []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("verdikt:double", "“verdikt:” is no field"),
        ("verdict:hopeful", "fits nothing"),
        ("has:luck", "“luck” can not be asked for"),
        ("delay:5", "delay is written as"),
        ("delay>soon", "delay is written as"),
        ("status:teapot", "three figures"),
        ("event>5", "only delay"),
        ("event:", "needs a value"),
        ("id:=", "needs a value"),
    ],
)
def test_what_makes_no_sense_is_named_and_the_rest_still_filters(text: str, said: str) -> None:
    found = read_filter(f"{text} verdict:waiting")
    assert len(found.complaints) == 1
    assert said in found.complaints[0]
    assert [group.verdict for group in GROUPS if found.passes(group)] == [Verdict.WAITING]


def test_every_line_of_the_help_is_a_filter_that_works() -> None:
    for text, _ in HELP:
        assert read_filter(text).complaints == ()


@pytest.mark.parametrize("field", [known.field for known in FIELDS])
def test_only_this_finds_the_conversion_it_was_made_from(field: str) -> None:
    asked = 0
    for group in GROUPS:
        words = term(field, group)
        if words is not None:
            found = read_filter(words)
            assert found.complaints == ()
            assert found.passes(group)
            asked += 1
    assert asked


def test_suggestions_are_fields_first_and_values_after_the_colon() -> None:
    assert suggestions("ver") == ("verdict:",)
    assert suggestions("-ver") == ("-verdict:",)
    assert suggestions("verdict:d") == ("verdict:deduplicated", "verdict:double-counted", "verdict:duplicate")
    assert suggestions("side:browser,s") == ("side:browser,server",)
    assert suggestions("") == ()
    assert suggestions("nothing") == ()


@given(st.text(max_size=60))
def test_no_text_upsets_the_reader(text: str) -> None:
    found = read_filter(text)
    for group in GROUPS[:3]:
        assert found.passes(group) in (True, False)
    suggestions(text)


def test_every_platforms_cookies_and_click_ids_can_be_asked_for() -> None:
    def seen(number: int, platform: str, key: str) -> Event:
        return browser(number, f"{platform}-{key}", platform=platform, match_ids=((key, "x"),))

    analysis = Analysis(Context(), rules_of())
    analysis.add([seen(1, "meta", "fbp"), seen(2, "tiktok", "ttp"), seen(3, "tiktok", "ttclid")])
    groups = analysis.groups()
    for text, expected in (("has:ttp", ["tiktok-ttp"]), ("missing:ttclid", ["meta-fbp", "tiktok-ttp"])):
        passes = read_filter(text).passes
        assert [group.event_id for group in groups if passes(group)] == expected
    assert "has:ttclid" in suggestions("has:tt")
