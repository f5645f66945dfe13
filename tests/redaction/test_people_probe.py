"""A probe: personal values in every carrier and layer, through the whole command. What survives must be nothing.

A new kind is a line in `VALUES`, a new way to carry one a function in `CARRIERS`.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, unquote

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.formats.traffic import NOON_MS, har, lines, pixel, put


class Value(NamedTuple):
    """Somebody's value, and what shops call the parameter it stands in."""

    name: str
    text: str


# Known under a name only.
NAMED = (
    *(Value("first_name", "Annegret"), Value("firstName", "Bartholomäus"), Value("vorname", "Wiebke")),
    *(Value("prenom", "Geneviève"), Value("imię", "Małgorzata"), Value("voornaam", "Marijke")),
    *(Value("last_name", "Quastenberger"), Value("Nachname", "Sørensen-Kjær"), Value("apellidos", "Echeverría Ibáñez")),
    *(Value("cognome", "Brambillasca"), Value("nazwisko", "Wiśniewska"), Value("achternaam", "van der Bruggen")),
    *(
        Value("customer_name", "Erika Mustermann"),
        Value("fullName", "Jean-Luc Deschamps"),
        Value("sobrenome", "Gonçalves"),
    ),
    *(
        Value("nombre_completo", "Inés Villanueva"),
        Value("billing_name", "Torsten Kühlwetter"),
        Value("surname", "O'Shaughnessy"),
    ),
    *(
        Value("cardholder", "HILDEGARD ZWEIFEL"),
        Value("kundenname", "Ottilie Rabenau"),
        Value("nom_client", "Sylvie Marchand"),
    ),
    *(Value("phone", "01712345678"), Value("telefon", "030 / 9018 2034"), Value("mobile_number", "(650) 555-0199")),
    *(Value("telefono", "612 345 678"), Value("portable", "06 12 34 56 78"), Value("gsm", "0612345678")),
    *(Value("handy", "0171-98 76 54 3"), Value("billing_phone", "020 7946 0958"), Value("phoneNumber", "5551234567")),
    *(
        Value("street", "Heidestrasse 17"),
        Value("address_line_1", "221B Baker Street"),
        Value("rue", "14 rue des Lilas"),
    ),
    *(Value("calle", "Calle Mayor 3, 2º"), Value("indirizzo", "Via Garibaldi 12"), Value("ulica", "ul. Polna 4/7")),
    *(
        Value("shipping_address", "Musterweg 5, 80331 Muenchen"),
        Value("adres", "Keizersgracht 9"),
        Value("morada", "Rua Augusta 88"),
    ),
    *(Value("birthday", "1984-03-12"), Value("dob", "12/03/1984"), Value("geburtsdatum", "12.03.1984")),
    *(Value("date_naissance", "12 mars 1984"), Value("fecha_nacimiento", "12-03-1984"), Value("birthdate", "19840312")),
    *(
        Value("zip", "80331"),
        Value("postcode", "SW1A 1AA"),
        Value("codigo_postal", "28013"),
        Value("kod_pocztowy", "00-950"),
    ),
    *(Value("customer_city", "Wuppertal"), Value("billing_town", "Shrewsbury"), Value("wohnort", "Buxtehude")),
    *(Value("ssn", "078-05-1120"), Value("dni", "12345678Z"), Value("pesel", "84031212345"), Value("bsn", "123456782")),
    *(Value("passport_number", "C01X00T47"), Value("numero_securite_sociale", "1 84 03 75 116 001 52")),
    *(Value("cvc", "7391"), Value("cvv2", "482"), Value("iban", "DE00123456780000000000")),
    *(Value("kreditkartennummer", "5019 7170 1010 3742"), Value("card_number", "6759649826438453")),
)
# Known by their form, whatever the name says.
FORMED = (
    *(
        Value("note", "erika@kunde.example"),
        Value("x", "j.o+news@mail.kunde.co.uk"),
        Value("ref", "müller@kunde.example"),
    ),
    *(Value("note", "+49 171 2345678"), Value("memo", "+1 (650) 253-0000"), Value("x", "+33612345678")),
    *(Value("contact", "0171 2345678"), Value("note", "(650) 253-0000"), Value("x7", "07911 123456")),
    *(Value("note", "4111111111111111"), Value("x", "5555 5555 5555 4444"), Value("data1", "378282246310005")),
    *(Value("field", "6011-1111-1111-1117"), Value("q", "3530111333300000"), Value("z9", "2223003122003222")),
    *(
        Value("note", "DE89370400440532013000"),
        Value("x", "GB29 NWBK 6016 1331 9268 19"),
        Value("y", "FR1420041010050500013M02606"),
    ),
    *(Value("order_note", "NL91ABNA0417164300"), Value("external_ref", "es9121000418450200051332")),
    *(Value("note", "RSSMRA84C12H501I"),),
)
VALUES = NAMED + FORMED
Json = dict[str, Any]


