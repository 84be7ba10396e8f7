"""`beianbox app`: features of app packages and certificates, one JSON object a file. Imports no OCR, PDF or Prefect."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractors.errors import ExtractError, Unreadable
from extractors.packages import read, report
from extractors.packages.model import AppPackage
from pipeline.errors import UsageError
from pipeline.source_file import sha256_of

logger = logging.getLogger(__name__)

PASSWORD_VARIABLE = "BEIANBOX_KEYSTORE_PASSWORD"


def run(
    files: Sequence[Path],
    *,
    icons: Path | None = None,
    verify: bool = False,
    crosscheck: bool = False,
    password_env: str | None = None,
    domains: bool = True,
) -> Iterator[Line]:
    """One line a file, in the order given; a file that cannot be read has its `error` set and stops nothing."""
    password = _password(password_env)
    for file in files:
        yield _one(file, icons, verify=verify, crosscheck=crosscheck, password=password, domains=domains)


@dataclass(frozen=True, slots=True)
class Line:
    """What one file gave: the JSON object, and the package it was made from (None where it could not be read)."""

    json: dict[str, Any]
    package: AppPackage | None = None

    def text(self, lang: str) -> str:
        """The values for a person, ready to copy."""
        if self.package is not None:
            return report.to_text(self.package, language=lang)
        error = self.json["error"]
        return f"✗ {self.json['file']}\n  {error[lang]}"


def _password(name: str | None) -> str | None:
    if name is None:
        return os.environ.get(PASSWORD_VARIABLE)
    if name not in os.environ:
        raise UsageError(f"环境变量 {name} 没有设置。", f"The environment variable {name} is not set.")
    return os.environ[name]


def _one(
    file: Path, icons: Path | None, *, verify: bool, crosscheck: bool, password: str | None, domains: bool
) -> Line:
    try:
        package = read.read_package(file, password=password, verify=verify, scan=domains)
        if crosscheck:
            from extractors.packages import crosscheck as second

            package = second.crosscheck(file, package)
        line = report.to_json(package, sha256=sha256_of(file))
        if icons is not None and package.icon is not None:
            line["icon"]["written_to"] = _write_icon(icons, file, package)
    except ExtractError as problem:
        return Line(report.error_json(str(file), problem, size=_size(file)))
    except Exception as problem:
        # One file of many: whatever it does to us, the rest is still wanted. The log has the place.
        logger.exception("reading a package failed: %s", type(problem).__name__)
        return Line(report.error_json(str(file), _unexpected(problem), size=_size(file)))
    return Line(line, package)


def _unexpected(problem: Exception) -> Unreadable:
    kind = type(problem).__name__
    return Unreadable(
        f"读取该文件时程序出错（{kind}），其他文件不受影响。请换一个安装包，或把日志发给我们。",
        f"The program failed on this file ({kind}); the other files are not affected. Try another package, or report the log.",
    )


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


def _write_icon(folder: Path, file: Path, package: AppPackage) -> str | None:
    """Writes the icon as PNG or JPEG of at most 100 KB; None where it cannot be drawn."""
    from extractors.packages import iconrender

    try:
        icon = iconrender.render_icon(file, package)
    except ExtractError:
        return None
    if icon is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{file.stem}.{icon.format}"
    target.write_bytes(icon.data)
    return str(target)
