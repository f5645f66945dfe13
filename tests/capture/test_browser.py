"""The isolated browser: found, started through the real proxy, ended whole."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

import pytest

from app.capture import chromium
from app.capture.browser import (
    Browser,
    BrowserError,
    Family,
    Running,
    choose,
    find,
    launch,
)
from app.capture.firefox import NO_TOOL, command, preferences
from app.model import Exchange, Provenance
from tests.browsers import chromium as chromium_here
from tests.browsers import installed
from tests.capturing import capturing, options
from tests.origin import origin

PAGE = """<!doctype html><meta charset="utf-8"><title>Checkout</title>
<iframe name="sink" hidden></iframe>
<form id="form" method="post" action="https://www.facebook.com/tr/" target="sink">
<input name="id" value="1"><input name="ev" value="Form"></form>
<script>
new Image().src = "https://www.facebook.com/tr/?id=1&ev=Image";
document.getElementById("form").submit();
const data = new FormData();
data.append("id", "1");
data.append("ev", "Beacon");
navigator.sendBeacon("https://www.facebook.com/tr/", data);
fetch("https://graph.facebook.com/v26.0/1/events?access_token=EAAx", {
  method: "POST", headers: {"content-type": "application/json"}, body: '{"data":[]}'});
fetch("http://localhost:%d/fp/tr?id=1&ev=Loopback", {mode: "no-cors"});
</script>"""


@pytest.mark.browser
@pytest.mark.parametrize("kind", list(Family))
def test_a_real_browser_sends_its_events_through_the_proxy(tmp_path: Path, kind: Family) -> None:
    page = tmp_path / "checkout.html"
    with origin() as shop:
        page.write_text(PAGE % shop.port)
        chosen = options(tmp_path / "ca", endpoints=(f"localhost:{shop.port}/fp/tr",))
        with capturing(chosen) as running:
            browser = launch(
                installed(kind),
                proxy_port=running.listening.forward_port,
                spki=running.listening.spki,
                ca_file=running.listening.ca_file,
                profile=tmp_path / "profile",
                url=page.as_uri(),
                headless=True,
            )
            try:
                assert not browser.wait(0)
                seen = {_name(item): item for item in running.heard.exchanges(6)}
            finally:
                browser.close()
            browser.close()  # again does no harm
    assert not browser.alive
    assert not browser.profile.exists()
    assert _processes_naming(tmp_path) == []
    assert shop.requests == []  # the sandbox answered the shop's own endpoint, too

    assert seen.keys() == {"Image", "Form", "Beacon", "Loopback", "OPTIONS", "POST"}
    assert {name: item.provenance for name, item in seen.items()} == {
        "Image": Provenance.CAPTURED,
        "Form": Provenance.CAPTURED,
        "Beacon": Provenance.CAPTURED,
        "Loopback": Provenance.CAPTURED,
        "OPTIONS": Provenance.CAPTURED,
        "POST": Provenance.PAGE,
    }
    assert (seen["Image"].request.method, seen["Image"].request.url) == (
        "GET",
        "https://www.facebook.com/tr/?id=1&ev=Image",
    )
    assert (seen["Form"].request.method, seen["Form"].request.body) == ("POST", b"id=1&ev=Form")
    assert seen["Beacon"].request.header("content-type").startswith("multipart/form-data; boundary=")
    assert b'name="ev"\r\n\r\nBeacon\r\n' in seen["Beacon"].request.body
    assert seen["POST"].request.body == b'{"data":[]}'
    for name in ("Image", "Form", "Beacon"):
        answer = seen[name].response
        assert answer
        assert (answer.status, len(answer.body), seen[name].error) == (200, 43, None)


def _name(exchange: Exchange) -> str:
    asked = exchange.request
    text = asked.url + asked.body.decode("latin-1")
    return next(
        (name for name in ("Image", "Beacon", "Loopback", "Form") if name in text and "/tr" in text), asked.method
    )


@pytest.mark.browser
def test_the_browser_trusts_our_authority_alone(tmp_path: Path) -> None:
    """With another key's fingerprint, Chromium refuses the platform's host, and the proxy says so."""
    page = tmp_path / "page.html"
    page.write_text('<script>fetch("https://www.facebook.com/tr/?id=1&ev=Image", {mode: "no-cors"})</script>')
    with capturing(options(tmp_path / "ca")) as running:
        browser = launch(
            chromium_here(),
            proxy_port=running.listening.forward_port,
            spki="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            profile=tmp_path / "profile",
            url=page.as_uri(),
            headless=True,
        )
        try:
            running.heard.until(lambda: running.heard.notices)
        finally:
            browser.close()
        assert "refused our certificate for www.facebook.com" in running.heard.notices[0]
        assert running.heard.seen == []


def _processes_naming(path: Path) -> list[str]:
    """Command lines of processes that still work with a path."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(path) in line and "pytest" not in line:
            found.append(line)
    return found


