"""Known answers of three real libraries and of the documentation; forensics of wrong forms."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from facebook_business.adobjects.serverside.normalize import Normalize
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app import hashing
from app.hashing import form_of, nothing_behind, sha256, without_appendix
from app.hashing.candidates import Candidate, candidates_of
from app.hashing.rules import Convention, hashed_already
from app.hashing.table import table_of
from app.model import CheckStatus, Customer, Form, HashCheck, UserValue
from app.platforms.meta.customer import CUSTOMER, documented

CONVENTIONS = CUSTOMER.conventions

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures" / "hash_vectors.json").read_text("utf-8"))
LIBRARIES = VECTORS["libraries"]


def check(value: UserValue, customer: Customer) -> HashCheck:
    return hashing.check(value, customer, CUSTOMER)


def explain(key: str, browser: HashCheck, server: HashCheck) -> str:
    return hashing.explain(key, browser, server, CUSTOMER, CUSTOMER)


def sent_by(convention: str, key: str, text: str) -> str | None:
    return hashing.sent_by(convention, key, text, CUSTOMER)


def _pixel_cases(which: str) -> list[tuple[str, str, str | None]]:
    found = LIBRARIES["pixel_fbevents_2.9.252"]
    return [(k, text, case[which].get("hash")) for k, texts in found.items() for text, case in texts.items()]


@pytest.mark.parametrize(("key", "text", "digest"), _pixel_cases("ud"))
def test_the_pixels_new_rule_gives_the_measured_hash(key: str, text: str, digest: str | None) -> None:
    assert sent_by("pixel", key, text) == digest


@pytest.mark.parametrize(("key", "text", "digest"), _pixel_cases("aud"))
def test_the_pixels_old_rule_gives_the_measured_hash(key: str, text: str, digest: str | None) -> None:
    assert sent_by("pixel-old", key, text) == digest


@pytest.mark.parametrize(
    ("key", "text", "sent"),
    [
        (key, text, case.get("hash") or (case["norm"] if "note" in case else None))
        for key, texts in LIBRARIES["facebook_business_py_26.0.3"].items()
        for text, case in texts.items()
    ],
)
def test_the_python_sdks_rule_gives_the_measured_hash(key: str, text: str, sent: str | None) -> None:
    assert sent_by("python-sdk", key, text) == sent


@pytest.mark.parametrize(
    ("key", "text", "sent"),
    [
        (key, text, sent)
        for key, texts in LIBRARIES["capi-param-builder-nodejs_1.3.2"].items()
        for text, sent in texts.items()
    ],
)
def test_the_parameter_builders_rule_gives_the_measured_hash(key: str, text: str, sent: str | None) -> None:
    assert sent_by("param-builder", key, text) == (sent and without_appendix(sent))


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        *(("Lady", "f"), (" Female ", "f"), ("madam", "f"), ("sir", "m"), ("mister", "m")),
        *((word, None) for word in ("Frau", "weiblich", "w", "Femme", "männlich", "hombre", "masculino", "Mrs.")),
    ],
)
def test_the_parameter_builder_knows_genders_in_english_only(text: str, letter: str | None) -> None:
    assert sent_by("param-builder", "ge", text) == (letter and sha256(letter))


@pytest.mark.parametrize(
    ("typed", "hashed", "status"),
    [
        ("feminino", "f", "verified"),
        ("feminino", "feminino", "convention"),
        ("f", "Feminino", "not-normalized"),
        ("maschio", "f", "different"),
    ],
)
def test_a_gender_in_another_language_is_known(typed: str, hashed: str, status: str) -> None:
    assert check(_value("ge", sha256(hashed)), Customer((("ge", (typed,)),))).status == status


@pytest.mark.parametrize("case", VECTORS["docs_known_answers"], ids=lambda case: f"{case['key']}={case['input']}")
def test_the_documented_rule_gives_the_documentations_hash(case: dict[str, str]) -> None:
    normal = documented(case["key"], case["input"].removesuffix(" (US)"), "US")
    assert (normal, sha256(normal or "")) == (case["normalized"], case["sha256"])


@pytest.mark.parametrize(("text", "digest"), VECTORS["sentinels"].items())
def test_a_hash_of_nothing_is_recognised(text: str, digest: str) -> None:
    assert nothing_behind(digest) == text


MATRIX: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures" / "hash_matrix.json").read_text("utf-8"))
RULES = ("pixel", "pixel-old", "python-sdk", "param-builder")


@pytest.mark.parametrize("row", MATRIX["rows"], ids=lambda row: f"{row[0]}={row[1]}")
def test_each_library_sends_what_it_was_measured_to_send(row: list[str | None]) -> None:
    key, text, *measured = row
    sent = [sent_by(rule, key or "", text or "") for rule in RULES]
    assert [value[:8] if value and len(value) == 64 else value for value in sent] == measured


@settings(max_examples=400, deadline=None)
@given(
    key=st.sampled_from(("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country")),
    text=st.text(alphabet="aB1 0+-().@éß٣,'\n", max_size=20) | st.text(max_size=12),
)
def test_the_python_sdks_rule_is_the_python_sdks(key: str, text: str) -> None:
    try:
        expected = Normalize.normalize_field(key, text)
    except (TypeError, ValueError):
        expected = None
    assume(text.strip())
    assert sent_by("python-sdk", key, text) == (None if expected == sha256("") else expected)


JO = Customer(
    (
        ("em", (" Jo.Smith+shop@Gmail.com ",)),
        ("ph", ("(0)151 / 2345-6789",)),
        ("fn", ("Zoë-Anne",)),
        ("ln", ("van der Berg",)),
        ("db", ("16.2.1997",)),
        ("ge", ("Female",)),
        ("ct", ("Köln",)),
        ("st", ("Nordrhein-Westfalen",)),
        ("zp", ("50667",)),
        ("country", ("Germany",)),
        ("external_id", ("User_123",)),
    )
)


def _value(key: str, text: str) -> UserValue:
    return UserValue(key, text, form_of(text), f"ud[{key}]")


@pytest.mark.parametrize(
    ("key", "text", "status", "convention"),
    [
        ("em", "jo.smith+shop@gmail.com", "verified", "documented"),
        ("em", " Jo.Smith+shop@Gmail.com ", "not-normalized", "raw"),
        ("em", "Jo.Smith+shop@Gmail.com", "not-normalized", "trimmed"),
        ("em", " jo.smith+shop@gmail.com ", "not-normalized", "untrimmed"),
        ("em", "jo.smith+shop@gmail.com\n", "not-normalized", "untrimmed"),
        ("em", "JO.SMITH+SHOP@GMAIL.COM", "not-normalized", "upper-case"),
        ("em", "josmith@gmail.com", "not-normalized", "gmail-dots"),
        ("ph", "4915123456789", "verified", "documented"),
        ("ph", "+4915123456789", "not-normalized", "plus-kept"),
        ("ph", "004915123456789", "not-normalized", "leading-zeros"),
        ("ph", "15123456789", "not-normalized", "no-country-code"),
        ("ph", "015123456789", "not-normalized", "no-country-code-trunk-zero"),
        ("ph", "49015123456789", "not-normalized", "trunk-zero"),
        ("ph", "+49 1512 3456789", "not-normalized", "punctuation"),
        ("ph", "115123456789", "not-normalized", "other-country-code"),
        ("fn", "zoëanne", "verified", "documented"),
        ("fn", "zoë-anne", "convention", "python-sdk"),
        ("fn", "zoeanne", "not-normalized", "accents-removed"),
        ("fn", unicodedata.normalize("NFD", "zoëanne"), "not-normalized", "nfd"),
        ("fn", "Zoë-Anne", "not-normalized", "raw"),
        ("ln", "vanderberg", "verified", "documented"),
        ("ln", "van der berg", "convention", "python-sdk"),
        ("db", "19970216", "verified", "documented"),
        ("db", "16021997", "not-normalized", "date-format"),
        ("db", "1997-02-16", "not-normalized", "date-format"),
        ("ge", "f", "verified", "documented"),
        ("ge", "female", "convention", "python-sdk"),
        ("ge", "Female", "not-normalized", "raw"),
        ("ge", "Woman", "not-normalized", "gender-word"),
        ("ct", "köln", "verified", "documented"),
        ("ct", "kln", "convention", "pixel"),
        ("ct", "Köln", "not-normalized", "raw"),
        ("st", "nordrheinwestfalen", "verified", "documented"),
        ("st", "no", "convention", "pixel"),
        ("zp", "50667", "verified", "documented"),
        ("country", "de", "verified", "documented"),
        ("country", "ge", "convention", "pixel-old"),
        ("country", "DEU", "not-normalized", "country-code-form"),
        ("country", "germany", "not-normalized", "full-name"),
        ("external_id", "User_123", "verified", "documented"),
        ("external_id", "user_123", "convention", "pixel"),
        ("em", '"jo.smith+shop@gmail.com"', "not-normalized", "encoded"),
        ("em", "jo.smith%2Bshop%40gmail.com", "not-normalized", "encoded"),
        ("em", "somebody@else.example", "different", None),
        ("em", "4915123456789", "not-normalized", "other-key"),
        ("fn", "vanderberg", "not-normalized", "other-key"),
        ("fn", "van der berg", "not-normalized", "other-key"),
        ("fn", "vanderberg\n", "different", None),
        ("country", "no", "different", None),  # Norway, and the pixel's two letters of the state
        ("fn", "zoë", "not-normalized", "part"),
        ("em", "jo.smith+shop@gmail.com\u200b", "not-normalized", "invisible"),
        ("em", "undefined", "sentinel", "undefined"),
        ("em", "", "sentinel", "empty"),
    ],
)
def test_the_rule_behind_a_hash_is_named(key: str, text: str, status: str, convention: str | None) -> None:
    found = check(_value(key, sha256(text)), JO)
    assert (found.status, found.convention) == (status, convention)


JANE = Customer(
    (("em", ("jane@example.com",)), ("fn", ("Jane",)), ("ln", ("Doe",)), ("db", ("1980-03-05",)), ("zp", ("94035",)))
)


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("ln", "jane", "It is the test customer's first name (fn), sent as the last name."),
        ("fn", "jane@example.com", "It is the test customer's e-mail address (em), sent as the first name."),
        ("zp", "19800305", "It is the test customer's date of birth (db), sent as the postcode."),
        ("zp", "1980", None),
        ("zp", "jane@", None),
    ],
)
def test_another_keys_value_is_named_only_when_it_is_all_of_it(key: str, text: str, said: str | None) -> None:
    found = check(_value(key, sha256(text)), JANE)
    assert (found.explanation if found.convention == "other-key" else None) == said
    assert found.status is (CheckStatus.NOT_NORMALIZED if said else CheckStatus.DIFFERENT)


def test_a_part_of_the_address_sent_as_the_name_is_not_the_address() -> None:
    janet = Customer((("em", ("smith@example.com",)), ("fn", ("Janet",)), ("ln", ("Miller",))))
    assert check(_value("ln", sha256("smith")), janet).status is CheckStatus.DIFFERENT
    assert check(_value("em", sha256("smith")), janet).convention == "part"


@pytest.mark.parametrize(
    ("key", "typed", "hashed", "convention"),
    [
        ("ph", "+1 555 987 6543", "+1 (555) 987-6543", "punctuation"),
        ("ph", "+1 555 987 6543", "555.987.6543", "punctuation"),
        ("ph", "+1 555 987 6543", "01115559876543", "leading-zeros"),
        ("ph", "+49 151 23456789", "0151/23456789", "punctuation"),
        ("ph", "+49 151 23456789", "+49 (0) 151 23456789", "punctuation"),
        ("ph", "+52 55 1234 5678", "5215512345678", "mobile-digit"),
        ("ph", "+54 9 11 2345 6789", "541123456789", "mobile-digit"),
        ("ph", "+36 20 123 4567", "06201234567", "no-country-code-trunk-zero"),
        ("ph", "+39 06 1234567", "3961234567", "zero-lost"),
        ("em", "mary@example.com", "mary@example.com,", "punctuation"),
        ("em", "mary@example.com", "Mary@Example.com", "title-case"),
        ("em", "mary@example.com", "mary", "part"),
        ("fn", "O'Neil", "o neil", "punctuation"),
        ("fn", "O'Neil", "ONeil", "case-kept"),
        ("fn", "José", "jos", "letters-dropped"),
        ("ln", "Müller", "m&uuml;ller", "encoded"),
        ("db", "1997-02-16", "February 16, 1997", "date-format"),
        ("db", "1997-02-16", "1997", "part"),
        ("zp", "00950", "00-950", "punctuation"),
        ("zp", "m11ae", "m1 1ae", "punctuation"),
        ("country", "GB", "uk", "country-code-form"),
        ("country", "DE", "deutschland", "full-name"),
        ("country", "US", "united states of america", "full-name"),
        ("st", "CA", "us-ca", "country-prefix"),
        ("external_id", "3F2504E0-4F89-41D3", "3f2504e04f8941d3", "dashes-removed"),
    ],
)
def test_what_people_hash_in_place_of_the_documented_form_is_named(
    key: str, typed: str, hashed: str, convention: str
) -> None:
    found = check(_value(key, sha256(hashed)), Customer(((key, (typed,)),)))
    assert (found.status, found.convention) == ("not-normalized", convention)


MAIL = "jo.smith+shop@gmail.com"
DIGEST = sha256(MAIL)


@pytest.mark.parametrize(
    ("value", "status", "convention"),
    [
        (f"{DIGEST}.AQQCAQMC", "verified", "documented"),
        (f"{DIGEST}.Ag", "verified", "documented"),
        (sha256(DIGEST), "not-normalized", "double"),
        (sha256(DIGEST.upper()), "not-normalized", "upper-hex-then-sha256"),
        (sha256(hashlib.md5(MAIL.encode()).hexdigest()), "not-normalized", "md5-then-sha256"),
        (DIGEST.upper(), "wrong-form", "upper-hex"),
        (base64.b64encode(bytes.fromhex(DIGEST)).decode(), "wrong-form", "base64"),
        (base64.urlsafe_b64encode(bytes.fromhex(DIGEST)).decode().rstrip("="), "wrong-form", "base64"),
        (hashlib.md5(MAIL.encode()).hexdigest(), "wrong-form", "md5"),
        (hashlib.sha1(MAIL.encode()).hexdigest(), "wrong-form", "sha1"),
        (DIGEST[:63], "wrong-form", "truncated"),
        (MAIL, "plain", None),
        ("undefined", "sentinel", "undefined"),
        ("", "sentinel", "empty"),
        (hashlib.md5(b"null").hexdigest(), "sentinel", "null"),
    ],
)
def test_the_form_around_a_hash_is_looked_through(value: str, status: str, convention: str | None) -> None:
    found = check(_value("em", value), JO)
    assert (found.status, found.convention) == (status, convention)


@pytest.mark.parametrize(
    ("key", "raw", "convention"),
    [("em", MAIL.encode("utf-16-le"), "utf-16"), ("ct", "köln".encode("latin-1"), "latin-1")],
)
def test_a_text_hashed_in_another_encoding_is_named(key: str, raw: bytes, convention: str) -> None:
    found = check(_value(key, hashlib.sha256(raw).hexdigest()), JO)
    assert (found.status, found.convention) == ("not-normalized", convention)


HASHED = ("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country", "external_id")
TYPED = {
    "em": ("  JOHN.Smith+x@Gmail.COM ", "o'neil@ex.co", "user@exämple.de", "JOHN@EXAMPLE.COM,", "notanemail"),
    "ph": (
        "+44 (0)7911 123456",
        "0151 23456789",
        "650.555.1212",
        "+1 650 555 1212 ext. 5",
        "8 (912) 345-67-89",
        "+39 06 1234567",
        "0049 151 23456789",
        "011 49 151 23456789",
        "٠٧٩١١١٢٣٤٥٦",
        "1-800-FLOWERS",
        "+7 912 345-67-89",
    ),
    "fn": (
        "O'Neil",
        "O’Neil",
        "Jean-Pierre",
        " mary ann ",
        "İpek",
        "IŞIK",
        "정",
        "山田 太郎",
        "Zoe\u0308",
        "Łukasz",
        "Strauß",
    ),
    "ln": ("van der Berg", "Müller-Lüdenscheid", "राम", "GROß", "de la Cruz"),
    "db": ("2/16/1997", "03/02/1997", "16.02.97", "1997-02-16", "Feb 16 1997", "1997", "16 février 1997", "19979916"),
    "ge": ("Female", "female", "F", "m", "Mr", "other", "女", "W", "Feminino", "Frau"),
    "ct": ("São Paulo", "München", "東京", "St. John's", "Seattle 98101", "Łódź"),
    "st": ("California", "New York", "NSW", "Bayern", "Île-de-France", "ca", "US-CA", "Ontario"),
    "zp": ("94035-1234", "M1 1AE", "02139", "00-950", "100-0001", "9"),
    "country": ("United States", "USA", "Deutschland", "GBR", "UK", "Germany", "Deutschlandia", "España"),
    "external_id": (
        "User_123",
        " abc ",
        "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
        "3f2504e04f8941d39a0c0305e82c3301",
        "007",
    ),
}
"""What people type in as one test customer's value, by key."""
_rules = st.sampled_from(CONVENTIONS)
_TYPED = [(key, text) for key, texts in TYPED.items() for text in texts]
_texts = st.sampled_from(_TYPED) | st.tuples(
    st.sampled_from(HASHED), st.text(alphabet="aB1 0+-().@éß٣,'İI\n", max_size=16) | st.text(max_size=12)
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(typed=_texts, rule=_rules, region=st.sampled_from(("", "US", "DE", "GB", "IT", "RU", "CA")))
def test_what_a_library_sends_for_a_text_is_told_to_be_that_librarys(
    typed: tuple[str, str], rule: Convention, region: str
) -> None:
    key, text = typed
    sent = rule.sends(key, text)
    assume(sent and text.strip() and not (hashed_already(text) and key != "external_id"))
    countries = (("country", (region,)),) if region and key != "country" else ()
    found = check(_value(key, sent or ""), Customer(((key, (text,)), *countries)))
    assert found.status in ("verified", "convention", "not-normalized")
    assert rule.code in found.senders
    values = {(sent_by(code, key, text) or "").strip().lower() for code in found.senders}
    assert values == {(sent or "").strip().lower()}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(typed=_texts, wrap=st.sampled_from(("double", "base64", "upper", "md5", "sha1")), rule=_rules)
def test_what_a_library_sends_is_known_again_under_a_wrong_digest(
    typed: tuple[str, str], wrap: str, rule: Convention
) -> None:
    key, text = typed
    normal = rule.normalize(key, text)
    assume(normal and text.strip() and not hashed_already(text))
    raw = (normal or "").encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(raw)
    value = {
        "double": sha256(digest.hexdigest()),
        "base64": base64.b64encode(digest.digest()).decode(),
        "upper": digest.hexdigest().upper(),
        "md5": hashlib.md5(raw).hexdigest(),
        "sha1": hashlib.sha1(raw).hexdigest(),
    }[wrap]
    found = check(_value(key, value), Customer(((key, (text,)),)))
    assert found.status in ("not-normalized", "wrong-form")
    assert "test customer's" in found.explanation or found.convention in ("upper-hex", "base64")


def _is_folded(text: str) -> bool:
    return not any(map(unicodedata.combining, unicodedata.normalize("NFD", text)))


HOLDS: dict[str, Callable[[str, str, str], bool]] = {
    "raw": lambda wrong, typed, due: wrong == typed,
    "untrimmed": lambda wrong, typed, due: wrong != wrong.strip(),
    "trimmed": lambda wrong, typed, due: wrong == typed.strip() != wrong.lower(),
    "upper-case": lambda wrong, typed, due: wrong == wrong.upper() != wrong.lower(),
    "title-case": lambda wrong, typed, due: wrong != wrong.lower(),
    "plus-kept": lambda wrong, typed, due: wrong[:1] == "+",
    "leading-zeros": lambda wrong, typed, due: wrong.isdigit() and wrong.endswith(due) and wrong != due,
    "no-country-code": lambda wrong, typed, due: wrong.isdigit() and (not due or due.endswith(wrong)),
    "trunk-zero": lambda wrong, typed, due: wrong.isdigit() and len(wrong) > len(due) and wrong[0] == due[0],
    "no-country-code-trunk-zero": lambda wrong, typed, due: wrong.isdigit() and (not due or due.endswith(wrong[1:])),
    "extension": lambda wrong, typed, due: wrong.isdigit() and (due in wrong or due[1:] in wrong),
    "punctuation": lambda wrong, typed, due: any(unicodedata.category(c)[0] not in "LMN" for c in wrong),
    "encoded": lambda wrong, typed, due: bool({"%", "&", '"', "+"} & set(wrong)),
    "accents-removed": lambda wrong, typed, due: _is_folded(wrong),
    "transliterated": lambda wrong, typed, due: _is_folded(wrong),
    "turkish-case": lambda wrong, typed, due: "I" in typed.upper() or "İ" in typed,
    "nfd": lambda wrong, typed, due: not unicodedata.is_normalized("NFC", wrong),
    "nfc": lambda wrong, typed, due: unicodedata.is_normalized("NFC", wrong),
    "zero-lost": lambda wrong, typed, due: wrong != due and due.replace("0", "") == wrong.replace("0", ""),
    "full-name": lambda wrong, typed, due: len(wrong) > 3 and not wrong.isdigit(),
    "postcode-extension": lambda wrong, typed, due: wrong.startswith(due) and len(wrong) > len(due),
    "other-country-code": lambda wrong, typed, due: wrong.isdigit() and wrong != due and wrong[-6:] == due[-6:],
    "letters-dropped": lambda wrong, typed, due: len(wrong) < len(typed) and wrong.isascii(),
    "case-kept": lambda wrong, typed, due: wrong != wrong.lower(),
    "dashes-removed": lambda wrong, typed, due: "-" in typed and "-" not in wrong,
    "country-code-form": lambda wrong, typed, due: len(wrong) in (2, 3) and wrong != due,
    "invisible": lambda wrong, typed, due: "\u200b" in wrong or "\ufeff" in wrong,
    "part": lambda wrong, typed, due: wrong.isdigit() or (wrong in typed.lower() and len(wrong) < len(typed)),
    "gender-word": lambda wrong, typed, due: wrong != due,
    "date-format": lambda wrong, typed, due: wrong != due,
}
"""What must be true of a wrong form that goes by a name, beside what was typed in and what is due."""


@pytest.mark.parametrize(("key", "text"), _TYPED)
@pytest.mark.parametrize("region", ["US", "GB"])
def test_a_wrong_form_is_what_its_name_says(key: str, text: str, region: str) -> None:
    due = documented(key, text, region) or ""
    first: dict[str, Candidate] = {}
    for item in candidates_of(key, text, region, CUSTOMER):
        first.setdefault(item.text, item)
    wrong = [item for item in first.values() if item.status is CheckStatus.NOT_NORMALIZED and item.convention in HOLDS]
    assert [(item.convention, item.text) for item in wrong if not HOLDS[item.convention](item.text, text, due)] == []
    assert wrong


def test_without_a_test_customer_a_hash_is_not_tested_and_never_a_pass() -> None:
    assert [check(_value(key, DIGEST), customer).status for key, customer in (("em", Customer()), ("xx", JO))] == [
        "not-tested",
        "not-tested",
    ]


def test_a_librarys_own_rule_says_whose_it_is_and_who_differs() -> None:
    assert check(_value("fn", sha256("zoë-anne")), JO).explanation == (
        "This is the Python SDK's rule; the documentation, the pixel, the older pixel and the Node parameter builder "
        "differ: they can never be equal for this first name."
    )


def test_two_sides_of_one_customer_say_which_rules_they_follow() -> None:
    browser, server = (check(_value("fn", sha256(text)), JO) for text in ("zoëanne", "zoë-anne"))
    assert explain("fn", browser, server) == (
        "The browser follows the documentation's rule, the server the Python SDK's rule: "
        "they can never be equal for this first name."
    )


def test_the_rules_named_for_two_sides_are_rules_that_give_these_values() -> None:
    named = 0
    for (key, text), ours, theirs in product(_TYPED, RULES[:2], RULES[2:]):
        sent = [sent_by(rule, key, text) or "" for rule in (ours, theirs)]
        if not all(sent) or sent[0] == sent[1]:
            continue
        browser, server = (check(_value(key, value), Customer(((key, (text,)),))) for value in sent)
        told = explain(key, browser, server)
        words = re.match(r"The browser follows (.+), the server (.+): they can never", told)
        assert words or {browser.status, server.status} - {"verified", "convention"}
        for owner, value in zip(words.groups() if words else (), sent, strict=False):
            rules = [rule for rule in CONVENTIONS if re.search(rf"\b{rule.title}\b", owner)]
            assert [rule.sends(key, text) for rule in rules] == [value] * len(rules)
            assert rules or "the documentation" in owner
            named += 1
    assert named > 40


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ("undefined", MAIL, "The browser's value is the hash of an unset value, the server's follows the documenta"),
        (MAIL, "bob@else.example", "the server's is no known form of the test customer's e-mail address"),
        ("ann@else.example", "bob@else.example", "Neither is a known form of the test customer's e-mail address"),
        (MAIL, MAIL.upper(), "the server's is a wrong form of the test customer's e-mail address (upper-case)"),
    ],
)
def test_two_differing_sides_are_explained_by_what_each_is(ours: str, theirs: str, said: str) -> None:
    told = explain("em", *(check(_value("em", sha256(text)), JO) for text in (ours, theirs)))
    assert said in told


