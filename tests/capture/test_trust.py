"""Whose certificates are believed: the bundles, the fingerprint, the words."""

import base64
import hashlib
import os
import re
import ssl
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.capture.trust import (
    CA_FILE,
    TrustError,
    backend_environment,
    distrust_sentence,
    fingerprint,
    private_folder,
    write_bundles,
)
from tests.origin import Authority


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "authority"
    private_folder(made)
    return made


def test_backends_trust_the_public_roots_the_users_authority_and_ours(folder: Path, tmp_path: Path) -> None:
    ours, company = Authority.make(folder).file.rename(folder / CA_FILE), Authority.make(tmp_path).file
    for_backends, upstream = write_bundles(folder, str(company))
    roots = _certificates(Path(certifi.where()))
    assert _certificates(for_backends) == roots | _certificates(company) | _certificates(ours)
    assert _certificates(upstream) == roots | _certificates(company)
    assert ssl.create_default_context(cafile=str(for_backends)).cert_store_stats()["x509_ca"] > len(roots) / 2


def _certificates(file: Path) -> set[str]:
    return set(re.findall("-----BEGIN CERTIFICATE-----[^-]+-----END", file.read_text("utf-8")))


def test_the_fingerprint_is_that_of_the_public_key(tmp_path: Path) -> None:
    file = Authority.make(tmp_path).file
    key = x509.load_pem_x509_certificate(file.read_bytes()).public_key()
    expected = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    assert base64.b64decode(fingerprint(file)) == expected


def test_a_backends_environment_overrides_what_the_machine_presets() -> None:
    given = backend_environment(8080, Path("/ours.pem"))
    preset = {name for name, value in os.environ.items() if value.endswith("/ca-certificates.crt")}
    assert preset <= given.keys()
    assert {given[name] for name in preset} <= {"/ours.pem"}
    assert (given["HTTPS_PROXY"], given["https_proxy"]) == ("http://127.0.0.1:8080",) * 2


def test_a_refused_certificate_is_explained_with_the_way_round_it_first() -> None:
    text = distrust_sentence("graph.facebook.com", 8081, Path("/ours.pem"))
    assert text.startswith("A program refused our certificate for graph.facebook.com")
    assert text.index("http://127.0.0.1:8081") < text.index("/ours.pem")


def test_other_files_in_the_folder_keep_their_permissions(tmp_path: Path) -> None:
    other = tmp_path / "script.sh"
    other.touch(mode=0o755)
    before = other.stat().st_mode
    (tmp_path / "mitmproxy-ca.pem").touch(mode=0o644)
    private_folder(tmp_path)
    assert other.stat().st_mode == before
    assert (tmp_path / "mitmproxy-ca.pem").stat().st_mode & 0o077 == 0


def test_a_folder_that_is_a_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrustError, match="Make it yours and writable, or move it away"):
        private_folder(tmp_path / "file")
