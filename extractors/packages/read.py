"""The one entry: `read_package` looks at a file's content and reads it as the app package or certificate it is.

Names and suffixes are not believed. Bad input raises an `ExtractError` kind, nothing else.
"""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

from extractors.errors import Empty, TooLarge, Unreadable, Unsupported
from extractors.packages.model import AppPackage
from extractors.packages.sources import FileSource
from extractors.packages.zipread import ZipDirectory, open_zip

HEAD_BYTES = 16 * 1024


def read_package(
    path: Path | str, *, password: str | None = None, verify: bool = False, scan: bool = False
) -> AppPackage:
    """Return what an app package, certificate or key store says about package, names and signers.

    `password` is only used for key stores that need one. `verify` checks signatures and digests, which reads the
    whole file; without it `verified` is None. `scan` looks for candidate domains and for SDKs in the program code,
    which inflates most of it.
    Raises ExtractError.
    """
    descriptor = _open(Path(path))
    try:
        package = _read(descriptor, str(path), password=password)
        if package.container == "apk":
            package = _with_idsig(FileSource(descriptor), package)
        if scan:
            package = _scanned(FileSource(descriptor), package)
        package = _with_sdk_note(package)
        return _verified(FileSource(descriptor), package) if verify else package
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        # Non-blocking, so that a pipe put in place of a file cannot hang the reader.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(
            f"无法打开文件（{reason}）。请确认文件存在且有读取权限。",
            f"The file cannot be opened ({reason}). Check that it exists and may be read.",
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Unreadable(
            "这不是普通文件，无法读取。请提供安装包文件本身。", "Not a regular file. Supply the package file itself."
        )
    return descriptor


def _read(descriptor: int, name: str, *, password: str | None) -> AppPackage:
    from extractors.packages import certfiles, ipa, keystores

    source = FileSource(descriptor)
    if source.size == 0:
        raise Empty("文件是空的（0 字节），请重新获取。", "The file is empty (0 bytes); get it again.")
    head = source.read(0, HEAD_BYTES)
    _refuse_known(head)
    if certfiles.looks_like_certificate(head) or keystores.is_keystore(head[:4]) or ipa.is_plist(head):
        return _read_certificate(_all(source, certfiles.MAX_FILE_BYTES), name, password)
    return _read_zip(open_zip(source), name, source.size)


def _with_idsig(source: FileSource, package: AppPackage) -> AppPackage:
    from extractors.packages import idsig

    # Opening the directory again costs more than looking whether there is such a file.
    if not os.path.lexists(package.file + idsig.SUFFIX):
        return package
    return idsig.joined(package, package.file, open_zip(source))


def _scanned(source: FileSource, package: AppPackage) -> AppPackage:
    from extractors.packages import domains, ipa, sdks
    from extractors.packages.messages import warning

    if package.container in ("certificate", "profile", "keystore"):
        return package
    directory = _program_part(source, package.container)
    if directory is None:
        return replace(package, warnings=(*package.warnings, warning("scan_unavailable")))
    found = domains.scan(directory, package)
    program = ipa.program_member(directory) if package.container == "ipa" else b""
    used, is_cut = sdks.scan(directory, package, program)
    notes = [warning("domains_to_confirm", count=len(found.domains))] if found.domains or found.ips else []
    notes += [warning("scan_cut")] if found.is_cut else []
    notes += [warning("sdk_scan_cut")] if is_cut else []
    used = sdks.with_domains(used, found.sdk_hosts)
    return replace(package, domains=found.domains, ips=found.ips, sdks=used, warnings=(*package.warnings, *notes))


def _program_part(source: FileSource, container: str) -> ZipDirectory | None:
    """The ZIP that holds the app's program: the file itself, or the main package inside it."""
    from extractors.packages import bundles, hap

    if container in ("apk", "aab", "hap", "hsp", "ipa"):
        return open_zip(source)
    if container in ("apks", "xapk", "apkm"):
        return bundles.base_package(open_zip(source))
    return hap.main_module(open_zip(source)) if container == "harmony_app" else None


def _with_sdk_note(package: AppPackage) -> AppPackage:
    from extractors.packages.messages import warning

    if not package.sdks:
        return package
    return replace(package, warnings=(*package.warnings, warning("sdks_to_confirm", count=len(package.sdks))))


def _verified(source: FileSource, package: AppPackage) -> AppPackage:
    from extractors.packages import apk_verify
    from extractors.packages.messages import warning

    if package.container != "apk":
        return replace(package, warnings=(*package.warnings, warning("verify_unavailable")))
    verified, found = apk_verify.verify(open_zip(source))
    # Each scheme that is there may be sound while the one that phones ask for was taken away.
    if any(one.code == "signature_stripped" for one in package.warnings):
        verified = False
    return replace(package, verified=verified, warnings=(*package.warnings, *found))


def _read_certificate(data: bytes, name: str, password: str | None) -> AppPackage:
    from extractors.packages import certfiles, hap, ipa, keystores

    if keystores.is_keystore(data):
        return keystores.read_keystore(data, name, password)
    found = hap.read_profile_file(data, name) or ipa.read_profile_file(data, name)
    return found or certfiles.read_certificate_file(data, name)


def _all(source: FileSource, limit: int) -> bytes:
    if source.size > limit:
        raise TooLarge(
            f"证书文件过大：{source.size} 字节，上限 {limit}。请确认文件。",
            f"Too large for a certificate file: {source.size} bytes, the limit is {limit}. Check the file.",
        )
    return source.read(0, source.size)


def _refuse_known(head: bytes) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if start.startswith((b"<!doctype", b"<html", b"<head")):
        raise Unreadable(
            "文件内容是网页而不是安装包：多半是下载链接需要登录或已失效。请重新下载。",
            "The file is a web page, not a package: most likely the download link needs a login or has expired. Download it again.",
        )


def _read_zip(directory: ZipDirectory, name: str, size: int) -> AppPackage:
    from extractors.packages import aab, apk, apk_signers, bundles, hap, ipa, manifest

    if manifest.MANIFEST in directory or b"classes.dex" in directory or manifest.RESOURCES in directory:
        return apk.read_apk(directory, name, size)
    if aab.is_aab(directory):
        return aab.read_aab(directory, name, size)
    info_name = ipa.info_member(directory)
    if info_name is not None:
        return ipa.read_ipa(directory, info_name, name, size)
    if hap.is_app(directory):
        return hap.read_app(directory, name, size)
    if bundles.inner_packages(directory):
        return bundles.read_bundle(directory, name, size)
    if hap.is_hap(directory):
        return hap.read_hap(directory, name, size)
    if apk_signers.is_signed(directory):
        return apk.read_apk(directory, name, size)
    raise Unsupported(
        "这是 ZIP 文件，但不是可识别的安装包（没有 AndroidManifest.xml 等文件）。请提供 APK 安装包。",
        "This is a ZIP file but no app package that is known (no AndroidManifest.xml or the like). Supply the APK.",
    )
