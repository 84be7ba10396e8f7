"""Tables of good and bad: certificates' numbers, phones, domains, addresses and filing numbers, by their standards."""

from __future__ import annotations

from datetime import date

import pytest
from publicsuffixlist import PublicSuffixList

from extractors import divisions
from pipeline import checks_numbers as numbers
from pipeline import domain_names, phones
from pipeline.checks import check
from pipeline.checks_paths import filing_from
from pipeline.rulebook import load_rulebook
from pipeline.vocabulary import CERTIFICATE_TYPES, certificate_type_of

CERTIFICATES = [
    # GB 11643: 18 places, a day of the calendar, the check figure
    ("resident_id", "11010519491231002X", True), ("resident_id", "11010519491231002x", True),
    ("resident_id", "440524188001010014", True), ("resident_id", "110105194912310021", False),
    ("resident_id", "110105194902300025", False), ("resident_id", "110105491231002", False), ("resident_id", "", False),
    # residence cards of Hong Kong, Macao and Taiwan residents: the same, beginning 81, 82, 83
    ("hk_macau_residence", "810000199408230021", True), ("hk_macau_residence", "810000199408230022", False),
    ("taiwan_residence", "830000199201300022", True), ("taiwan_residence", "830000199213300022", False),
    # GB 32100 and the old 15 digits
    ("business_licence", "914403001922038216", True), ("business_licence", "91350100m000100y43", True),
    ("business_licence", "914403001922038217", False), ("business_licence", "9144030019220382", False),
    ("business_licence", "440301103097413", True), ("business_licence", "440301103097414", False),
    # GB 11714, with and without its dash; an office may have a credit code by now
    ("organization_code", "71526726-X", True), ("organization_code", "71526726X", True),
    ("organization_code", "D2143569-X", True), ("organization_code", "71526726-1", False),
    ("organization_code", "914403001922038216", True), ("organization_code", "914403001922038217", False),
    # units' certificates: a credit code where it is as long as one, else the number of an old certificate
    ("institution_certificate", "12100000400000012A", False), ("institution_certificate", "事证第144000000012号", True),
    ("institution_certificate", "144000000012", True), ("social_organization_certificate", "51100000500000012A", False),
    ("credit_code_certificate", "914403001922038216", True), ("foundation_certificate", "x", False),
    # ICAO 9303: at most nine places
    ("passport", "E12345678", True), ("passport", "EA1234567", True), ("passport", "L898902C3", True),
    ("passport", "e12345678", True), ("passport", "ABCDEFG", False), ("passport", "E123456789", False), ("passport", "E1", False),
    # permits
    ("hk_macau_permit", "H12345678", True), ("hk_macau_permit", "M1234567801", True), ("hk_macau_permit", "h12345678", True),
    ("hk_macau_permit", "A12345678", False), ("hk_macau_permit", "H1234567", False),
    ("taiwan_permit", "12345678", True), ("taiwan_permit", "1234567890", True), ("taiwan_permit", "1234567890A", True),
    ("taiwan_permit", "1234567", False), ("taiwan_permit", "12345678A", False),
    ("foreign_permanent_resident", "USA110090123456", True), ("foreign_permanent_resident", "US1100901234567", False),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "number", "good"), CERTIFICATES)
def test_a_certificate_s_number_fits_its_type(kind: str, number: str, good: bool) -> None:
    assert kind in CERTIFICATE_TYPES
    assert numbers.CERTIFICATES[kind](number) is good


def test_every_type_that_is_checked_is_in_the_table_of_types() -> None:
    assert set(numbers.CERTIFICATES) <= set(CERTIFICATE_TYPES)


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("organisation_code", "organization_code"),
        ("uscc_certificate", "credit_code_certificate"),
        ("统一社会信用代码证", "credit_code_certificate"),
        ("foreign_representative_office", "foreign_office_registration"),
        ("《事业单位法人证书》", "institution_certificate"),
        ("台胞证", "taiwan_permit"),
        ("回乡证", "hk_macau_permit"),
        ("民办非企业", "private_non_enterprise_certificate"),
        ("军官证", "军官证"),
        ("", ""),
    ],
)
def test_certificate_types_are_known_by_other_words(word: str, key: str) -> None:
    assert certificate_type_of(word) == key


