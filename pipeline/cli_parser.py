"""The arguments of the command `beianbox`: every command, its options and its example.

`docs/commands.md` is made from this parser and tested against it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from pipeline.cli_commands import (
    cmd_app,
    cmd_audit,
    cmd_batch,
    cmd_check,
    cmd_doctor,
    cmd_export,
    cmd_fill,
    cmd_forms,
    cmd_key,
    cmd_pictures,
    cmd_purge,
    cmd_read,
    cmd_review,
    cmd_rules,
    cmd_run,
    cmd_serve,
    cmd_status,
    cmd_track,
    cmd_type,
    cmd_version,
    cmd_watch,
)
from pipeline.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are `UsageError`s, so that `--json` stays JSON."""

    def error(self, message: str) -> NoReturn:
        """Raises instead of printing and leaving."""
        raise UsageError(
            f"命令写得不对：{message}。用 {self.prog} --help 查看用法。", f"{message}. See {self.prog} --help."
        )


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options; `docs/commands.md` is tested against it."""
    parser = Parser(
        prog="beianbox",
        description="ICP filing (ICP备案) paperwork: from a folder of scans and app packages to a checked PDF bundle.",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="log what is done, on standard error")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    _add_folder_commands(commands)
    _add_file_commands(commands)
    _add_rule_commands(commands)
    _add_inbox_commands(commands)
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str, example: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, epilog=f"example: {example}"
    )
    parser.set_defaults(run=run)
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def _add_today(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--today", type=_day, metavar="YYYY-MM-DD", help="judge as on this day (default: today)")


def _add_folder_commands(commands: Any) -> None:
    run = _command(
        commands,
        "run",
        cmd_run,
        "one filing from one folder, start to finish",
        "beianbox run ./某某科技 --out ./某某科技-材料包",
    )
    run.add_argument("folder", type=Path)
    run.add_argument("--out", type=Path, required=True, help="the bundle's folder: written whole or not at all")
    check = _command(commands, "check", cmd_check, "findings only, no forms", "beianbox check ./某某科技 --json")
    check.add_argument("folder", type=Path)
    check.add_argument(
        "--lang", choices=("zh", "en", "both"), default=None, help="language of the findings (default: BEIANBOX_LANG)"
    )
    forms = _command(
        commands, "forms", cmd_forms, "only the filled forms and letters", "beianbox forms ./某某科技 --out ./letters"
    )
    forms.add_argument("folder", type=Path, help="the filing's folder; or the word learn before TEMPLATE")
    forms.add_argument(
        "template", type=Path, nargs="?", help="forms learn TEMPLATE: write down which value goes where in it"
    )
    forms.add_argument("--out", type=Path, default=None, help="where to write them (default: FOLDER-forms beside it)")
    export = _command(
        commands,
        "export",
        cmd_export,
        "the filing in another system's shape",
        "beianbox export ./某某科技 --format wechat --out ./wechat.json",
    )
    export.add_argument("folder", type=Path, help="with --format bundle the id of a filing of the inbox")
    export.add_argument(
        "--format",
        choices=("wechat", "douyin", "xlsx", "json", "bundle"),
        required=True,
        help="bundle: its newest bundle, as a folder, also from an object store or an encrypted one",
    )
    export.add_argument(
        "--out",
        type=Path,
        default=None,
        metavar="FILE",
        help="the file to write (default: print), or the folder (default: one named after the filing)",
    )
    fill = _command(
        commands, "fill", cmd_fill, "fills an official template that you supply", "beianbox fill 核验单.pdf ./某某科技"
    )
    fill.add_argument("template", type=Path)
    fill.add_argument("folder", type=Path, nargs="?", default=None)
    fill.add_argument(
        "--out",
        type=Path,
        default=None,
        metavar="FILE",
        help="the file to write (default: beside FOLDER); a Word or Excel form becomes a PDF if FILE ends in .pdf and LibreOffice is installed",
    )
    fill.add_argument("--learn", action="store_true", help="write TEMPLATE.anchors.yaml: which value goes where")
    pictures = _command(
        commands,
        "pictures",
        cmd_pictures,
        "the papers as JPEGs inside a provider's size limits, cropped, upright, without camera and place data",
        "beianbox pictures ./某某科技 --provider tencent",
    )
    pictures.add_argument("folder", type=Path)
    pictures.add_argument(
        "--out", type=Path, default=None, help="where to write them (default: FOLDER-pictures beside it)"
    )
    pictures.add_argument("--provider", default="", help="whose limits hold (default: the filing's access provider)")
    pictures.add_argument(
        "--min-kb", type=float, default=None, metavar="KB", help="least size, in place of the provider's"
    )
    pictures.add_argument(
        "--max-kb", type=float, default=None, metavar="KB", help="greatest size, in place of the provider's"
    )
    for parser in (run, check, forms, export, fill, pictures):
        _add_today(parser)
        _add_json(parser)


def _add_file_commands(commands: Any) -> None:
    app = _command(
        commands, "app", cmd_app, "features of app packages and certificates", "beianbox app app-release.apk --json"
    )
    app.add_argument("files", nargs="+", type=Path, metavar="FILE")
    app.add_argument("--icons", type=Path, metavar="DIR", help="write each icon there, at most 100 KB")
    app.add_argument("--verify", action="store_true", help="check signatures and digests too (reads the whole file)")
    app.add_argument(
        "--crosscheck", action="store_true", help="let apkutils2 read the manifest too, and warn where it differs"
    )
    app.add_argument("--no-domains", action="store_true", help="do not search the package for domain names (faster)")
    app.add_argument(
        "--password-env",
        metavar="NAME",
        help="environment variable with a key store's password (default: BEIANBOX_KEYSTORE_PASSWORD)",
    )
    read = _command(
        commands,
        "read",
        cmd_read,
        "what documents are and say, with their image checks",
        "beianbox read 身份证.jpg 执照.jpg",
    )
    read.add_argument("files", nargs="+", type=Path, metavar="FILE")
    read.add_argument(
        "--engine",
        choices=("auto", "ppocr", "tesseract", "both"),
        default="auto",
        help="which OCR engine reads; both: Tesseract confirms what was read with doubt",
    )
    read.add_argument(
        "--explain",
        type=Path,
        metavar="OUT.png",
        help="draw the values of one file over its picture: boxes, confidence, state (further pages: OUT-2.png ...)",
    )
    read.add_argument("--province", default="", help="judge validity by this province's rule, such as 广东")
    read.add_argument("--provider", default="", help="judge pictures by this provider's limits, such as tencent")
    _add_today(read)
    for parser in (app, read):
        _add_json(parser)


def _add_rule_commands(commands: Any) -> None:
    rules = _command(
        commands, "rules", cmd_rules, "the rules that apply, with sources and dates", "beianbox rules 广东"
    )
    rules.add_argument("province", nargs="?", default="")
    kind = _command(
        commands, "type", cmd_type, "which operation a filing is", "beianbox type entity_filed=no service_filed=no"
    )
    kind.add_argument(
        "facts", nargs="*", metavar="FACT", help="facts such as entity_filed=yes; none lists those that count"
    )
    for parser in (rules, kind):
        _add_json(parser)


def _add_inbox_commands(commands: Any) -> None:
    watch = _command(
        commands,
        "watch",
        cmd_watch,
        "takes what is in the inbox through all steps, again and again",
        "beianbox watch --once",
    )
    watch.add_argument("--once", action="store_true", help="one round, then stop")
    _add_today(watch)
    batch = _command(
        commands, "batch", cmd_batch, "many filings now: one sub-folder each", "beianbox batch ./cases --out ./bundles"
    )
    batch.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER-OF-FOLDERS",
        help="or a table (.xlsx, .csv): one row a filing, columns named like the fields, `文件夹` for a row's papers",
    )
    batch.add_argument("--out", type=Path, required=True, help="a bundle folder a filing is written there")
    _add_today(batch)
    status = _command(
        commands, "status", cmd_status, "the filings of the inbox and where each stands", "beianbox status"
    )
    status.add_argument("filing", nargs="?", default="")
    status.add_argument(
        "--due",
        type=_days,
        nargs="?",
        const=0,
        metavar="DAYS",
        help="what falls due in the next days (30 where no number is given): deadlines, certificates, domains, letters",
    )
    status.add_argument(
        "--ics", type=Path, default=None, metavar="FILE", help="with --due: write it as a calendar file"
    )
    track = _command(
        commands,
        "track",
        cmd_track,
        "records what happened to a filing's order, and says what to do now and by when",
        "beianbox track 1a2b3c4d handed_over --at 2026-11-22T10:30",
    )
    track.add_argument("filing", help="a filing's id or the beginning of it")
    track.add_argument("event", nargs="?", default="", help="what happened, such as submit; none only shows the order")
    track.add_argument("--at", default="", metavar="TIME", help="when, in China's time (default: now)")
    track.add_argument("--note", default="", metavar="TEXT", help="what is worth keeping, such as the bureau's reason")
    track.add_argument(
        "--reason",
        action="append",
        default=[],
        metavar="FIELD=REASON",
        help="why it came back, such as entity_person.mobile=无法接通; may be given again, the known remedy is shown",
    )
    track.add_argument("--ics", type=Path, default=None, metavar="FILE", help="write what is due as a calendar file")
    serve = _command(
        commands, "serve", cmd_serve, "Prefect server with the inbox and nightly schedules", "beianbox serve"
    )
    review = _command(
        commands, "review", cmd_review, "the local page to look at filings, correct and approve", "beianbox review"
    )
    review.add_argument("--host", default="127.0.0.1", help="any other than this machine's own needs a password file")
    review.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    review.add_argument("--no-browser", action="store_true", help="only print the start address")
    review.add_argument("--password-file", type=Path, metavar="FILE", help="lines of name:password, mode 0600")
    purge = _command(
        commands, "purge", cmd_purge, "removes a filing's files, values and bundles", "beianbox purge 某某科技-1a2b3c4d"
    )
    purge.add_argument("filing")
    audit = _command(
        commands, "audit", cmd_audit, "who read or changed a filing, newest first", "beianbox audit 某某科技-1a2b3c4d"
    )
    audit.add_argument("filing", nargs="?", default="")
    doctor = _command(
        commands, "doctor", cmd_doctor, "what is missing on this machine and what to do", "beianbox doctor"
    )
    key = _command(commands, "key", cmd_key, "makes the key for encryption at rest that key_file names", "beianbox key")
    way = key.add_mutually_exclusive_group()
    way.add_argument("--rotate", action="store_true", help="put a new key before the old ones, which still read")
    way.add_argument(
        "--encrypt", action="store_true", help="encrypt a home that is in use; nothing else may use it meanwhile"
    )
    way.add_argument("--retire", action="store_true", help="seal everything with the first key and drop the others")
    version = _command(commands, "version", cmd_version, "versions of program, rules and readers", "beianbox version")
    for parser in (audit, batch, status, track, doctor, key, version, watch):
        _add_json(parser)
    serve.add_argument("--no-nightly", action="store_true", help="only the inbox, no nightly re-check")


def _days(text: str) -> int:
    if not text.isdecimal() or len(text) > 4 or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to 9999")
    return int(text)


def _day(text: str) -> date:
    from pipeline.build import parse_date

    day = parse_date(text)
    if day is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-20")
    return day
