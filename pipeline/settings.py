"""Settings: one frozen object, read once at the edge from `beianbox.toml` and `BEIANBOX_<NAME>` variables.

A variable beats the file, the file beats the default. An unknown name is an error that names the nearest known one:
a setting that is quietly ignored costs an afternoon. Paths in the file are relative to the home folder, paths in
variables to the current folder. Reading settings touches no folder; `home_folders.prepare_places` makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import EnvironmentProblem
from pipeline.setting_values import PREFIX, READERS, SettingInfo, absolute

if TYPE_CHECKING:
    from pipeline.vault import Vault

FILE_NAME = "beianbox.toml"
_MIB = 1 << 20
_GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a user can set (see `SETTINGS`); pass the values a function needs, not this object."""

    home: Path
    inbox: Path
    store: Path | str
    store_options: Mapping[str, Any] = field(repr=False)
    ledger: str
    key_file: str
    bundles: Path | None
    rejected: Path
    rules_dir: Path | None
    settle_seconds: float
    scan_seconds: float
    keep_days: int
    lang: str
    ocr_engine: str
    max_file_bytes: int
    min_free_bytes: int
    workers: int
    reader_memory_bytes: int
    reader_seconds: int
    review_sample_percent: int
    double_review: tuple[str, ...]
    keep_bundles: int
    retention_days: int
    nightly: str
    sms_resends: int

    @property
    def work(self) -> Path:
        """Copies of stored files for as long as they are worked on, where they cannot be read in place."""
        return self.home / "work"

    def open_vault(self) -> Vault | None:
        """What values and files are encrypted with; None where they are not.

        Raises:
            VaultProblem: the key is missing or others can read it.
        """
        if not self.key_file:
            return None
        from pipeline.vault_keys import open_vault

        return open_vault(self.key_file)

    @property
    def templates(self) -> Path:
        """Templates that the user keeps to be filled in place of our own forms."""
        return self.home / "templates"

    @property
    def rule_folders(self) -> tuple[Path, ...]:
        """The folder of the user's own rules, where there is one."""
        return () if self.rules_dir is None else (self.rules_dir,)


SETTINGS: tuple[SettingInfo, ...] = (
    SettingInfo(
        "home",
        "path",
        "~/.beianbox",
        "主目录（权限 0700），只能由环境变量或命令行指定",
        "Home folder (mode 0700); only by variable or command line",
    ),
    SettingInfo("inbox", "path", "inbox", "收件箱，每个子文件夹是一份备案", "Inbox; each sub-folder is one filing"),
    SettingInfo(
        "store",
        "store",
        "store",
        "按哈希保存的文件：目录，或对象存储地址（s3://存储桶/前缀 等，含 ://）",
        "Files by their hash: a folder, or an object store's URL such as s3://bucket/prefix",
    ),
    SettingInfo(
        "store_options",
        "options",
        {},
        "打开对象存储的参数，如 endpoint_url（TOML 表；环境变量中写 JSON）。不写密钥时用 AWS 的标准设置",
        "What an object store is opened with, such as endpoint_url: a table in TOML, JSON in the variable. "
        "Without keys, AWS's standard settings count",
    ),
    SettingInfo(
        "ledger",
        "place",
        "state.db",
        "台账：文件，或数据库地址（含 ://）",
        "Ledger: a file, or a database URL with ://",
    ),
    SettingInfo(
        "key_file",
        "key",
        "",
        "加密用的密钥：文件（权限 0600，用 beianbox key 生成），或 keyring:名称（系统密钥环）；空为不加密",
        "Key for encryption at rest: a file (mode 0600, made by beianbox key), or keyring:NAME; empty for none",
    ),
    SettingInfo(
        "bundles",
        "optional path",
        None,
        "生成的材料包所在目录；默认为 bundles，store 为对象存储或已加密时默认放在其中",
        "Folder of the finished bundles; bundles by default, and in the store where that is an object store or encrypted",
    ),
    SettingInfo(
        "rejected",
        "path",
        "rejected",
        "无法处理的文件及说明，按日期存放",
        "Files that could not be used, with the reason, by day",
    ),
    SettingInfo(
        "rules_dir",
        "optional path",
        None,
        "自有规则文件的目录，补充内置规则",
        "Folder of your own rule files, added to the built-in ones",
    ),
    SettingInfo(
        "settle_seconds",
        "seconds",
        5.0,
        "文件多少秒不变才收取（网络盘建议 15 至 30）",
        "How long a file must stay unchanged before it is taken (15 to 30 on network shares)",
    ),
    SettingInfo("scan_seconds", "seconds", 3.0, "每隔多少秒查看收件箱", "Pause between two looks at the inbox"),
    SettingInfo(
        "keep_days",
        "count",
        30,
        "已收取的原件在 inbox/.taken 中保留的天数；加密时默认为 0（约一小时后删除）",
        "Days that originals are kept in inbox/.taken; with encryption 0 by default: they go after an hour",
    ),
    SettingInfo("lang", "zh|en", "zh", "界面语言：zh 或 en", "Language of messages: zh or en"),
    SettingInfo(
        "ocr_engine",
        "auto|ppocr|tesseract|both",
        "auto",
        "识别引擎：auto、ppocr、tesseract，或 both（由 Tesseract 复核）",
        "OCR engine: auto, ppocr, tesseract, or both (Tesseract confirms)",
    ),
    SettingInfo(
        "max_file_bytes", "count", 4096 * _MIB, "单个文件的上限（字节）", "Largest file that is taken, in bytes"
    ),
    SettingInfo(
        "min_free_bytes",
        "count",
        512 * _MIB,
        "磁盘至少保留的空间（字节），不足则暂停收件",
        "Disk space that stays free, in bytes; below it taking stops",
    ),
    SettingInfo(
        "workers", "count", 0, "并行进程数，0 表示按处理器核数", "Parallel processes; 0 means one per processor core"
    ),
    SettingInfo(
        "reader_memory_bytes",
        "memory",
        2 * _GIB,
        "读取一个文件可用的内存（地址空间，字节），至少 1 GiB；0 表示不限",
        "Memory (address space) for reading one file, in bytes, at least 1 GiB; 0 means no limit",
    ),
    SettingInfo(
        "reader_seconds",
        "count",
        300,
        "读取一个文件可用的处理器时间（秒），等待时间上限为其两倍；0 表示不限",
        "Processor time for reading one file, in seconds; twice that on the clock; 0 means no limit",
    ),
    SettingInfo(
        "review_sample_percent",
        "percent",
        5,
        "没有任何疑问的备案中随机抽查的百分比，0 表示不抽查",
        "Share of filings without any doubt that are looked at all the same, in percent; 0 for none",
    ),
    SettingInfo(
        "double_review",
        "names",
        (),
        "需两人各自复核的字段或字段组，例如 entity.certificate.number, entity_person",
        "Fields or groups that two people look at, such as entity.certificate.number, entity_person",
    ),
    SettingInfo(
        "keep_bundles",
        "count",
        0,
        "每份备案保留最近几个版本的材料包；0 表示全部保留",
        "Newest bundles that are kept of each filing; 0 keeps all",
    ),
    SettingInfo(
        "retention_days",
        "count",
        0,
        "备案无任何变动多少天后自动清除（文件、数值、材料包）；0 表示不自动清除",
        "Days without any change after which a filing is purged: files, values, bundles; 0 means never",
    ),
    SettingInfo(
        "nightly",
        "cron",
        "0 2 * * *",
        "beianbox serve 每晚复核与清理的时间（cron 五段，北京时间）",
        "When beianbox serve rechecks and tidies, as five cron fields in China's time",
    ),
    SettingInfo(
        "sms_resends",
        "count",
        2,
        "短信验证码可手动重发的次数（各处说法为 2 或 3）",
        "How often the SMS code may be sent again by hand (the sources say 2 or 3)",
    ),
)

