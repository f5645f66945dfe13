"""The certificate authority: made on this machine, for a year, and for no hosts but those that are opened.

    mitmproxy-ca.pem        the key and its certificate (mitmproxy's own names)
    mitmproxy-ca-cert.pem   the certificate alone, derived from it

Name constraints (RFC 5280, 4.2.1.10) bind whoever trusts the certificate: with the key stolen, nobody can pose as a
bank. Chromium, Firefox, OpenSSL and what is built on it, and Go heed them; Java ignores them in a root. When the user
names another endpoint, the same key is certified for it as well and for the same time, so that the browser's pin and
those who hold the older certificate go on trusting; hosts only leave with the key, for another run of ours may still
open them. A key is replaced when its time is nearly over, and when it was certified without bounds.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from app.capture.trust import CA_FILE, TrustError, replace_file
from app.locking import FileLock

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

KEY_FILE = "mitmproxy-ca.pem"
LONGEST = datetime.timedelta(days=395)  # 13 months
_LIFETIME = datetime.timedelta(days=390)
_BACKDATED = datetime.timedelta(days=2)  # as mitmproxy does with its own, for clients whose clock is slow
_IN_TIME = datetime.timedelta(days=30)  # before the end
_KEY_BITS = 2048
_PATIENCE_S = 20  # how long another may take to make the authority; it takes a tenth of a second
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_HERE = ("localhost", "127.0.0.1", "::1")  # our own listeners speak TLS, too
_OLD_FORMS = (
    "mitmproxy-ca.p12",
    "mitmproxy-ca-cert.p12",
    "mitmproxy-ca-cert.cer",
)  # of the same key


def ensure_authority(folder: Path, hosts: Iterable[str]) -> None:
    """See to it that the folder has an authority that is in its time and bound: to these hosts, this machine, and
    hosts that were asked for since its key was made.

    Of several that start together one makes it, and the others wait. Raises `TrustError` for files that can not be
    read as an authority, which are left as they are, and for a folder that can not be written to.
    """
    names = frozenset(filter(None, map(_constraint, (*hosts, *_HERE))))
    file = folder / KEY_FILE
    try:
        if not file.exists() or _is_due(_read(file)[1], names):
            lock = FileLock.when_free(file, _PATIENCE_S)
            try:
                _renew(folder, names)
            finally:
                lock.release()
        replace_file(folder / CA_FILE, _pem(_read(file)[1]))
    except OSError as error:
        raise TrustError(
            f"The certificate authority in {folder} can not be kept ({error.strerror or error})."
        ) from error


def _renew(folder: Path, names: frozenset[str]) -> None:
    file = folder / KEY_FILE
    if file.exists():
        key, certificate = _read(file)
        if not _is_due(certificate, names):
            return  # another was faster
        if not _is_outlived(certificate):
            more = _certified(key, names | _bounds(certificate), certificate.not_valid_before_utc)
            replace_file(file, _secret(key) + _pem(more))
            return
    key = _new_key()
    replace_file(file, _secret(key) + _pem(_certified(key, names, _now() - _BACKDATED)))
    for name in _OLD_FORMS:
        (folder / name).unlink(missing_ok=True)


def _is_due(certificate: x509.Certificate, names: frozenset[str]) -> bool:
    return _is_outlived(certificate) or not names <= _bounds(certificate)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _is_outlived(certificate: x509.Certificate) -> bool:
    """Whether a new key is needed: the time is nearly over or not yet begun, or was or is without bounds."""
    now = _now()
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return not (begin <= now < end - _IN_TIME) or end - begin > LONGEST or not _bounds(certificate)


def _read(file: Path) -> tuple[RSAPrivateKey, x509.Certificate]:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        text = file.read_bytes()
        key, certificate = load_pem_private_key(text, None), x509.load_pem_x509_certificate(text)
        if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise ValueError("the certificate is another key's")
        if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise ValueError("it is no authority's certificate")
        _bounds(certificate)
    except (
        *(OSError, ValueError, TypeError, UnsupportedAlgorithm),
        *(x509.InvalidVersion, x509.DuplicateExtension, x509.ExtensionNotFound, x509.UnsupportedGeneralNameType),
    ) as error:
        reason = str(error).partition("\n")[0].partition(". See ")[0] or type(error).__name__
        raise TrustError(
            f"The certificate authority in {file} can not be read ({reason}). Move the folder away; a new one is made."
        ) from error
    return key, certificate


def _bounds(certificate: x509.Certificate) -> frozenset[str]:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(str(item.value) for item in found or ())


def _constraint(host: str) -> str | None:
    """A host's name as it stands in a certificate; an address as a network of its own; None for what is neither.

    Firefox refuses whatever has an authority in whose bounds something is malformed.
    """
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_network(host.strip("[]")))
    with contextlib.suppress(UnicodeError):
        name = host.strip(".").encode("idna").decode("ascii").lower()
        return name if _NAME.fullmatch(name) and not name.rpartition(".")[2].isdigit() else None
    return None


def _new_key() -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)


def _certified(key: RSAPrivateKey, names: frozenset[str], begin: datetime.datetime) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    ours = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Pixelpair (this machine)"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Pixelpair"),
        ]
    )
    signs = dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
            *("key_agreement", "encipher_only", "decipher_only"),
        ),
        False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(ours)
        .issuer_name(ours)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints([_general(name) for name in sorted(names)], None), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **signs), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def _general(name: str) -> x509.GeneralName:
    from cryptography import x509

    return x509.IPAddress(ipaddress.ip_network(name)) if "/" in name else x509.DNSName(name)


def _secret(key: RSAPrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)
