from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pytest
import yaml

from generators import form_text, form_views, forms
from generators.cjk import Para, Style
from generators.errors import DoesNotFit, MissingGlyph, TemplateMismatch

TextOf = Callable[[bytes], str]
ALL = forms.template_ids()
MILESTONE = {
    "filing_information_sheet",
    "commitment_letter",
    "commitment_letter_site",
    "authorisation_entity",
    "authorisation_service",
    "authorisation_both",
    "app_feature_sheet",
    "jiangsu_notice",
    "jiangsu_commitment",
}


def pages_of(pdf: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_the_forms_of_the_first_milestone_are_there() -> None:
    assert set(ALL) >= MILESTONE


@pytest.mark.parametrize("template", ALL)
def test_each_form_says_who_needs_it_who_signs_and_where_it_comes_from(template: str) -> None:
    spec = forms.describe(template)
    assert spec.id == template and spec.title.zh and spec.title.en and spec.who.zh and spec.who.en
    assert spec.source and spec.official_wording is False
    assert set(spec.sign) | set(spec.sign_individual) <= set(forms.SIGNS)


@pytest.mark.parametrize("template", ALL)
def test_each_form_is_drawn_with_all_some_and_no_values(
    template: str, filing: dict[str, Any], individual: dict[str, Any]
) -> None:
    for values in (filing, individual, {}):
        assert pages_of(forms.render(template, values)) <= 4


@pytest.mark.parametrize("template", ALL)
def test_every_font_of_each_form_is_embedded(
    template: str, filing: dict[str, Any], bare_fonts: Callable[[bytes], list[str]]
) -> None:
    pdf = forms.render(template, filing)
    assert bare_fonts(pdf) == []
    assert b"Helvetica" not in pdf


@pytest.mark.parametrize("template", [t for t in ALL if forms.describe(t).kind == "letter"])
def test_letters_stay_on_one_page_besides_the_jiangsu_script(template: str, filing: dict[str, Any]) -> None:
    assert pages_of(forms.render(template, filing)) == (2 if template == "jiangsu_commitment" else 1)


def test_rare_names_are_read_back_from_the_page(filing: dict[str, Any], text_of: TextOf, poppler_text: TextOf) -> None:
    filing["entity"]["legal_person"]["name"] = "张𫖯"
    filing["entity"]["remark"] = "李䶮"
    pdf = forms.render("filing_information_sheet", filing)
    for text in (text_of(pdf), poppler_text(pdf)):
        for name in (
            "欧阳𬭎",
            "买买提·艾力㛃",
            "张𫖯",
            "李䶮",
            "深圳市云帆样本科技有限公司",
            filing["entity_person"]["certificate"]["number"],
        ):
            assert name in text


def test_a_name_of_han_and_latin_is_copied_without_blanks(
    filing: dict[str, Any], poppler_words: Callable[[bytes], str]
) -> None:
    filing["entity"]["name"] = "深圳ABC云帆2026科技有限公司"
    for template in ("filing_information_sheet", "commitment_letter", "authorisation_both"):
        assert "深圳ABC云帆2026科技有限公司" in poppler_words(forms.render(template, filing))


def test_pdfium_reads_the_same_values(filing: dict[str, Any]) -> None:
    document = pypdfium2.PdfDocument(forms.render("authorisation_entity", filing))
    text = "".join(document[0].get_textpage().get_text_range().split())
    document.close()
    assert "欧阳𬭎" in text and filing["entity"]["certificate"]["number"] in text


@pytest.mark.parametrize("template", sorted(MILESTONE - {"commitment_letter_site"}))
def test_the_entity_is_named_on_each_form(template: str, filing: dict[str, Any], text_of: TextOf) -> None:
    assert "深圳市云帆样本科技有限公司" in text_of(forms.render(template, filing))


def test_the_information_sheet_shows_every_value_of_the_filing(filing: dict[str, Any], text_of: TextOf) -> None:
    text = text_of(forms.render("filing_information_sheet", filing))
    hidden = re.compile(r"^(operation|province|provider|submit_date)$|nature$|type$|public_key$|sha|md5|platform$")
    for path, value in form_views.flatten(filing).items():
        if not hidden.search(path):
            printed = form_text.date_zh(value) if re.search("valid|expires", path) else value
            assert "".join(printed.split()) in text, path


def test_the_feature_sheet_holds_the_whole_key_and_all_fingerprints(filing: dict[str, Any], text_of: TextOf) -> None:
    text = text_of(forms.render("app_feature_sheet", filing))
    for features in filing["apps"][0]["platforms"]:
        for key in ("package_name", "public_key", "md5", "sha1", "sha256"):
            assert features.get(key, "") in text


def test_missing_values_leave_a_rule_and_no_words(text_of: TextOf) -> None:
    text = text_of(forms.render("authorisation_entity", {}))
    assert "None" not in text and "null" not in text
    assert "兹授权（号码）担任我单位的主体负责人" in text


def test_units_and_individuals_get_their_own_commitment(
    filing: dict[str, Any], individual: dict[str, Any], text_of: TextOf
) -> None:
    unit, person = (text_of(forms.render("commitment_letter", values)) for values in (filing, individual))
    assert "单位盖章" in unit and "手印" not in unit
    assert "手印" in person and "单位盖章" not in person
    assert "广东：本人亲笔签名" in person


def test_what_people_must_do_depends_on_who_files(filing: dict[str, Any], individual: dict[str, Any]) -> None:
    assert [words.zh for words in forms.signs_for("commitment_letter", filing)] == [
        "加盖单位公章（不可用合同章、财务章）",
        "法定代表人亲笔签名",
        "手写签署日期",
    ]
    assert [words.zh for words in forms.signs_for("commitment_letter", individual)][:2] == ["本人亲笔签名", "按手印"]


@pytest.mark.parametrize("template", [t for t in ALL if forms.describe(t).compare])
def test_forms_with_prescribed_wording_ask_for_a_comparison(
    template: str, filing: dict[str, Any], text_of: TextOf
) -> None:
    assert "Comparewiththeprovider'scurrentdownload" in text_of(forms.render(template, filing))


@pytest.mark.parametrize("template", ALL)
def test_areas_for_a_hand_are_empty(template: str, filing: dict[str, Any], individual: dict[str, Any]) -> None:
    for values in (filing, individual):
        rendered = forms.render_marked(template, values)
        assert {area.kind for area in rendered.never} <= set(forms.describe(template).never)
        document = pypdfium2.PdfDocument(rendered.pdf)
        for area in rendered.never:
            page = document[area.page - 1]
            image = page.render(scale=2, grayscale=True).to_pil()
            top = image.height - 2 * (area.y + area.height)
            box = (2 * area.x + 3, top + 3, 2 * (area.x + area.width) - 3, image.height - 2 * area.y - 3)
            assert image.crop(tuple(round(side) for side in box)).getextrema()[0] > 250, area
        document.close()


@pytest.mark.parametrize("template", [t for t in ALL if forms.describe(t).sign])
def test_forms_to_be_signed_have_a_place_for_it(template: str, filing: dict[str, Any]) -> None:
    kinds = {area.kind for area in forms.render_marked(template, filing).never}
    assert kinds & {"sign", "seal"}


def test_a_date_of_signing_is_never_printed(filing: dict[str, Any], text_of: TextOf) -> None:
    for template in ALL:
        if forms.describe(template).kind == "letter":
            assert "2026年11月22日" not in text_of(forms.render(template, filing))


def test_the_file_carries_title_language_and_the_date_of_the_filing(filing: dict[str, Any]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(forms.render("commitment_letter", filing)))
    assert reader.metadata is not None
    assert reader.metadata.title == "互联网信息服务备案承诺书"
    assert reader.metadata["/CreationDate"].startswith("D:20261122")
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"


def test_a_character_without_a_font_stops_the_form_and_names_the_field(filing: dict[str, Any]) -> None:
    filing["websites"][0]["domains"][0]["owner"] = "某\ue5e5公司"
    with pytest.raises(MissingGlyph) as caught:
        forms.render("commitment_letter", filing)
    assert caught.value.field == "websites[0].domains[0].owner"


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(TemplateMismatch):
        forms.describe("no_such_form")
    with pytest.raises(TemplateMismatch):
        forms.render("../forms/commitment_letter", {})


PROGRAM = """
import hashlib, json, sys
from generators import forms
values = json.loads(sys.stdin.read())
print(hashlib.sha256(b"".join(forms.render(t, values) for t in forms.template_ids())).hexdigest())
"""


def test_two_processes_draw_the_same_bytes(filing: dict[str, Any]) -> None:
    root = Path(forms.__file__).parent.parent
    given = json.dumps(filing).encode()
    run = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM], input=given, cwd=root, capture_output=True, check=True, timeout=120
        )
        for _ in range(2)
    ]
    here = hashlib.sha256(b"".join(forms.render(template, filing) for template in ALL)).hexdigest().encode()
    assert run[0].stdout.strip() == run[1].stdout.strip() == here