_NO_SETTINGS = ("keystore_password", "test_", "fuzz_", "bench_", "fonts", "screenshots")
"""How variables begin that are no settings: a secret for `beianbox app`, and what tests and benches are told."""
_NAMES = tuple(info.name for info in SETTINGS)


def load_settings(environ: Mapping[str, str], home: Path | None = None) -> Settings:
    """Reads the settings; `home` (from a command line) beats `BEIANBOX_HOME`.

    Raises:
        EnvironmentProblem: an unknown name, a value of the wrong kind, or a file that is no TOML.
    """
    variables = _variables(environ)
    place = absolute(home or Path(variables.pop("home", "~/.beianbox")), Path.cwd())
    variables.pop("home", None)
    written = _read_file(place / FILE_NAME)
    values: dict[str, Any] = {"home": place}
    for info in SETTINGS[1:]:
        values[info.name] = _value(info, variables, written, place)
    if values["key_file"]:
        _encrypt(values, is_kept="keep_days" in {*variables, *written})
    elif values["bundles"] is None and isinstance(values["store"], Path):
        values["bundles"] = place / "bundles"
    return Settings(**values)


def _encrypt(values: dict[str, Any], *, is_kept: bool) -> None:
    """What a key changes: bundles go into the store, and originals are not kept unless somebody asks for it."""
    if values["bundles"] is not None:
        raise EnvironmentProblem(
            f"设置 bundles（{values['bundles']}）不能与 key_file 并用：材料包会以明文存放。请删去 bundles，材料包会加密存入 store。",
            f"The settings bundles ({values['bundles']}) and key_file exclude each other: bundles would lie there in "
            "clear. Remove bundles; they are kept in the store, encrypted.",
        )
    if not is_kept:
        values["keep_days"] = 0


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    found = {name[len(PREFIX) :].lower(): text for name, text in environ.items() if name.startswith(PREFIX)}
    found = {name: text for name, text in found.items() if not name.startswith(_NO_SETTINGS)}
    for name in sorted(found):
        _known(name, _NAMES, PREFIX + name.upper(), lambda near: PREFIX + near.upper())
    return {name: text for name, text in found.items() if text != ""}


def _read_file(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EnvironmentProblem(
            f"设置文件 {path} 无法读取：{error}。请按 TOML 格式修改并以 UTF-8 保存。",
            f"The settings file {path} cannot be read: {error}. Write it as TOML in UTF-8.",
        ) from error
    for name in found:
        _known(name, _NAMES[1:], f"{path}: {name}", str)
    return found


def _known(name: str, names: tuple[str, ...], shown: str, write: Callable[[str], str]) -> None:
    if name in names:
        return
    near = get_close_matches(name, names, n=1, cutoff=0.0)[0]
    raise EnvironmentProblem(
        f"没有名为 {shown} 的设置。是否想写 {write(near)}？",
        f"There is no setting {shown}. Did you mean {write(near)}?",
    )


def _value(info: SettingInfo, variables: Mapping[str, str], written: Mapping[str, Any], home: Path) -> Any:
    if info.name in variables:
        return READERS[info.kind](info, variables[info.name], Path.cwd())
    return READERS[info.kind](info, written.get(info.name, info.default), home)