def event(number: int, page: str = "https://shop.example/t", /, **custom: Any) -> Json:
    """One server event as a backend's log has it."""
    return {
        "pixel_id": "1111111111111111",
        "event_name": "Purchase",
        "event_id": f"probe-{number}",
        "event_time": NOON_MS // 1000,
        "action_source": "website",
        "event_source_url": page,
        "user_data": {"client_user_agent": "Mozilla/5.0"},
        "custom_data": {"value": 10, "currency": "EUR", **custom},
    }


def nested(value: Value) -> Json:
    return {"meta": {"more": [{value.name: value.text}]}}


CARRIERS: dict[str, Callable[[int, Value], Json]] = {
    "member": lambda n, v: event(n, **{v.name: v.text}),
    "list": lambda n, v: event(n, **{v.name: [v.text]}),
    "nested": lambda n, v: event(n, details=nested(v)),
    "stringified": lambda n, v: event(n, details=json.dumps(nested(v))),
    "stringified plainly": lambda n, v: event(n, details=json.dumps(nested(v), ensure_ascii=False)),
    "stringified twice": lambda n, v: event(n, details=json.dumps(json.dumps(nested(v)))),
    "in base64": lambda n, v: event(n, details=base64.b64encode(json.dumps({v.name: v.text}).encode()).decode()),
    "query": lambda n, v: event(n, f"https://shop.example/t?a=1&{quote(v.name)}={quote(v.text)}&b=2"),
    "query with plus": lambda n, v: event(n, f"https://shop.example/t?{quote_plus(v.name)}={quote_plus(v.text)}#end"),
    "query in query": lambda n, v: event(
        n, "https://shop.example/t?next=" + quote(f"/pay?{quote(v.name)}={quote(v.text)}&b=2", safe="")
    ),
    "JSON in query": lambda n, v: event(n, f"https://shop.example/t?state={quote(json.dumps({v.name: v.text}))}"),
    "form in text": lambda n, v: event(n, details=f"a=1&{quote_plus(v.name)}={quote_plus(v.text)}&b=2"),
    "name and value": lambda n, v: event(n, details=[{"name": v.name, "value": v.text}]),
    "value and name": lambda n, v: event(n, details=json.dumps([{"value": v.text, "key": v.name}])),
    "pairs": lambda n, v: event(n, details=json.dumps([["a", "b"], [v.name, v.text]])),
    "PHP": lambda n, v: event(n, details=f"array('{v.name}' => \"{v.text}\", 'b' => 2)"),
    "customer value": lambda n, v: event(n) | {"user_data": {v.name: v.text, "client_user_agent": "Mozilla/5.0"}},
    "XML": lambda n, v: event(n, details=f"<o><{v.name}>{v.text}</{v.name}></o>"),
}
ALONE: dict[str, Callable[[int, Value], Json]] = {
    "sentence": lambda n, v: event(n, details=f"the customer wrote {v.text}, and more"),
    "alone in base64": lambda n, v: event(n, details=base64.b64encode(f"so {v.text} it is".encode()).decode()),
    "base64 of base64": lambda n, v: event(
        n, details=base64.b64encode(base64.b64encode(f"so {v.text} it is".encode())).decode()
    ),
    "base64 in a path": lambda n, v: event(
        n, f"https://shop.example/u/{base64.urlsafe_b64encode(f'so {v.text} it is'.encode()).decode()}/done"
    ),
}
PROBES = [(name, carry, value) for name, carry in CARRIERS.items() for value in VALUES]
PROBES += [(name, carry, value) for name, carry in ALONE.items() for value in FORMED]