def test_long_lists_run_over_pages_with_their_head_repeated(filing: dict[str, Any], text_of: TextOf) -> None:
    filing["websites"][0]["domains"] = [{"name": f"d{number}.example.cn", "owner": "某公司"} for number in range(80)]
    pdf = forms.render("filing_information_sheet", filing)
    text = text_of(pdf)
    assert all(f"d{number}.example.cn" in text for number in range(80))
    assert pages_of(pdf) > 4


def test_a_very_long_value_is_cut_over_pages(filing: dict[str, Any], text_of: TextOf) -> None:
    filing["websites"][0]["remark"] = "经营范围说明" * 900
    assert text_of(forms.render("filing_information_sheet", filing)).count("经营范围说明") >= 890


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"kind": "poster"}, "kind"),
        ({"sign": ["sign_the_cat"]}, "sign_the_cat"),
        ({"official_wording": True}, "official_wording"),
        ({"body": [{"shout": "x"}]}, "shout"),
        ({"body": [{"para": "{entity.Name}"}]}, "entity.Name"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_form_file_that_is_not_well_made_is_refused(change: dict[str, Any], word: str) -> None:
    data = yaml.safe_load((forms.FOLDER / "name_content_note.yaml").read_text(encoding="utf-8"))
    with pytest.raises(TemplateMismatch) as caught:
        forms._check({**data, **change}, "name_content_note.yaml")
    assert word in caught.value.en


@pytest.mark.parametrize(
    ("name", "full"),
    [("广东", "广东省"), ("北京", "北京市"), ("广西", "广西壮族自治区"), ("广东省", "广东省"), ("", "")],
)
def test_provinces_get_their_full_names(name: str, full: str) -> None:
    assert form_views.full_province(name) == full


@pytest.mark.parametrize(
    ("text", "scope", "expected"),
    [
        ("{a}", {"a": "x"}, [("x", "fill")]),
        ("{a|plain}", {"a": "x"}, [("x", "")]),
        ("{a.b[1].c|date}", {"a": {"b": [0, {"c": "2026-01-02"}]}}, [("2026年1月2日", "fill")]),
        ("{a|date}", {"a": "长期"}, [("长期", "fill")]),
        ("甲 {a} 乙", {"a": ["x", "y"]}, [("甲", ""), ("x、y", "fill"), ("乙", "")]),
        ("{a|4}", {}, [("", "blank")]),
        ("{_5}", {}, [("", "blank")]),
        ("{?a=x,y}{?a=z}{?a}{?}", {"a": "y"}, [("", "tick"), ("", "box"), ("", "tick"), ("", "box")]),
        ("{?a=true}{?a=false}", {"a": False}, [("", "box"), ("", "tick")]),
        ("{?a=true}{?a=false}", {}, [("", "box"), ("", "box")]),
        ("{a|algorithm|plain}", {"a": "sha1"}, [("SHA-1", "")]),
        ("{a|short|plain}", {"a": "营业执照（个人或企业）"}, [("营业执照", "")]),
        ("{a|plain}", {"a": [{"name": "x.cn", "owner": "y"}]}, [("x.cn", "")]),
        ("{a|groups|plain}", {"a": "12345678901234"}, [("1234567890 1234", "")]),
    ],
)
def test_tokens_become_values_rules_and_ticks(
    text: str, scope: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert [(run.text, run.mark) for run in form_text.make_runs(text, scope)] == expected


def test_a_value_longer_than_any_form_is_refused_by_name(filing: dict[str, Any]) -> None:
    filing["entity"]["remark"] = "长" * 30_000
    with pytest.raises(DoesNotFit) as caught:
        forms.render("filing_information_sheet", filing)
    assert "entity.remark" in caught.value.zh


def test_eight_threads_draw_what_one_draws(filing: dict[str, Any]) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: forms.render("commitment_letter", filing), range(40)))
    assert made == {forms.render("commitment_letter", filing)}


def test_a_tick_box_stays_with_its_word(filing: dict[str, Any]) -> None:
    runs = form_text.make_runs("{?} 新闻　" * 30, {}, rules=False)
    atoms, lines = Para(runs, Style(size=10, leading=15)).lines(200)
    assert len(lines) > 3
    assert not any(atoms[line.end - 1].char in "☐☑" for line in lines)


def test_many_domains_go_into_an_annex_of_the_letter(filing: dict[str, Any], text_of: TextOf) -> None:
    filing["websites"][0]["domains"] = [{"name": f"d{number}.example.cn"} for number in range(20)]
    pdf = forms.render("commitment_letter", filing)
    text = text_of(pdf)
    assert pages_of(pdf) == 2
    assert "d0.example.cn、d1.example.cn等21个域名（清单附后）" in text
    assert all(f"d{number}.example.cn" in text for number in range(20))
