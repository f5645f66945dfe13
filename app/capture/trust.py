"""Whose certificates are believed, and by whom: our authority's folder, the bundle for backends, words for developers.

The certificate authority is made on this machine, stays in one private folder and is never installed anywhere. The
browser we launch knows it by its key's fingerprint; a backend is handed a bundle of the public roots and ours.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import sys
import tempfile
from pathlib import Path

import certifi

from app.model import Request
from app.platforms import local_base, platform_of, senders, server_of

CA_FILE = "mitmproxy-ca-cert.pem"  # mitmproxy's own name; the key lies beside it, in mitmproxy-ca.pem
BUNDLE_FILE = "ca-bundle.pem"
UPSTREAM_FILE = "upstream-bundle.pem"


class TrustError(Exception):
    """Certificates can not be read or kept; the text is fit to show."""


def private_folder(path: Path) -> None:
    """Make the authority's folder, or take an old one, so that only its owner can look inside.

    Raises `TrustError` when that can not be had.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if sys.platform != "win32":
            path.chmod(0o700)
            for item in (*path.glob("mitmproxy-*"), *path.glob("*-bundle.pem")):
                with contextlib.suppress(FileNotFoundError):  # a draft or a lock of another start has gone meanwhile
                    item.chmod(0o600)
        with tempfile.TemporaryFile(dir=path):  # only trying tells whether it can be written to
            pass
    except OSError as error:
        raise TrustError(
            f"The folder for our certificates can not be used: {path} ({error.strerror or error}). "
            "Make it yours and writable, or move it away; a new one is made."
        ) from error


def fingerprint(certificate: Path) -> str:
    """Base64 of the SHA-256 of the certificate's public key, as Chromium's command line wants it."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(digest).decode("ascii")


def certificates(path: Path) -> bytes:
    """The PEM text of a file of authorities that the user wants trusted besides the public roots.

    Raises `TrustError` when the file is missing or holds no certificate.
    """
    from cryptography import x509

    try:
        text = path.read_bytes()
        x509.load_pem_x509_certificates(text)
    except (OSError, ValueError) as error:
        raise TrustError(
            f"{path} can not be used as a file of trusted certificates ({error}). "
            "Choose a PEM file with at least one BEGIN CERTIFICATE block, or clear the setting."
        ) from error
    return text


def write_bundles(folder: Path, extra_ca: str) -> tuple[Path, Path]:
    """Write two bundles and return their paths: what backends shall trust, and what we trust upstream.

    Both hold the public roots and the user's extra authorities; only the backends' holds ours, too. A bundle of ours
    alone would break every host whose traffic passes through untouched. Raises `TrustError`.
    """
    roots = Path(certifi.where()).read_bytes()
    extra = certificates(Path(extra_ca).expanduser()) if extra_ca else b""
    for_backends, for_us = folder / BUNDLE_FILE, folder / UPSTREAM_FILE
    try:
        replace_file(for_us, b"\n".join((roots, extra)))
        replace_file(for_backends, b"\n".join((roots, extra, (folder / CA_FILE).read_bytes())))
    except OSError as error:
        raise TrustError(f"{folder} can not be written to ({error.strerror or error}).") from error
    return for_backends, for_us


def replace_file(path: Path, text: bytes) -> None:
    """Write a file for its owner alone, whole or not at all: a backend may be reading the old one this very moment.

    Raises `OSError`.
    """
    if path.exists() and path.read_bytes() == text:
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(text)
    draft.replace(path)


BUNDLE_VARIABLES = (
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "PIP_CERT",
    "AWS_CA_BUNDLE",
    "HTTPLIB2_CA_CERTS",
    "GIT_SSL_CAINFO",
    "NIX_SSL_CERT_FILE",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "DENO_CERT",
    "NODE_EXTRA_CA_CERTS",
)


def backend_environment(proxy_port: int, bundle: Path) -> dict[str, str]:
    """The variables that make most server programs use our proxy and trust it, for one process tree only.

    All certificate variables are set, because a machine may preset any of them and the wrong one would win.
    Some clients heed none of this (Python's asynchronous SDK, Node's built-in fetch): for them there is the
    forwarding listener.
    """
    proxy = f"http://127.0.0.1:{proxy_port}"
    proxied = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), proxy)
    direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1,::1")
    return proxied | direct | dict.fromkeys(BUNDLE_VARIABLES, str(bundle))


def distrust_sentence(host: str, forwarding_port: int, bundle: Path) -> str:
    """What to tell the developer whose program refused our certificate for a host, language by language."""
    owner = platform_of(Request("POST", f"https://{host}/"))
    named = owner.name if owner is not None and owner.server is not None else senders()[0].name
    local = local_base(f"http://127.0.0.1:{forwarding_port}", named)
    return (
        f"A program refused our certificate for {host}, so its request could not be read. Simplest: send it to "
        f"{local} in place of {server_of(named).base_url}; that needs no certificate. "
        f"Or let it trust {bundle} — Python (requests, SDKs on it): REQUESTS_CA_BUNDLE; Python (httpx), Ruby, Go on "
        "Linux: SSL_CERT_FILE; Node: NODE_EXTRA_CA_CERTS; PHP: curl.cainfo and openssl.cafile in php.ini; "
        "curl: CURL_CA_BUNDLE; Java: import it with keytool and set -Djavax.net.ssl.trustStore; "
        ".NET on Linux: SSL_CERT_FILE."
    )
