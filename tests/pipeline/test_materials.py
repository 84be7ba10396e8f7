"""Which documents a folder holds: what filing.yaml says of them, what their files' names say, and what is asked to be looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from extractors.paper import Paper
from pipeline import batch, materials
from pipeline.assemble import TypedFacts
from pipeline.batch import Prepared
from pipeline.errors import UsageError
from pipeline.folder_facts import parse
from pipeline.reading import Reading
from pipeline.rulebook import load_rulebook

DAY = date(2026, 11, 20)
FACTS = """
filing: {province: 四川}
entity: {name: 李青禾, nature: 个人}
entity_person: {name: 李青禾, certificate: {address: 广东省广州市荔湾区样本路1号}}
websites: [青禾读书笔记]
"""


def judged(more: str = "", *readings: Reading) -> Prepared:
    typed = TypedFacts(parse((FACTS + more).encode()), "filing.yaml", "0")
    return batch.judge("F1", readings, typed, load_rulebook(), DAY)


def a_paper(name: str, kind: str = "unknown") -> Reading:
    return Reading(name, f"{name}-sha", 10, kind, papers=(Paper(kind),))


def states(prepared: Prepared) -> dict[str, str]:
    return {one.kind: one.state for one in prepared.needed}


def rules(prepared: Prepared) -> set[str]:
    return {one.rule for one in prepared.findings}


def test_every_word_of_the_table_means_its_own_kind_or_one_that_shares_it() -> None:
    for ident, row in materials.rows().items():
        assert materials.kind_of(ident) == ident and materials.kind_of(row["zh"]) == ident
        for word in row.get("names", ()):
            assert ident in materials.kinds_of_file(f"扫描/{word}.jpg"), word


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("居住证 正面.jpg", ("residence_permit",)),
        ("01_主体负责人授权书（盖章）.pdf", ("letter_leader",)),
        ("不涉及校外培训承诺书.pdf", ("no_training",)),
        ("备案承诺书.pdf", ("commitment_gd", "commitment_sh")),
        ("IMG_2041.jpg", ()),
        ("授权书/IMG_2041.jpg", ()),
    ],
)
def test_a_file_s_name_says_what_it_is_by_its_longest_word(name: str, kinds: tuple[str, ...]) -> None:
    assert materials.kinds_of_file(name)[: len(kinds) or None] == kinds


def test_without_a_permit_an_outsider_is_refused() -> None:
    prepared = judged()
    assert "SC-011" in rules(prepared) and states(prepared)["residence_permit"] == "missing"


@pytest.mark.parametrize("more", ["documents: [居住证]", "documents: [{kind: residence_permit, valid_to: 2028-01-01}]"])
def test_what_a_person_says_is_there_counts(more: str) -> None:
    prepared = judged(more)
    assert "SC-011" not in rules(prepared) and states(prepared)["residence_permit"] == "present"


def test_a_picture_named_for_what_it_is_counts_and_asks_to_be_looked_at() -> None:
    prepared = judged("", a_paper("居住证.jpg"))
    assert states(prepared)["residence_permit"] == "present"
    (note,) = [one for one in prepared.findings if one.rule == "file.by_name"]
    assert note.where == "居住证.jpg" and "居住证" in note.message.zh and "residence permit" in note.message.en
    assert "file.unknown_paper" not in rules(prepared)


def test_a_typed_kind_goes_to_its_file_whatever_the_file_is_called() -> None:
    prepared = judged("documents: [{kind: 居住证, file: IMG_1.jpg}]", a_paper("扫描/IMG_1.jpg"))
    (document,) = prepared.filing.documents
    assert document.serves_as == ("residence_permit",) and document.file == "扫描/IMG_1.jpg"
    assert not {"SC-011", "file.unknown_paper"} & rules(prepared)


def test_a_document_whose_file_is_not_there_does_not_count() -> None:
    prepared = judged("documents: [{kind: 居住证, file: IMG_9.jpg}]", a_paper("IMG_1.jpg"))
    assert {"SC-011", "file.absent"} <= rules(prepared)


def test_the_name_of_a_paper_that_was_read_means_nothing() -> None:
    """A card called 居住证.jpg is still a card: content that is read beats the name."""
    prepared = judged("", a_paper("居住证.jpg", "idcard_front"))
    assert states(prepared)["residence_permit"] == "missing"


def test_a_broken_file_does_not_count_by_its_name() -> None:
    broken = replace(a_paper("居住证.jpg"), papers=(), kind="image")
    assert states(judged("", broken))["residence_permit"] == "missing"


def test_a_letter_s_date_is_held_against_the_rules() -> None:
    old = judged("documents: [{kind: 域名证书, dated: 2026-11-01}, {kind: 授权书, dated: 2026-01-01}]")
    assert "CN-015" in rules(old)
    assert "CN-015" not in rules(judged("documents: [{kind: 授权书, dated: 2026-11-01}]"))


def test_a_word_that_names_no_document_is_an_error_with_its_line() -> None:
    with pytest.raises(UsageError, match=r"line 6.*居注证"):
        parse((FACTS + "documents: [居注证]").encode())
