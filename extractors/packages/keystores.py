"""Key stores: JKS and JCEKS without a password, PKCS#12 with one.

JKS keeps its certificates in clear; only the private keys are locked, and those are never looked at. PKCS#12 locks
the certificates too. A wrong password shows as padding that does not fit.
"""

from __future__ import annotations

import struct

from extractors.errors import Encrypted, Unreadable, Unsupported
from extractors.packages import pbe
from extractors.packages.certfiles import certificate_warnings, platform_of
from extractors.packages.certificates import is_authority, is_issuer, read_certificate
from extractors.packages.der import DerError, Element, parse
from extractors.packages.features import features
from extractors.packages.messages import warning
from extractors.packages.model import AppPackage, Certificate, Signer

JKS, JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
MAX_ENTRIES = 256
MAX_CHAIN = 32
_PRIVATE, _TRUSTED = 1, 2
_DATA, _ENCRYPTED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.6"
_CERT_BAG, _X509 = "1.2.840.113549.1.12.10.1.3", "1.2.840.113549.1.9.22.1"
_NESTED_BAG = "1.2.840.113549.1.12.10.1.6"


def is_keystore(data: bytes) -> bool:
    """Whether the bytes are a JKS, JCEKS or PKCS#12 store."""
    return data[:4] in (JKS, JCEKS) or _is_pkcs12(data)


def _is_pkcs12(data: bytes) -> bool:
    try:
        parts = parse(data).children(2)
        return parts[0].integer() == 3 and parts[1].children(2)[0].oid() == _DATA
    except DerError:
        return False


def read_keystore(data: bytes, file: str, password: str | None) -> AppPackage:
    """Return the certificates of a key store's own keys; raises Encrypted when a password is needed or wrong."""
    certificates = _jks(data) if data[:4] in (JKS, JCEKS) else _pkcs12(data, password)
    own = _own(certificates)
    if not own:
        raise Unsupported(
            "密钥库中没有证书。请提供含有发布证书的密钥库或 .cer 文件。",
            "The key store holds no certificate. Supply the store with the release certificate, or the .cer.",
        )
    platform = platform_of(certificates)
    warnings = certificate_warnings(own[0], platform, len(certificates) if len(own) == 1 else 1)
    if len(own) > 1:
        warnings.append(warning("several_keys", count=len(own), names=", ".join(one.common_name for one in own[:8])))
    return AppPackage(
        file=file,
        bytes=len(data),
        platform=platform,
        container="keystore",
        signers=tuple(Signer(one, ()) for one in own),
        features=features(platform, "", own[0]),
        warnings=tuple(warnings),
    )


def _own(certificates: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """The certificates that are not there as somebody's issuer."""
    leaves = [one for one in certificates if not any(is_issuer(one, other) for other in certificates)]
    return tuple([one for one in leaves if not is_authority(one)] or leaves or certificates)


# --- JKS -------------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 4

    def number(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def piece(self, width: int) -> bytes:
        return self._take(int.from_bytes(self._take(width), "big"))

    def skip(self, count: int) -> None:
        self._take(count)

    def _take(self, count: int) -> bytes:
        end = self._place + count
        if end > len(self._data):
            raise struct.error("cut off")
        piece = self._data[self._place : end]
        self._place = end
        return piece


def _jks(data: bytes) -> tuple[Certificate, ...]:
    """Certificates of key entries; of trusted ones only where there are no keys."""
    own: list[Certificate] = []
    trusted: list[Certificate] = []
    try:
        reader = _Reader(data)
        version, count = reader.number(), reader.number()
        for _ in range(min(count, MAX_ENTRIES)):
            kind = reader.number()
            reader.piece(2)
            reader.skip(8)
            if kind == _PRIVATE:
                reader.piece(4)
                own += [_jks_certificate(reader, version) for _ in range(min(reader.number(), MAX_CHAIN))]
            elif kind == _TRUSTED:
                trusted.append(_jks_certificate(reader, version))
            else:
                break  # A secret key is a Java object of unknown length: what follows cannot be found.
    except (struct.error, DerError) as error:
        if not own:
            raise Unreadable(
                "密钥库文件已损坏或不完整，请重新获取。", "The key store is damaged or incomplete; get it again."
            ) from error
    return tuple(dict.fromkeys(own or trusted))


def _jks_certificate(reader: _Reader, version: int) -> Certificate:
    if version > 1:
        reader.piece(2)
    return read_certificate(reader.piece(4))


# --- PKCS#12 ---------------------------------------------------------------------------------------------------


def _pkcs12(data: bytes, password: str | None) -> tuple[Certificate, ...]:
    try:
        safes = _octets(parse(data).children(2)[1].children(2)[1])
        found = [one for info in parse(safes).children() for one in _safe(info, password)]
    except DerError as error:
        raise Unreadable(
            "PKCS#12 密钥库（.p12 / .pfx）已损坏，请重新导出。",
            "The PKCS#12 key store (.p12, .pfx) is damaged; export it again.",
        ) from error
    return tuple(dict.fromkeys(found))


def _octets(holder: Element) -> bytes:
    return holder.children(1)[0].octets()


def _safe(info: Element, password: str | None) -> list[Certificate]:
    kind, holder = info.children(2)[:2]
    if kind.oid() == _DATA:
        return _bags(parse(_octets(holder)))
    if kind.oid() != _ENCRYPTED_DATA:
        return []
    content = holder.children(1)[0].children(2)[1].children(3)
    return _unlocked(content[1], content[2].octets(), password)


def _unlocked(algorithm: Element, data: bytes, password: str | None) -> list[Certificate]:
    # Some tools lock with an empty password; it costs nothing to try.
    try:
        return _bags(parse(pbe.decrypt(algorithm, data, password or "")))
    except (pbe.WrongPassword, DerError) as error:
        if password is None:
            raise Encrypted(
                "密钥库需要密码才能读取证书：请用 BEIANBOX_KEYSTORE_PASSWORD 环境变量提供，或改为提供 APK / .cer 文件（不需要密码）。",
                "The key store needs a password: give it in the environment variable BEIANBOX_KEYSTORE_PASSWORD, "
                "or supply the APK or the .cer, which need none.",
            ) from error
        raise Encrypted(
            "密钥库密码不正确。请核对密码，或改为提供 APK / .cer 文件（不需要密码）。",
            "The key store's password is wrong. Check it, or supply the APK or the .cer, which need none.",
        ) from error


def _bags(contents: Element) -> list[Certificate]:
    found: list[Certificate] = []
    for bag in contents.children()[:MAX_ENTRIES]:
        kind, holder = bag.children(2)[:2]
        if kind.oid() == _CERT_BAG:
            form, value = holder.children(1)[0].children(2)[:2]
            if form.oid() == _X509:
                found.append(read_certificate(_octets(value)))
        elif kind.oid() == _NESTED_BAG:
            found += _bags(holder.children(1)[0])
    return found
