"""The command `fill`: labels of templates, anchors beside them, what is left is shown."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from generators.fill_assign import assign
from generators.fill_places import Place as Blank
from pipeline import fill_command, own_templates
from pipeline.exports import template_values
from pipeline.model import Operation
from tests.pipeline.export_filings import VALUES, filing, template


@pytest.mark.parametrize(
    ("label", "path"),
    [
        ("主办单位名称", "entity.name"), ("统一社会信用代码", "entity.certificate.number"), ("通信地址", "entity.mail_address"),
        ("主体负责人证件号码", "entity_person.certificate.number"), ("entity_person_cert_no", "entity_person.certificate.number"),
        ("service_person_mobile", "service_person.mobile"), ("法定代表人姓名", "entity.legal_person.name"),
        ("APP名称", "apps[0].name"), ("app_name", "apps[0].name"), ("APP包名", "apps[0].platforms[0].package_name"),
        ("域名", "apps[0].domains[0].name"), ("域名列表", "apps[0].domains"), ("证件号码", ""), ("手机号码", "entity_person.mobile"), ("备注", ""),
    ],
)  # fmt: skip
def test_labels_of_templates_lead_to_one_value_or_none(label: str, path: str) -> None:
    assigned, _ = assign([Blank(label)], template_values.entries(filing()))
    assert [place.path for place in assigned] == ([path] if path else [])


def test_codes_become_chinese_words_and_ticks() -> None:
    found = template_values.entries(filing())
    texts = {entry.path: entry.value for entry in found if entry.ticked is None}
    ticked = {entry.path for entry in found if entry.ticked}
    assert (texts["entity.nature"], texts["entity.certificate.type"]) == ("企业", "营业执照（个人或企业）")
    assert ticked == {"entity.nature=enterprise", f"filing.operation={Operation.FIRST_FILING}", "filing.service=apps"}
    assert "filing.submit_date" not in texts, "dates of submission are left open"


def test_a_template_is_filled_beside_and_what_is_left_is_shown(tmp_path: Path) -> None:
    form = template(tmp_path / "表.xlsx", ["主办单位名称", "姓名", "单位盖章"])
    out = tmp_path / "filled.xlsx"
    shown, lacking = fill_command.fill(form, filing(), out)
    assert openpyxl.load_workbook(out).active["B1"].value == VALUES["entity.name"]
    assert {one["label"]: one["why"] for one in shown["left"]} == {"姓名": "ambiguous", "单位盖章": "never"}
    assert lacking
    assert "姓名" in fill_command.as_text(shown, "zh")


def test_anchors_beside_a_template_are_used_and_a_changed_template_is_refused(tmp_path: Path) -> None:
    form = template(tmp_path / "表.xlsx", ["主办单位名称", "手机号码"])
    shown = fill_command.learn(form, None, None)
    anchors = Path(shown["anchors"])
    text = anchors.read_text("utf-8")
    head, _, tail = text.partition("label: 手机号码\n  path: ''")
    anchors.write_text(f"{head}label: 手机号码\n  path: service_person.mobile{tail}", "utf-8")
    out = tmp_path / "filled.xlsx"
    _, lacking = fill_command.fill(form, filing(), out)
    assert not lacking
    assert openpyxl.load_workbook(out).active["B2"].value == "13800000021"
    template(form, ["主办单位名称", "手机号码", "新的一行"])
    with pytest.raises(own_templates.TemplateProblem) as caught:
        fill_command.fill(form, filing(), tmp_path / "other.xlsx")
    assert (caught.value.code, caught.value.exit_code) == ("template_mismatch", 1)
    assert not (tmp_path / "other.xlsx").exists()


def test_edited_anchors_and_the_template_are_not_overwritten(tmp_path: Path) -> None:
    from pipeline.errors import UsageError

    form = template(tmp_path / "表.xlsx", ["主办单位名称"])
    fill_command.learn(form, None, None)
    with pytest.raises(UsageError, match="exist"):
        fill_command.learn(form, None, None)
    with pytest.raises(UsageError, match="replace"):
        fill_command.fill(form, filing(), form)
    with pytest.raises(UsageError, match="cannot be read"):
        fill_command.fill(tmp_path / "none.pdf", filing(), tmp_path / "o.pdf")
