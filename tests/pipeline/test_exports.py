"""A filing in other systems' shapes: each value at its place, nothing invented, what is lacking named."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest

from extractors.paper import Paper
from pipeline import batch, cli, cli_parser, export_command
from pipeline.build import build_filing, plain
from pipeline.exports import codes, convert, douyin, sheets, wechat
from pipeline.exports.mapping import Exported, Row, Work
from pipeline.exports.materials import Letter
from pipeline.model import Document, Evidence, Filing, Text
from pipeline.reading import Reading
from pipeline.rulebook import load_rulebook
from tests.pipeline import papers
from tests.pipeline.export_filings import DOCUMENTS, SHA, VALUES, filing, template

SAMPLE = Path(__file__).parents[2] / "samples/js_enterprise_app/in"


TARGETS = {"wechat": wechat, "douyin": douyin}


def schema(name: str) -> dict[str, Any]:
    text = resources.files("pipeline").joinpath(f"exports/{name}.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def exported(name: str, one: Filing, letters: Sequence[Letter] = ()) -> Exported:
    return export_command.BODIES[name](one, letters)


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict) and not {"media", "path"} & set(tree):
        for key, value in tree.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    else:
        yield path, tree


def place_in(one: dict[str, Any], target: str) -> dict[str, Any] | None:
    """The part of a schema that speaks of a dotted place."""
    for step in target.partition("[")[0].split("."):
        one = one.get("properties", {}).get(step)
        if one is None:
            return None
    return one


INDIVIDUAL = {
    "entity.nature": "individual",
    "entity.name": "古丽娜·阿迪力",
    "entity.certificate.type": "resident_id",
    "entity.certificate.number": "320105199402274825",
    "entity.legal_person.name": None,
    "entity.legal_person.certificate.number": None,
}
FILINGS = {
    "unit": filing(),
    "individual": filing(INDIVIDUAL),
    "long term": filing({"entity_person.certificate.valid_to": "长期"}),
    "approval": filing({"apps[0].pre_approvals[0].category": "出版", "apps[0].pre_approvals[0].number": "苏-12345号"}),
    "hardly anything": build_filing("F2", {"entity.name": "某样本公司"}),
    "nothing": Filing("F3"),
}


CAME_BACK = tuple(
    Letter(template, Text("函件", "letter"), f"{template}.jpg", SHA)
    for template in ("commitment_letter", "authorisation_both", "jiangsu_notice", "no_training", "no_finance")
)
NOT_YET = tuple(replace(letter, file="", sha256="") for letter in CAME_BACK)


@pytest.mark.parametrize("name", TARGETS)
def test_signed_letters_are_in_the_body_and_unsigned_ones_are_missing(name: str) -> None:
    done, open_ = exported(name, filing(), CAME_BACK), exported(name, filing(), NOT_YET)
    jsonschema.Draft202012Validator(schema(name)).validate(done.body)
    text = json.dumps(done.body)
    assert not [one for one in CAME_BACK if one.file not in text]
    assert {one.target for one in open_.missing} - {one.target for one in done.missing} >= {
        "wechat": {"icp_materials.commitment_letter", "icp_materials.subject_other_materials"},
        "douyin": {"corp_info.corp_commitment", "corp_info.corp_other_materials"},
    }[name]
    assert not [one for one in done.missing if "authority_letter" in one.target or "authorization_letter" in one.target]


def test_jiangsu_asks_wechat_for_the_spoken_promise() -> None:
    made = exported("wechat", filing(), [Letter("jiangsu_commitment", Text("承诺书", "commitment"))])
    assert {"icp_materials.promise_video", "icp_materials.authenticity_commitment_letter"} <= {
        one.target for one in made.missing
    }


def test_a_scan_is_known_by_the_title_printed_on_it() -> None:
    scan = Reading(
        "扫描3.jpg", SHA, 9, "letter", papers=(Paper("letter", texts=("互联网信息服务备案承诺书", "广东省…")),)
    )
    prepared = batch.judge("F1", [papers.licence(), scan], None, load_rulebook(()), date(2026, 11, 20))
    found = {one.template: one.file for one in export_command.letters_of(prepared)}
    assert found["commitment_letter"] == "扫描3.jpg" and "filing_information_sheet" not in found


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("one", FILINGS.values(), ids=FILINGS)
def test_every_body_keeps_to_its_schema(name: str, one: Filing) -> None:
    jsonschema.Draft202012Validator(schema(name)).validate(exported(name, one).body)


@pytest.mark.parametrize("name", TARGETS)
def test_the_schema_is_a_schema_and_knows_every_row(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    for row in TARGETS[name].ROWS:
        assert place_in(schema(name), row.target), row.target


@pytest.mark.parametrize("name", TARGETS)
def test_the_schema_refuses_what_it_does_not_know(name: str) -> None:
    body = exported(name, filing()).body
    block = next(iter(body))
    for wrong in ({**body, "extra": 1}, {**body, block: {**body[block], "extra": 1}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema(name)).validate(wrong)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("one", FILINGS.values(), ids=FILINGS)
def test_what_is_missing_is_named_in_two_languages_and_not_in_the_body(name: str, one: Filing) -> None:
    made = exported(name, one)
    filled = {path for path, _ in leaves(made.body)}
    for missing in made.missing:
        assert missing.target not in filled
        assert place_in(schema(name), missing.target), missing.target
        assert missing.message.zh
        assert missing.message.en.isascii() or "以上都不涉及" in missing.message.en or "approval" in missing.message.en


@pytest.mark.parametrize("name", TARGETS)
def test_each_needed_row_is_either_filled_or_missing(name: str) -> None:
    for one in FILINGS.values():
        made = exported(name, one)
        work = Work(one, "apps[0]" if one.apps or not one.websites else "websites[0]")
        filled = {path for path, _ in leaves(made.body)}
        lacking = {missing.target for missing in made.missing}
        rows: tuple[Row, ...] = TARGETS[name].ROWS
        assert {row.target for row in rows if row.needed and row.when(work)} <= filled | lacking


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_invented_for_an_empty_filing(name: str) -> None:
    assert [value for _, value in leaves(exported(name, Filing("F")).body) if value not in ({}, False)] == []


def test_the_wechat_body_of_a_unit() -> None:
    body = wechat.body(filing()).body
    picture = {"media": "负责人.pdf", "sha256": SHA, "pages": [2, 3]}
    leader = {
        "name": "古丽娜·阿迪力",
        "mobile": "13800000021",
        "email": "beian@wutong-specimen.cn",
        "emergency_contact": "13800000022",
        "certificate_type": 2,
        "certificate_number": "320105199402274825",
        "certificate_validity_date_start": "20240101",
        "certificate_validity_date_end": "20440101",
        "certificate_photo_front": {**picture, "side": "front"},
        "certificate_photo_back": {**picture, "side": "back"},
    }
    assert body == {
        "icp_subject": {
            "base_info": {
                "type": 4,
                "name": "南京梧桐样本信息技术有限公司",
                "province": "320000",
                "address": "样本东路100号5幢801室",
            },
            "organize_info": {
                "certificate_type": 1,
                "certificate_number": "91320102MA2W6T4H6Y",
                "certificate_address": "南京市玄武区样本东路100号5幢801室",
                "certificate_photo": {"media": "执照.jpg", "sha256": SHA},
            },
            "principal_info": leader,
            "legal_person_info": {"name": "徐喆", "certificate_number": "320102196809033350"},
        },
        "icp_applets": {
            "base_info": {"service_content_types": [2], "comment": VALUES["apps[0].remark"]},
            "principal_info": leader,
        },
    }


def test_the_wechat_body_of_an_individual_has_no_unit_and_no_legal_person() -> None:
    made = wechat.body(filing(INDIVIDUAL))
    assert made.body["icp_subject"]["base_info"]["type"] == 5
    assert not {"organize_info", "legal_person_info"} & set(made.body["icp_subject"])
    assert not [one for one in made.missing if "authorization_letter" in one.target]


@pytest.mark.parametrize(("province", "asked"), [("江苏", False), ("广东", True)])
def test_a_person_away_from_home_is_asked_for_a_residence_permit(province: str, asked: bool) -> None:
    target = "icp_subject.personal_info.residence_permit"
    one = filing({**INDIVIDUAL, "filing.province": province})
    assert (target in {missing.target for missing in wechat.body(one).missing}) is asked
    permit = Document("residence_front", "居住证.jpg", SHA)
    with_permit = wechat.body(filing({**INDIVIDUAL, "filing.province": province}, documents=(*DOCUMENTS, permit)))
    assert ("personal_info" in with_permit.body["icp_subject"]) is asked


def test_what_the_person_has_to_type_is_named_by_its_path() -> None:
    made = wechat.body(filing({"entity_person.mobile": None, "apps[0].remark": "太短"}))
    found = {one.target: (one.path, one.message.zh) for one in made.missing}
    path, words = found["icp_subject.principal_info.mobile"]
    assert path == "entity_person.mobile"
    assert "主体负责人手机号" in words
    assert found["icp_applets.base_info.comment"][0] == "apps[0].remark"


def test_wechat_is_told_of_a_pre_approval_and_else_asks_for_none_of_the_above() -> None:
    approved = wechat.body(FILINGS["approval"])
    assert approved.body["icp_applets"]["base_info"]["nrlx_details"] == [{"type": 2, "code": "苏-12345号"}]
    assert "icp_applets.base_info.nrlx_details[0].media" in {one.target for one in approved.missing}
    plainly = wechat.body(filing())
    assert "nrlx_details" not in plainly.body["icp_applets"]["base_info"]
    assert [one for one in plainly.missing if "以上都不涉及" in one.message.zh]


def test_the_douyin_body_of_a_unit() -> None:
    body = douyin.body(filing()).body
    corp, app = body["corp_info"], body["app_info"]
    assert corp["corp_type"] == 4
    assert corp["credentials_pic"] == {"path": {"media": "执照.jpg", "sha256": SHA}}
    assert (corp["province_code"], corp["province_name"]) == ("320000", "江苏省")
    assert (corp["city_name"], corp["region_name"]) == ("南京市", "玄武区")
    assert corp["communication_address"] == VALUES["entity.mail_address"]
    assert corp["incharge_people_credentials_valid_start_time"] == 1704038400
    assert corp["incharge_people_credentials_has_end_time"] is True
    assert app["involve_pre_approval"] is False
    assert app["incharge_people_phone"] == "13800000021"


def test_a_certificate_without_end_has_no_end_time_for_douyin() -> None:
    made = douyin.body(FILINGS["long term"])
    assert made.body["corp_info"]["incharge_people_credentials_has_end_time"] is False
    assert "incharge_people_credentials_valid_end_time" not in made.body["corp_info"]
    assert not [one for one in made.missing if "valid_end_time" in one.target]


def test_services_beside_the_first_are_named() -> None:
    several = filing({"apps[1].name": "第二个样本", "websites[0].name": "样本网站"})
    assert wechat.body(several).not_included == ("第二个样本", "样本网站")


@pytest.mark.parametrize(
    ("province", "address", "parts"),
    [
        ("江苏", "江苏省南京市玄武区样本东路100号", ("江苏", "南京市", "玄武区", "样本东路100号")),
        ("江苏", "南京市玄武区样本东路100号", ("江苏", "南京市", "玄武区", "样本东路100号")),
        ("江苏", "江苏省苏州市昆山市样本路1号", ("江苏", "苏州市", "昆山市", "样本路1号")),
        ("北京", "北京市朝阳区高碑店路181号1栋", ("北京", "", "朝阳区", "高碑店路181号1栋")),
        ("北京", "北京市东城区东市口大街2号", ("北京", "", "东城区", "东市口大街2号")),
        ("重庆", "重庆市云阳县样本镇3号", ("重庆", "", "云阳县", "样本镇3号")),
        ("广东", "广东省东莞市南城街道样本路5号", ("广东", "东莞市", "", "南城街道样本路5号")),
        ("内蒙古", "内蒙古自治区锡林郭勒盟东乌珠穆沁旗样本街1号", ("内蒙古", "锡林郭勒盟", "东乌珠穆沁旗", "样本街1号")),
        ("四川", "四川省凉山彝族自治州木里藏族自治县样本路9号", ("四川", "凉山彝族自治州", "木里藏族自治县", "样本路9号")),
        ("", "样本路9号", ("", "", "", "样本路9号")),
    ],
)  # fmt: skip
def test_addresses_are_cut_at_province_city_and_district(province: str, address: str, parts: tuple[str, ...]) -> None:
    one = filing({"filing.province": province or None, "entity.mail_address": address})
    assert convert.split_address(Work(one, "apps[0]"), "entity.mail_address") == parts


@pytest.mark.parametrize(
    ("province", "address", "code", "name"),
    [
        ("北京", "北京市朝阳区高碑店路181号", "110100", "市辖区"),
        ("重庆", "重庆市云阳县样本镇3号", None, None),
        ("江苏", "江苏省南京市玄武区样本东路", None, "南京市"),
    ],
)
def test_only_a_municipality_gives_its_city_code(
    province: str, address: str, code: str | None, name: str | None
) -> None:
    work = Work(filing({"filing.province": province, "entity.mail_address": address}), "apps[0]")
    assert convert.city_code(work, "entity.mail_address") == code
    assert convert.city_name(work, "entity.mail_address") == name


@pytest.mark.parametrize(
    ("contents", "ids"),
    [(("招聘",), [2]), (("招聘", "生活缴费"), [2, 1]), (("31", "招聘"), [31, 2]), (("工具",), None), ((), [])],
)
def test_a_service_content_without_a_known_number_is_not_guessed(
    contents: tuple[str, ...], ids: list[int] | None
) -> None:
    work = Work(filing({"apps[0].content_types": contents}), "apps[0]")
    assert convert.content_ids(wechat.KNOWN_CONTENTS)(work, "apps[0].content_types") == ids


def test_the_same_certificate_has_another_number_under_another_nature() -> None:
    from pipeline.model import EntityNature

    assert codes.certificate_code("organisation_code", EntityNature.ENTERPRISE) == 12
    assert codes.certificate_code("organization_code", EntityNature.LAW_FIRM) == 20
    assert codes.certificate_code("business_licence", EntityNature.INDIVIDUAL) is None


def many_domains(count: int) -> Filing:
    domains = {f"apps[0].domains[{number}].name": f"d{number}.specimen.cn" for number in range(count)}
    platforms = {"apps[0].platforms[0].platform": "android", "apps[0].platforms[1].platform": "ios"}
    return filing({**domains, **platforms, "apps[1].name": "第二个", "apps[1].domains[0].name": "second.specimen.cn"})


@pytest.mark.parametrize(("count", "in_sheets"), [(1, [2]), (19, [20]), (20, [20, 1]), (45, [20, 20, 6])])
def test_no_batch_sheet_has_more_than_20_domains(count: int, in_sheets: list[int]) -> None:
    pieces = sheets.batch_sheets(many_domains(count))
    assert [len({row[1] for row in rows[1:]}) for _, rows in pieces] == in_sheets
    rows = [row for _, piece in pieces for row in piece[1:]]
    assert len(rows) == 2 * count + 1, "each domain once a platform"
    assert all(len(row) == len(sheets.BATCH_HEAD) for row in rows)


def test_the_workbook_holds_every_value_with_its_source_as_text() -> None:
    key = "9" * 617
    evidence = {
        "entity.name": (
            Evidence("别名", "ocr", chosen=False),
            Evidence("名", "ocr", file="执照.jpg", page=1, confidence=0.98),
        )
    }
    one = build_filing("F1", {**VALUES, "apps[0].platforms[0].public_key": key}, evidence=evidence)
    book = openpyxl.load_workbook(io.BytesIO(sheets.book(one)))
    rows = {row[0]: row[1:] for row in book["全部字段"].iter_rows(values_only=True)}
    assert rows["entity.name"] == ("主办单位名称", VALUES["entity.name"], "执照.jpg", "1", "0.98")
    assert rows["apps[0].platforms[0].public_key"][1] == key
    assert book.sheetnames == ["全部字段", "APP批量导入1"]
    assert sheets.book(one) == sheets.book(one)


def test_a_body_goes_to_its_file_alone_and_the_rest_is_shown(tmp_path: Path) -> None:
    out = tmp_path / "wechat.json"
    shown, lacking = export_command.export(filing(), "wechat", out, tmp_path)
    assert json.loads(out.read_text("utf-8")) == wechat.body(filing()).body
    assert lacking
    assert "body" not in shown
    assert {"target", "path", "zh", "en"} == set(shown["missing"][0])


def test_the_json_export_is_the_filing_as_it_is(tmp_path: Path) -> None:
    shown, lacking = export_command.export(filing(), "json", None, tmp_path)
    assert (shown, lacking) == (plain(filing()), False)


def test_a_place_that_cannot_be_written_is_an_environment_problem(tmp_path: Path) -> None:
    from pipeline.errors import EnvironmentProblem

    with pytest.raises(EnvironmentProblem):
        export_command.export(filing(), "json", tmp_path / "none" / "a.json", tmp_path)


def test_the_command_offers_all_formats() -> None:
    for name in export_command.FORMATS:
        assert cli_parser.build_parser().parse_args(["export", "x", "--format", name]).format == name


@pytest.mark.parametrize("arguments", [["fill", "x.pdf"], ["export", "x", "--format", "html"]])
def test_wrong_usage_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*arguments, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"


@pytest.mark.slow
def test_the_sample_folder_is_exported_and_fills_a_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", str(SAMPLE), "--format", "douyin", "--today", "2026-11-20"]) == 1
    shown = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema("douyin")).validate(shown["body"])
    assert shown["body"]["corp_info"]["credentials_number"] == "91320102MA2W6T4H6Y"
    form = template(tmp_path / "表.xlsx", ["主办单位名称：", "APP包名："])
    out = tmp_path / "filled.xlsx"
    assert (
        cli.main(["fill", str(form), str(SAMPLE), "--out", str(out), "--today", str(date(2026, 11, 20)), "--json"]) == 0
    )
    assert openpyxl.load_workbook(out).active["B2"].value == "cn.wutongspecimen.notes"
