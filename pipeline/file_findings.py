"""Findings about the files and readings themselves: unreadable, unclear, contradicting, unsure. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline import claims, fields, materials
from pipeline.assemble import rank, same_value
from pipeline.model import Document, Evidence, Failure, Filing, Finding, ImageCheck, Severity, Text
from pipeline.reading import Reading
from pipeline.vocabulary import DOCUMENT_KINDS

SURE = 0.85
"""Below this a person should look at an OCR value (names with a weaker character are wrong in about half the cases)."""

CAREFUL_LEAVES = frozenset({"name", "number", "valid_to", "owner"})
"""A wrong character here sends the filing back."""

KNOWN = frozenset(DOCUMENT_KINDS) - {"unknown", "filing_yaml", "app_icon", "letter", "verification_photo"}

IMAGE_BLOCKERS = frozenset({"format", "resolution", "photocopy", "validity"})


def of_files(
    readings: Sequence[Reading], image_checks: Mapping[str, Sequence[ImageCheck]], documents: Sequence[Document] = ()
) -> tuple[Finding, ...]:
    """What is wrong with single files: failures, unknown papers, failed image checks, documents known by name only."""
    named = {document.file: document for document in documents if document.serves_as}
    found: list[Finding] = []
    for reading in readings:
        if reading.failure is not None:
            found.append(_failure(reading, reading.failure))
        elif reading.file in named:
            found += [_by_name(named[reading.file])] if materials.only_named(named[reading.file]) else []
        elif reading.kind == "unknown":
            found.append(_unknown(reading))
        elif reading.kind in ("other", "workbook"):
            found.append(_unsupported(reading))
        elif reading.kind == "zip":
            found += _left_out(reading)
        found += [_image(reading, check) for check in image_checks.get(reading.sha256, ()) if check.passed is False]
        found += _package_warnings(reading)
    found += _sdks(readings)
    found += [_absent(document) for document in documents if materials.absent(document)]
    if not named and not any(reading.kind in KNOWN for reading in readings):
        found.append(_nothing_known(readings))
    return tuple(found)


def _nothing_known(readings: Sequence[Reading]) -> Finding:
    files = "、".join(reading.file for reading in readings[:5])
    return Finding(
        rule="file.no_known_document",
        severity=Severity.BLOCKER,
        where="documents",
        message=Text(
            f"文件夹里没有能识别的备案材料（共 {len(readings)} 个文件：{files}）。"
            if readings
            else "文件夹里没有备案材料。",
            f"No paper of a filing was recognised among {len(readings)} files."
            if readings
            else "There is no paper of a filing.",
        ),
        advice=Text(
            "请放入身份证正反面、营业执照（单位）、域名证书的照片或扫描件，或 APP 安装包，再运行。",
            "Put in pictures of both sides of the ID card, the business licence (units) and the domain certificate, or the app package, and run again.",
        ),
    )


def _failure(reading: Reading, failure: Failure) -> Finding:
    return Finding(
        rule=f"file.{failure.code}",
        severity=Severity.BLOCKER,
        where=reading.file,
        message=Text(f"{reading.file}：{failure.message.zh}", f"{reading.file}: {failure.message.en}"),
        advice=Text(
            "处理该文件后放回文件夹，重新运行。其他文件已照常处理，原件未改动。",
            "Mend the file and run again. The other files were processed; the original is untouched.",
        ),
    )


def _unknown(reading: Reading) -> Finding:
    return Finding(
        rule="file.unknown_paper",
        severity=Severity.WARNING,
        where=reading.file,
        message=Text(f"{reading.file}：看不出是什么材料。", f"{reading.file}: this paper was not recognised."),
        advice=Text(
            "如果是身份证、营业执照或域名证书，请重新拍摄：平放、四角完整、文字清晰。如果是其他材料，可忽略本提示，它会附在材料包末尾。",
            "If it is an ID card, licence or domain certificate, photograph it again: flat, all corners, sharp. Any other paper is kept at the end of the bundle.",
        ),
    )


def _by_name(document: Document) -> Finding:
    what = materials.name_of(document.serves_as)
    return Finding(
        rule="file.by_name",
        severity=Severity.NOTE,
        where=document.file,
        message=Text(
            f"{document.file}：按文件名算作{what.zh}，内容没有识别。",
            f"{document.file}: counted as {what.en} by its file name; its content was not read.",
        ),
        advice=Text(
            "请打开核对内容、签字、盖章和日期；不是这种材料的，请改文件名，或在 filing.yaml 的 documents 中写明。",
            "Open it and check content, signature, seal and date; if it is something else, rename it or say so under documents in filing.yaml.",
        ),
    )


def _absent(document: Document) -> Finding:
    return Finding(
        rule="file.absent",
        severity=Severity.WARNING,
        where=document.file,
        message=Text(
            f"filing.yaml 的 documents 写了文件 {document.file}，文件夹里没有。",
            f"filing.yaml names the file {document.file} under documents, but the folder has none.",
        ),
        advice=Text("请放入该文件，或更正文件名。", "Put the file into the folder, or correct its name."),
    )


def _unsupported(reading: Reading) -> Finding:
    return Finding(
        rule="file.unsupported",
        severity=Severity.NOTE,
        where=reading.file,
        message=Text(f"{reading.file}：不读取这种文件。", f"{reading.file}: this kind of file is not read."),
        advice=Text(
            "需要其中内容时，请导出为 PDF、JPG 或 PNG 后放入文件夹。",
            "If its content matters, export it as PDF, JPG or PNG into the folder.",
        ),
    )


def _left_out(reading: Reading) -> Iterator[Finding]:
    """What was not taken out of an archive, and an archive with nothing in it."""
    advice = Text(
        "请解压后把需要的文件直接放入文件夹，重新运行。其余文件已照常处理。",
        "Unpack it, put the files that matter into the folder and run again. The others were processed.",
    )
    empty = Text("压缩包里没有文件。", "The archive holds no file.")
    for note in reading.notes or (() if reading.members else (empty,)):
        yield Finding(
            rule="file.archive_left_out",
            severity=Severity.WARNING,
            where=reading.file,
            message=Text(f"{reading.file}：{note.zh}", f"{reading.file}: {note.en}"),
            advice=advice,
        )


_TAKE_AGAIN = Text(
    "请按要求重新拍摄或扫描原件（彩色、平放、四角完整、无反光）。",
    "Photograph or scan the original again: in colour, flat, all corners inside, no glare.",
)
_SAVE_AGAIN = Text(
    "请按上面的要求处理图片，替换原文件后重新运行。",
    "Change the picture as said above, replace the file and run again.",
)
_PERSON_AGAIN = Text(
    "请本人按要求重新拍摄核验照片（白色背景、正面免冠、露出双肩）。",
    "Take the person's photo again: white wall, facing the camera, no hat, both shoulders inside.",
)
_WHAT_TO_DO = {
    "upright": Text(
        "请把图片转正后保存，替换原文件再运行；不必重拍。",
        "Turn the picture upright, save it over the file and run again; it need not be taken again.",
    ),
    "format": _SAVE_AGAIN,
    "file_size": _SAVE_AGAIN,
    "content": _SAVE_AGAIN,
    "validity": Text(
        "请用换领后的新证替换本文件，再重新运行。", "Put the renewed certificate in this one's place and run again."
    ),
    "face": _PERSON_AGAIN,
    "shoulders": _PERSON_AGAIN,
    "white_background": _PERSON_AGAIN,
}
"""What to do about a failed check, where taking the picture of the paper again would not help."""


def _image(reading: Reading, check: ImageCheck) -> Finding:
    severity = Severity.BLOCKER if check.code in IMAGE_BLOCKERS else Severity.WARNING
    return Finding(
        rule=f"image.{check.code}",
        severity=severity,
        where=reading.file,
        message=Text(f"{reading.file}：{check.message.zh}", f"{reading.file}: {check.message.en}"),
        advice=_WHAT_TO_DO.get(check.code, _TAKE_AGAIN),
    )


def _package_warnings(reading: Reading) -> Iterator[Finding]:
    for warning in (reading.package or {}).get("warnings") or ():
        message = warning["message"]
        text = Text(message["zh"], message["en"]) if isinstance(message, Mapping) else Text(str(message), str(message))
        yield Finding(
            rule=f"app.{warning['code']}",
            severity=Severity.WARNING,
            where=reading.file,
            message=Text(f"{reading.file}：{text.zh}", f"{reading.file}: {text.en}"),
            advice=Text("请核对后再填写 APP 特征信息。", "Check this before using the APP features."),
        )


def _sdks(readings: Sequence[Reading]) -> Iterator[Finding]:
    """Third-party SDKs seen in a package: the APP form asks for each, with vendor and kind."""
    for reading in readings:
        seen = (reading.package or {}).get("sdks") or ()
        if seen:
            zh = "；".join(f"{one['name']}（{one['vendor']}，{one['category']}）" for one in seen)
            yield Finding(
                rule="app.sdks_found",
                severity=Severity.NOTE,
                where=reading.file,
                message=Text(
                    f"{reading.file} 中发现 {len(seen)} 个第三方 SDK：{zh}。",
                    f"{reading.file} holds {len(seen)} third-party SDKs: {', '.join(one['name'] for one in seen)}.",
                ),
                advice=Text(
                    "请与开发人员确认，并在 filing.yaml 的 apps 下填写 sdk_use 和 sdks（名称、服务商、类型）。",
                    "Confirm with the developers, and give sdk_use and sdks (name, vendor, category) under apps in filing.yaml.",
                ),
            )


def of_evidence(filing: Filing) -> tuple[Finding, ...]:
    """Values that sources disagree on, and values that were read with doubt."""
    found: list[Finding] = []
    # one reading serves several roles: it is confirmed, or doubted, once
    kinds = _kinds(filing.documents)
    settled = {
        _place(one)
        for evidence in filing.evidence.values()
        if _confirmed(evidence, kinds)
        for one in _agreeing(evidence)
    }
    told: set[tuple[object, ...]] = set()
    for path, evidence in filing.evidence.items():
        for finding in _disagreement(path, evidence):
            pair = tuple(_place(one) for one in finding.evidence if one.method != claims.DERIVED)
            found += [] if pair in told else [finding]
            told.add(pair)
        if _place(evidence[0]) not in settled:
            doubts = tuple(_unsure(path, evidence))
            settled |= {_place(evidence[0])} if doubts else set()
            found += doubts
    return tuple(found)


def _place(evidence: Evidence) -> tuple[object, ...]:
    return evidence.sha256, evidence.page, evidence.box, evidence.value


def _disagreement(path: str, evidence: Sequence[Evidence]) -> Iterator[Finding]:
    chosen = evidence[0]
    others = [one for one in evidence[1:] if one.method != claims.DERIVED and not same_value(one.value, chosen.value)]
    if not others or chosen.method == claims.DERIVED:
        return
    other = min(others, key=rank)
    zh, en = fields.label(path), _sentence(fields.label(path, "en"))
    yield Finding(
        rule="evidence.disagreement",
        severity=Severity.WARNING,
        where=path,
        message=Text(
            f"{zh}有两个不同的值：{_origin(chosen)}为“{chosen.value}”，{_origin(other)}为“{other.value}”。已采用前者。",
            f"{en} has two values: {_origin(chosen, 'en')} says {chosen.value!r}, {_origin(other, 'en')} says {other.value!r}. The first was used.",
        ),
        advice=Text(
            "请对照原件确认；如前者有误，请改正 filing.yaml 或更换材料。",
            "Compare with the original; if the first is wrong, mend filing.yaml or replace the paper.",
        ),
        evidence=tuple(evidence),
    )


def _sentence(words: str) -> str:
    """Words as the beginning of a sentence; abbreviations such as APP stay as they are."""
    return words[:1].upper() + words[1:]


def _origin(evidence: Evidence, lang: str = "zh") -> str:
    place = evidence.file or "filing.yaml"
    if evidence.page > 1:
        place += f" 第 {evidence.page} 页" if lang == "zh" else f" page {evidence.page}"
    return place


def _unsure(path: str, evidence: Sequence[Evidence]) -> Iterator[Finding]:
    chosen = evidence[0]
    if not _is_doubtful(chosen):
        return
    careful = path.rpartition(".")[2] in CAREFUL_LEAVES
    zh, en = fields.label(path), _sentence(fields.label(path, "en"))
    yield Finding(
        rule="evidence.unsure",
        severity=Severity.WARNING if careful else Severity.NOTE,
        where=path,
        message=Text(
            f"{zh}“{chosen.value}”识别把握不大（{_percent(chosen.confidence)}），读自 {_origin(chosen)}。",
            f"{en} {chosen.value!r} was read with doubt ({_percent(chosen.confidence)}) from {_origin(chosen, 'en')}.",
        ),
        advice=Text(
            "请对照材料包中的截图核对；有误时在 filing.yaml 中写上正确的值。",
            "Compare it with the crop in the bundle; if wrong, type the right value into filing.yaml.",
        ),
        evidence=(chosen,),
    )


def _percent(confidence: float) -> str:
    """Rounded down, as the bundle shows it beside the value."""
    return f"{int(confidence * 100)}%"


def _agreeing(evidence: Sequence[Evidence]) -> list[Evidence]:
    return [one for one in evidence if same_value(one.value, evidence[0].value)]


def _is_doubtful(evidence: Evidence) -> bool:
    return evidence.method.startswith("ocr") and evidence.confidence < SURE


def _kinds(documents: Iterable[Document]) -> Mapping[str, frozenset[str]]:
    """Which kinds of paper each file holds."""
    kinds: dict[str, frozenset[str]] = {}
    for document in documents:
        kinds[document.sha256] = kinds.get(document.sha256, frozenset()) | {document.kind}
    return kinds


def _confirmed(evidence: Sequence[Evidence], kinds: Mapping[str, frozenset[str]]) -> bool:
    """Whether a second, independent source says the same.

    Two doubtful readings of one kind of paper are not independent: a reader takes the same print for the same look-alike.
    """
    first = evidence[0]
    others = (one for one in evidence[1:] if one.method != claims.DERIVED and one.sha256 != first.sha256)
    return any(
        same_value(one.value, first.value)
        and not (_is_doubtful(one) and kinds.get(one.sha256) == kinds.get(first.sha256))
        for one in others
    )


def doubtful_as_warnings(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Blockers that rest on a value read with doubt become warnings: first the value, then the judgement."""
    for finding in findings:
        evidence = finding.evidence[:1]
        doubted = bool(evidence) and _is_doubtful(evidence[0])
        yield _asking(finding, evidence[0]) if doubted and finding.severity is Severity.BLOCKER else finding


def _asking(finding: Finding, evidence: Evidence) -> Finding:
    return replace(
        finding,
        severity=Severity.WARNING,
        advice=Text(
            f"该值识别把握不大（{_percent(evidence.confidence)}），请先核对原件。如属实：{finding.advice.zh}",
            f"The value was read with doubt ({_percent(evidence.confidence)}): look at the original first. If it is right: {finding.advice.en}",
        ),
    )


ORDER = {Severity.BLOCKER: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def not_told_by_rules(of_files: Sequence[Finding], of_rules: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings about files without a validity that a rule found fault with already: one fault is told once."""
    told = {
        evidence.file
        for one in of_rules
        if one.where.endswith(".valid_to")
        for evidence in one.evidence
        if evidence.chosen
    }
    return tuple(one for one in of_files if one.rule != "image.validity" or one.where not in told)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Blockers first, then warnings, then notes; the same order every time."""
    return tuple(sorted(findings, key=lambda one: (ORDER[one.severity], one.rule, one.where, one.message.en)))
