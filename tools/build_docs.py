"""Writes the parts of docs/ that are lists kept in the code: settings, keys of filing.yaml, commands, rules.

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
from pipeline import fields, materials, rulebook_rows, vocabulary, workers  # noqa: E402
from pipeline.checks_base import CHECKS, GROUPS, Among  # noqa: E402
from pipeline.cli_parser import build_parser  # noqa: E402
from pipeline.settings import SETTINGS  # noqa: E402


def main() -> None:
    """Writes all files."""
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text, "utf-8")


def pages() -> dict[str, str]:
    """File name below docs/ to its text."""
    return {
        "settings.md": settings_page(),
        "filing-yaml.md": filing_yaml_page(),
        "commands.md": commands_page(),
        "rules.md": rules_page(),
    }


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
        default = "" if info.default in (None, (), {}) else str(info.default)
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


OWN_RULES = """rules:
# a row of the rulebook, changed: what is not said stays as it is
- id: GD-023
  severity: note
# a rule of your own
- id: OURS-001
  province: 广东
  topic: domain_validity
  applies_to: {subject: [all], service: both, filing: [first, add, access]}
  requirement: {zh: 我司只接有效期还有半年以上的域名。, en: We take domains with more than six months left only.}
  check: months_left
  params: {paths: ["services[].domains[].expires_on"], min: 6}
  severity: warning
  status: current
  confidence: high
  as_of: 2026-01-01
  sources: [{title: 本公司收件办法, address: 内部, date: 2026-01-01}]
# rows that fall silent
retire: [GD-019]
"""


def rules_page() -> str:
    """docs/rules.md."""
    words = rulebook_rows.WORDS | {"subject": rulebook_rows.SUBJECTS, "filing": frozenset({"all", *GROUPS})}
    lines = [
        "# Rules / 规则",
        "",
        "`beianbox rules 广东` lists what applies in a province, each rule with its id, source and date; `--json` gives all",
        "of it to programs. A finding carries the same id.",
        "`beianbox rules 省份` 列出适用的规则及其编号、来源和日期；检查结果使用同一编号。",
        "",
        "## Rules of your own / 自有规则",
        "",
        "Put YAML files into a folder and name it in the setting [`rules_dir`](settings.md). New ids are added, known ids",
        "changed, retired ids fall silent; `beianbox rules` marks them as your own. A wrong key, an unknown check, a missing",
        "source or a bad date is refused, and the message names file, line, rule and key.",
        "把 YAML 文件放入一个文件夹，并在设置 `rules_dir` 中写明。新编号为新增，已有编号为修改，`retire` 中的编号停用。",
        "",
        "```yaml",
        OWN_RULES.rstrip(),
        "```",
        "",
        "A row without `check` is a line of the list that a person goes through. `blocker` stops a filing, `warning` asks a",
        "person, `note` only tells. Rows that are `historical` or `retired` never speak, `contested` ones never block.",
        "`message` and `advice` (each `zh` and `en`) replace what a check says by itself.",
        "",
        *(f"- `{key}`: {', '.join(f'`{word}`' for word in sorted(words[key]))}" for key in RULE_WORDS),
        "",
        "## Checks / 检查",
        "",
        "Paths are those of [filing.yaml](filing-yaml.md); `services[]` means every website and every APP.",
        "Parameters in brackets may be left out.",
        "",
    ]
    return "\n".join([*lines, *(_check(name) for name in sorted(CHECKS))]) + "\n"


RULE_WORDS = ("severity", "status", "confidence", "subject", "filing", "topic")


def _check(name: str) -> str:
    check = CHECKS[name]
    takes = [_parameter(key, kind) for key, kind in check.required.items()]
    takes += [f"[{_parameter(key, kind)}]" for key, kind in check.optional.items()]
    what = " ".join((check.run.__doc__ or "").split())
    return f"- `{name}`: {what}" + (f"<br>{', '.join(takes)}" if takes else "")


def _parameter(key: str, kind: object) -> str:
    if isinstance(kind, Among):
        return f"`{key}` (words)" if len(kind.words) > 8 else f"`{key}` ({' '.join(sorted(kind.words))})"
    if isinstance(kind, list):
        return f"`{key}` ({'; '.join(' '.join(one) if isinstance(one, list) else str(one) for one in kind)})"
    return f"`{key}` ({KIND_WORDS.get(kind, 'value')})"


KIND_WORDS = {str: "text", list: "list", int: "number", bool: "true or false", dict: "mapping"}


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