def test_two_values_of_one_customer_are_no_difference_of_rules() -> None:
    both = Customer((("em", ("jo@example.com", "jo@work.example")),))
    told = explain("em", *(check(_value("em", sha256(text)), both) for text in both.of("em")))
    assert (
        told == "Both sides follow the documentation's rule; they were given different texts, or read them differently."
    )


def test_no_explanation_holds_the_customers_own_data() -> None:
    secrets = ("smith", "151", "zoë", "berg", "köln", "user_123", "50667")
    texts = [found.explanation.lower() for found in table_of(JO, CUSTOMER).values()]
    assert [text for text in texts if any(secret in text for secret in secrets)] == []


def test_an_external_id_sent_as_it_stands_is_the_python_sdks_way() -> None:
    found = check(_value("external_id", "User_123"), JO)
    assert (found.status, found.convention) == ("convention", "python-sdk")


@pytest.mark.parametrize(
    ("country", "sent", "status"),
    [
        ((), "16505551212", "verified"),
        ((), "6505551212", "not-normalized"),
        ((), "16505551213", "different"),
        (("US",), "16505551212", "verified"),
        (("US",), "496505551212", "not-normalized"),
    ],
)
def test_a_phone_without_a_country_is_verified_under_any_and_with_one_under_that(
    country: tuple[str, ...], sent: str, status: str
) -> None:
    typed = Customer((("ph", ("(650) 555-1212",)), ("country", country)))
    assert check(_value("ph", sha256(sent)), typed).status == status


