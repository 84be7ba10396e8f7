"""Certificate files: PEM and DER, single, chain in any order, or PKCS#7; as portals and Notepad leave them.

A byte-order mark, UTF-16 and any line ends are undone first. Of a chain the leaf is chosen by who signed whom, never
by place: portals write the root first, and the form wants the developer's own certificate.
"""

from __future__ import annotations

import base64
import binascii
import re

from extractors.errors import Unreadable, Unsupported
from extractors.packages import cms, der
from extractors.packages.certificates import is_authority, pick_leaf, read_certificate
from extractors.packages.der import DerError
from extractors.packages.features import features
from extractors.packages.messages import warning
from extractors.packages.model import AppPackage, Certificate, PackageWarning, Signer

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_CERTIFICATES = 64
# A last line lost in an editor takes nothing from the certificate, which says its own length.
_ARMOUR = re.compile(rb"-----BEGIN ([A-Z0-9 #]+)-----(.*?)(?=-----|\Z)", re.DOTALL)
_CERTIFICATE_LABELS = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")
# The first bytes of a certificate, and of a PEM file, as base64 writes them.
_BASE64_STARTS = (b"MII", b"LS0tLS1CRUdJTi")
_APPLE_DEVELOPMENT = ("1.2.840.113635.100.6.1.2", "1.2.840.113635.100.6.1.12")
_APPLE_DISTRIBUTION = ("1.2.840.113635.100.6.1.4", "1.2.840.113635.100.6.1.7")
_APPLE_PUSH = ("1.2.840.113635.100.6.3.1", "1.2.840.113635.100.6.3.2", "1.2.840.113635.100.6.3.6")


def looks_like_certificate(head: bytes) -> bool:
    """Whether a file's first bytes may be a certificate file's: DER, PEM with any text before it, or bare base64."""
    if head[:1] == b"\x30":
        return True
    text = plain_text(head)
    before, mark, _ = text.partition(b"-----BEGIN")
    # A program or archive may hold a PEM text somewhere; a text file has no zeros.
    return (bool(mark) and b"\0" not in before) or text.lstrip().startswith(_BASE64_STARTS)


def plain_text(data: bytes) -> bytes:
    """Return text bytes without byte-order mark, UTF-16 turned into ASCII."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").encode("ascii", "replace")
    # UTF-16 saved without a mark: every other byte is zero.
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if data[first : first + 3 : 2] == b"\0\0":
            return data.decode(name, "replace").encode("ascii", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


def read_certificate_file(data: bytes, file: str) -> AppPackage:
    """Return the leaf certificate of a file as its signer; raises Unreadable or Unsupported."""
    chain = certificates_in(data)
    leaf = pick_leaf(chain)
    if leaf is None:
        raise _not_readable(data)
    platform = platform_of(chain)
    warnings = certificate_warnings(leaf, platform, len(chain))
    signer = Signer(leaf, (), "current")
    return AppPackage(
        file=file,
        bytes=len(data),
        platform=platform,
        container="certificate",
        signers=(signer,),
        features=features(platform, "", leaf),
        warnings=tuple(warnings),
    )


def certificates_in(data: bytes) -> tuple[Certificate, ...]:
    """Return all certificates of a file in its own order, each once."""
    text = plain_text(data)
    blocks = [(match[1], match[2]) for match in _ARMOUR.finditer(text)]
    found: list[Certificate] = []
    if blocks:
        for label, body in blocks[:MAX_CERTIFICATES]:
            if label in _CERTIFICATE_LABELS or label in (b"PKCS7", b"CMS", b"PKCS #7 SIGNED DATA"):
                found += _from_der(_decoded(body))
    else:
        plain = _decoded(text)
        # Some portals encode the whole PEM file once more.
        found += _from_der(data) or (certificates_in(plain) if plain.startswith(b"-----BEGIN") else _from_der(plain))
    return tuple(dict.fromkeys(found))


def _decoded(body: bytes) -> bytes:
    # Copied from JSON, the line ends are spelt out.
    body = body.replace(b"\\r", b"").replace(b"\\n", b"\n")
    # Header lines of old PEM ("Proc-Type: …") end at an empty line.
    body = body.replace(b"\r", b"\n").rpartition(b"\n\n")[2] if b":" in body else body
    compact = re.sub(rb"\s+", b"", body)
    if len(compact) > 2 * MAX_FILE_BYTES or re.search(rb"[^A-Za-z0-9+/=]", compact):
        return b""
    try:
        return base64.b64decode(compact + b"=" * (-len(compact) % 4))
    except binascii.Error:
        return b""


def _from_der(data: bytes) -> list[Certificate]:
    """Certificates of DER bytes: PKCS#7, else one certificate after another."""
    try:
        return list(cms.read_signed_data(data).certificates)
    except DerError:
        pass
    found: list[Certificate] = []
    while data and len(found) < MAX_CERTIFICATES:
        try:
            one = read_certificate(der.parse(data).raw)
        except DerError:
            break
        found.append(one)
        data = data[len(one.raw) :]
    return found


