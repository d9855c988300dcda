"""Who signs: a certificate chain and its key, from the settings, or a chain of the site's own, made when first needed.

A chain of one's own proves that a file left this very site unchanged to whoever knows its root; nobody else has a
reason to trust it. A certificate from an authority on the C2PA trust list is believed everywhere.

Source: C2PA Technical Specification 2.x, "X.509 Certificates": version 3, digitalSignature, no authority, an extended
key usage out of a short list (e-mail protection is the one that every validator takes), key identifiers.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from production.errors import CertificateError

ROOT_YEARS, LEAF_YEARS = 20, 10
"""Without a timestamp a signature is good only while its certificate is; a file is kept longer than a year."""
CHAIN, KEY, ROOT = "chain.pem", "key.pem", "root.pem"
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A chain (PEM, the signer's first) with its key; `fingerprint` is the SHA-256 of the signer's certificate."""

    certificates: str
    algorithm: str
    fingerprint: str
    name: str
    expires_at: dt.datetime
    is_own: bool
    _key: PrivateKey

    def __repr__(self) -> str:
        return f"Signer({self.name!r}, {self.fingerprint[:16]})"  # a traceback that prints locals must not print a key

    def sign(self, message: bytes) -> bytes:
        """The signature of `message`, as COSE wants it or as DER: the library takes both of ECDSA."""
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(message, ec.ECDSA(_digest_of(self._key)))
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(message)
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)
        return self._key.sign(message, pss, hashes.SHA256())


def signer() -> Signer:
    """Who signs now.

    Raises
    ------
    CertificateError
        If the files named in the settings cannot be read, do not belong together, or are out of date.
    """
    chain, key = _places()
    try:
        return _loaded(str(chain), str(key), chain.stat().st_mtime_ns, key.stat().st_mtime_ns)
    except (OSError, ValueError, TypeError) as error:
        raise CertificateError(f"The certificate for content credentials cannot be used: {error}") from error


def anchors() -> str:
    """PEM of every root that is believed here: one's own, and those of CREDENTIALS_TRUST."""
    found = []
    if settings.CREDENTIALS_TRUST:
        found.append(Path(settings.CREDENTIALS_TRUST))
    if settings.CREDENTIALS_CERTIFICATE:
        found.append(Path(settings.CREDENTIALS_CERTIFICATE))
    else:
        _places()
        found.append(Path(settings.CREDENTIALS_DIR) / ROOT)
    try:
        return "\n".join(path.read_text() for path in found)
    except OSError as error:
        raise CertificateError(f"The trusted certificates cannot be read: {error}") from error


def _places() -> tuple[Path, Path]:
    """Where chain and key lie; one's own are made if there are none."""
    if settings.CREDENTIALS_CERTIFICATE or settings.CREDENTIALS_KEY:
        return Path(settings.CREDENTIALS_CERTIFICATE), Path(settings.CREDENTIALS_KEY)
    folder = Path(settings.CREDENTIALS_DIR)
    if not folder.exists():
        _make(folder, name=settings.LEDGER_ORIGIN, now=dt.datetime.now(dt.UTC))
    return folder / CHAIN, folder / KEY


@functools.lru_cache(maxsize=4)
def _loaded(chain: str, key_path: str, chain_ns: int, key_ns: int) -> Signer:
    text = Path(chain).read_text()
    leaf = x509.load_pem_x509_certificates(text.encode())[0]
    key = serialization.load_pem_private_key(Path(key_path).read_bytes(), password=None)
    if not isinstance(key, PrivateKey):
        raise ValueError("its key is neither elliptic-curve, Ed25519 nor RSA")
    if _public(key.public_key()) != _public(leaf.public_key()):
        raise ValueError("its key is another one")
    if leaf.not_valid_after_utc <= dt.datetime.now(dt.UTC):
        raise ValueError(f"it ended on {leaf.not_valid_after_utc:%Y-%m-%d}")
    named = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Signer(
        certificates=text,
        algorithm=_algorithm_of(key),
        fingerprint=hashlib.sha256(leaf.public_bytes(serialization.Encoding.DER)).hexdigest(),
        name=str(named[0].value) if named else leaf.subject.rfc4514_string(),
        expires_at=leaf.not_valid_after_utc,
        is_own=not settings.CREDENTIALS_CERTIFICATE,
        _key=key,
    )


def _algorithm_of(key: PrivateKey) -> str:
    """As C2PA calls it."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    named = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}.get(key.curve.name)
    if named is None:
        raise ValueError(f"its curve {key.curve.name} is not allowed")
    return named


def _digest_of(key: ec.EllipticCurvePrivateKey) -> hashes.HashAlgorithm:
    return {"es256": hashes.SHA256(), "es384": hashes.SHA384(), "es512": hashes.SHA512()}[_algorithm_of(key)]


def _public(key: object) -> bytes:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.DER, spki)  # type: ignore[attr-defined, no-any-return]


# ----------------------------------------------------------------------------------------------- a chain of one's own
def _make(folder: Path, *, name: str, now: dt.datetime) -> None:
    """A root, and a signer under it, readable by their owner only. The root's key is thrown away: it signs once."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _root(root_key, name, now)
    leaf = _leaf(key.public_key(), name, root, root_key, now)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".credentials-", dir=folder.parent))
    for file, data in ((CHAIN, _pem(leaf) + _pem(root)), (KEY, secret), (ROOT, _pem(root))):
        with os.fdopen(os.open(draft / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    # A folder never replaces one that holds something: of two that come first together, one wins and both read it.
    with contextlib.suppress(OSError):
        draft.rename(folder)
    shutil.rmtree(draft, ignore_errors=True)


def _root(key: ec.EllipticCurvePrivateKey, name: str, now: dt.datetime) -> x509.Certificate:
    subject = _name(f"{name} content credentials root", name)
    return (
        _begun(subject, subject, key.public_key(), now, ROOT_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    key: ec.EllipticCurvePublicKey,
    name: str,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
) -> x509.Certificate:
    return (
        _begun(_name(f"{name} content credentials", name), root.subject, key, now, LEAF_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str, organisation: str) -> x509.Name:
    """What readers print as the issuer is the organisation."""
    parts = ((NameOID.COMMON_NAME, common), (NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name([x509.NameAttribute(oid, value[:64]) for oid, value in parts])


def _usage(**given: bool) -> x509.KeyUsage:
    nothing = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    return x509.KeyUsage(**nothing | given)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def timestamp_url() -> str:
    """The authority that is asked for the time of a signature; empty unless the settings name one."""
    return str(settings.CREDENTIALS_TIMESTAMP_URL)
