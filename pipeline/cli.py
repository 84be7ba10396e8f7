"""The command `beianbox`: turns arguments into one call and the result into text, JSON and an exit code.

Every heavy import happens inside the command that needs it: `beianbox app` loads neither OCR nor PDF nor Prefect.
Exit codes: 0 fine, 1 finished but a person is needed, 2 wrong usage, 3 environment, 4 our own error.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pipeline.errors import FilingError, UsageError

if TYPE_CHECKING:
    from pipeline.rulebook import Rulebook

ATTENTION = 1
INTERNAL = 4

log = logging.getLogger("beianbox")


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are `UsageError`s, so that `--json` stays JSON."""

    def error(self, message: str) -> NoReturn:
        """Raises instead of printing and leaving."""
        raise UsageError(
            f"命令写得不对：{message}。用 {self.prog} --help 查看用法。", f"{message}. See {self.prog} --help."
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the only place that turns errors into exit codes."""
    # start-up builds many long-lived objects; looking through them for garbage costs a tenth of a small run
    gc.set_threshold(200_000, 50, 100)
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    try:
        parsed = build_parser().parse_args(arguments)
        _set_up_logging(parsed.verbose)
        code = parsed.run(parsed)
        sys.stdout.flush()
        return int(code)
    except FilingError as problem:
        _tell_problem(problem.code, problem.zh, problem.en, as_json)
        return problem.exit_code
    except BrokenPipeError:
        # the reader of our output has gone (`| head`): nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as bug:
        log.exception("internal error")
        word = type(bug).__name__
        _tell_problem(
            "internal",
            f"程序内部错误（{word}），请把日志交给开发者。",
            f"Internal error ({word}); please report the log.",
            as_json,
        )
        return INTERNAL


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
    forms = _command(
        commands, "forms", cmd_forms, "only the filled forms and letters", "beianbox forms ./某某科技 --out ./letters"
    )
    forms.add_argument("folder", type=Path)
    forms.add_argument("--out", type=Path, default=None, help="where to write them (default: FOLDER-forms beside it)")
    export = _command(
        commands,
        "export",
        cmd_export,
        "the filing in another system's shape",
        "beianbox export ./某某科技 --format wechat --out ./wechat.json",
    )
    export.add_argument("folder", type=Path)
    export.add_argument("--format", choices=("wechat", "douyin", "xlsx", "json"), required=True)
    export.add_argument("--out", type=Path, default=None, metavar="FILE", help="the file to write (default: print)")
    fill = _command(
        commands, "fill", cmd_fill, "fills an official template that you supply", "beianbox fill 核验单.pdf ./某某科技"
    )
    fill.add_argument("template", type=Path)
    fill.add_argument("folder", type=Path, nargs="?", default=None)
    fill.add_argument(
        "--out", type=Path, default=None, metavar="FILE", help="the file to write (default: beside FOLDER)"
    )
    fill.add_argument("--learn", action="store_true", help="write TEMPLATE.anchors.yaml: which value goes where")
    for parser in (run, check, forms, export, fill):
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
    read.add_argument("--engine", choices=("auto", "ppocr", "tesseract"), default="auto", help="which OCR engine reads")
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
    batch.add_argument("folder", type=Path, metavar="FOLDER-OF-FOLDERS")
    batch.add_argument("--out", type=Path, required=True, help="a bundle folder a filing is written there")
    _add_today(batch)
    status = _command(
        commands, "status", cmd_status, "the filings of the inbox and where each stands", "beianbox status"
    )
    status.add_argument("filing", nargs="?", default="")
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
    doctor = _command(
        commands, "doctor", cmd_doctor, "what is missing on this machine and what to do", "beianbox doctor"
    )
    version = _command(commands, "version", cmd_version, "versions of program, rules and readers", "beianbox version")
    for parser in (batch, status, track, doctor, version, watch):
        _add_json(parser)
    serve.add_argument("--no-nightly", action="store_true", help="only the inbox, no nightly re-check")


def _day(text: str) -> date:
    from pipeline.build import parse_date

    day = parse_date(text)
    if day is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-20")
    return day


def _set_up_logging(verbose: bool) -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )


def _lang() -> str:
    return "en" if os.environ.get("BEIANBOX_LANG", "zh").lower().startswith("en") else "zh"


def _tell_problem(code: str, zh: str, en: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": {"code": code, "message": {"zh": zh, "en": en}}}, ensure_ascii=False))
    print(zh, en, sep="\n", file=sys.stderr)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=None if isinstance(value, dict) and "file" in value else 1))


def _attention(findings: Sequence[Any]) -> int:
    return ATTENTION if any(one.severity == "blocker" for one in findings) else 0


def cmd_run(arguments: argparse.Namespace) -> int:
    """`beianbox run`."""
    from pipeline import bundle, report

    prepared, files = _prepare(arguments)
    written = bundle.write(prepared, files, arguments.out)
    if arguments.json:
        _print_json({**report.findings_json(written.prepared), "out": str(arguments.out), "files": list(written.files)})
    else:
        print(report.findings_text(written.prepared, _lang()))
        print(report.bundle_text(arguments.out, written, _lang()))
    return _attention(written.prepared.findings)


def _prepare(arguments: argparse.Namespace) -> tuple[Any, Any]:
    """Reads, assembles, checks and plans the folder of a command."""
    from pipeline import batch, filing_folder

    if hasattr(arguments, "out") and arguments.out is not None:
        filing_folder.refuse_overlap(arguments.folder, arguments.out)
    files = filing_folder.files_of(arguments.folder)
    typed = batch.typed_facts(files)
    rules = _rules()
    readings = batch.read_all(files)
    today = arguments.today or date.today()
    return batch.judge(filing_folder.filing_id(files), readings, typed, rules, today), files


def _rules() -> Rulebook:
    """The built-in rules with the user's own laid over them."""
    from pipeline.rulebook import load_rulebook
    from pipeline.settings import load_settings

    return load_rulebook(load_settings(os.environ).rule_folders)


def cmd_check(arguments: argparse.Namespace) -> int:
    """`beianbox check`."""
    from pipeline import report

    prepared, _ = _prepare(arguments)
    if arguments.json:
        _print_json(report.findings_json(prepared))
    else:
        print(report.findings_text(prepared, _lang()))
    return _attention(prepared.findings)


def cmd_forms(arguments: argparse.Namespace) -> int:
    """`beianbox forms`."""
    from pipeline import bundle, report

    if arguments.out is None:
        arguments.out = arguments.folder.resolve().with_name(f"{arguments.folder.resolve().name}-forms")
    prepared, files = _prepare(arguments)
    written = bundle.write_forms(prepared, files, arguments.out)
    if arguments.json:
        _print_json({"forms": report.forms_json(written.prepared), "out": str(arguments.out)})
    else:
        print(report.forms_text(arguments.out, written.prepared, _lang()))
    return _attention(written.prepared.findings)


def cmd_export(arguments: argparse.Namespace) -> int:
    """`beianbox export`."""
    from pipeline import export_command

    prepared, _ = _prepare(arguments)
    shown, lacking = export_command.export(prepared.filing, arguments.format, arguments.out, arguments.folder)
    print(json.dumps(shown, ensure_ascii=False, indent=1))
    return ATTENTION if lacking else 0


def cmd_fill(arguments: argparse.Namespace) -> int:
    """`beianbox fill`."""
    from pipeline import fill_command

    if arguments.folder is None and not arguments.learn:
        raise UsageError(
            "请给出材料文件夹：beianbox fill 模板 文件夹。", "Name the folder: beianbox fill TEMPLATE FOLDER."
        )
    filing: Any = None if arguments.folder is None else _prepare(arguments)[0].filing
    lacking = False
    if arguments.learn:
        shown = fill_command.learn(arguments.template, filing, arguments.out)
    else:
        out = arguments.out or fill_command.default_out(arguments.template, arguments.folder)
        shown, lacking = fill_command.fill(arguments.template, filing, out)
    print(json.dumps(shown, ensure_ascii=False) if arguments.json else fill_command.as_text(shown, _lang()))
    return ATTENTION if lacking else 0


def cmd_app(arguments: argparse.Namespace) -> int:
    """`beianbox app`."""
    from pipeline import app_command

    lines = app_command.run(
        arguments.files,
        icons=arguments.icons,
        verify=arguments.verify,
        crosscheck=arguments.crosscheck,
        password_env=arguments.password_env,
        domains=not arguments.no_domains,
    )
    return _print_lines(((line.json, line.text) for line in lines), arguments.json)


def cmd_read(arguments: argparse.Namespace) -> int:
    """`beianbox read`."""
    from pipeline import read_command

    lines = read_command.run(arguments.files, engine=arguments.engine, today=arguments.today or date.today())
    return _print_lines(((line, partial(read_command.as_text, line)) for line in lines), arguments.json)


def _print_lines(lines: Iterable[tuple[dict[str, Any], Callable[[str], str]]], as_json: bool) -> int:
    """Prints one line a file, as JSON or as text in the user's language; a file with an error needs a person."""
    failed = False
    for line, text in lines:
        failed = failed or line["error"] is not None
        print(json.dumps(line, ensure_ascii=False) if as_json else text(_lang()), flush=True)
    return ATTENTION if failed else 0


def cmd_rules(arguments: argparse.Namespace) -> int:
    """`beianbox rules`."""
    from pipeline import report, rulebook, vocabulary

    province = vocabulary.province_of(arguments.province) if arguments.province else None
    if arguments.province and province is None:
        known = "、".join(vocabulary.PROVINCES.values())
        raise UsageError(
            f"没有名为“{arguments.province}”的省份。可用：{known}。", f"There is no province {arguments.province!r}."
        )
    rules = rulebook.rules_json(_rules(), province)
    if arguments.json:
        print(json.dumps(rules, ensure_ascii=False))
    else:
        print(report.rules_text(rules, _lang()))
    return 0


def cmd_type(arguments: argparse.Namespace) -> int:
    """`beianbox type`."""
    from pipeline import type_command

    answer = type_command.run(arguments.facts)
    print(json.dumps(answer, ensure_ascii=False) if arguments.json else type_command.as_text(answer, _lang()))
    return ATTENTION if answer.get("blocked") else 0


def cmd_watch(arguments: argparse.Namespace) -> int:
    """`beianbox watch`."""
    from pipeline import watch

    return watch.run(once=arguments.once, today=arguments.today, as_json=arguments.json, lang=_lang())


def cmd_batch(arguments: argparse.Namespace) -> int:
    """`beianbox batch`."""
    from pipeline import watch

    return watch.run_many(arguments.folder, arguments.out, today=arguments.today, as_json=arguments.json, lang=_lang())


def cmd_status(arguments: argparse.Namespace) -> int:
    """`beianbox status`."""
    from pipeline import watch

    return watch.status(arguments.filing, as_json=arguments.json, lang=_lang())


def cmd_track(arguments: argparse.Namespace) -> int:
    """`beianbox track`."""
    from pipeline import track_command

    return track_command.run(
        arguments.filing,
        arguments.event,
        at=arguments.at,
        note=arguments.note,
        out=arguments.ics,
        as_json=arguments.json,
        lang=_lang(),
        now=datetime.now(UTC),
    )


def cmd_serve(arguments: argparse.Namespace) -> int:
    """`beianbox serve`."""
    from pipeline import server
    from pipeline.settings import load_settings

    settings = load_settings(os.environ)
    return server.serve(settings.home, nightly=not arguments.no_nightly)


def cmd_review(arguments: argparse.Namespace) -> int:
    """`beianbox review`."""
    from pipeline.web import serve

    return serve.review(
        host=arguments.host,
        port=arguments.port,
        browser=not arguments.no_browser,
        passwords=arguments.password_file,
    )


def cmd_purge(arguments: argparse.Namespace) -> int:
    """`beianbox purge`."""
    from pipeline import watch

    return watch.purge(arguments.filing, lang=_lang())


def cmd_doctor(arguments: argparse.Namespace) -> int:
    """`beianbox doctor`."""
    from pipeline import doctor
    from pipeline.settings import load_settings

    checkups = doctor.examine(load_settings(os.environ))
    if arguments.json:
        from pipeline.build import plain

        _print_json([plain(one) for one in checkups])
    else:
        print(doctor.as_text(checkups, _lang()))
    return 3 if any(one.ok is False for one in checkups) else 0


def cmd_version(arguments: argparse.Namespace) -> int:
    """`beianbox version`."""
    from pipeline import versions

    found = versions.all_versions()
    print(json.dumps(found) if arguments.json else "\n".join(f"{name} {number}" for name, number in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
