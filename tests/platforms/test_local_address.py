"""What an address on this machine stands for: a platform's host at its start, and nothing else in the world."""

from __future__ import annotations

import pytest

from app.platforms.local_address import UnservedError, divided, resolved

HOSTS = ("graph.facebook.com", "api.parcel.example", "localhost:8443")


@pytest.mark.parametrize(
    ("path", "host", "rest"),
    [
        ("/v26.0/1/events?a=b", "", "/v26.0/1/events?a=b"),
        ("/", "", "/"),
        ("*", "", "*"),
        ("/me?fields=a.example/b", "", "/me?fields=a.example/b"),
        ("//v26.0/1", "", "//v26.0/1"),
        ("/../etc", "", "/../etc"),
        ("/v26.0", "", "/v26.0"),
        ("/api.parcel.example/v7/x?y=z", "api.parcel.example", "/v7/x?y=z"),
        ("/API.Parcel.Example/v7", "api.parcel.example", "/v7"),
        ("/api.parcel.example", "api.parcel.example", "/"),
        ("/api.parcel.example?y=z", "api.parcel.example", "/?y=z"),
        ("/api.parcel.example:443/v7", "api.parcel.example", "/v7"),
        ("//api.parcel.example/v7", "api.parcel.example", "/v7"),
        ("/api.parcel.example//evil.example/x", "api.parcel.example", "//evil.example/x"),
        ("/api.parcel.example/../evil.example/x", "api.parcel.example", "/../evil.example/x"),
        ("/api.parcel.example/@evil.example/x", "api.parcel.example", "/@evil.example/x"),
        ("/localhost:8443/x", "localhost:8443", "/x"),
    ],
)
def test_a_path_begins_with_a_host_of_the_table_or_with_none(path: str, host: str, rest: str) -> None:
    assert divided(path, HOSTS) == (host, rest)


@pytest.mark.parametrize(
    "path",
    [
        "/evil.example/x",
        "/evil.example",
        "//evil.example/x",
        "/evil%2Eexample/x",
        "/evil%252eexample/x",
        "/api%2Eparcel%2Eexample/x",
        "/api.parcel.example./x",
        "/api.parcel.example:8080/x",
        "/api.parcel.example:/x",
        "/api.parcel.example@evil.example/x",
        "/ann:secret@api.parcel.example/x",
        "/api.parcel.example%40evil.example/x",
        "/api.parcel.example%2F..%2Fevil.example/x",
        "/api.parcel.example.evil.example/x",
        "/evilapi.parcel.example/x",
        "/127.0.0.1/x",
        "/127.0.0.1:22/x",
        "/localhost/x",
        "/localhost:22/x",
        "/[::1]/x",
        "/[::1]:22/x",
        "/bücher.example/x",
        "/xn--bcher-kva.example/x",
        "/http://evil.example/x",
        "/https:%2F%2Fevil.example/x",
        "http://evil.example/x",
        "/evil.example%00/x",
        "/evil.example%0d%0aHost:%20x/x",
    ],
)
def test_any_other_host_is_refused_with_those_there_are(path: str) -> None:
    with pytest.raises(UnservedError, match=r"api\.parcel\.example, localhost:8443") as refused:
        divided(path, HOSTS)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8081/api.parcel.example/v7/x?y=z", "https://api.parcel.example/v7/x?y=z"),
        ("http://localhost:8081/graph.facebook.com/v26.0/1/events", "https://graph.facebook.com/v26.0/1/events"),
        ("http://[::1]:8081/api.parcel.example", "https://api.parcel.example/"),
        ("http://127.0.0.1:8081/v26.0/1/events", "http://127.0.0.1:8081/v26.0/1/events"),
        ("http://127.0.0.1:8081/evil.example/x", "http://127.0.0.1:8081/evil.example/x"),
        ("http://127.0.0.1.evil.example/api.parcel.example/x", "http://127.0.0.1.evil.example/api.parcel.example/x"),
        ("http://127.0.0.1@evil.example/api.parcel.example/x", "http://127.0.0.1@evil.example/api.parcel.example/x"),
        ("https://shop.example/api.parcel.example/x", "https://shop.example/api.parcel.example/x"),
        ("https://[::1", "https://[::1"),
        ("", ""),
    ],
)
def test_only_an_address_on_this_machine_stands_for_another(url: str, own: str) -> None:
    assert resolved(url, HOSTS) == own


def test_without_a_host_the_first_is_meant_where_that_is_asked_for() -> None:
    assert resolved("http://127.0.0.1:1/me", HOSTS, HOSTS[0]) == "https://graph.facebook.com/me"