def rules_of(**values: object) -> set[str]:
    start = {"province": "广东", "entity.nature": "enterprise", "websites[0].name": "青穗数据"}
    filing = filing_from({**start, **{name.replace("__", "."): value for name, value in values.items()}})
    return {one.rule for one in check(filing, load_rulebook(), date(2026, 11, 2))}


def test_a_birth_date_still_to_come_is_no_resident_id() -> None:
    number = next(f"4401032030011510{last:02}"[:17] for last in (27,))
    number += next(end for end in "0123456789X" if numbers.resident_id(number + end))
    assert "RQ-number_valid" in rules_of(entity_person__certificate__number=number)


@pytest.mark.parametrize(
    ("nature", "kind", "refused"),
    [
        ("government_organ", "credit_code_certificate", False),
        ("government_organ", "business_licence", True),
        ("public_institution", "institution_certificate", False),
        ("enterprise", "foreign_office_registration", False),
        ("enterprise", "institution_certificate", True),
        ("private_non_enterprise", "private_school_licence", False),
        ("law_firm", "law_firm_licence", False),
    ],
)
def test_each_nature_files_with_its_own_certificates(nature: str, kind: str, refused: bool) -> None:
    assert ("CN-021" in rules_of(entity__nature=nature, entity__certificate__type=kind)) is refused


SHAPES = [
    ("mobile", "13800000001", True), ("mobile", "+8613800000001", True), ("mobile", "138 0000 0001", True),
    ("mobile", "12800000001", False), ("mobile", "1380000000", False), ("mobile", "138000000011", False),
    ("landline", "086-0755-82345678", True), ("landline", "086-755-82345678", True), ("landline", "086-010-82345678", True),
    ("landline", "086-0755-82345678-801", True), ("landline", "0755-82345678", False), ("landline", "086-0755-02345678", False),
    ("landline", "086-010-8234567", False), ("landline", "086-0955-8234567", True),
    ("phone", "0755-82345678", True), ("phone", "010-82345678", True), ("phone", "086-0755-82345678", True),
    ("phone", "075582345678", True), ("phone", "8234567", False), ("phone", "110", False), ("phone", "0110-8234567", False),
    ("office_phone", "086-0755-13800000001", True), ("office_phone", "13800000001", True), ("office_phone", "4001234567", False),
    ("email", "a@b.cn", True), ("email", "a.b+c@d-e.com.cn", True), ("email", "a@b", False), ("email", "a b@c.cn", False),
    ("email", "a@b..cn", False), ("email", "@b.cn", False), ("email", "a@b.cn ", False),
    ("domain", "qingsui.com.cn", True), ("domain", "QINGSUI.CN", True), ("domain", "青穗.中国", True), ("domain", "青穗.公司", True),
    ("domain", "xn--gqzm70d.xn--fiqs8s", True), ("domain", "app.api.qingsui.com", True), ("domain", "qingsui.gov.cn", True),
    ("domain", "-a.cn", False), ("domain", "a-.cn", False), ("domain", "http://a.cn", False), ("domain", "a_b.cn", False),
    ("domain", "a.cn/x", False), ("domain", "qingsui", False), ("domain", "qingsui.con", False), ("domain", "com.cn", False),
    ("domain", "203.0.113.5", False), ("domain", f"{'a' * 64}.cn", False), ("domain", "青 穗.cn", False), ("domain", "", False),
    ("ip", "203.0.113.5", True), ("ip", "203.0.113.5-203.0.113.9", True), ("ip", "203.0.113.9-203.0.113.5", False),
    ("ip", "2001:db8::1", True), ("ip", "2001:0db8:0000:0000:0000:0000:0000:0001", True), ("ip", "2001:db8::1-2001:db8::9", True),
    ("ip", "203.0.113.5-2001:db8::1", False), ("ip", "203.0.113.256", False), ("ip", "203.0.113", False), ("ip", "203.0.113.5-", False),
    ("filing_number", "粤ICP备2024000001号", True), ("filing_number", "粤ICP备2024000001号-1", True),
    ("filing_number", "粤ICP备2024000001号-1A", True), ("filing_number", "粤ICP备2024000001号-12X", True),
    ("filing_number", "京ICP备12345678号-3K", True), ("filing_number", "ICP备2024000001号", False),
    ("filing_number", "粤ICP备2024000001", False), ("filing_number", "粤ICP备2024000001号-", False),
    ("filing_number", "粤ICP备2024000001号-1B", False), ("filing_number", "粤ICP备1234567号", False),
    ("credit_code", "91440300192203821６", False),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "text", "good"), SHAPES)