def bare(text: str) -> str:
    """Text with every escape taken away, without case, and with spaces as spaces."""
    for _ in range(6):
        text = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text, flags=re.IGNORECASE)
        text = re.sub(r'\\(["\\/])', r"\1", unquote(html.unescape(text)))
    return text.replace("+", " ").casefold()


def survives(value: Value, text: str) -> bool:
    """Whether a value can still be read in a text, in whatever spelling."""
    if value.text.replace("+", " ").casefold() in bare(text):
        return True
    for coded in re.findall(r"[A-Za-z0-9+/_-]{12,}={0,2}", text):
        try:
            inner = base64.b64decode(coded.rstrip("=") + "=" * (-len(coded.rstrip("=")) % 4)).decode()
        except ValueError:
            continue
        if survives(value, inner):
            return True
    return False


def checked(path: Path, page: Path) -> tuple[Json, str]:
    done = CliRunner().invoke(main, ["check", str(path), "--json", "--html", str(page), "--fail-on", "never"])
    assert done.exit_code == 0, done.output
    report: Json = json.loads(done.stdout)
    return report, page.read_text("utf-8")


def test_nothing_of_anybody_survives_in_the_default_export(tmp_path: Path) -> None:
    assert len(set(VALUES)) >= 59
    path = put(tmp_path, "probe.jsonl", lines(*(carry(n, value) for n, (_, carry, value) in enumerate(PROBES))))
    report, page = checked(path, tmp_path / "evidence.html")
    events = {item["event_id"]: json.dumps(item, ensure_ascii=False) for item in report["events"]}
    survivors = [f"{n}: {p[0]}: {p[2]}" for n, p in enumerate(PROBES) if survives(p[2], events[f"probe-{n}"])]
    assert survivors == []
    rest = bare(json.dumps([report[part] for part in ("findings", "pairs", "coverage")], ensure_ascii=False) + page)
    assert [value for value in VALUES if len(value.text) > 5 and value.text.casefold() in rest] == []
    kinds = {
        "email",
        "phone",
        "card",
        "iban",
        "first-name",
        "last-name",
        "full-name",
        "birth-date",
        "street",
        "postcode",
    }
    assert kinds <= report["redactions"].keys()


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)
def test_what_is_redacted_is_found_and_what_is_found_is_redacted(tmp_path: Path, value: Value) -> None:
    report, page = checked(put(tmp_path, "a.jsonl", lines(event(1, **{value.name: value.text}))), tmp_path / "a.html")
    found = [item for item in report["findings"] if item["code"] == "raw-personal-data"]
    assert [item["field"] for item in found] == [f"custom_data.{value.name}"]
    assert sum(report["redactions"].values()) == 1
    assert not survives(value, json.dumps(report, ensure_ascii=False))
    assert value.text not in html.unescape(page)


def test_the_browsers_parameters_are_looked_through_like_the_servers(tmp_path: Path) -> None:
    entries = [
        pixel(
            "Lead",
            f"probe-{n}",
            {f"cd[{v.name}]": v.text, "dl": f"https://shop.example/?{quote(v.name)}={quote(v.text)}"},
        )
        for n, v in enumerate(VALUES)
    ]
    report, _ = checked(put(tmp_path, "a.har", har(*entries)), tmp_path / "a.html")
    events = {item["event_id"]: json.dumps(item, ensure_ascii=False) for item in report["events"]}
    assert [v for n, v in enumerate(VALUES) if survives(v, events[f"probe-{n}"])] == []