@pytest.mark.browser
@pytest.mark.parametrize(
    ("kept", "said"), [(False, " Chrome/"), (True, " HeadlessChrome/")], ids=["ordinary", "headless agent kept"]
)
def test_a_headless_browser_has_its_ordinary_user_agent_unless_told_otherwise(
    tmp_path: Path, kept: bool, said: str
) -> None:
    page = tmp_path / "page.html"
    page.write_text('<script>new Image().src = "https://www.facebook.com/tr/?id=1&ev=" + navigator.userAgent</script>')
    with capturing(options(tmp_path / "ca")) as running:
        browser = launch(
            chromium_here(),
            proxy_port=running.listening.forward_port,
            spki=running.listening.spki,
            profile=tmp_path / "profile",
            url=page.as_uri(),
            headless=True,
            headless_agent=kept,
        )
        try:
            seen = running.heard.exchanges(1)[0].request
        finally:
            browser.close()
    agent = seen.header("user-agent")
    assert said in agent
    assert unquote(seen.url).endswith(agent)
    assert ("Headless" in agent) is kept
    assert ("Headless" in seen.header("sec-ch-ua")) is False
    assert (browser.agent is None) is kept
    assert browser.described.startswith(chromium_here().name + ", headless ")
    assert (agent in browser.described) is not kept
    assert _processes_naming(tmp_path) == []


def test_a_browser_that_does_not_tell_its_user_agent_keeps_its_own(tmp_path: Path) -> None:
    silent = tmp_path / "chromium"
    silent.write_text(
        f'#!/bin/sh\ncase "$*" in *dump-dom*) exit 0;; esac\nmkdir {tmp_path}/profile/Default\nsleep 60\n'
    )
    silent.chmod(0o755)
    chosen = Browser("Chromium", silent, Family.CHROMIUM)
    browser = launch(chosen, proxy_port=1, spki="x", profile=tmp_path / "profile", url="about:blank", headless=True)
    browser.close()
    assert browser.described == "Chromium, headless and saying so in its user agent: real pixels stay silent"


FOUND = (
    Browser("Google Chrome", Path("/usr/bin/google-chrome"), Family.CHROMIUM),
    Browser("Chromium", Path("/usr/bin/chromium"), Family.CHROMIUM),
    Browser("Firefox", Path("/usr/bin/firefox-esr"), Family.FIREFOX),
)


@pytest.mark.parametrize(
    ("name", "place"),
    [("", 0), ("chrome", 0), ("Chromium", 1), (" firefox ", 2), ("FIREFOX-ESR", 2), ("/usr/bin/chromium", 1)],
)
def test_a_browser_is_chosen_by_name_or_path(name: str, place: int) -> None:
    assert choose(name, FOUND) is FOUND[place]


def test_a_name_of_no_browser_here_says_which_there_are() -> None:
    with pytest.raises(
        BrowserError, match=r"no browser netscape on this machine\. Found: Google Chrome, Chromium, Firefox"
    ):
        choose("netscape", FOUND)


def test_a_named_browser_comes_first(tmp_path: Path) -> None:
    mine = _program(tmp_path / "my-chrome")
    other = _program(tmp_path / "chromium")
    environment = {"PIXELPAIR_BROWSER": str(mine), "PATH": str(tmp_path)}
    assert find(environment, "linux")[:2] == (
        Browser("my-chrome", mine, Family.CHROMIUM),
        Browser("Chromium", other, Family.CHROMIUM),
    )


def test_a_named_browser_that_is_not_there_is_an_error_and_not_a_surprise(tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match="PIXELPAIR_BROWSER names /nowhere/chrome, which can not be run"):
        find({"PIXELPAIR_BROWSER": "/nowhere/chrome", "PATH": str(tmp_path)}, "linux")


def test_without_a_browser_the_message_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match=r"Install Google Chrome, Chromium or .*apt install chromium"):
        find({"PATH": str(tmp_path), "HOME": str(tmp_path)}, "darwin")


