"""A phone or address used in two of the agent's filings is noticed, without telling one customer of another."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline import checks, neighbours, order_events, work
from pipeline.build import plain
from pipeline.checks_paths import filing_from
from pipeline.cli import main
from pipeline.ledger import Ledger, open_ledger
from pipeline.marks import marks_of_filing
from pipeline.model import Filing, Person, Text
from pipeline.other_filings import contacts_in, contacts_of
from pipeline.rulebook import load_rulebook

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
LABEL = Text("编号 1a2b3c4d", "id 1a2b3c4d")


def a_filing(number: str, **more: str) -> Filing:
    values = {
        "province": "广东",
        "entity.nature": "enterprise",
        "entity.name": f"广州样本{number}有限公司",
        "entity.certificate.number": number,
        "websites[0].name": "样本数据",
        "entity_person.name": "李青禾",
        "service_person.name": "李青禾",
        **{name.replace("__", "."): value for name, value in more.items()},
    }
    return filing_from(values)


def reused(filing: Filing, other: Filing) -> dict[str, str]:
    found = checks.check(filing, load_rulebook(), DAY, contacts_of(other, LABEL))
    return {one.where: one.rule for one in found if "1a2b3c4d" in one.message.zh}


ONE, TWO = "914403001922038216", "91330100799655058B"


def test_another_entity_s_mobile_of_another_person_is_refused() -> None:
    mine, theirs = (
        a_filing(number, entity_person__mobile="13800000001", entity_person__name=name)
        for number, name in ((ONE, "李青禾"), (TWO, "陈穗生"))
    )
    assert reused(mine, theirs) == {"entity_person.mobile": "GD-007"}


def test_the_same_entity_may_use_its_own_numbers_again() -> None:
    mine = a_filing(ONE, entity_person__mobile="13800000001")
    assert reused(mine, mine) == {}


def test_one_person_of_two_companies_keeps_the_same_number() -> None:
    """CN-007: one legal representative of several companies has the same contact data in all filings."""
    card = {"entity_person__certificate__number": "440103199001151027"}
    mine = a_filing(ONE, entity_person__mobile="13800000001", **card)
    assert reused(mine, a_filing(TWO, entity_person__mobile="13800000001", **card)) == {}
    assert reused(mine, a_filing(TWO, entity_person__mobile="13800000002", **card)) == {
        "entity_person.mobile": "CN-007"
    }


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("+86 138-0000-0001", "13800000001"), ("13800000001", "086-020-80000001 ")],
)
def test_numbers_are_compared_without_how_they_are_written(mine: str, theirs: str) -> None:
    other = a_filing(TWO, entity_person__mobile=theirs, entity_person__name="陈穗生")
    found = reused(a_filing(ONE, entity_person__mobile=mine), other)
    assert bool(found) == (theirs == "13800000001")


def test_what_the_ledger_keeps_gives_the_same_contacts() -> None:
    filing = a_filing(ONE, entity_person__mobile="13800000001", service_person__email="a@specimen.cn")
    assert contacts_in(plain(filing), LABEL) == contacts_of(filing, LABEL)


FACTS = """
filing: {{province: 广东}}
entity: {{name: {name}, nature: 企业}}
entity_person: {{name: {person}, mobile: "13800000001"}}
websites: [样本数据]
"""


def write_cases(folder: Path) -> None:
    for name, person in (("甲样本公司", "李青禾"), ("乙样本公司", "陈穗生")):
        (folder / name).mkdir(parents=True)
        (folder / name / "filing.yaml").write_text(FACTS.format(name=name, person=person), encoding="utf-8")


def test_a_batch_notices_what_two_of_its_folders_share_and_names_no_customer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    write_cases(tmp_path / "cases")
    main(["batch", str(tmp_path / "cases"), "--out", str(tmp_path / "out"), "--today", "2026-11-20"])
    capsys.readouterr()
    told = json.loads((tmp_path / "out/甲样本公司/findings.json").read_text("utf-8"))["findings"]
    words = [one["message"]["zh"] for one in told if one["rule"] == "GD-007"]
    assert words == ["主体负责人手机号已用于另一主体的备案（本批第 1 份，按文件夹名排序）。"]
    assert "乙样本公司" not in json.dumps(told, ensure_ascii=False)


def test_the_inbox_notices_what_an_earlier_filing_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BEIANBOX_SETTLE_SECONDS", "0.1")
    monkeypatch.setenv("BEIANBOX_MIN_FREE_BYTES", "0")
    write_cases(tmp_path / "home/inbox")
    with work.open_desk({"BEIANBOX_HOME": str(tmp_path / "home"), "BEIANBOX_SETTLE_SECONDS": "0.1"}) as desk:
        first, second = work.run_once(desk, today=DAY)
        rows = [desk.ledger.get_filing(one.filing) for one in (first, second)]
    rules = [[one["rule"] for one in row.document["findings"]] for row in rows if row]
    assert [("GD-007" in one) for one in rules] == [False, True]


def in_review(mine: Filing, other: Filing, state: Text | None) -> list[str]:
    contacts = tuple(replace(one, order=state) for one in contacts_of(other, LABEL))
    return [one.rule for one in checks.check(mine, load_rulebook(), DAY, contacts) if one.rule == "CN-143"]


AUDITING = Text("管局审核中", "bureau auditing")


def test_a_second_order_of_an_entity_waits_for_the_first() -> None:
    assert in_review(a_filing(ONE), a_filing(ONE), AUDITING) == ["CN-143"]
    assert in_review(a_filing(ONE), a_filing(ONE), None) == []
    assert in_review(a_filing(ONE), a_filing(TWO), AUDITING) == []


def test_a_filing_that_names_nobody_is_known_by_its_entity() -> None:
    nobody = filing_from({"entity.name": "广州样本有限公司", "entity.certificate.number": ONE})
    assert in_review(a_filing(ONE), nobody, AUDITING) == ["CN-143"]
    assert contacts_in(plain(nobody), LABEL) == contacts_of(nobody, LABEL)


def label(ident: str) -> Text:
    return Text(ident, ident)


def keep(ledger: Ledger, filing: Filing) -> None:
    """Saves a filing as preparing it does."""
    document = {"filing": plain(filing), "findings": []}
    marks = marks_of_filing(document["filing"])
    ledger.save_filing(filing.id, document, expected_version=0, seen=0, now=NOW, marks_found=marks)


def random_filing(chance: random.Random, ident: str) -> Filing:
    """Persons and entities of a small town, their values written in several ways; some are missing."""

    def one_of(*values: str) -> str:
        return chance.choice(("", *values))

    values = {
        "province": "广东",
        "entity.nature": chance.choice(("enterprise", "individual")),
        "entity.name": one_of("甲样本（广州）公司", "甲样本(广州) 公司", "乙样本公司", "Sample Co", "SAMPLE CO"),
        "entity.certificate.number": one_of(ONE, TWO, TWO.lower()),
        "websites[0].name": "样本数据",
    }
    for role in ("entity_person", "service_person"):
        values |= {
            f"{role}.name": one_of("李青禾", "陈穗生", "欧阳·样本", "欧阳•样本"),
            f"{role}.certificate.number": one_of("44010319910115102X", "44010319910115102x", "440103199001151027"),
            f"{role}.mobile": one_of("13800000001", "+86 138-0000-0001", "13800000002"),
            f"{role}.emergency_phone": one_of("13800000002", "086-020-80000001"),
            f"{role}.email": one_of("a@specimen.cn", "A@Specimen.cn", "b@specimen.cn"),
        }
    return replace(filing_from(values), id=ident)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_found_by_shared_values_is_what_looking_at_every_filing_finds(place: Path | str, seed: int) -> None:
    chance, rules, ledger = random.Random(seed), load_rulebook(), open_ledger(place)
    town = work.key_of(f"{place}{seed}")  # what is remembered of a filing goes by its id
    filings = [random_filing(chance, f"{town}-{number:02}") for number in range(25)]
    for filing in filings:
        keep(ledger, filing)
    told = 0
    for filing in filings:
        every = tuple(one for other in filings if other != filing for one in contacts_of(other, label(other.id)))
        sharing = neighbours.contacts(ledger, filing, label)
        found = checks.check(filing, rules, DAY, sharing)
        assert found == checks.check(filing, rules, DAY, every)
        told += len(set(found) - set(checks.check(filing, rules, DAY)))
    ledger.close()
    assert told > 25


AGENT = {"service_person__name": "陈穗生", "service_person__certificate__number": "440103199001151027"}


def an_agency_s(ident: int, mobile: str) -> Filing:
    """One of many filings with the agency's own person in charge of the service."""
    filing = a_filing(f"{ident:018}", entity_person__name=f"样本{ident}", service_person__mobile=mobile, **AGENT)
    return replace(filing, id=f"f-{ident:03}")