def test_an_external_id_that_every_library_leaves_as_it_stands_is_verified() -> None:
    typed = Customer((("external_id", ("3f2504e04f8941d39a0c0305e82c3301",)),))
    told = [check(_value("external_id", text), typed) for text in (typed.values[0][1][0], "0" * 32)]
    assert [found.status for found in told] == ["verified", "plain"]
    assert check(_value("external_id", sha256(typed.values[0][1][0])), typed).status == "verified"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (DIGEST, "sha256"),
        (f" {DIGEST} ", "sha256"),
        (f"{DIGEST}.AQQCAQMC", "sha256"),
        (DIGEST.upper(), "upper-hex"),
        ("d41d8cd98f00b204e9800998ecf8427e", "md5"),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1"),
        ("YtW+0UTb6xVrx1bHd4zT+1kTm1nM1b3lGv3lGWBvkZk=", "sha256-base64"),
        (DIGEST[:60], "other"),
        ("0x" + DIGEST, "other"),
        (DIGEST * 2, "other"),
        ("", "empty"),
        (" \n", "empty"),
        ("jo@example.com", "plain"),
        ("16505551212", "plain"),
        ("cafe", "plain"),
        ("averylongnamewithoutanydigitsinititisjustlet", "plain"),
    ],
)
def test_the_outer_form_is_told(text: str, form: str) -> None:
    assert form_of(text) == form


