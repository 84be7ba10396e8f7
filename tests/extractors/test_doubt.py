from __future__ import annotations

from extractors.papers.doubt import low_places
from extractors.papers.layout import Value
from extractors.vision.lines import Line


def line(text: str, *sure: float) -> Line:
    spans = tuple((place / len(text), (place + 1) / len(text)) for place in range(len(text)))
    return Line(text, ((0, 0), (9, 0), (9, 1), (0, 1)), sure, spans)


def test_the_characters_read_with_doubt_are_named_by_their_place_in_the_value() -> None:
    read = line("名称云杉公司", 0.4, 0.9, 0.99, 0.5, 0.99, 0.7)
    assert low_places(Value("云杉公司", (read,), 0.5)) == (1, 3)


def test_a_value_in_another_form_keeps_the_doubt_of_its_figures() -> None:
    read = line("2018年4月", 0.99, 0.99, 0.6, 0.99, 0.99, 0.5, 0.99)
    assert 2 in low_places(Value("2018-04", (read,), 0.5))


def test_a_check_digit_settles_all_doubt() -> None:
    assert low_places(Value("12", (line("12", 0.3, 0.3),), 1.0, "ocr+check_digit")) == ()
    assert low_places(Value("12", (line("12", 0.99, 0.99),), 0.99)) == ()


def test_a_character_put_there_by_its_looks_is_doubtful() -> None:
    read = line("周铉", 0.999, 0.6)
    assert low_places(Value("周𬭎", (read,), 0.6, "ocr+glyph", "周铉", True)) == (1,)
