"""Writes the parts of docs/ that are lists kept in the code: settings, keys of filing.yaml, commands.

Run `python tools/build_docs.py`; the suite checks that the files are as this would write them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from extractors import errors  # noqa: E402
from extractors.packages import messages  # noqa: E402
from pipeline import fields, materials, vocabulary, workers  # noqa: E402
from pipeline.cli_parser import build_parser  # noqa: E402
from pipeline.settings import SETTINGS  # noqa: E402


def main() -> None:
    """Writes all files."""
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text, "utf-8")


def pages() -> dict[str, str]:
    """File name below docs/ to its text."""
    return {"settings.md": settings_page(), "filing-yaml.md": filing_yaml_page(), "commands.md": commands_page()}


def settings_page() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings / 设置",
        "",
        "In `beianbox.toml` in the home folder, or as environment variables, which win.",
        "写在主目录的 `beianbox.toml` 中，或用环境变量；环境变量优先。",
        "",
        "| key | variable | kind | default | |",
        "|---|---|---|---|---|",
    ]
    for info in SETTINGS:
        default = "" if info.default in (None, ()) else str(info.default)
        lines.append(
            f"| `{info.name}` | `{info.variable}` | {info.kind.replace('|', ', ')} | `{default}` | {info.en}<br>{info.zh} |"
        )
    return "\n".join(lines) + "\n"


EXAMPLE = """filing:
  province: 广东
  operation: first_filing          # or 首次备案
  provider: huawei
entity:
  nature: enterprise               # or 企业
  mail_address: 广东省广州市天河区样本路18号1栋1205房
entity_person:
  mobile: "13800000011"
  emergency_phone: "13800000012"
  email: office@yunshan-specimen.cn
websites:
  - name: 云杉样本科技
    domains: [yunshan-specimen.cn]
    content_types: [单位门户网站]
    languages: [中文简体]
    remark: 本网站为公司官方网站，介绍公司概况、软件产品和联系方式。
"""


def filing_yaml_page() -> str:
    """docs/filing-yaml.md."""
    lines = [
        "# filing.yaml",
        "",
        "What no scan says. All keys are optional; a wrong key is an error that names the nearest known one.",
        "A value typed here beats a value read; a difference between the two is a finding.",
        "扫描件上没有的内容。所有键都可省略；写错的键会提示最接近的正确写法。这里的值优先于识别结果，两者不同会给出提示。",
        "",
        "```yaml",
        EXAMPLE.rstrip(),
        "```",
        "",
        "Chinese labels and the names in the last column are accepted too. A bare text in `domains` is the domain's name.",
        "A paper whose content is not read (a letter, a residence permit, a statement) counts by what `documents` says of it, or by its",
        "file's name: `documents: [居住证, {kind: 主体负责人授权书, file: 授权书.pdf, dated: 2026-11-01}]`.",
        "内容不识别的材料（函件、居住证、情况说明等）按 `documents` 的说明或文件名计入。",
        "",
    ]
    for group in fields.GROUPS:
        lines += _field_table(group)
    natures = ", ".join(f"`{nature.value}` {zh}" for nature, zh in vocabulary.NATURES.items())
    operations = ", ".join(f"`{operation.value}` {zh}" for operation, zh in vocabulary.OPERATIONS.items())
    documents = ", ".join(f"`{key}` {row['zh']}" for key, row in materials.rows().items())
    certificates = ", ".join(f"`{key}` {zh}" for key, zh in vocabulary.CERTIFICATE_TYPES.items())
    lines += [
        f"**Natures:** {natures}.",
        "",
        f"**Operations:** {operations}.",
        "",
        f"**Certificate types:** {certificates}.",
        "",
        f"**Documents** (the file's name may say it too, such as `居住证.jpg`): {documents}.",
    ]
    return "\n".join(lines) + "\n"


def _field_table(group: str) -> list[str]:
    rows = [field for field in fields.FIELDS if field.path.startswith((f"{group}.", f"{group}[]."))]
    lines = [f"## `{group}`", "", "| key | | kind | also |", "|---|---|---|---|"]
    for field in rows:
        key = field.path.partition(".")[2]
        also = ", ".join(f"`{one}`" for one in field.aliases)
        lines.append(f"| `{key}` | {field.zh} / {field.en} | {field.kind} | {also} |")
    return [*lines, ""]


KINDS = ("idcard_front", "idcard_back", "idcard_both", "business_licence", "domain_certificate")


def commands_page() -> str:
    """docs/commands.md."""
    lines = [
        "# Commands / 命令",
        "",
        "`beianbox COMMAND --help` says the same. Exit codes: 0 fine; 1 finished, a person is needed; 2 wrong usage;",
        "3 configuration or environment; 4 internal error. With `--json` the output is valid JSON in every case; an error is",
        '`{"error": {"code", "message": {"zh", "en"}}}`.',
        "",
    ]
    for name, parser in _subparsers().items():
        lines += _command(name, parser)
    return "\n".join([*lines, *_codes()]) + "\n"


def _codes() -> list[str]:
    """The codes that JSON output carries."""
    kinds = [errors.ExtractError, *errors.ExtractError.__subclasses__()]
    seen = {kind.code: (kind.__doc__ or "").strip().splitlines()[0] for kind in kinds[1:]} | workers.FAILURES
    lines = [
        "## Error codes of `read` and `app`",
        "",
        *(f"- `{code}`: {text}" for code, text in sorted(seen.items())),
        "",
    ]
    lines += ["## Warning codes of `app`", "", ", ".join(f"`{code}`" for code in sorted(messages.codes())) + ".", ""]
    return lines


def _subparsers() -> dict[str, argparse.ArgumentParser]:
    for action in build_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(sorted(action.choices.items()))
    return {}


def _command(name: str, parser: argparse.ArgumentParser) -> list[str]:
    lines = [f"## beianbox {name}", "", f"{parser.description}.", ""]
    for action in parser._actions:
        if action.dest != "help":
            word = ", ".join(action.option_strings) or (action.metavar or action.dest)
            lines.append(f"- `{word}`{_takes(action)} {action.help or ''}".rstrip())
    return [*lines, "", f"    {(parser.epilog or '').removeprefix('example: ')}", ""]


def _takes(action: argparse.Action) -> str:
    if action.option_strings and action.nargs != 0:
        return f" `{action.metavar or action.dest.upper()}`"
    return ""


if __name__ == "__main__":
    main()