@pytest.mark.parametrize(
    ("key", "text", "region", "normal"),
    [
        ("ph", "+44 (0)7911 123456", None, "447911123456"),
        ("ph", "07911 123456", "GB", "447911123456"),
        ("ph", "0044 7911 123456", None, "447911123456"),
        ("ph", "6505551212", None, None),
        ("ph", "call me", "US", None),
        ("zp", "94035-1234", "US", "94035"),
        ("zp", "12345-678", "BR", "12345678"),
        ("zp", "M1 1AE", "GB", "m11ae"),
        ("st", "California", "US", "ca"),
        ("st", "Île-de-France", "FR", "îledefrance"),
        ("ct", "St. John's", "CA", "stjohns"),
        ("db", "1997-2-6", None, "19970206"),
        ("db", "Feb 16 1997", None, "19970216"),
        ("db", "16 February 1997", None, "19970216"),
        ("db", "31/31/1997", None, None),
        ("db", "19979916", None, None),
        ("country", "UK", None, "gb"),
        ("country", "España", None, "es"),
        ("ph", "+1 650 555 1212 ext. 5", None, "16505551212"),
        ("ph", "(+49) 151 23456789", None, "4915123456789"),
        ("ph", "011 49 151 23456789", "US", "4915123456789"),
        ("ph", "8 (912) 345-67-89", "RU", "79123456789"),
        ("ph", "4407911123456", None, "447911123456"),
        ("st", "US-CA", "US", "ca"),
        ("ge", "Mrs.", None, "f"),
        ("ge", "Masculino", None, "m"),
        ("ge", "feminina", None, "f"),
        ("ge", "Femmina", None, "f"),
        ("ge", "maschile", None, "m"),
        ("ge", "Fe\u0301minin", None, "f"),
        ("ge", "homme", None, "m"),
        ("ge", "MÄNNLICH", None, "m"),
        ("ge", "other", None, None),
        ("ge", "neutro", None, None),
        ("country", "Deutschlandia", None, None),
        ("em", "\u200bJo@Example.com\u00a0", None, "jo@example.com"),
        ("em", "  ", None, None),
    ],
)
def test_the_documented_shape(key: str, text: str, region: str | None, normal: str | None) -> None:
    assert documented(key, text, region) == normal


@settings(max_examples=200, deadline=None)
@given(key=st.sampled_from(tuple(key for key, _ in JO.values)), text=st.text(max_size=40))
def test_no_text_trips_any_rule(key: str, text: str) -> None:
    customer = Customer(((key, (text,)), ("country", ("DE",))))
    for digest in (sha256(text), text):
        assert check(_value(key, digest), customer).status
    normal = documented(key, text, "DE")
    if normal is not None and form_of(text) not in (Form.SHA256, Form.UPPER_HEX, Form.MD5):
        assert check(_value(key, sha256(normal)), customer).status is CheckStatus.VERIFIED


def test_an_external_id_that_is_a_bare_uuid_is_no_hash_in_the_wrong_form() -> None:
    assert check(_value("external_id", "3f2504e04f8941d39a0c0305e82c3301"), JO).status == "plain"
