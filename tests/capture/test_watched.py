"""What is opened, and what of it is kept: events, configuration and the library, and nothing else of the same hosts."""

from pathlib import Path

import httpx
import pytest

from app.capture.browser import launch
from app.capture.proxy import passed_sentence
from tests.browsers import chromium
from tests.capturing import capturing, options
from tests.origin import Authority, gateway, origin

LOGIN = b"email=jane%40shop.example&pass=hunter2-hunter2"
PIXEL = "https://www.facebook.com/tr/?id=1111111111111111&ev=Lead"


def test_a_login_reaches_the_platform_and_is_neither_recorded_nor_handed_over(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path)
    with (
        origin(authority.certify("www.facebook.com")) as platform,
        gateway(lambda: platform.port) as way_out,
        capturing(
            options(
                tmp_path / "ca",
                sandbox=False,
                extra_ca=str(authority.file),
                upstream_proxy=f"http://127.0.0.1:{way_out.port}",
            )
        ) as running,
    ):
        with running.client() as client:
            answer = client.post("https://www.facebook.com/login/device-based/regular/login/", content=LOGIN)
            client.get("https://www.facebook.com/checkpoint/?next=/tr/&ev=Lead&id=1")
            client.get(PIXEL)
        (seen,) = running.heard.exchanges(1)
        running.proxy.stop()  # hands over what is left
        assert answer.content == b"ok"
        assert platform.requests[0].endswith(LOGIN)
        assert running.heard.seen == [seen]
        assert seen.request.url == PIXEL
        assert running.proxy.passed == {"www.facebook.com": 2}


def test_in_the_sandbox_a_login_is_answered_here_and_not_recorded(tmp_path: Path) -> None:
    with gateway(lambda: 9) as way_out:
        chosen = options(tmp_path / "ca", upstream_proxy=f"http://127.0.0.1:{way_out.port}")
        with capturing(chosen) as running:
            with running.client() as client:
                answer = client.post("https://www.facebook.com/login/", content=LOGIN)
                client.get(PIXEL)
            (seen,) = running.heard.exchanges(1)
            running.proxy.stop()
            assert (answer.status_code, way_out.asked) == (204, [])
            assert running.heard.seen == [seen]
            assert running.proxy.passed == {"www.facebook.com": 1}


def test_what_else_a_backend_asks_through_the_listener_is_relayed_and_counted(tmp_path: Path) -> None:
    with origin() as graph:
        chosen = options(tmp_path / "ca", sandbox=False, forwarding_target=f"http://127.0.0.1:{graph.port}")
        with capturing(chosen) as running:
            event = {"data": [{"event_name": "Purchase", "event_time": 1}]}
            profile = httpx.get(f"{running.forwarding}/v26.0/me?fields=email,birthday", trust_env=False)
            audience = httpx.post(
                f"{running.forwarding}/v26.0/1/users", json={"payload": {"data": [["jane@x.example"]]}}, trust_env=False
            )
            httpx.post(f"{running.forwarding}/v26.0/1/events", json=event, trust_env=False)
            (seen,) = running.heard.exchanges(1)
            running.proxy.stop()
            assert (profile.content, audience.content) == (b"ok", b"ok")
            assert seen.request.url.endswith("/v26.0/1/events")
            assert running.heard.seen == [seen]
            assert running.proxy.passed == {"127.0.0.1": 2}


def test_of_an_endpoints_host_only_events_at_the_endpoint_are_kept(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path)
    with origin(authority.certify("localhost")) as shop:
        place = f"https://localhost:{shop.port}"
        endpoint = f"localhost:{shop.port}/fp/tr"
        chosen = options(tmp_path / "ca", sandbox=False, endpoints=(endpoint,), extra_ca=str(authority.file))
        with capturing(chosen) as running:
            with running.client() as client:
                card = client.post(f"{place}/checkout/pay", content=b"card=4242424242424242&cvc=123")
                health = client.get(f"{place}/fp/tr/health?check=1")
                client.get(f"{place}/fp/tr?id=1&ev=Lead")
            (seen,) = running.heard.exchanges(1)
            running.proxy.stop()
            assert (card.content, health.content) == (b"ok", b"ok")
            assert seen.request.url == f"{place}/fp/tr?id=1&ev=Lead"
            assert running.heard.seen == [seen]
            assert running.proxy.passed == {"localhost": 2}


def test_a_host_of_the_platforms_that_carries_no_event_stays_shut(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path)
    names = ("business.facebook.com", "www.instagram.com", "upload.facebook.com")
    with (
        origin(authority.certify(*names)) as platform,
        gateway(lambda: platform.port) as way_out,
        capturing(options(tmp_path / "ca", upstream_proxy=f"http://127.0.0.1:{way_out.port}")) as running,
    ):
        # The client trusts the platform's own authority alone, so it would refuse a certificate of ours.
        proxy = f"http://127.0.0.1:{running.listening.forward_port}"
        with httpx.Client(proxy=proxy, verify=authority.trusting(), trust_env=False) as client:
            answers = [client.get(f"https://{name}/login").content for name in names]
    assert answers == [b"ok"] * 3
    assert running.heard.seen == []


PAGE = """<!doctype html><title>Log in</title>
<form id="form" method="post" action="https://www.facebook.com/login/">
<input name="email" value="jane@shop.example"><input name="pass" value="hunter2-hunter2"></form>
<script>
new Image().src = "%s";
setTimeout(() => document.getElementById("form").submit(), 300);
</script>"""


@pytest.mark.browser
def test_a_login_in_a_real_browser_leaves_nothing_behind(tmp_path: Path) -> None:
    page = tmp_path / "login.html"
    page.write_text(PAGE % PIXEL)
    with capturing(options(tmp_path / "ca")) as running:
        browser = launch(
            chromium(),
            proxy_port=running.listening.forward_port,
            spki=running.listening.spki,
            profile=tmp_path / "profile",
            url=page.as_uri(),
            headless=True,
        )
        try:
            running.heard.until(lambda: running.proxy.passed.get("www.facebook.com"), 30)
        finally:
            browser.close()
        running.proxy.stop()
        assert [item.request.url for item in running.heard.seen] == [PIXEL]
        assert "hunter2" not in repr(running.heard)


@pytest.mark.parametrize(
    ("passed", "sentence"),
    [
        ({}, ""),
        ({"www.facebook.com": 1}, "1 other request to an opened host was not recorded (www.facebook.com 1)."),
        (
            {"www.facebook.com": 1, "shop.example": 1200},
            "1,201 other requests to opened hosts were not recorded (shop.example 1,200, www.facebook.com 1).",
        ),
    ],
)
def test_what_was_not_recorded_is_counted_in_words(passed: dict[str, int], sentence: str) -> None:
    assert passed_sentence(passed) == sentence
