"""What each command of `beianbox` does: one call, and its result as text, JSON and an exit code.

Every heavy import happens inside the command that needs it: `beianbox app` loads neither OCR nor PDF nor Prefect.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.rulebook import Rulebook
    from pipeline.settings import Settings

ATTENTION = 1


def _lang() -> str:
    return "en" if os.environ.get("BEIANBOX_LANG", "zh").lower().startswith("en") else "zh"


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=None if isinstance(value, dict) and "file" in value else 1))


def _attention(findings: Sequence[Any]) -> int:
    return ATTENTION if any(one.severity == "blocker" for one in findings) else 0


def cmd_run(arguments: argparse.Namespace) -> int:
    """`beianbox run`."""
    with _prepared(arguments, meanwhile=_load_what_draws) as (prepared, files):
        from pipeline import bundle, report

        written = bundle.write(prepared, files, arguments.out, templates=_settings().templates)
    if arguments.json:
        _print_json({**report.findings_json(written.prepared), "out": str(arguments.out), "files": list(written.files)})
    else:
        print(report.findings_text(written.prepared, _lang()))
        print(report.bundle_text(arguments.out, written, _lang()))
    return _attention(written.prepared.findings)


def _load_what_draws() -> None:
    """For the time in which the readers read; what is missing here is told where it is used."""
    with contextlib.suppress(ImportError):
        from pipeline import bundle

        bundle.load()


@contextlib.contextmanager
def _prepared(
    arguments: argparse.Namespace, *, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[tuple[Any, Any]]:
    """The folder of a command, read, assembled, checked and planned, with its files; those of archives go at the end.

    `meanwhile` runs beside the reading.
    """
    from pipeline import archives, batch, filing_folder, workers
    from pipeline.settings import load_settings

    if hasattr(arguments, "out") and arguments.out is not None:
        filing_folder.refuse_overlap(arguments.folder, arguments.out)
    files = filing_folder.files_of(arguments.folder)
    name = filing_folder.filing_id(files)
    rules, settings, today = _rules(), load_settings(os.environ), arguments.today or date.today()
    threading.Thread(target=meanwhile).start()
    with (
        workers.readers_of(settings) as readers,
        archives.opened(files, readers, engine=settings.ocr_engine) as (files, known),
    ):
        typed = batch.typed_facts(files)
        readings = batch.read_all(files, readers, engine=settings.ocr_engine, known=known)
        yield batch.judge(name, readings, typed, rules, today), files


def _rules() -> Rulebook:
    """The built-in rules with the user's own laid over them."""
    from pipeline.rulebook import load_rulebook

    return load_rulebook(_settings().rule_folders)


def _settings() -> Settings:
    from pipeline.settings import load_settings

    return load_settings(os.environ)


def cmd_check(arguments: argparse.Namespace) -> int:
    """`beianbox check`."""
    from pipeline import report

    with _prepared(arguments) as (prepared, _):
        pass
    if arguments.json:
        _print_json(report.findings_json(prepared))
    else:
        print(report.findings_text(prepared, arguments.lang or _lang()))
    return _attention(prepared.findings)


def cmd_forms(arguments: argparse.Namespace) -> int:
    """`beianbox forms`."""
    from pipeline import bundle, report

    if arguments.template is not None:
        return _learn_template(arguments)
    if arguments.out is None:
        arguments.out = arguments.folder.resolve().with_name(f"{arguments.folder.resolve().name}-forms")
    with _prepared(arguments) as (prepared, files):
        written = bundle.write_forms(prepared, files, arguments.out, templates=_settings().templates)
    if arguments.json:
        _print_json({"forms": report.forms_json(written.prepared), "out": str(arguments.out)})
    else:
        print(report.forms_text(arguments.out, written.prepared, _lang()))
    return _attention(written.prepared.findings)


def _learn_template(arguments: argparse.Namespace) -> int:
    """`beianbox forms learn TEMPLATE`."""
    from pipeline import fill_command

    if str(arguments.folder) != "learn":
        raise UsageError(
            "只能给出一个文件夹：beianbox forms 文件夹；或：beianbox forms learn 模板。",
            "Name one folder: beianbox forms FOLDER; or: beianbox forms learn TEMPLATE.",
        )
    shown = fill_command.learn(arguments.template, None, arguments.out)
    print(json.dumps(shown, ensure_ascii=False) if arguments.json else fill_command.as_text(shown, _lang()))
    return 0


def cmd_export(arguments: argparse.Namespace) -> int:
    """`beianbox export`."""
    if arguments.format == "bundle":
        from pipeline import bundle_command

        print(json.dumps(bundle_command.run(str(arguments.folder), arguments.out), ensure_ascii=False, indent=1))
        return 0
    from pipeline import export_command

    with _prepared(arguments) as (prepared, _):
        letters = export_command.letters_of(prepared)
    shown, lacking = export_command.export(prepared.filing, arguments.format, arguments.out, arguments.folder, letters)
    print(json.dumps(shown, ensure_ascii=False, indent=1))
    return ATTENTION if lacking else 0


