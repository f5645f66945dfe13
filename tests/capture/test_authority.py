"""The certificate authority: how long, for whom, renewed when, believed by which clients, and what damage comes to."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from mitmproxy.certs import CertStore

from app.capture import authority
from app.capture.authority import ensure_authority
from app.capture.messages import ProxyError
from app.capture.proxy import Proxy
from app.capture.trust import CA_FILE, backend_environment, fingerprint, private_folder
from tests.capturing import Capturing, capturing, options
from tests.origin import LOOPBACK, Authority, origin

HOSTS = ("www.facebook.com", "shop.example")
HERE = {"localhost", "127.0.0.1/32", "::1/128"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "ca"
    private_folder(made)
    return made


def certificate(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / CA_FILE).read_bytes())


def bounds(folder: Path) -> set[str]:
    found = certificate(folder).extensions.get_extension_for_class(x509.NameConstraints)
    assert found.critical
    return {str(item.value) for item in found.value.permitted_subtrees or ()}


def test_it_lasts_thirteen_months_at_most_and_vouches_for_the_opened_hosts_alone(folder: Path) -> None:
    ensure_authority(
        folder,
        (
            *HOSTS,
            "192.0.2.7",
            "müller.example",
            "",
            "[",
            "x" * 80,
            "-a.example",
            "a..example",
            "300.1.1.1",
            "*.example",
        ),
    )
    found = certificate(folder)
    assert datetime.timedelta(days=360) < found.not_valid_after_utc - found.not_valid_before_utc
    assert found.not_valid_after_utc - found.not_valid_before_utc <= datetime.timedelta(days=395)
    assert bounds(folder) == {*HOSTS, "192.0.2.7/32", "xn--mller-kva.example", *HERE}
    if sys.platform != "win32":
        assert {stat.S_IMODE(item.stat().st_mode) for item in folder.iterdir()} == {0o600}


def test_it_stays_as_it_is_while_nothing_changes(folder: Path) -> None:
    ensure_authority(folder, HOSTS)
    before = {item.name: item.read_bytes() for item in folder.iterdir()}
    ensure_authority(folder, reversed(HOSTS))
    assert {item.name: item.read_bytes() for item in folder.iterdir()} == before


def test_another_endpoint_is_certified_with_the_same_key(folder: Path) -> None:
    ensure_authority(folder, HOSTS)
    pin, before = fingerprint(folder / CA_FILE), certificate(folder)
    ensure_authority(folder, (*HOSTS, "other.example"))
    assert fingerprint(folder / CA_FILE) == pin
    assert certificate(folder).subject == before.subject
    assert bounds(folder) == {*HOSTS, "other.example", *HERE}
    assert certificate(folder).not_valid_after_utc == before.not_valid_after_utc
    ensure_authority(folder, HOSTS)  # another run, without that endpoint: the first one still opens it
    assert bounds(folder) == {*HOSTS, "other.example", *HERE}


def test_one_of_ten_years_without_bounds_is_replaced_key_and_all(folder: Path) -> None:
    CertStore.create_store(folder, "mitmproxy", 2048)
    pin = fingerprint(folder / CA_FILE)
    ensure_authority(folder, HOSTS)
    assert fingerprint(folder / CA_FILE) != pin
    assert bounds(folder) == {*HOSTS, *HERE}
    assert sorted(item.name for item in folder.iterdir() if "dhparam" not in item.name) == [
        "mitmproxy-ca-cert.pem",
        "mitmproxy-ca.pem",
    ]


@pytest.mark.parametrize(
    ("days_ago", "renewed"),
    [(0, False), (300, False), (355, False), (365, True), (387, True), (400, True), (-30, True)],
)
def test_it_is_renewed_with_a_new_key_before_its_time_is_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch, days_ago: int, renewed: bool
) -> None:
    with monkeypatch.context() as then:
        then.setattr(authority, "_BACKDATED", datetime.timedelta(days=2 + days_ago))
        ensure_authority(folder, HOSTS)
    pin = fingerprint(folder / CA_FILE)
    ensure_authority(folder, HOSTS)
    assert (fingerprint(folder / CA_FILE) != pin) is renewed
    assert certificate(folder).not_valid_after_utc > datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=29)


def _encrypted(folder: Path) -> bytes:
    key = load_pem_private_key((folder / "mitmproxy-ca.pem").read_bytes(), None)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    return secret + (folder / CA_FILE).read_bytes()


def _elliptic(folder: Path) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + (folder / CA_FILE).read_bytes()


def _anothers(folder: Path) -> bytes:
    return (folder / "mitmproxy-ca.pem").read_bytes().partition(b"-----BEGIN CERT")[0] + Authority.make(
        folder.parent
    ).file.read_bytes()


DAMAGES: dict[str, Callable[[Path], bytes]] = {
    "empty": lambda _: b"",
    "noise": lambda _: os.urandom(3000),
    "text": lambda _: b"not a key",
    "half": lambda folder: (folder / "mitmproxy-ca.pem").read_bytes()[:1000],
    "no certificate": lambda folder: (folder / "mitmproxy-ca.pem").read_bytes().partition(b"-----BEGIN CERT")[0],
    "no key": lambda folder: (folder / CA_FILE).read_bytes(),
    "a flipped letter": lambda folder: (folder / "mitmproxy-ca.pem").read_bytes().replace(b"MII", b"MIJ"),
    "a key with a password": _encrypted,
    "another kind of key": _elliptic,
    "another's certificate": _anothers,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_authority_is_a_sentence_and_is_left_as_it_is(folder: Path, damage: str) -> None:
    ensure_authority(folder, HOSTS)
    damaged = DAMAGES[damage](folder)
    (folder / "mitmproxy-ca.pem").write_bytes(damaged)
    with pytest.raises(
        ProxyError, match=r"can not be read \(.+\)\. Move the folder away; a new one is made\."
    ) as refused:
        Proxy(options(folder), print, print).start()
    assert "Traceback" not in str(refused.value)
    assert (folder / "mitmproxy-ca.pem").read_bytes() == damaged


@pytest.mark.parametrize("name", [CA_FILE, "mitmproxy-dhparam.pem", "ca-bundle.pem", "upstream-bundle.pem"])
def test_what_is_derived_is_mended(tmp_path: Path, name: str) -> None:
    with capturing(options(tmp_path)):
        pass
    (tmp_path / name).write_bytes(b"noise")
    with capturing(options(tmp_path)) as running, running.client() as client:
        assert client.get("https://www.facebook.com/tr/?id=1&ev=Lead").status_code == 200


@pytest.mark.parametrize("name", ["mitmproxy-ca.pem", CA_FILE, "mitmproxy-dhparam.pem", "ca-bundle.pem"])
def test_a_folder_in_a_files_place_is_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(ProxyError, match=r"can not be (read|kept|used|written)"):
        Proxy(options(tmp_path), print, print).start()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capturing]:
    folder = tmp_path_factory.mktemp("authority")
    with capturing(options(folder / "ca", endpoints=("shop.example/fp/tr", "192.0.2.7:8443/fp"))) as made:
        yield made


PLACES = (
    "https://www.facebook.com/tr/?id=1&ev=Lead",
    "https://graph.facebook.com/v26.0/1/events",
    "https://eu-1.conversionsapigateway.com/events",
    "https://shop.example/fp/tr?id=1&ev=Lead",
)


def test_openssl_trusts_it_for_platforms_endpoints_and_this_machine(running: Capturing) -> None:
    strict = ssl.create_default_context(cafile=str(running.listening.ca_file))
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    proxy = f"http://{LOOPBACK}:{running.listening.forward_port}"
    with httpx.Client(proxy=proxy, verify=strict, trust_env=False) as client:
        statuses = [client.get(url).status_code for url in (*PLACES, "https://192.0.2.7:8443/fp?id=1&ev=Lead")]
    assert statuses == [200, 401, 204, 204, 204]
    for name in (LOOPBACK, "localhost"):
        with httpx.Client(verify=strict, trust_env=False) as client:
            answer = client.get(f"https://{name}:{running.listening.forwarding_port}/v26.0/1/events")
        assert answer.status_code == 401


NODE = """
const [, port] = process.argv;
const ask = "CONNECT www.facebook.com:443 HTTP/1.1\\r\\n\\r\\n";
const way = require("net").connect(+port, "127.0.0.1", () => way.write(ask));
way.once("data", () => {
  const secure = require("tls").connect({socket: way, servername: "www.facebook.com"}, () => {
    console.log(secure.authorized ? "200" : "refused");
    process.exit(0);
  });
});
"""


@pytest.mark.parametrize("tool", ["curl", "node", "requests"])
def test_other_clients_trust_it_too(running: Capturing, tool: str) -> None:
    program = {
        "curl": ["curl", "-sS", "-o", os.devnull, "-w", "%{http_code}", PLACES[0]],
        "node": ["node", "-e", NODE, str(running.listening.forward_port)],
        "requests": [sys.executable, "-c", f"import requests; print(requests.get({PLACES[0]!r}).status_code)"],
    }[tool]
    if shutil.which(program[0]) is None:
        pytest.skip(f"{tool} is not on this machine")
    environment = {**os.environ, **backend_environment(running.listening.forward_port, running.listening.bundle_file)}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.strip() == "200", done.stderr


def test_its_stolen_key_opens_no_other_host(running: Capturing, tmp_path: Path) -> None:
    """A certificate for a bank, signed with our key, is refused by a client that trusts our authority."""
    stolen = (running.listening.ca_file.parent / "mitmproxy-ca.pem").read_bytes()
    key = load_pem_private_key(stolen, None)
    ours = x509.load_pem_x509_certificate(stolen)
    now = datetime.datetime.now(datetime.UTC)
    own = ec.generate_private_key(ec.SECP256R1())

    def forged(name: str) -> Path:
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(ours.subject)
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
            .sign(key, hashes.SHA256())  # type: ignore[arg-type]  # a key of any kind
        )
        file = tmp_path / f"{name}.pem"
        secret = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(secret + made.public_bytes(Encoding.PEM))
        return file

    trust = ssl.create_default_context(cafile=str(running.listening.ca_file))
    trust.check_hostname = False
    for name, refused in (("bank.example", True), ("www.facebook.com.bank.example", True), ("shop.example", False)):
        with origin(forged(name)) as server, httpx.Client(verify=trust, trust_env=False) as client:
            if refused:
                with pytest.raises(httpx.ConnectError, match="permitted subtree violation"):
                    client.get(f"https://localhost:{server.port}/")
            else:
                assert client.get(f"https://localhost:{server.port}/").content == b"ok"


def test_the_certificates_it_signs_stay_under_chromiums_two_hundred_days(running: Capturing) -> None:
    pem = ssl.get_server_certificate((LOOPBACK, running.listening.forwarding_port))
    leaf = x509.load_pem_x509_certificate(pem.encode())
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < datetime.timedelta(days=200)


def test_an_endpoint_that_is_named_later_is_trusted_at_the_next_start_by_the_same_pin(tmp_path: Path) -> None:
    with capturing(options(tmp_path)) as first:
        pin = first.listening.spki
    with capturing(options(tmp_path, endpoints=("later.example/fp",))) as second, second.client() as client:
        assert client.get("https://later.example/fp?id=1&ev=Lead").status_code < 500
        assert second.listening.spki == pin
    assert json.dumps(sorted(bounds(tmp_path))).count("later.example") == 1
