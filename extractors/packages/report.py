"""A package's values as JSON (the shape of `beianbox app --json`) and as text for a person."""

from __future__ import annotations

from typing import Any

from extractors.errors import ExtractError
from extractors.packages.features import for_providers
from extractors.packages.model import AppPackage, Certificate, Features, PublicKey, Signer


def to_json(package: AppPackage, *, sha256: str = "", language: str = "zh") -> dict[str, Any]:
    """Return the JSON object of one file; the file's own SHA-256 is the caller's to supply (it costs a full read)."""
    return {
        "file": package.file,
        "sha256": sha256,
        "bytes": package.bytes,
        "platform": package.platform or None,
        "container": package.container,
        "package_name": package.package_name,
        "label": _label(package),
        "display_name": package.label.display_name,
        "version_name": package.version_name,
        "version_code": package.version_code,
        "min_sdk": package.min_sdk,
        "target_sdk": package.target_sdk,
        "signers": [_signer(one) for one in package.signers],
        "verified": package.verified,
        "features": _features(package),
        "icon": _icon(package),
        "domains": [
            {"domain": one.domain, "registrable": one.registrable, "found_in": list(one.found_in)}
            for one in package.domains
        ],
        "ips": list(package.ips),
        "sdks": [
            {
                "name": one.name,
                "vendor": one.vendor,
                "category": one.category,
                "found_in": list(one.found_in),
                "domains": list(one.domains),
            }
            for one in package.sdks
        ],
        "warnings": [
            {"code": one.code, "message": one.zh if language == "zh" else one.en, "zh": one.zh, "en": one.en}
            for one in package.warnings
        ],
        "error": None,
    }


def error_json(
    file: str, error: ExtractError, *, size: int | None = None, sha256: str = "", language: str = "zh"
) -> dict[str, Any]:
    """Return the same object for a file that could not be read."""
    empty = to_json(AppPackage(file=file, bytes=size or 0, platform="", container=""), sha256=sha256)
    empty["bytes"] = size
    empty["container"] = None
    empty["error"] = {
        "code": error.code,
        "message": error.zh if language == "zh" else error.en,
        "zh": error.zh,
        "en": error.en,
    }
    return empty


def _label(package: AppPackage) -> dict[str, Any]:
    label = package.label
    return {
        "default": label.default,
        "zh": label.zh or None,
        "locales": {tag or "default": text for tag, text in label.locales.items()},
        "launcher": {"default": label.launcher_default, "component": label.launcher_component},
    }


def _signer(signer: Signer) -> dict[str, Any]:
    one = signer.certificate
    return {
        "schemes": list(signer.schemes),
        "role": signer.role,
        "min_sdk": signer.min_sdk,
        "max_sdk": signer.max_sdk,
        "subject": one.subject,
        "issuer": one.issuer,
        "serial_number": f"{one.serial_number:x}",
        "not_before": one.not_before,
        "not_after": one.not_after,
        "public_key": public_key_json(one.public_key),
        "md5": one.md5,
        "sha1": one.sha1,
        "sha256": one.sha256,
    }


def public_key_json(key: PublicKey) -> dict[str, Any]:
    """Return all spellings of a public key side by side; those that make no sense for its kind are null."""
    return {
        "algorithm": key.algorithm,
        "bits": key.bits,
        "modulus_decimal": key.modulus_decimal or None,
        "modulus_hex": key.modulus_hex or None,
        "exponent": key.exponent,
        "pkcs1_hex": key.pkcs1_hex or None,
        "curve": key.curve or None,
        "point_hex": key.point_hex or None,
        "spki_hex": key.spki.hex(),
    }


def _features(package: AppPackage) -> dict[str, Any]:
    found = for_providers(package)
    return {**_boxes(package.features), "providers": {name: _boxes(one) for name, one in found.items()}}


def _boxes(found: Features) -> dict[str, str]:
    return {
        "package_name": found.package_name,
        "public_key": found.public_key,
        "public_key_form": found.public_key_form,
        "fingerprint": found.fingerprint,
        "fingerprint_algorithm": found.fingerprint_algorithm,
    }


def _icon(package: AppPackage) -> dict[str, Any] | None:
    icon = package.icon
    if icon is None:
        return None
    return {
        "entry": f"{icon.inside}!/{icon.entry}" if icon.inside else icon.entry,
        "format": icon.format,
        "width": icon.width,
        "height": icon.height,
        "bytes": icon.bytes,
    }


_WORDS = {
    "zh": {
        "file": "文件", "platform": "平台", "name": "包名", "label": "名称", "version": "版本", "features": "填报内容",
        "public_key": "公钥", "fingerprint": "签名MD5值", "signer": "签名证书", "subject": "主体", "validity": "有效期",
        "key": "密钥", "none": "（无）", "warnings": "提示", "icon": "图标", "unverified": "未校验签名（加 --verify 校验）",
        "verified": "签名校验通过", "failed": "签名校验未通过", "signature": "签名", "sdks": "第三方SDK",
    },
    "en": {
        "file": "File", "platform": "Platform", "name": "Package name", "label": "Name", "version": "Version",
        "features": "To file", "public_key": "Public key", "fingerprint": "Signature MD5 box", "signer": "Signer",
        "subject": "Subject", "validity": "Valid", "key": "Key", "none": "(none)", "warnings": "Notes", "icon": "Icon",
        "unverified": "signatures not checked (--verify checks them)", "verified": "signatures checked, sound",
        "failed": "signature check failed", "signature": "Signatures", "sdks": "Third-party SDKs",
    },
}  # fmt: skip


def to_text(package: AppPackage, *, language: str = "zh") -> str:
    """Return a listing for a person, values ready to copy."""
    words = _WORDS["zh" if language == "zh" else "en"]
    icon = package.icon
    state = {None: "unverified", True: "verified", False: "failed"}[package.verified]
    lines = [
        f"{words['file']}: {package.file}",
        f"{words['platform']}: {package.platform or words['none']} ({package.container})",
        f"{words['name']}: {package.package_name or words['none']}",
        f"{words['label']}: {package.label.display_name or words['none']}",
        f"{words['version']}: {package.version_name} ({package.version_code})",
        f"{words['icon']}: {f'{icon.entry} {icon.width}x{icon.height}' if icon else words['none']}",
        f"{words['signature']}: {words[state]}",
        f"{words['public_key']}: {package.features.public_key or words['none']}",
        f"{words['fingerprint']} ({package.features.fingerprint_algorithm}): "
        f"{package.features.fingerprint or words['none']}",
    ]
    for number, signer in enumerate(package.signers, 1):
        lines += _signer_lines(number, signer, words)
    if package.sdks:
        lines.append(f"{words['sdks']}:")
        lines += [f"  {one.name} | {one.vendor} | {one.category} | {one.found_in[0]}" for one in package.sdks]
    if package.warnings:
        lines.append(f"{words['warnings']}:")
        lines += [f"  [{one.code}] {one.zh if language == 'zh' else one.en}" for one in package.warnings]
    return "\n".join(lines)


def _signer_lines(number: int, signer: Signer, words: dict[str, str]) -> list[str]:
    one: Certificate = signer.certificate
    key = one.public_key
    return [
        f"{words['signer']} {number} ({signer.role}; {', '.join(signer.schemes) or '-'})",
        f"  {words['subject']}: {one.subject}",
        f"  {words['validity']}: {one.not_before} - {one.not_after}",
        f"  {words['key']}: {key.algorithm} {key.bits} {key.curve}".rstrip(),
        f"  MD5: {one.md5}",
        f"  SHA-1: {one.sha1}",
        f"  SHA-256: {one.sha256}",
    ]
