"""Whether the ledger opens with its key, what has been given up in it, and what its clock says."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.checkup import LATER, Checkup
from pipeline.errors import EnvironmentProblem
from pipeline.model import Text
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.ledger import Ledger

_CLOCK_SECONDS = 30
_BUILT = 1_767_225_600  # 2026-01-01


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
        return Checkup("ledger", None, f"台账 {place} 尚未建立", f"The ledger {place} is not there yet", LATER)
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