def platform_of(chain: tuple[Certificate, ...]) -> str:
    """Return the platform a certificate's issuer tells, or an empty text."""
    names = " ".join(f"{one.issuer} {one.subject}" for one in chain)
    if "Apple" in names:
        return "ios"
    if "Huawei CBG" in names or "OpenHarmony" in names:
        return "harmony"
    return ""


def certificate_warnings(leaf: Certificate, platform: str, count: int) -> list[PackageWarning]:
    """Return what there is to say about a certificate chosen among `count`; raises Unsupported for the wrong kind."""
    found: list[PackageWarning] = []
    if count > 1:
        found.append(warning("chain", count=count))
    # Android keys sign themselves, and some tools mark them as authorities; HarmonyOS and Apple ones never do.
    if is_authority(leaf) and (platform or leaf.subject != leaf.issuer):
        found.append(warning("authority_certificate", subject=leaf.subject))
    if platform == "harmony":
        found.append(warning("fingerprint_unclear"))
        if leaf.common_name.endswith(",Development"):
            found.append(warning("harmony_development", subject=leaf.common_name))
    if platform == "ios":
        found += _apple_warnings(leaf)
    if platform != "ios" and leaf.public_key.modulus is None:
        found.append(warning("no_modulus", algorithm=leaf.public_key.algorithm))
    if leaf.common_name == "Android Debug":
        found.append(warning("debug_certificate", subject=leaf.subject))
    return found


def _apple_warnings(leaf: Certificate) -> list[PackageWarning]:
    marks = leaf.extension_oids
    if any(oid in _APPLE_PUSH for oid in marks):
        raise Unsupported(
            f"这是苹果推送证书（{leaf.common_name}），不是签名用的发布证书。请从 developer.apple.com 下载 Distribution 证书。",
            f"This is an Apple push certificate ({leaf.common_name}), not the distribution certificate. Download that from developer.apple.com.",
        )
    if any(oid in _APPLE_DEVELOPMENT for oid in marks) and not any(oid in _APPLE_DISTRIBUTION for oid in marks):
        return [warning("apple_development", subject=leaf.common_name)]
    return []


def _not_readable(data: bytes) -> Unreadable | Unsupported:
    labels = {match[1] for match in _ARMOUR.finditer(plain_text(data))}
    if any(b"PRIVATE KEY" in label for label in labels):
        return Unsupported(
            "这是私钥文件，不是证书。请不要发送私钥；请提供 .cer / .crt / .pem 证书文件。",
            "This is a private key, not a certificate. Never send it; supply the certificate (.cer, .crt, .pem).",
        )
    if any(b"CERTIFICATE REQUEST" in label for label in labels):
        return Unsupported(
            "这是证书请求文件（CSR），不是证书。请提供平台签发的 .cer 证书。",
            "This is a certificate request (CSR), not a certificate. Supply the .cer the portal issued.",
        )
    if any(b"PUBLIC KEY" in label for label in labels):
        return Unsupported(
            "这是单独的公钥文件，不是证书：备案还需要证书指纹。请提供 .cer / .crt / .pem 证书文件。",
            "This is a public key alone, not a certificate, and the filing asks for the certificate's fingerprint too. "
            "Supply the certificate (.cer, .crt, .pem).",
        )
    if b"\xef\xbf\xbd" in data:
        return Unreadable(
            "证书文件已被当作文本保存而损坏（出现 EF BF BD）。请重新下载，不要用文本编辑器打开再保存。",
            "The certificate file was destroyed by being saved as text (it holds EF BF BD). Download it again and do not save it from an editor.",
        )
    return Unreadable(
        "证书文件已损坏、不完整，或既不是 PEM 也不是 DER。请重新下载或导出 .cer 文件。",
        "The certificate file is damaged, cut off, or neither PEM nor DER. Download or export the .cer again.",
    )
