"""Builds small signed APKs byte for byte: the app packages of samples and tests.

Pure Python apart from `cryptography` for the signatures (a development dependency). Same arguments, same bytes:
times are fixed, ECDSA is deterministic (RFC 6979), entries are sorted. The packages are real enough for aapt and
apksigner, and hold no code. Keys lie in `samples/keys/`; everything they sign belongs to fictional people.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

KEYS = Path(__file__).with_name("keys")
ALL_SCHEMES = frozenset({"v1", "v2", "v3"})

_ANDROID = "http://schemas.android.com/apk/res/android"
_ATTRIBUTES = {
    "label": 0x01010001,
    "icon": 0x01010002,
    "name": 0x01010003,
    "hasCode": 0x0101000C,
    "exported": 0x01010010,
    "host": 0x01010028,
    "drawable": 0x01010199,
    "enabled": 0x0101000E,
    "targetActivity": 0x01010202,
    "minSdkVersion": 0x0101020C,
    "versionCode": 0x0101021B,
    "versionName": 0x0101021C,
    "targetSdkVersion": 0x01010270,
    "rotation": 0x01010326,
    "viewportWidth": 0x01010402,
    "viewportHeight": 0x01010403,
    "fillColor": 0x01010404,
    "pathData": 0x01010405,
    "strokeColor": 0x01010406,
    "strokeWidth": 0x01010407,
    "strokeLineCap": 0x0101040B,
    "translateX": 0x0101045A,
    "fillType": 0x0101051E,
    "tint": 0x01010121,
    "type": 0x010101A1,
    "centerX": 0x010101A2,
    "centerY": 0x010101A3,
    "gradientRadius": 0x010101A4,
    "color": 0x010101A5,
    "endX": 0x01010512,
    "endY": 0x01010513,
    "offset": 0x01010514,
}
_STRING, _REFERENCE, _INTEGER, _BOOLEAN = 0x03, 0x01, 0x10, 0x12
_NOTHING = 0xFFFFFFFF
_MAX_SDK = 0x7FFFFFFF

STRING_TYPE, MIPMAP_TYPE = 1, 2
APP_NAME = 0x7F010000
LAUNCHER_NAME = 0x7F010001
ICON_ID = 0x7F020000
ICON_FILE = "res/mipmap-xxhdpi-v4/ic_launcher.png"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to a resource, as an attribute's value."""

    id: int


Attribute = tuple[str, "str | int | bool | Reference"]


@dataclass(frozen=True, slots=True)
class Tag:
    """An element of the manifest; attribute names with a resource id are Android's, others are plain."""

    name: str
    attributes: tuple[Attribute, ...] = ()
    children: tuple[Tag, ...] = ()


# --- keys and certificates -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its certificate in DER."""

    private: Any
    certificate: bytes

    @property
    def spki(self) -> bytes:
        return bytes(
            self.private.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    @property
    def is_rsa(self) -> bool:
        return isinstance(self.private, rsa.RSAPrivateKey)

    def sign(self, data: bytes) -> bytes:
        if self.is_rsa:
            return bytes(self.private.sign(data, padding.PKCS1v15(), hashes.SHA256()))
        return bytes(self.private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))

    @property
    def algorithm(self) -> int:
        """The number of `sign`'s algorithm in the APK signature schemes."""
        return 0x0103 if self.is_rsa else 0x0201


def load_key(name: str, common_name: str = "Specimen Release") -> SigningKey:
    """Return a key of `samples/keys` with its certificate."""
    pem = (KEYS / f"{name}.pem").read_bytes()
    return SigningKey(serialization.load_pem_private_key(pem, None), certificate_for(pem, common_name))


def certificate_for(key_pem: bytes, common_name: str, *, serial: int = 20240101) -> bytes:
    """Return a self-signed certificate in DER: fixed serial number and dates, so the same bytes each time."""
    key: Any = serialization.load_pem_private_key(key_pem, None)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Specimen"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
    )
    is_elliptic = isinstance(key, ec.EllipticCurvePrivateKey)
    signed = builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True if is_elliptic else None)
    return signed.public_bytes(serialization.Encoding.DER)


# --- the package -----------------------------------------------------------------------------------------------


