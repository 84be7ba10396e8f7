"""Readers of the rarer papers, on lines alone, and the clean-up of values that readers get wrong."""

from __future__ import annotations

import pytest

from extractors.papers import idcard, kinds, letter, licence, passport, permits, preapproval
from extractors.papers.layout import SheetText, Value, below, one_body, same_row
from extractors.papers.wording import address_text
from extractors.vision.lines import Line
from tests.extractors.papers.test_layout import at
from tests.extractors.papers.test_papers import NUMBER, sheet, texts


def test_a_temporary_card_gives_both_sides_values_and_its_short_term_is_no_doubt() -> None:
    lines = sheet(
        at("中华人民共和国临时居民身份证", 250, 20),
        at("姓名张晓岚", 50, 60),
        at("性别女民族汉", 50, 110),
        at("住址", 50, 210),
        at("北京市朝阳区样本路1号", 150, 210),
        at("签发机关", 50, 260),
        at("北京市公安局朝阳分局", 200, 260),
        at("有效期限", 50, 310),
        at("2026.03.08-2026.06.07", 200, 310),
        at("公民身份号码", 50, 360),
        at(NUMBER, 250, 360),
    )
    values = idcard.read_temporary(lines)
    assert kinds.kind_of(lines) == "temporary_idcard"
    assert texts(values) | {"birth": "1949-12-31"} == texts(values)
    assert values["address"].value == "北京市朝阳区样本路1号"
    assert (values["valid_to"].value, values["valid_to"].confidence) == ("2026-06-07", 1.0)


def test_a_province_s_residence_permit_is_told_from_those_of_hong_kong() -> None:
    lines = sheet(
        at("广东省居住证", 350, 20),
        at("姓名", 50, 60),
        at("张晓岚", 200, 60),
        at("公民身份号码", 50, 110),
        at(NUMBER, 250, 110),
        at("居住地址", 50, 160),
        at("广州市天河区样本路18号", 200, 160),
        at("签发机关", 50, 210),
        at("广州市公安局天河分局", 200, 210),
    )
    values = texts(idcard.read_residence_permit(lines))
    assert kinds.kind_of(lines) == "residence_permit"
    assert (values["address"], values["authority"]) == ("广州市天河区样本路18号", "广州市公安局天河分局")


def test_a_foreign_resident_s_card_has_labels_in_two_languages() -> None:
    lines = sheet(
        at("外国人永久居留身份证", 50, 20),
        at("姓名/Name", 50, 70, 20),
        at("SCHMIDT, ANNA", 50, 100),
        at("性别/Sex", 50, 140, 20),
        at("女/F", 50, 170),
        at("国籍/Nationality", 50, 210, 20),
        at("德国/DEU", 50, 240),
        at("签发机关/Issuing Authority", 50, 280, 20),
        at("国家移民管理局", 50, 310),
        at("证件号码/ID No.", 50, 370, 20),
        at("DEU310099010112", 250, 370),
    )
    assert kinds.kind_of(lines) == "foreign_permanent_resident"
    assert texts(permits.read_foreign_resident(lines)) == {
        "name": "SCHMIDT, ANNA",
        "sex": "女",
        "country": "德国/DEU",
        "authority": "国家移民管理局",
        "permit_no": "DEU310099010112",
    }


def test_a_permit_needed_beforehand_gives_number_holder_issuer_and_term() -> None:
    lines = sheet(
        at("网络文化经营许可证", 300, 20, 50),
        at("编号：粤网文[2024]8641-321号", 50, 100),
        at("单位名称：", 50, 150),
        at("广州云杉样本科技有限公司", 250, 150),
        at("有效期限：", 50, 200),
        at("2024年05月06日至2027年05月06日", 250, 200),
        at("发证机关：", 50, 250),
        at("广东省文化和旅游厅", 250, 250),
        at("样本", 300, 290),
    )
    assert kinds.kind_of(lines) == "preapproval_permit"
    assert texts(preapproval.read(lines)) == {
        "title": "网络文化经营许可证",
        "permit_no": "粤网文〔2024〕8641-321号",
        "name": "广州云杉样本科技有限公司",
        "authority": "广东省文化和旅游厅",
        "valid_from": "2024-05-06",
        "valid_to": "2027-05-06",
    }


