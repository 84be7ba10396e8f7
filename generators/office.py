"""Word and Excel files as PDF, by LibreOffice where it is installed.

LibreOffice puts in any font for one it lacks, so it is shown ours under the names that Chinese templates use. Each call
has a profile of its own, which goes with it. A file that would fetch something from elsewhere is refused, and the
finished PDF is read: what was filled in must stand in it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from generators.errors import GenerateError
from generators.fonts import FILES

PROGRAMS = ("soffice", "libreoffice")
INSTALL = "apt install libreoffice-writer-nogui libreoffice-calc-nogui"
SECONDS = 120.0
STAND_INS = {
    "Noto Serif SC": ("仿宋_GB2312", "仿宋", "FangSong", "宋体", "SimSun", "NSimSun", "楷体", "楷体_GB2312", "KaiTi", "方正小标宋简体"),
    "Noto Sans SC": ("黑体", "SimHei", "微软雅黑", "Microsoft YaHei", "等线", "DengXian"),
}  # fmt: skip
"""Our fonts and the fonts of templates that they stand in for, where those are not installed."""
ELSEWHERE = re.compile(rb'<Relationship\b(?=[^>]*TargetMode="External")(?![^>]*/hyperlink")[^>]*>')


def program() -> str | None:
    """Where LibreOffice is, if it is installed."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def to_pdf(data: bytes, suffix: str, values: Iterable[str] = (), *, seconds: float = SECONDS) -> bytes:
    """The file as PDF.

    Args:
        data: a Word or Excel file.
        suffix: `.docx` or `.xlsx`.
        values: texts that must be found in the PDF.
        seconds: how long LibreOffice may take.

    Raises:
        GenerateError: LibreOffice is not there, failed or took too long; the file fetches from elsewhere; a value is
            not in the PDF.
    """
    found = program()
    if found is None:
        raise GenerateError(
            f"未安装 LibreOffice，无法生成 PDF。请安装它（{INSTALL}），或输出 {suffix} 文件后用办公软件另存为 PDF。",
            f"LibreOffice is not installed, so no PDF can be made. Install it ({INSTALL}), or write a {suffix} file and save it as PDF.",
        )
    _refuse_links(data)
    with tempfile.TemporaryDirectory() as name:
        pdf = _converted(found, data, Path(name), suffix, seconds)
    _prove(pdf, values)
    return pdf


def _refuse_links(data: bytes) -> None:
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [name for name in archive.namelist() if name.endswith(".rels")]
        if any(ELSEWHERE.search(archive.read(name)) for name in parts):
            raise GenerateError(
                "模板引用了外部图片或外部模板，转换时会访问网络，已拒绝。请在 Word 中改为嵌入后再试。",
                "The template refers to a picture or template elsewhere, which converting would fetch. Embed it in Word and try again.",
            )


def _converted(found: str, data: bytes, folder: Path, suffix: str, seconds: float) -> bytes:
    source = folder / f"form{suffix}"
    source.write_bytes(data)
    (folder / "fonts.conf").write_text("".join(_fonts(folder)), encoding="utf-8")
    command = [found, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore", "--convert-to", "pdf"]  # fmt: skip
    environment = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf"), "HOME": str(folder)}
    _run([*command, "--outdir", str(folder), str(source)], environment, seconds)
    made = source.with_suffix(".pdf")
    if not made.is_file():
        raise _failed("没有生成文件", "it made no file")
    return made.read_bytes()


def _run(command: list[str], environment: dict[str, str], seconds: float) -> None:
    """Waits for the program; what it started ends with it."""
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise _failed(f"{seconds:.0f} 秒内未完成", f"it took over {seconds:.0f} seconds") from None
    if code != 0:
        raise _failed(f"退出码 {code}", f"it ended with {code}")


def _failed(zh: str, en: str) -> GenerateError:
    return GenerateError(
        f"LibreOffice 转换失败（{zh}）。请用办公软件打开模板另存一份后再试。",
        f"LibreOffice did not convert the file ({en}). Save the template anew from an office program and try again.",
    )


def _fonts(folder: Path) -> Iterator[str]:
    """A fontconfig file: the machine's own fonts, and ours for those that it lacks."""
    yield '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
    yield '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
    for place in sorted({path.parent for path in FILES.values()}):
        yield f"<dir>{escape(str(place))}</dir>"
    yield f"<cachedir>{escape(str(folder / 'cache'))}</cachedir>"
    for ours, names in STAND_INS.items():
        for name in names:
            yield f"<alias><family>{name}</family><accept><family>{ours}</family></accept></alias>"
    yield "</fontconfig>"


def _prove(pdf: bytes, values: Iterable[str]) -> None:
    from pypdf import PdfReader

    text = "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())
    for value in values:
        if "".join(value.split()) not in text:
            raise GenerateError(
                "转换后的 PDF 中读不回应填内容（单元格太窄时文字会被截断），未生成文件。请输出 Word 或 Excel 文件，用办公软件另存为 PDF。",
                "A value that was filled in is not read back from the PDF (a cell too narrow cuts it); no file was made. Write the office file and save it as PDF.",
            )