def build_apk(
    *,
    package: str,
    label: str,
    icon_png: bytes | None,
    key_pem: bytes,
    cert_der: bytes,
    label_zh: str | None = None,
    launcher_label: str | None = None,
    launcher_label_zh: str | None = None,
    version_name: str = "1.0.0",
    version_code: int = 1,
    min_sdk: int = 21,
    target_sdk: int = 34,
    schemes: Iterable[str] = ALL_SCHEMES,
    extra_files: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return a whole APK signed by the named schemes (`v1`, `v2`, `v3`; none for an unsigned one)."""
    files = {
        "AndroidManifest.xml": manifest_xml(
            package,
            version_name,
            version_code,
            min_sdk,
            target_sdk,
            has_icon=icon_png is not None,
            has_launcher_label=launcher_label is not None,
        ),
        "resources.arsc": resource_table(
            package,
            [label, launcher_label or label],
            [label_zh, launcher_label_zh if launcher_label is not None else label_zh],
            has_icon=icon_png is not None,
        ),
        **({ICON_FILE: icon_png} if icon_png is not None else {}),
        **(extra_files or {}),
    }
    key = SigningKey(serialization.load_pem_private_key(key_pem, None), cert_der)
    return sign_files(files, [key], schemes)


def sign_files(files: Mapping[str, bytes], keys: Sequence[SigningKey], schemes: Iterable[str]) -> bytes:
    """Return a signed package of these files.

    `keys` is the signing history, oldest first: v1 and v2 are signed with the oldest, v3 with the newest and the
    rotation record. With `v3.1` the newest signs v3.1 (API 33 and up) and the oldest v3.
    """
    wanted = frozenset(schemes)
    entries = dict(sorted(files.items()))
    if "v1" in wanted:
        entries = {**jar_signature(entries, keys[0], wanted), **entries}
    local, central = write_zip(entries)
    return insert_block(local, central, len(entries), lambda digest: _block_values(digest, keys, wanted))


def _block_values(digest: bytes, keys: Sequence[SigningKey], wanted: frozenset[str]) -> list[tuple[int, bytes]]:
    values: list[tuple[int, bytes]] = []
    if "v2" in wanted:
        attributes = [(0xBEEFF00D, struct.pack("<I", 3))] if wanted & {"v3", "v3.1"} else []
        values.append((0x7109871A, prefixed(prefixed(block_signer(digest, keys[0], attributes)))))
    history = [(0x3BA06F8C, lineage(keys))] if len(keys) > 1 else []
    if "v3.1" in wanted:
        old = block_signer(digest, keys[0], [(0x559F8B02, struct.pack("<I", 33))], sdk=(28, 32))
        new = block_signer(digest, keys[-1], history, sdk=(33, _MAX_SDK))
        values += [(0xF05368C0, prefixed(prefixed(old))), (0x1B93AD61, prefixed(prefixed(new)))]
    elif "v3" in wanted:
        new = block_signer(digest, keys[-1], history, sdk=(28, _MAX_SDK))
        values.append((0xF05368C0, prefixed(prefixed(new))))
    return values


# --- signing block ---------------------------------------------------------------------------------------------


def prefixed(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def insert_block(local: bytes, central: bytes, count: int, values_of: Any) -> bytes:
    """Put the signing block between members and directory; `values_of(digest)` gives its pairs, none for no block."""
    # The digest is taken as if the directory began where the block does, so it does not depend on the block.
    plain_end = end_record(count, len(central), len(local))
    values = values_of(content_digest((local, central, plain_end)))
    if not values:
        return local + central + plain_end
    block = signing_block(values)
    return local + block + central + end_record(count, len(central), len(local) + len(block))


def signing_block(values: Iterable[tuple[int, bytes]]) -> bytes:
    pairs = b"".join(struct.pack("<QI", len(value) + 4, number) + value for number, value in values)
    size = struct.pack("<Q", len(pairs) + 24)
    return size + pairs + size + b"APK Sig Block 42"


def content_digest(sections: Iterable[bytes]) -> bytes:
    """The v2/v3 digest: SHA-256 over the SHA-256 of each 1 MB piece."""
    pieces = [section[at : at + 1048576] for section in sections for at in range(0, len(section), 1048576)]
    each = [hashlib.sha256(b"\xa5" + struct.pack("<I", len(piece)) + piece).digest() for piece in pieces]
    return hashlib.sha256(b"\x5a" + struct.pack("<I", len(each)) + b"".join(each)).digest()


def block_signer(
    digest: bytes, key: SigningKey, attributes: Iterable[tuple[int, bytes]], sdk: tuple[int, int] | None = None
) -> bytes:
    """One signer of a v2 value, or of a v3 value when it has a range of systems."""
    limits = struct.pack("<II", *sdk) if sdk else b""
    signed = (
        prefixed(prefixed(struct.pack("<I", key.algorithm) + prefixed(digest)))
        + prefixed(prefixed(key.certificate))
        + limits
        + prefixed(b"".join(prefixed(struct.pack("<I", number) + value) for number, value in attributes))
    )
    signature = struct.pack("<I", key.algorithm) + prefixed(key.sign(signed))
    return prefixed(signed) + limits + prefixed(prefixed(signature)) + prefixed(key.spki)


def lineage(keys: Sequence[SigningKey]) -> bytes:
    """The proof of rotation: each newer certificate signed by the key before it."""
    levels = b""
    for place, key in enumerate(keys):
        parent = keys[place - 1] if place else None
        signed = prefixed(key.certificate) + struct.pack("<I", parent.algorithm if parent else 0)
        signature = parent.sign(signed) if parent else b""
        own = key.algorithm if place + 1 < len(keys) else 0
        levels += prefixed(prefixed(signed) + struct.pack("<II", 0x17, own) + prefixed(signature))
    return struct.pack("<I", 1) + levels


# --- v1 --------------------------------------------------------------------------------------------------------


def jar_signature(files: Mapping[str, bytes], key: SigningKey, schemes: frozenset[str]) -> dict[str, bytes]:
    sections = {name: _section({"Name": name, "SHA-256-Digest": _digest(data)}) for name, data in files.items()}
    manifest = _section({"Manifest-Version": "1.0", "Created-By": "1.0 (beianbox specimen)"})
    manifest += b"".join(sections.values())
    head = {"Signature-Version": "1.0", "Created-By": "1.0 (beianbox specimen)"}
    head["SHA-256-Digest-Manifest"] = _digest(manifest)
    newer = [number for number in ("2", "3") if f"v{number}" in schemes]
    if newer:
        head["X-Android-APK-Signed"] = ", ".join(newer)
    signed = _section(head)
    signed += b"".join(_section({"Name": name, "SHA-256-Digest": _digest(data)}) for name, data in sections.items())
    return {
        "META-INF/MANIFEST.MF": manifest,
        "META-INF/CERT.SF": signed,
        f"META-INF/CERT.{'RSA' if key.is_rsa else 'EC'}": pkcs7(signed, key),
    }


def _digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _section(lines: Mapping[str, str]) -> bytes:
    return b"".join(_line(f"{name}: {value}".encode()) for name, value in lines.items()) + b"\r\n"


def _line(line: bytes) -> bytes:
    out, rest = line[:70] + b"\r\n", line[70:]
    while rest:
        out, rest = out + b" " + rest[:69] + b"\r\n", rest[69:]
    return out


def tlv(tag: int, *parts: bytes) -> bytes:
    """One DER element."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


_SHA256 = tlv(0x30, bytes.fromhex("0609608648016503040201"), b"\x05\x00")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_RSA = tlv(0x30, bytes.fromhex("06092a864886f70d010101"), b"\x05\x00")
_ECDSA = tlv(0x30, bytes.fromhex("06082a8648ce3d040302"))


def pkcs7(content: bytes, key: SigningKey, bag: Sequence[bytes] | None = None, *, is_attached: bool = False) -> bytes:
    """A signature without attributes; `bag` is which certificates to carry, the signer's by default."""
    certificate = x509.load_der_x509_certificate(key.certificate)
    serial = certificate.serial_number.to_bytes(certificate.serial_number.bit_length() // 8 + 1, "big")
    info = tlv(
        0x30,
        b"\x02\x01\x01",
        tlv(0x30, certificate.issuer.public_bytes(), tlv(0x02, serial)),
        _SHA256,
        _RSA if key.is_rsa else _ECDSA,
        tlv(0x04, key.sign(content)),
    )
    certificates = tlv(0xA0, *([key.certificate] if bag is None else bag))
    inside = tlv(0xA0, tlv(0x04, content)) if is_attached else b""
    body = tlv(0x30, b"\x02\x01\x01", tlv(0x31, _SHA256), tlv(0x30, _DATA, inside), certificates, tlv(0x31, info))
    return tlv(0x30, _SIGNED_DATA, tlv(0xA0, body))


# --- ZIP -------------------------------------------------------------------------------------------------------

_DOS_DATE = 0x0021  # 1 January 1980


def write_zip(files: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    """The members and the directory of a ZIP; the resource table is stored, on a multiple of four, as Android asks."""
    local, central = bytearray(), bytearray()
    for name, data in files.items():
        is_stored = name == "resources.arsc" or name.endswith(".png")
        packed = data if is_stored else deflate(data)
        raw = name.encode()
        common = struct.pack(
            "<HHHHHIII", 20, 0x0800, 0 if is_stored else 8, 0, _DOS_DATE, zlib.crc32(data), len(packed), len(data)
        )
        padding = -(len(local) + 30 + len(raw)) % 4 if is_stored else 0
        central += b"PK\x01\x02" + struct.pack("<H", 20) + common
        central += struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, len(local)) + raw
        local += b"PK\x03\x04" + common + struct.pack("<HH", len(raw), padding) + raw + bytes(padding) + packed
    return bytes(local), bytes(central)


def deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return engine.compress(data) + engine.flush()


def end_record(count: int, size: int, offset: int, comment: bytes = b"") -> bytes:
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, size, offset, len(comment)) + comment


# --- binary XML ------------------------------------------------------------------------------------------------


def manifest_xml(
    package: str,
    version_name: str,
    version_code: int,
    min_sdk: int,
    target_sdk: int,
    *,
    has_icon: bool = True,
    has_launcher_label: bool = False,
) -> bytes:
    """The manifest of an app with one starting screen."""
    start = Tag(
        "intent-filter",
        (),
        (
            Tag("action", (("name", "android.intent.action.MAIN"),)),
            Tag("category", (("name", "android.intent.category.LAUNCHER"),)),
        ),
    )
    named: tuple[Attribute, ...] = (("label", Reference(LAUNCHER_NAME)),) if has_launcher_label else ()
    icon: tuple[Attribute, ...] = (("icon", Reference(ICON_ID)),) if has_icon else ()
    activity = Tag("activity", (*named, ("name", ".MainActivity"), ("exported", True)), (start,))
    application = Tag("application", (("label", Reference(APP_NAME)), *icon, ("hasCode", False)), (activity,))
    root = Tag(
        "manifest",
        (("versionCode", version_code), ("versionName", version_name), ("package", package)),
        (Tag("uses-sdk", (("minSdkVersion", min_sdk), ("targetSdkVersion", target_sdk))), application),
    )
    return binary_xml(root)


class _Strings:
    """Collects strings; those that name attributes with ids come first, in order of the ids."""

    def __init__(self, first: Iterable[str]) -> None:
        self.texts: list[str] = list(first)

    def index(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)


def binary_xml(root: Tag) -> bytes:
    """A binary XML file of an element and what is inside it."""
    used = sorted({name for tag in _walk(root) for name, _ in tag.attributes if name in _ATTRIBUTES}, key=_id)
    strings = _Strings(used)
    body = _namespace(0x0100, strings) + _element(root, strings) + _namespace(0x0101, strings)
    ids = b"".join(struct.pack("<I", _ATTRIBUTES[name]) for name in used)
    chunks = string_pool(strings.texts, is_utf8=False) + chunk(0x0180, b"", ids) + body
    return struct.pack("<HHI", 3, 8, len(chunks) + 8) + chunks


def _id(name: str) -> int:
    return _ATTRIBUTES[name]


def _walk(tag: Tag) -> Iterable[Tag]:
    yield tag
    for child in tag.children:
        yield from _walk(child)


def chunk(kind: int, header: bytes, body: bytes) -> bytes:
    return struct.pack("<HHI", kind, 8 + len(header), 8 + len(header) + len(body)) + header + body


def _namespace(kind: int, strings: _Strings) -> bytes:
    body = struct.pack("<II", strings.index("android"), strings.index(_ANDROID))
    return chunk(kind, struct.pack("<II", 1, _NOTHING), body)


def _element(tag: Tag, strings: _Strings) -> bytes:
    attributes = b"".join(_attribute(name, value, strings) for name, value in sorted(tag.attributes, key=_order))
    head = struct.pack("<IIHHHHHH", _NOTHING, strings.index(tag.name), 20, 20, len(tag.attributes), 0, 0, 0)
    start = chunk(0x0102, struct.pack("<II", 1, _NOTHING), head + attributes)
    inside = b"".join(_element(child, strings) for child in tag.children)
    end = chunk(0x0103, struct.pack("<II", 1, _NOTHING), struct.pack("<II", _NOTHING, strings.index(tag.name)))
    return start + inside + end


def _order(attribute: Attribute) -> int:
    # Android looks attributes up in the order of their ids; those without one come last.
    return _ATTRIBUTES.get(attribute[0], _NOTHING)


def _attribute(name: str, value: str | int | bool | Reference, strings: _Strings) -> bytes:
    namespace = strings.index(_ANDROID) if name in _ATTRIBUTES else _NOTHING
    raw = _NOTHING
    if isinstance(value, str):
        raw = strings.index(value)
        kind, data = _STRING, raw
    elif isinstance(value, Reference):
        kind, data = _REFERENCE, value.id
    elif isinstance(value, bool):
        kind, data = _BOOLEAN, _NOTHING if value else 0
    else:
        kind, data = _INTEGER, value
    return struct.pack("<IIIHBBI", namespace, strings.index(name), raw, 8, 0, kind, data)


def string_pool(texts: Sequence[str], *, is_utf8: bool = True) -> bytes:
    """A string pool chunk."""
    encoded = [_utf8(text) if is_utf8 else _utf16(text) for text in texts]
    offsets, at = b"", 0
    for one in encoded:
        offsets += struct.pack("<I", at)
        at += len(one)
    data = b"".join(encoded)
    data += bytes(-len(data) % 4)
    header = struct.pack("<IIIII", len(texts), 0, 0x100 if is_utf8 else 0, 28 + len(offsets), 0)
    return chunk(0x0001, header, offsets + data)


def _utf8(text: str) -> bytes:
    data = text.encode()
    return _short(len(text.encode("utf-16-le")) // 2) + _short(len(data)) + data + b"\0"


def _short(length: int) -> bytes:
    return bytes([length]) if length < 0x80 else bytes([0x80 | length >> 8, length & 0xFF])


def _utf16(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<H", len(data) // 2) + data + b"\0\0"


# --- resource table --------------------------------------------------------------------------------------------


def resource_table(
    package: str, labels: Sequence[str], labels_zh: Sequence[str | None], *, has_icon: bool = True
) -> bytes:
    """A resource table: the names by default and in Chinese, and the icon for xxhdpi screens."""
    strings: list[str] = []
    keys = ["app_name", "launcher_name", "ic_launcher"]
    types = _type_spec(STRING_TYPE, [0x0004] * len(labels))
    types += _type(STRING_TYPE, _config(), _values(labels, 0, strings))
    if any(label is not None for label in labels_zh):
        types += _type(STRING_TYPE, _config(language=b"zh"), _values(labels_zh, 0, strings))
    if has_icon:
        types += _type_spec(MIPMAP_TYPE, [0x0100])
        types += _type(MIPMAP_TYPE, _config(density=480), _values([ICON_FILE], 2, strings))
    type_names, key_names = string_pool(["string", "mipmap"], is_utf8=False), string_pool(keys)
    header = struct.pack("<I", 0x7F) + package[:127].encode("utf-16-le").ljust(256, b"\0")
    header += struct.pack("<IIIII", 288, 2, 288 + len(type_names), len(keys), 0)
    body = chunk(0x0200, header, type_names + key_names + types)
    pool = string_pool(strings)
    return struct.pack("<HHII", 2, 12, 12 + len(pool) + len(body), 1) + pool + body


def _values(texts: Sequence[str | None], first_key: int, strings: list[str]) -> list[bytes | None]:
    found: list[bytes | None] = []
    for place, text in enumerate(texts):
        if text is None:
            found.append(None)
            continue
        if text not in strings:
            strings.append(text)
        found.append(struct.pack("<HHIHBBI", 8, 0, first_key + place, 8, 0, _STRING, strings.index(text)))
    return found


def _type_spec(number: int, flags: Sequence[int]) -> bytes:
    return chunk(0x0202, struct.pack("<BBHI", number, 0, 0, len(flags)), struct.pack(f"<{len(flags)}I", *flags))


def _config(*, language: bytes = b"\0\0", density: int = 0) -> bytes:
    sdk = 4 if density else 0
    head = struct.pack("<IHH2s2sBBHBBBBHHHH", 64, 0, 0, language, b"\0\0", 0, 0, density, 0, 0, 0, 0, 0, 0, sdk, 0)
    return head.ljust(64, b"\0")


def _type(number: int, config: bytes, values: Sequence[bytes | None]) -> bytes:
    offsets, body = b"", b""
    for value in values:
        offsets += struct.pack("<I", _NOTHING if value is None else len(body))
        body += value or b""
    start = 8 + 12 + len(config) + len(offsets)
    return chunk(0x0201, struct.pack("<BBHII", number, 0, 0, len(values), start) + config, offsets + body)
