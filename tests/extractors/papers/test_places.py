"""Addresses and police offices held against the table of divisions."""

from __future__ import annotations

import pytest

from extractors.papers import places
from extractors.papers.layout import Value, text_value
from extractors.vision.lines import Line

BOX = ((0.0, 0.0), (900.0, 0.0), (900.0, 40.0), (0.0, 40.0))


def read(text: str, doubts: str = "", doubt: float = 0.5) -> Value:
    """A value whose characters were read surely but for those in `doubts`."""
    spans = tuple((at / len(text), (at + 1) / len(text)) for at in range(len(text)))
    value = text_value([Line(text, BOX, tuple(doubt if c in doubts else 0.999 for c in text), spans)])
    assert value is not None
    return value


def number(code: str) -> Value:
    return Value(f"{code}199001011234", (), 0.99, "ocr+check_digit")


@pytest.mark.parametrize(
    ("printed", "code", "address"),
    [
        ("广东省深圳市南山区学府街9号", "440305", "广东省深坝市南山区学府街9号"),
        ("广东省深圳市南山区学府街9号", "510107", "广东省深坝市南山区学府街9号"),  # moved: the whole table knows it
        ("北京市昌平区红旗路1号", "110221", "北京市昌干区红旗路1号"),  # a county then, a district now
        ("内蒙古呼和浩特市新城区1号", "150102", "内蒙古呼和浩特市薪城区1号"),
        ("浙江省杭州市钱塘区翠竹苑3号", "330184", "浙江省杭州市钱搪区翠竹苑3号"),
    ],
)
def test_one_doubtful_character_of_a_division_s_name_is_put_right(printed: str, code: str, address: str) -> None:
    wrong = "".join(b for a, b in zip(printed, address, strict=True) if a != b)
    settled = places.settled({"address": read(address, wrong), "id_number": number(code)})["address"]
    assert (settled.value, settled.repaired, settled.method) == (printed, True, "ocr+division")
    assert settled.confidence >= 0.85


@pytest.mark.parametrize(
    ("address", "doubts"),
    [
        ("广东省深坝市南山区学府街9号", ""),  # printed so, for all we know
        ("广东省深坝布南山区学府街9号", "坝布"),
        ("河北省石家庄市柏华区1号", "柏"),  # 新华, 桥西 ... : not one letter from a single name
        ("湖南省长沙市柬区1号", "柬"),  # once a 东区, 西区, 南区 and 北区
    ],
)
def test_what_the_table_does_not_decide_stays(address: str, doubts: str) -> None:
    settled = places.settled({"address": read(address, doubts), "id_number": number("510107")})["address"]
    assert settled.value == address and not settled.repaired


def test_an_address_in_the_number_s_division_is_confirmed_as_far_as_it_agrees() -> None:
    printed = "广东省深圳市南山区学府街9号"
    values = {"address": read(printed, "圳南"), "id_number": number("440305")}
    assert values["address"].confidence < 0.85 <= places.settled(values)["address"].confidence
    assert places.settled({**values, "id_number": number("510107")})["address"] == values["address"]
    street = {**values, "address": read(printed, "圳府")}
    assert places.settled(street)["address"].confidence < 0.85


def test_a_licence_s_address_is_held_against_its_credit_code() -> None:
    values = {"address": read("深圳市南山区学府街9号", "圳"), "credit_code": Value("91440305MA5EXAMP0X", (), 0.99)}
    assert places.settled(values)["address"].confidence >= 0.85


@pytest.mark.parametrize(
    ("printed", "office"),
    [
        ("深圳市公安局福田分局", "深圳市公安局福甲分局"),
        ("北京市公安局朝阳分局", "北京市公安局期阳分局"),
        ("上海市公安局浦东分局", "上海市公安局甫东分局"),
        ("澄迈县公安局", "橙迈县公安局"),
    ],
)
def test_one_doubtful_character_of_a_police_office_is_put_right(printed: str, office: str) -> None:
    wrong = "".join(b for a, b in zip(printed, office, strict=True) if a != b)
    settled = places.settled({"authority": read(office, wrong)})["authority"]
    assert (settled.value, settled.repaired) == (printed, True)
    confirmed = places.settled({"authority": read(printed, printed[0])})["authority"]
    assert (confirmed.value, confirmed.repaired) == (printed, False)
    assert confirmed.confidence >= 0.85


def test_values_that_were_read_surely_or_proven_are_left_alone() -> None:
    values = {"address": read("广东省深圳市南山区"), "authority": Value("公安部出入境管理局", (), 0.4, "ocr+glyph")}
    assert places.settled(values) == values