def test_a_person_in_many_filings_is_told_with_a_number_and_few_of_them_are_read(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "_contacts", {})
    for ident in range(70):
        keep(ledger, an_agency_s(ident, "13800000001"))
    odd = replace(an_agency_s(99, "13800000002"), service_person=Person(name="王样本", mobile="13800000001"))
    keep(ledger, odd)
    read: list[str] = []
    get = Ledger.get_filing
    monkeypatch.setattr(Ledger, "get_filing", lambda ledger, ident: read.append(ident) or get(ledger, ident))

    def told(filing: Filing) -> list[str]:
        found = checks.check(filing, load_rulebook(), DAY, neighbours.contacts(ledger, filing, label))
        return sorted(
            one.message.zh for one in found if one.where == "service_person.mobile" and "f-" in one.message.zh
        )

    same = told(an_agency_s(0, "13800000001"))
    assert len(read) == 51 and "f-099" in read, "fifty that share all of it, and the one that does not"
    assert [text for text in same if "另一主体" in text] == [
        "互联网信息服务负责人手机号已用于另一主体的备案（f-099）。"
    ]
    (changed,) = (text for text in told(an_agency_s(0, "13800000003")) if "另一份" in text)
    assert " 等 50 份以上）中的互联网信息服务负责人手机号与本次不同，要求一致。" in changed
    assert sum(one.stands_for for one in ledger.filings_sharing([("person", "陈穗生")])) == 70
    assert len(ledger.filings_sharing([("person", "陈穗生")], fully=[("person", "陈穗生")])) == 70