def test_shapes_of_phones_addresses_domains_and_filing_numbers(shape: str, text: str, good: bool) -> None:
    assert numbers.SHAPES[shape](text) is good


@pytest.mark.parametrize(
    ("number", "use"),
    [
        ("13800000001", "ordinary"), ("19200000001", "ordinary"), ("16600000001", "ordinary"), ("19700000001", "ordinary"),
        ("17000000001", "resale"), ("17100000001", "resale"), ("16200000001", "resale"), ("16500000001", "resale"),
        ("16700000001", "resale"), ("14400000001", "data"), ("13490000001", "satellite"), ("13480000001", "ordinary"),
        ("17400000001", "satellite"), ("16190000001", "satellite"), ("15400000001", "unassigned"), ("16000000001", "unassigned"),
        ("19400000001", "unassigned"), ("02082345678", ""),
    ],
)  # fmt: skip
def test_a_mobile_s_range_says_what_it_is_for(number: str, use: str) -> None:
    assert phones.range_of(number) == use


@pytest.mark.parametrize(
    ("number", "home"), [("13800000001", "北京"), ("19900000001", ""), ("15400000001", ""), ("x", "")]
)
def test_a_mobile_s_home_is_told_where_it_is_known(number: str, home: str) -> None:
    assert phones.home_province(number) == home


@pytest.mark.parametrize(
    ("name", "found", "ending", "levels"),
    [
        ("www.a.com.cn", "a.com.cn", "com.cn", 3), ("a.gov.cn", "a.gov.cn", "gov.cn", 2), ("x.a.cn", "a.cn", "cn", 3),
        ("a.cn", "a.cn", "cn", 2), ("b.gd.cn", "b.gd.cn", "gd.cn", 2), ("x.y.z.com", "z.com", "com", 4),
        ("www.青穗.中国", "青穗.中国", "中国", 3), ("a.公司.cn", "a.公司.cn", "公司.cn", 2), ("A.CO.UK", "a.co.uk", "co.uk", 2),
        ("a.b.io", "b.io", "io", 3), ("nothing", "nothing", "", 2),
    ],
)  # fmt: skip
def test_what_of_a_domain_is_registered(name: str, found: str, ending: str, levels: int) -> None:
    assert (domain_names.registrable(name), domain_names.suffix(name), domain_names.levels(name)) == (
        found,
        ending,
        levels,
    )


@pytest.mark.parametrize(
    ("code", "was"),
    [
        ("440103", True), ("110103", True), ("330103", True), ("371202", True), ("110000", True), ("810000", True),
        ("999999", False), ("440199", False), ("000000", False),
    ],
)  # fmt: skip
def test_divisions_count_as_long_as_they_ever_were_one(code: str, was: bool) -> None:
    assert divisions.was_division(code) is was


@pytest.mark.parametrize(
    "name",
    ["a.com.cn", "b.a.cn", "a.公司.cn", "a.b.中国", "xn--55qx5d.cn", "a.www.ck", "www.ck", "a.b.ck", "a.nosuchending"],
)
def test_a_part_of_the_public_suffix_list_answers_like_the_whole(name: str) -> None:
    whole = PublicSuffixList(only_icann=True)
    text = domain_names.ascii_name(name)
    part = domain_names._list(domain_names._ending(text))
    assert part.privatesuffix(text) == whole.privatesuffix(text)
    assert part.publicsuffix(text, accept_unknown=False) == whole.publicsuffix(text, accept_unknown=False)
