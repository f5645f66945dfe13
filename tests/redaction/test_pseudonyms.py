"""People in evidence: plain personal data gets a stable pseudonym wherever it stands, and nothing else is touched."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.hashing import form_of, sha256
from app.model import Event, Field, Kind, Provenance, Side, UserValue
from app.redaction import Redactor


def event(number: int, /, *user: tuple[str, str], ip: str = "", page: str | None = None, **fields: str) -> Event:
    return Event(
        id=f"e{number}.0",
        exchange=number,
        platform="meta",
        side=Side.BROWSER,
        provenance=Provenance.IMPORTED,
        kind=Kind.EVENT,
        account="1",
        name="Lead",
        event_id="l-1",
        own_ms=1,
        received_ms=1,
        page=page,
        user=tuple(UserValue(key, value, form_of(value), f"ud[{key}]") for key, value in user),
        match_ids=(("fbp", "fb.1.2.3"), ("ip", ip)) if ip else (),
        fields=tuple(Field(f"ud[{key}]", value, key, "customer", "query") for key, value in fields.items()),
    )


def shown(redactor: Redactor, item: Event) -> list[str]:
    return [value.value for value in redactor.near(item).event(item).user]


def test_one_persons_values_share_a_number_and_hashes_stay() -> None:
    hashed = sha256("jane@x.example")
    plain = event(1, ("em", " Jane@X.example "), ("ph", "+49 151 2345678"), ("fn", "Jane"), ip="203.0.113.9")
    again = event(2, ("em", hashed), ("fn", "JANE"), ("ln", "Doe"))
    other = event(3, ("em", "bob@x.example"), ("fn", "Jane"))
    redactor = Redactor([plain, again, other])
    assert shown(redactor, plain) == ["person-1:email", "person-1:phone", "person-1:first-name"]
    assert shown(redactor, again) == [hashed, "person-1:first-name", "person-1:last-name"]
    assert shown(redactor, other) == ["person-2:email", "person-1:first-name"]
    assert redactor.near(plain).event(plain).match_ids == (("fbp", "fb.1.2.3"), ("ip", "person-1:ip"))


def test_two_values_of_one_kind_can_be_told_apart() -> None:
    one, other = (
        event(1, ("external_id", "user-0001"), ("fn", "Jane")),
        event(2, ("external_id", "user-0001"), ("fn", "Ann")),
    )
    redactor = Redactor([one, other])
    assert shown(redactor, one) == ["person-1:external-id", "person-1:first-name"]
    assert shown(redactor, other) == ["person-1:external-id", "person-1:first-name-2"]


@pytest.mark.parametrize(
    "value",
    ["62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f.AQQCAQMC", "****@*****.***", "", "A" * 64],
)
def test_digests_and_starred_values_are_evidence(value: str) -> None:
    item = event(1, ("em", value), em=value)
    assert Redactor([item]).near(item).event(item) == item


@pytest.mark.parametrize("value", ["undefined", "Undefined", "null", " N/A ", "[object Object]"])
def test_an_unset_value_is_nobody(value: str) -> None:
    item = event(1, ("em", value), ("external_id", value), em=value)
    item = replace(item, order_id=value, page=f"https://s.example/?email={value}&ref={value}")
    assert Redactor([item]).near(item).event(item) == item


def test_a_word_that_stands_for_nothing_as_part_of_a_value_is_somebodys() -> None:
    item = event(1, ("em", "undefined@x.example"), ("fn", "Undefineds"))
    assert shown(Redactor([item]), item) == ["person-1:email", "person-1:first-name"]


@pytest.mark.parametrize("unset", ["undefined", sha256("undefined"), sha256("")])
def test_an_unset_value_makes_nobody_one_person(unset: str) -> None:
    one, other = event(1, ("em", unset), ("ph", "+491512345678")), event(2, ("em", unset), ("ph", "+491518765432"))
    redactor = Redactor([one, other])
    assert shown(redactor, one) == [unset, "person-1:phone"]
    assert shown(redactor, other) == [unset, "person-2:phone"]


@pytest.mark.parametrize(
    ("text", "veiled"),
    [
        ("https://s.example/?email=jane@x.example#a", "https://s.example/?email=person-1:email#a"),
        (
            "dl=https%3A%2F%2Fs%2F%3Fe%3Djane%2540x.example%26b%3D1",
            "dl=https%3A%2F%2Fs%2F%3Fe%3Dperson-1:email%26b%3D1",
        ),
        ('{"a": "jane\\u0040x.example"}', '{"a": "person-1:email"}'),
        (
            "for Jane at +49 (151) 2345678, or 491512345678",
            "for person-1:first-name at person-1:phone, or person-1:phone",
        ),
        ("from 203.0.113.9, not 203.0.113.90", "from person-1:ip, not 203.0.113.90"),
        ("?firstname=[object%20Object]&email=undefined", None),
        ("?firstname=[objective&b=1", "?firstname=person-1:first-name-2&b=1"),
        ("?firstname=Zoe&b=1", "?firstname=person-1:first-name-2&b=1"),
        ("Janet fbp=fb.1.1795317862330.447908042 ts=+1795317862330", None),
        ("@font-face v@2.9 a@b", None),
    ],
)
def test_plain_data_is_found_in_any_text(text: str, veiled: str | None) -> None:
    item = event(1, ("em", "jane@x.example"), ("ph", "+491512345678"), ("fn", "Jane"), ip="203.0.113.9")
    veil = Redactor([item]).near(item)
    assert veil.text(text) == (veiled or text)
    assert veil.text(veil.text(text)) == veil.text(text)


def test_an_id_reads_the_same_on_every_event() -> None:
    one, other = event(1, ("fn", "Jane"), ("external_id", "4711000042")), event(2)
    one = replace(one, event_id="jane-4711000042 jane@x.example", order_id="4711000042", name="Jane")
    other = replace(other, event_id=one.event_id, order_id=one.order_id, name=one.name)
    redactor = Redactor([one, other])
    for item in (one, other):
        veiled = redactor.near(item).event(item)
        assert (veiled.event_id, veiled.order_id, veiled.name) == (
            "jane-4711000042 person-2:email",
            "4711000042",
            "Jane",
        )


def test_fields_follow_their_values() -> None:
    item = event(1, ("em", "jane@x.example"), ("ct", "Rome"), em="jane@x.example", ct="Rome", ge="f", fbp="fb.1.2.3")
    veiled = Redactor([item]).near(item).event(item)
    assert [field.value for field in veiled.fields] == [
        "person-1:email",
        "person-1:city",
        "person-1:gender",
        "fb.1.2.3",
    ]


def test_raw_leaves_everything() -> None:
    item = event(1, ("em", "jane@x.example"), page="https://s.example/?email=jane@x.example")
    veil = Redactor([item], raw=True).near(item)
    assert veil.event(item) is item
    assert veil.text("jane@x.example") == "jane@x.example"


@given(
    st.from_regex(r"[a-z][a-z0-9._-]{0,12}[a-z0-9]@[a-z]{2,8}\.(example|co\.uk)", fullmatch=True),
    st.integers(0, 3),
    st.text("abc &=%/?\"'", max_size=8),
)
@settings(max_examples=300, deadline=None)
def test_no_address_survives_however_often_it_is_escaped(address: str, depth: int, before: str) -> None:
    text = before + " " + address
    for _ in range(depth):
        text = quote(text, safe="")
    veiled = Redactor().near().text(text)
    for _ in range(depth):
        assert quote(address, safe="") not in veiled
        address = quote(address, safe="")
    assert address not in veiled


def test_a_browser_ties_its_persons_values_by_its_own_platforms_cookie() -> None:
    def seen(number: int, cookie: str, **values: str) -> Event:
        plain = event(number, *values.items())
        return replace(plain, platform="tiktok", match_ids=(("ttp", cookie),))

    one, again, other = seen(1, "a.tt.1", fn="Jane"), seen(2, "a.tt.1", ln="Doe"), seen(3, "b.tt.1", fn="Bob")
    redactor = Redactor([one, again, other])
    assert [shown(redactor, item) for item in (one, again, other)] == [
        ["person-1:first-name"],
        ["person-1:last-name"],
        ["person-2:first-name"],
    ]