@pytest.mark.skipif(sys.platform == "win32", reason="the folders of other systems, laid out on this one")
def test_browsers_are_found_where_each_system_keeps_them(tmp_path: Path) -> None:
    linux = _program(tmp_path / "bin" / "microsoft-edge")
    firefox = _program(tmp_path / "bin" / "firefox")
    mac = _program(tmp_path / "Applications" / "Google Chrome.app" / "Contents" / "MacOS" / "Google Chrome")
    windows = _program(tmp_path / r"\Microsoft\Edge\Application\msedge.exe")
    bare = {"PATH": str(tmp_path / "none"), "HOME": str(tmp_path)}
    on_path = find({"PATH": str(tmp_path / "bin")}, "linux")
    assert [item for item in on_path if tmp_path in item.path.parents] == [
        Browser("Microsoft Edge", linux, Family.CHROMIUM),
        Browser("Firefox", firefox, Family.FIREFOX),
    ]
    assert find(bare, "darwin") == (Browser("Google Chrome", mac, Family.CHROMIUM),)
    assert find({**bare, "LOCALAPPDATA": f"{tmp_path}/"}, "win32") == (
        Browser("Microsoft Edge", windows, Family.CHROMIUM),
    )


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 3\n")
    path.chmod(0o755)
    return path


def test_a_browser_that_ends_at_once_is_reported_with_its_own_words(tmp_path: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho '[1:1:ERROR:x.cc(1)] Missing library' >&2\nexit 5\n")
    broken.chmod(0o755)
    with pytest.raises(BrowserError, match=r"Chromium ended at once \(exit code 5\): Missing library"):
        _launch(Browser("Chromium", broken, Family.CHROMIUM), tmp_path / "profile")
    assert not (tmp_path / "profile").exists()


def test_a_folder_with_somebodys_files_never_becomes_a_profile(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BrowserError, match="is not empty"):
        _launch(Browser("Chromium", _program(tmp_path / "c"), Family.CHROMIUM), tmp_path)
    assert (tmp_path / "thesis.txt").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_without_a_display_a_window_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(BrowserError, match="no display for Chromium"):
        launch(chromium_here(), proxy_port=1, spki="x", profile=tmp_path / "p", url="about:blank")


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are the others' way")
def test_closing_ends_processes_that_ignore_the_request(tmp_path: Path) -> None:
    stubborn = tmp_path / "chromium"
    stubborn.write_text(
        f"#!/bin/sh\nmkdir {tmp_path}/profile/Default\ntrap '' TERM\nsleep 60 &\necho $! > {tmp_path}/child\nwait\n"
    )
    stubborn.chmod(0o755)
    browser = _launch(Browser("Chromium", stubborn, Family.CHROMIUM), tmp_path / "profile")
    while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text().strip():
        time.sleep(0.02)
    child = int((tmp_path / "child").read_text())
    browser.process.kill()  # its parent is gone; only the group still knows it
    browser.close()
    deadline = time.monotonic() + 10
    while _state(child) not in ("", "Z"):  # a busy machine takes its time over a kill
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not browser.profile.exists()


def _state(process: int) -> str:
    command = ["ps", "-o", "stat=", "-p", str(process)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()[:1]


def _launch(browser: Browser, profile: Path) -> Running:
    return launch(
        browser, proxy_port=1, spki="x", profile=profile, url="about:blank", headless=True, headless_agent=True
    )


def test_only_root_gives_up_chromiums_own_sandbox() -> None:
    flags = chromium.command(
        Path("/c"), proxy_port=8080, spki="k=", profile=Path("/p"), url="about:blank", headless=False
    )
    assert ("--no-sandbox" in flags) is (sys.platform == "linux" and os.geteuid() == 0)
    assert {
        "--user-data-dir=/p",
        "--proxy-server=http://127.0.0.1:8080",
        "--proxy-bypass-list=<-loopback>",
        "--ignore-certificate-errors-spki-list=k=",
        "--disable-quic",
    } <= set(flags)
    assert "--headless=new" not in flags
    assert "--ignore-certificate-errors" not in flags
    assert (flags[0], flags[-1]) == ("/c", "about:blank")


def test_firefox_goes_through_the_proxy_loopback_included() -> None:
    lines = preferences(8080).splitlines()
    assert 'user_pref("network.proxy.ssl_port", 8080);' in lines
    assert 'user_pref("network.proxy.allow_hijacking_localhost", true);' in lines
    assert 'user_pref("network.proxy.no_proxies_on", "");' in lines
    assert command(Path("/f"), Path("/p"), "about:blank", headless=True) == [
        "/f",
        "--profile",
        "/p",
        "--no-remote",
        "--headless",
        "about:blank",
    ]


def test_firefox_without_its_certificate_tool_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserError) as refused:
        _launch(Browser("Firefox", _program(tmp_path / "firefox"), Family.FIREFOX), tmp_path / "profile")
    assert str(refused.value) == NO_TOOL
    assert not (tmp_path / "profile").exists()
