"""Check digits: the published examples, and what may and may not be mended."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors import numbers


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("11010519491231002X", True),
        ("440524188001010014", True),
        ("110105194912310021", False),
        ("110105194913310020", False),
        ("1101051949123100", False),
        ("", False),
    ],
)
def test_a_resident_id_needs_its_check_character_and_a_calendar_day(number: str, valid: bool) -> None:
    assert numbers.is_resident_id(number) is valid


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("914403001922038216", True),
        ("9144030071526726XG", True),
        ("91330100799655058B", True),
        ("91350100M000100Y43", True),
        ("91110000802100433B", True),
        ("914403001922038217", False),
        ("91440300I922038216", False),
        ("9144030019220382", False),
    ],
)
def test_a_credit_code_needs_its_alphabet_and_check_character(code: str, valid: bool) -> None:
    assert numbers.is_credit_code(code) is valid


@pytest.mark.parametrize(
    ("code", "valid"),
    [("D2143569-X", True), ("79965505-8", True), ("71526726-X", True), ("71526726-1", False), ("71526726X", False)],
)
def test_an_organisation_code_needs_its_check_character(code: str, valid: bool) -> None:
    assert numbers.is_organisation_code(code) is valid


@pytest.mark.parametrize(
    ("number", "valid"),
    [("440301103097413", True), ("110000400000012", False), ("310000400000010", False), ("44030110309741", False)],
)
def test_an_old_registration_number_needs_its_check_digit(number: str, valid: bool) -> None:
    assert numbers.is_old_registration_number(number) is valid


@pytest.mark.parametrize(("part", "digit"), [("L898902C3", 6), ("740812", 2), ("120415", 9), ("ZE184226B<<<<<", 1)])
def test_machine_readable_parts_have_the_published_check_digits(part: str, digit: int) -> None:
    assert numbers.mrz_check(part) == digit


def test_the_published_passport_line_passes_and_any_changed_digit_fails() -> None:
    line = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    assert numbers.is_mrz_line2(line)
    for at in (1, 9, 13, 19, 21, 27, 30, 43):
        changed = line[:at] + str((int(line[at]) + 1) % 10) + line[at + 1 :]
        assert not numbers.is_mrz_line2(changed), at


@pytest.mark.parametrize(
    ("number", "valid"), [("H12345678", True), ("M1234567801", True), ("H1234567", False), ("A12345678", False)]
)
def test_hong_kong_and_macau_permit_numbers_have_one_form(number: str, valid: bool) -> None:
    assert numbers.is_hk_macau_permit(number) is valid


@pytest.mark.parametrize(
    ("number", "valid"), [("12345678", True), ("1234567890", True), ("1234567890A", True), ("1234567", False)]
)
def test_taiwan_permit_numbers_have_two_forms(number: str, valid: bool) -> None:
    assert numbers.is_taiwan_permit(number) is valid


def test_birth_and_sex_stand_inside_the_number() -> None:
    assert numbers.birth_of("11010519491231002X") == date(1949, 12, 31)
    assert numbers.sex_of("11010519491231002X") == "女"
    assert numbers.birth_of("110105194902301234") is None


def test_a_fifteen_digit_number_becomes_the_same_person_s_eighteen() -> None:
    assert numbers.upgrade_resident_id("110105491231002") == "11010519491231002X"


@pytest.mark.parametrize("raw", ["11O1O519491231002x", "110105 19491231 002X", "1101051949123l002X"])
def test_letters_that_cannot_stand_in_a_resident_id_become_the_digits_they_look_like(raw: str) -> None:
    mended = numbers.mend_resident_id(raw)
    assert (mended.value, mended.valid, mended.repaired) == ("11010519491231002X", True, False)


def test_an_unsure_digit_is_mended_by_the_check_character() -> None:
    sure = [0.999] * 18
    sure[7] = 0.6
    mended = numbers.mend_resident_id("11010518491231002X", sure)
    assert (mended.value, mended.valid, mended.repaired) == ("11010519491231002X", True, True)


def test_a_wrong_number_read_with_certainty_is_left_as_it_is() -> None:
    """A number printed wrong must not be made right: among all look-alikes one nearly always fits by chance."""
    read = numbers.mend_resident_id("110105194912310021", [0.999] * 18)
    assert (read.value, read.valid, read.repaired) == ("110105194912310021", False, False)


def test_a_credit_code_is_brought_to_its_alphabet_without_guessing() -> None:
    assert numbers.mend_credit_code("9133O1OO799655O58B").value == "91330100799655058B"
    assert not numbers.mend_credit_code("91330100799655058C", [0.999] * 18).valid


def test_an_unsure_letter_of_a_credit_code_is_mended() -> None:
    sure = [0.999] * 17 + [0.5]
    mended = numbers.mend_credit_code("913301007996550588", sure)
    assert (mended.value, mended.valid, mended.repaired) == ("91330100799655058B", True, True)


@pytest.mark.parametrize(
    ("read", "want"),
    [
        ("E403233698CHN8509118F3510177LMN0LPKH<<<<A908", "E403233698CHN8509118F3510177LMNOLPKH<<<<A908"),
        ("2844825426DEU7211162M3111264<<<<<<<<<<<<<<<0", "Z844825426DEU7211162M3111264<<<<<<<<<<<<<<<0"),
        ("E403233698CHN8509118F3510177LMNOLPKH<<<<A908", "E403233698CHN8509118F3510177LMNOLPKH<<<<A908"),
        ("E403233697CHN8509118F3510177LMNOLPKH<<<<A908", "E403233697CHN8509118F3510177LMNOLPKH<<<<A908"),
        ("F7342640K7FRA6212173M2807074<<<<<<<<<<<<<<<<", "F7342640K7FRA6212173M2807074<<<<<<<<<<<<<<<8"),
        ("E40323", "E40323"),
        ("E4032-3698CHN8509118F3510177LMNOLPKH<<<<A908", "E4032-3698CHN8509118F3510177LMNOLPKH<<<<A908"),
        ("2844825426DEU7211162M3111264<<<<<<<<<<<<<<-0", "2844825426DEU7211162M3111264<<<<<<<<<<<<<<-0"),
        ("E403233698CHN8509118F351017²LMNOLPKH<<<<A908", "E403233698CHN8509118F351017²LMNOLPKH<<<<A908"),
    ],
)
def test_letters_taken_for_digits_in_a_machine_readable_line_are_put_right(read: str, want: str) -> None:
    assert numbers.mend_mrz_line2(read) == want


@given(st.text(min_size=44, max_size=44))
def test_a_line_of_any_letters_is_no_fault_of_the_program(line: str) -> None:
    assert numbers.mend_mrz_line2(line) == line or numbers.is_mrz_line2(numbers.mend_mrz_line2(line))


@given(st.text(alphabet=numbers.MRZ_ALPHABET, min_size=44, max_size=44))
def test_any_line_of_the_zone_s_letters_is_judged_and_mended_to_one_that_passes_or_left(line: str) -> None:
    mended = numbers.mend_mrz_line2(line)
    assert mended == line or numbers.is_mrz_line2(mended)