def test_a_letter_that_names_a_licence_is_a_letter() -> None:
    lines = sheet(
        at("网站备案授权委托书", 300, 20, 50),
        at("本单位营业执照、法定代表人身份证均已提供，经营范围属实", 50, 100),
        at("法定代表人（签名）：", 50, 300),
        at("单位盖章（公章）：", 50, 350),
    )
    assert kinds.kind_of(lines) == "letter"
    assert texts(letter.read(lines)) == {"title": "网站备案授权委托书"}
    assert [label.text for label in letter.signature_labels(lines.lines)] == ["法定代表人（签名）："]
    assert letter.wants_seal(lines.lines)


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("12 3月/MAR 2020", "2020-03-12"),
        ("12 MAR 2020", "2020-03-12"),
        ("11 0CT 2022", "2022-10-11"),
        ("27 Nov / NOV 2021", "2021-11-27"),
        ("1810月/OCT2025", "2025-10-18"),
    ],
)
def test_days_of_passports_are_read_in_all_their_forms(printed: str, day: str) -> None:
    lines = sheet(at("PASSPORT", 400, 20), at("Date of issue", 400, 200, 20), at(printed, 400, 230))
    assert texts(passport.read(lines)) == {"issue_date": day}


def test_a_term_broken_over_two_rows_is_read_whole_and_an_odd_one_is_doubted() -> None:
    def term(first: str, second: str) -> Value:
        return licence.read(sheet(at("营业期限", 50, 100), at(first, 200, 100), at(second, 200, 140)))["term_end"]

    assert term("2014年03月12日至2044年03月1", "2日").value == "2044-03-12"
    assert term("2014年03月12日至2044年03月1", "2日").confidence == 1.0
    assert term("2014年03月12日至2012年03月1", "2日").confidence < 0.85


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("软件开发：广告制作；", "软件开发；广告制作；"),
        ("一般项目：软件开发", "一般项目：软件开发"),
        ("许可项目：食品生产一般项目：软件开发", "许可项目：食品生产。一般项目：软件开发"),
        ("电子产晶销售；水晶制品", "电子产品销售；水晶制品"),
        ("（依法须经批准的项目，方可开展经营活动", "（依法须经批准的项目，方可开展经营活动）"),
    ],
)
def test_what_readers_make_of_a_scope_is_put_right(read: str, meant: str) -> None:
    assert licence.scope_text(read) == meant


def test_a_region_s_name_with_one_wrong_letter_is_put_right() -> None:
    assert address_text("内蒙古白治区呼和浩特市") == "内蒙古自治区呼和浩特市"
    assert address_text("内蒙古通辽市") == "内蒙古通辽市"


def test_two_values_read_as_one_line_are_cut_where_the_next_label_begins() -> None:
    office, place = at("签发机关", 100, 100, 20), at("签发地点", 400, 100, 20)
    both = at("公安部出入境管理局香港", 100, 130)
    middle = both.left + (both.right - both.left) * 9 / 11
    place = at("签发地点", round(middle) + 5, 100, 20)
    assert [line.text for line in below(office, (both,), (office, place))] == ["公安部出入境管理局"]
    assert [line.text for line in below(place, (both,), (office, place))] == ["香港"]


def test_a_body_s_name_ends_with_its_last_word_not_with_the_seal_below() -> None:
    rows = (at("济南市卫生", 0, 0), at("健康局", 0, 40), at("登记", 0, 80))
    assert [line.text for line in one_body(rows)] == ["济南市卫生", "健康局"]


def test_a_row_follows_the_lean_of_its_longer_line() -> None:
    label = at("公民身份号码", 100, 336)
    leaning = Line(
        "440106195212218625", ((500, 270), (960, 300), (958, 332), (498, 302)), (1.0,) * 18, ((0.0, 1.0),) * 18
    )
    level = Line(
        "440106195212218625", ((500, 270), (960, 270), (960, 302), (500, 302)), (1.0,) * 18, ((0.0, 1.0),) * 18
    )
    assert not same_row(label, level)
    assert same_row(at("公民身份号码", 100, 264), leaning)


def test_words_of_a_watermark_alone_on_a_line_are_no_value() -> None:
    lines = (at("网站备案", 0, 0), at("办理", 0, 50), at("备案服务有限公司", 0, 100))
    assert kinds.has_watermark(lines)
    assert [line.text for line in kinds.without_watermarks(lines)] == ["备案服务有限公司"]


def test_a_title_in_a_sentence_makes_no_licence() -> None:
    text = SheetText((at("请提供营业执照的彩色扫描件以及法定代表人证件", 0, 0),), 1000, 640)
    assert kinds.kind_of(text) == "unknown"