IDS = (
    *(("order_id", "4111111111111111"), ("orderNumber", "5555555555554444"), ("transaction_id", "378282246310005")),
    *(("content_ids", ["4111111111111111"]), ("sku", "6011111111111117"), ("invoice_no", "4012888888881881")),
    *(("session_id", "3530111333300000"), ("customer_id", "4111111111111111"), ("gtin", "4006381333931")),
    *(("content_name", "T-shirt Erika"), ("content_category", "Phones"), ("mobile", "true"), ("name", "Sofa 2000")),
    *(("status", "registered"), ("city", "Berlin"), ("build", "1795317862330"), ("delivery_category", "home_delivery")),
    *(("note", "1795317862330.447908042"), ("uuid", "41111111-1111-4111-8111-111111111111"), ("coupon", "DE89SUMMER")),
    *(("image", "logo@2x.png"), ("version", "2.9.252"), ("hash", "8c87b489ce35cf2e2f39f80e282cb2e8"), ("x", "a@b")),
    *(
        ("code", "MTIzNDU2Nzg5MDEyMzQ1Ng=="),
        ("ean", "4111111111111"),
        ("address", "0x52908400098527886E0F7030069857D2"),
    ),
)


@pytest.mark.parametrize(("name", "value"), IDS)
def test_ids_stay_readable(tmp_path: Path, name: str, value: Any) -> None:
    report, _ = checked(put(tmp_path, "a.jsonl", lines(event(1, **{name: value}))), tmp_path / "a.html")
    text = value if isinstance(value, str) else value[0]
    assert not [item for item in report["findings"] if item["code"] == "raw-personal-data"]
    assert text in json.dumps(report, ensure_ascii=False)
    assert report["redactions"] == {}


def test_a_name_is_known_where_it_stands_without_one(tmp_path: Path) -> None:
    answer = {"error": {"code": 100, "message": "Invalid value: Erika Mustermann, Heidestrasse 17"}}
    sent = event(1, customer_name="Erika Mustermann", street="Heidestrasse 17")
    record = {
        "url": "https://graph.facebook.com/v26.0/1111111111111111/events",
        "body": {"data": [sent]},
        "response": {"status": 400, "body": answer},
    }
    report, page = checked(put(tmp_path, "a.jsonl", lines(record)), tmp_path / "a.html")
    assert "Invalid value" in json.dumps(report)
    assert "Erika" not in json.dumps(report) + page
    assert "Heidestrasse" not in json.dumps(report) + page


def test_an_order_that_looks_like_a_card_is_an_order_on_every_side(tmp_path: Path) -> None:
    number = "4111111111111111"
    sent = event(1, order_id=number) | {"event_id": number, "event_source_url": f"https://s.example/?order={number}"}
    report, _ = checked(put(tmp_path, "a.jsonl", lines(sent)), tmp_path / "a.html")
    (item,) = report["events"]
    assert (item["event_id"], item["order_id"], item["page"]) == (number, number, f"https://s.example/?order={number}")
    assert report["pairs"][0]["event_id"] == number


def test_what_was_redacted_is_said_by_kind_and_count(tmp_path: Path) -> None:
    sample = Path(__file__).parent.parent / "fixtures" / "hostile" / "pii_keys.jsonl"
    report, page = checked(sample, tmp_path / "a.html")
    counts = {"birth-date": 1, "card": 1, "first-name": 1, "full-name": 1, "iban": 1, "phone": 1, "street": 1}
    assert report["redactions"] == counts
    said = "1 date of birth, 1 card number, 1 first name, 1 full name, 1 IBAN, 1 phone number, 1 address"
    assert f"Replaced here: {said}." in page
    raw = CliRunner().invoke(main, ["check", str(sample), "--json", "--raw", "--fail-on", "never"])
    assert json.loads(raw.stdout)["redactions"] == {}
    assert "Erika Mustermann" in raw.stdout
