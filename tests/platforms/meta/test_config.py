"""The pixel's configuration: what it says it will not send."""

from __future__ import annotations

from app.model import Event, Exchange, Flaw, Provenance, Request, Response
from app.platforms import decode
from app.platforms.meta.config import MAX_FACTS

PIXEL = "1111111111111111"


def configuration(script: str) -> tuple[Event, ...]:
    url = f"https://connect.facebook.net/signals/config/{PIXEL}?v=2.9.252"
    return decode(Exchange(Provenance.CAPTURED, Request("GET", url), Response(200, (), script.encode()), number=1))


def setting(name: str, value: str, pixel: str = PIXEL) -> str:
    return f'config.set("{pixel}", "{name}", {value});\n'


def test_events_that_are_not_sent_are_named_and_so_are_parameters_that_are_removed() -> None:
    (event,) = configuration(
        setting("eventValidation", '{"unverifiedEventNames":["Foo"],"restrictedEventNames":["Lead"]}')
        + setting("unwantedEventNames", '{"eventNames":["Bar"]}')
        + setting("unwantedData", '{"blacklisted_keys":{"Lead":{"cd":["email"]}}}')
        + setting("automaticMatching", '{"selectedMatchKeys":["em"]}')
    )
    code, stopped = "config-blocks-event", "events-stopped"
    assert event.flaws == (
        Flaw(code, "eventValidation.unverifiedEventNames", stopped, '["Foo"]'),
        Flaw(code, "eventValidation.restrictedEventNames", stopped, '["Lead"]'),
        Flaw(code, "unwantedEventNames.eventNames", stopped, '["Bar"]'),
        Flaw(code, "unwantedData.blacklisted_keys", "parameters-removed", '{"Lead":{"cd":["email"]}}'),
    )


def test_empty_lists_stop_nothing_and_flag_nothing() -> None:
    (event,) = configuration(
        setting("eventValidation", '{"unverifiedEventNames":[],"restrictedEventNames":[]}')
        + setting("unwantedData", '{"blacklisted_keys":{},"sensitive_keys":{}}')
    )
    assert event.flaws == ()


def test_another_pixels_settings_and_what_is_no_json_say_nothing_of_this_one() -> None:
    (event,) = configuration(setting("cookie", "{}", pixel="2"))
    assert (event.fields, event.flaws) == ((), ())
    (event,) = configuration(setting("cookie", "function(){}"))
    assert [(field.key, field.value) for field in event.fields] == [("cookie", "(not plain data)")]


def test_a_script_of_endless_settings_is_read_up_to_a_limit() -> None:
    (event,) = configuration(setting("cookie", "1") * (MAX_FACTS * 3))
    assert len(event.fields) == MAX_FACTS


def test_pixels_and_pages_that_may_not_send_are_named() -> None:
    (event,) = configuration(
        setting("prohibitedPixels", f'{{"lockWebpage":true,"blockReasons":["{PIXEL}"]}}')
        + setting("prohibitedSources", '{"prohibitedSources":[{"domain":"shop.example"}]}')
    )
    assert [flaw.field for flaw in event.flaws] == [
        "prohibitedPixels.blockReasons",
        "prohibitedSources.prohibitedSources",
    ]
    assert {flaw.reason for flaw in event.flaws} == {"events-stopped"}
    assert [(field.key, field.label) for field in event.fields] == [
        ("prohibitedPixels.lockWebpage", "Pixels that may not send from this page"),
        ("prohibitedPixels.blockReasons", "Pixels that may not send from this page"),
        ("prohibitedSources.prohibitedSources", "Pages that this pixel may not send from"),
    ]
    (event,) = configuration(setting("prohibitedSources", '{"prohibitedSources":[]}'))
    assert event.flaws == ()
