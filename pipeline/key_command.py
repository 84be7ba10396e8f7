"""`beianbox key`: makes the key that `key_file` names, or a new one before the old; encrypts a home, or drops old keys."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from pipeline import vault_keys
from pipeline.errors import UsageError
from pipeline.settings import Settings, load_settings


def make(*, rotate: bool) -> dict[str, Any]:
    """Makes a key; gives what the command prints.

    Raises:
        UsageError: the settings name no place for it.
        VaultProblem: there is a key already, or none to rotate.
    """
    place = _settings().key_file
    vault_keys.make_key(place, rotate=rotate)
    return {"key_file": place, "keys": vault_keys.count_keys(place)}


def reseal(*, retire: bool) -> dict[str, Any]:
    """Encrypts what is in use, or with `retire` seals it anew with the first key alone; gives what the command prints.

    Raises:
        UsageError: the settings name no place for a key, or there is nothing to do.
        EnvironmentProblem: there is no key or no space, or another process uses the home.
    """
    from pipeline import reseal as resealing

    settings = _settings()
    done = resealing.retire_old_keys(settings) if retire else resealing.encrypt(settings)
    return {"key_file": settings.key_file, "keys": vault_keys.count_keys(settings.key_file), **asdict(done)}


def _settings() -> Settings:
    settings = load_settings(os.environ)
    if not settings.key_file:
        raise UsageError(
            '请先在 beianbox.toml 中写明密钥的位置，例如 key_file = "/etc/beianbox/key"，再运行 beianbox key。',
            'First name a place for the key in beianbox.toml, such as key_file = "/etc/beianbox/key"; then run beianbox key.',
        )
    return settings


def as_text(made: dict[str, Any], lang: str) -> str:
    """What was done, and what is to be done now."""
    return "\n".join(_lines_of_sealed(made, lang) if "files" in made else _lines_of_key(made, lang))


def _lines_of_key(made: dict[str, Any], lang: str) -> list[str]:
    place, count = made["key_file"], made["keys"]
    if lang == "zh":
        return [
            f"密钥已写入 {place}（共 {count} 把，新内容用第一把加密）。",
            "请另存一份副本，与数据备份分开：没有它，任何人都无法读取已加密的内容。",
        ]
    return [
        f"The key was written to {place} ({count} in all; the first one encrypts what is new).",
        "Keep a copy apart from the backups of the data: without it nobody can read what was encrypted.",
    ]


def _lines_of_sealed(done: dict[str, Any], lang: str) -> list[str]:
    found = [
        (
            True,
            f"台账和 {done['files']} 个文件已用 {done['key_file']} 中的密钥加密（共 {done['keys']} 把），原有的明文或旧密文已删除。",
            f"The ledger and {done['files']} files are sealed with {done['key_file']} ({done['keys']} in all); what lay "
            "there before is removed.",
        ),
        (
            done["missing"],
            f"{done['missing']} 个文件此前就不在存储中，请从备份恢复。",
            f"{done['missing']} files were not in the store before either; restore them from a backup.",
        ),
        (
            done["originals"],
            f"inbox/.taken 中还有 {done['originals']} 份明文原件：收取约一小时后（或按 keep_days）由 watch 删除。",
            f"{done['originals']} originals lie in clear in inbox/.taken: watch removes them about an hour after they were "
            "taken, or as keep_days says.",
        ),
        (
            done["strangers"],
            f"存储中有 {done['strangers']} 个台账不认识的文件，未作改动；如无他用请自行删除。",
            f"{done['strangers']} files of the store are unknown to the ledger and were left alone; remove them if nobody "
            "else needs them.",
        ),
        (
            True,
            "请更新其他机器上的密钥文件和设置。此前的备份仍是原来的样子。",
            "Bring the key file and the settings of other machines up to date. Older backups are as they were.",
        ),
    ]
    return [zh if lang == "zh" else en for is_told, zh, en in found if is_told]
