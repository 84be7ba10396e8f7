"""Builds small signed APKs byte for byte: the app packages of samples and tests.

Pure Python apart from `cryptography` for the signatures (a development dependency). Same arguments, same bytes:
times are fixed, ECDSA is deterministic (RFC 6979), entries are sorted. The packages are real enough for aapt and
apksigner, and hold no code. Keys lie in `samples/keys/`; everything they sign belongs to fictional people.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

from cryptography.hazmat.primitives import serialization

from samples.apk_signing import SigningKey, block_signer, insert_block, jar_signature, lineage, prefixed
from samples.apk_xml import ICON_FILE, manifest_xml, resource_table
from samples.apk_zip import write_zip

ALL_SCHEMES = frozenset({"v1", "v2", "v3"})
_MAX_SDK = 0x7FFFFFFF


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