def test_only_filings_that_share_a_value_are_read(place: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(place)
    monkeypatch.setattr(neighbours, "_contacts", {})
    mine = replace(a_filing(ONE, entity_person__mobile="13800000001"), id="a")
    alike = a_filing(
        TWO, entity_person__mobile="+86 13800000001", entity_person__name="陈穗生", service_person__name=""
    )
    other = replace(alike, entity_person=replace(alike.entity_person, mobile="13800000009"), id="c")
    for filing in (mine, replace(alike, id="b"), other):
        keep(ledger, filing)
    read: list[str] = []
    get = Ledger.get_filing
    monkeypatch.setattr(Ledger, "get_filing", lambda ledger, ident: read.append(ident) or get(ledger, ident))
    neighbours.contacts(ledger, mine, label)
    ledger.close()
    assert read == ["b"]


def test_the_ledger_s_orders_decide_what_is_in_review(tmp_path: Path) -> None:
    """Only a draft, or what came back, is warned of another order in review; an ended order warns nobody."""
    with work.open_desk({"BEIANBOX_HOME": str(tmp_path / "home")}) as desk:
        for ident in ("a-00000001", "b-00000002"):
            keep(desk.ledger, replace(a_filing(ONE), id=ident))

        def orders(ident: str) -> set[str]:
            found = neighbours.contacts(desk.ledger, replace(a_filing(ONE), id=ident), label)
            return {one.order.en for one in found if one.order is not None}

        def happens(ident: str, event: str) -> None:
            events = desk.ledger.events(ident).get(ident, ())
            order_events.record(desk.ledger, ident, a_filing(ONE), events, event, at="", note="", who="x", now=NOW)

        assert orders("b-00000002") == set()
        happens("a-00000001", "submit")
        assert orders("b-00000002") == {"provider auditing"} and orders("a-00000001") == set()
        happens("b-00000002", "submit")
        assert orders("b-00000002") == set()
        happens("b-00000002", "reject")
        assert orders("b-00000002") == {"provider auditing"}
        for event in ("withdraw", "abandon"):
            happens("a-00000001", event)
        assert orders("b-00000002") == set()