def cmd_fill(arguments: argparse.Namespace) -> int:
    """`beianbox fill`."""
    from pipeline import fill_command

    if arguments.folder is None and not arguments.learn:
        raise UsageError(
            "请给出材料文件夹：beianbox fill 模板 文件夹。", "Name the folder: beianbox fill TEMPLATE FOLDER."
        )
    filing: Any = None
    if arguments.folder is not None:
        with _prepared(arguments) as (prepared, _):
            filing = prepared.filing
    lacking = False
    if arguments.learn:
        shown = fill_command.learn(arguments.template, filing, arguments.out)
    else:
        out = arguments.out or fill_command.default_out(arguments.template, arguments.folder)
        shown, lacking = fill_command.fill(arguments.template, filing, out)
    print(json.dumps(shown, ensure_ascii=False) if arguments.json else fill_command.as_text(shown, _lang()))
    return ATTENTION if lacking else 0


def cmd_pictures(arguments: argparse.Namespace) -> int:
    """`beianbox pictures`."""
    from pipeline import upload_command

    arguments.out = arguments.out or upload_command.default_out(arguments.folder)
    with _prepared(arguments) as (prepared, files):
        shown, failed = upload_command.pictures(
            prepared,
            files,
            arguments.out,
            provider=arguments.provider,
            least_kb=arguments.min_kb,
            most_kb=arguments.max_kb,
        )
    print(json.dumps(shown, ensure_ascii=False) if arguments.json else upload_command.as_text(shown, _lang()))
    return ATTENTION if failed else 0


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
    from pipeline import read_command, workers
    from pipeline.image_checks import check_image
    from pipeline.image_checks_base import months_of_papers
    from pipeline.settings import load_settings

    if arguments.explain:
        from pipeline import explain  # it draws, and loads what draws

        explain.check_request(arguments.files, arguments.explain)
    province = _province(arguments.province)
    judge = partial(
        check_image,
        today=arguments.today or date.today(),
        provider=arguments.provider,
        min_months=months_of_papers(_rules().rules_for(province, arguments.provider)) if province else None,
    )
    with workers.readers_of(load_settings(os.environ)) as readers:
        readings = read_command.run(arguments.files, engine=arguments.engine, readers=readers)
        if arguments.explain:
            readings = explain.explained(readings, arguments.explain)
        lines = (read_command.to_json(reading, judge) for reading in readings)
        return _print_lines(((line, partial(read_command.as_text, line)) for line in lines), arguments.json)


def _province(text: str) -> str | None:
    """The province's short name; None where none is given."""
    from pipeline import vocabulary

    province = vocabulary.province_of(text) if text else None
    if text and province is None:
        known = "、".join(vocabulary.PROVINCES.values())
        raise UsageError(f"没有名为“{text}”的省份。可用：{known}。", f"There is no province {text!r}.")
    return province


def _print_lines(lines: Iterable[tuple[dict[str, Any], Callable[[str], str]]], as_json: bool) -> int:
    """Prints one line a file, as JSON or as text in the user's language; a file with an error needs a person."""
    failed = False
    for line, text in lines:
        failed = failed or line["error"] is not None
        print(json.dumps(line, ensure_ascii=False) if as_json else text(_lang()), flush=True)
    return ATTENTION if failed else 0


def cmd_rules(arguments: argparse.Namespace) -> int:
    """`beianbox rules`."""
    from pipeline import report, rulebook

    province = _province(arguments.province)
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
    from pipeline import batch_run

    return batch_run.run_many(
        arguments.folder, arguments.out, today=arguments.today, as_json=arguments.json, lang=_lang()
    )


def cmd_status(arguments: argparse.Namespace) -> int:
    """`beianbox status`."""
    if arguments.due is None and arguments.ics is None:
        from pipeline import ledger_commands

        return ledger_commands.status(arguments.filing, as_json=arguments.json, lang=_lang())
    if arguments.due is None:
        raise UsageError("--ics 须和 --due 一起写。", "--ics goes with --due.")
    from pipeline import due_command
    from pipeline.due_list import AHEAD_DAYS

    return due_command.run(
        arguments.filing,
        arguments.due or AHEAD_DAYS,
        out=arguments.ics,
        as_json=arguments.json,
        lang=_lang(),
        now=datetime.now(UTC),
    )


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
        reasons=arguments.reason,
    )


def cmd_serve(arguments: argparse.Namespace) -> int:
    """`beianbox serve`."""
    from pipeline import server
    from pipeline.settings import load_settings

    settings = load_settings(os.environ)
    settings.open_vault()  # nothing is started that could not go on
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


def cmd_audit(arguments: argparse.Namespace) -> int:
    """`beianbox audit`."""
    from pipeline import ledger_commands

    return ledger_commands.audit(arguments.filing, as_json=arguments.json, lang=_lang())


def cmd_key(arguments: argparse.Namespace) -> int:
    """`beianbox key`."""
    from pipeline import key_command

    is_changed = arguments.encrypt or arguments.retire
    made = key_command.reseal(retire=arguments.retire) if is_changed else key_command.make(rotate=arguments.rotate)
    print(json.dumps(made, ensure_ascii=False) if arguments.json else key_command.as_text(made, _lang()))
    return 0


def cmd_purge(arguments: argparse.Namespace) -> int:
    """`beianbox purge`."""
    from pipeline import ledger_commands

    return ledger_commands.purge(arguments.filing, lang=_lang())


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
