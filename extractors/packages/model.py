"""What one app package or certificate file says, as frozen values.

A text that is not known is `""`, a number that is not known is `None`. Nothing here is a judgement about a filing:
`Features` only spells the values the way the providers' form boxes ask for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class PackageWarning:
    """Something a person should know about a file that could be read; `code` is stable, the texts are for people."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key (公钥) with the raw parts all its spellings are made of.

    `spki` is the whole SubjectPublicKeyInfo, `key` what its bit string holds: the PKCS#1 RSAPublicKey for RSA,
    the curve point for EC and SM2, the integer y for DSA. Both are the certificate's own bytes, never re-encoded.
    """

    algorithm: str
    bits: int
    spki: bytes
    key: bytes
    modulus: int | None = None
    exponent: int | None = None
    curve: str = ""

    @property
    def modulus_decimal(self) -> str:
        """The modulus (模数) as jadx shows it; empty where the key has none."""
        return "" if self.modulus is None else decimal(self.modulus)

    @property
    def modulus_hex(self) -> str:
        """The modulus in lower-case hex without leading zeros."""
        return "" if self.modulus is None else f"{self.modulus:x}"

    @property
    def pkcs1_hex(self) -> str:
        """The RSAPublicKey structure in hex, as the Windows certificate window shows it."""
        return self.key.hex() if self.modulus is not None else ""

    @property
    def point_hex(self) -> str:
        """The curve point in hex (`04…` when uncompressed), as certificate windows show EC and SM2 keys."""
        return self.key.hex() if self.algorithm in ("EC", "SM2") else ""


def decimal(number: int) -> str:
    """Write a non-negative integer in decimal, in pieces short enough for Python's own digit limit."""
    piece = 10**4000
    parts: list[str] = []
    while number >= piece:
        number, low = divmod(number, piece)
        parts.append(f"{low:04000d}")
    return str(number) + "".join(reversed(parts))


@dataclass(frozen=True, slots=True)
class Certificate:
    """An X.509 certificate: fingerprints are of `raw`, the bytes found in the file.

    Names are written most specific part first (`CN=…, O=…, C=…`). Times are ISO 8601 in UTC, `""` when unreadable.
    """

    raw: bytes
    subject: str
    issuer: str
    common_name: str
    serial_number: int
    not_before: str
    not_after: str
    public_key: PublicKey
    md5: str
    sha1: str
    sha256: str
    subject_raw: bytes = b""
    issuer_raw: bytes = b""
    is_ca: bool | None = None
    key_id: bytes = b""
    extended_usages: tuple[str, ...] = ()
    extension_oids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate some scheme of the package names as signer.

    `role` is `current` (what the newest system trusts: the value to file), `previous` (an older key of the
    same owner, proven by the rotation record or kept for old systems) or `other`.
    """

    certificate: Certificate
    schemes: tuple[str, ...]
    role: str = "current"
    min_sdk: int | None = None
    max_sdk: int | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """What goes into the provider's boxes (APP特征信息): hex in lower case, no separators."""

    package_name: str = ""
    public_key: str = ""
    public_key_form: str = ""
    fingerprint: str = ""
    fingerprint_algorithm: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """The app's name: `default` of the whole application, `zh` as a Chinese user sees it below the icon.

    `locales` maps a locale tag to the application's name; `launcher_*` is the starting screen's own name, which
    is what stands below the icon. Where there is no Chinese name, a Chinese user sees the default, and so says `zh`.
    """

    default: str = ""
    zh: str = ""
    locales: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    launcher_default: str = ""
    launcher_component: str = ""

    @property
    def display_name(self) -> str:
        """The name to file: what stands below the icon on a Chinese phone."""
        return self.zh or self.launcher_default or self.default


@dataclass(frozen=True, slots=True)
class Icon:
    """The best icon in the package.

    `layers` is empty for a plain picture; else it lists, bottom first, the pictures, vector drawables and colours
    (`#aarrggbb`) it is composed of, and `entry` is the description that names them. `inside` names the inner
    package where the icon lies in one.
    """

    entry: str
    format: str
    width: int
    height: int
    bytes: int
    layers: tuple[str, ...] = ()
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain name the app seems to use: a candidate for a person to confirm."""

    domain: str
    registrable: str
    found_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sdk:
    """A third-party SDK (第三方SDK) recognised in the package; `domains` are hosts of its maker that a scan met."""

    name: str
    vendor: str
    category: str
    found_in: tuple[str, ...]
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppPackage:
    """Everything read from one file.

    `verified` is None unless signatures were checked; `domains` and `ips` are empty unless a scan was asked for.
    """

    file: str
    bytes: int
    platform: str
    container: str
    package_name: str = ""
    label: Label = Label()
    version_name: str = ""
    version_code: str = ""
    min_sdk: int | None = None
    target_sdk: int | None = None
    signers: tuple[Signer, ...] = ()
    features: Features = Features()
    icon: Icon | None = None
    domains: tuple[Domain, ...] = ()
    ips: tuple[str, ...] = ()
    sdks: tuple[Sdk, ...] = ()
    warnings: tuple[PackageWarning, ...] = ()
    verified: bool | None = None
