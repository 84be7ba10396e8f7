"""Loose files of the inbox are offered to the filing they fit, with a reason that holds no value; never moved."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from extractors.paper import FieldReading, Paper
from pipeline import work
from pipeline.housekeeping import purge_filing
from pipeline.ledger import open_ledger
from pipeline.loose_files import best_offer
from pipeline.marks import marks_of_filing, marks_of_reading
from pipeline.reading import Reading
from pipeline.rows import UNASSIGNED, State

ROOT = Path(__file__).parent.parent.parent
DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
APK = ROOT / "samples/js_enterprise_app/in/wutong-notes-1.2.0.apk"

FILING = {
    "entity": {"name": "湖畔样本公司", "certificate": {"number": "91TEST"}, "legal_person": {"name": "梁样本"}},
    "entity_person": {"name": "梁样本", "certificate": {"number": "440TEST"}},
    "service_person": None,
    "websites": [{"domains": [{"name": "lake.example"}]}],
    "apps": [{"domains": [], "platforms": [{"package_name": "cn.lake.app"}]}],
}
OTHER = {"entity": {"name": "山前样本公司", "legal_person": {"name": "梁样本", "certificate": {"number": "440TEST"}}}}


def paper(kind: str, **values: str) -> Reading:
    fields = {name: FieldReading(value, 0.9) for name, value in values.items()}
    return Reading("x.jpg", "0" * 64, 1, kind, papers=(Paper(kind, fields=fields),))


@pytest.mark.parametrize(
    ("name", "reading", "filing", "why"),
    [
        (
            "x.jpg",
            paper("business_licence", credit_code="91TEST", name="湖畔样本公司"),
            "lake",
            "证件号码相同、主办单位名称相同",
        ),
        ("x.jpg", paper("domain_certificate", domain="lake.example", owner="别家"), "lake", "域名相同"),
        ("x.jpg", paper("idcard_front", id_number="440TEST"), "lake", "证件号码相同；另有 1 份备案同样相符"),
        ("x.jpg", paper("idcard_front", name="梁样本", id_number="别的"), "lake", "姓名相同；另有 1 份备案同样相符"),
        ("山前样本公司承诺书.jpg", paper("unknown"), "hill", "文件名含主办单位名称"),
        (
            "x.apk",
            Reading("x.apk", "0" * 64, 1, "app_package", package={"package_name": "cn.lake.app"}),
            "lake",
            "包名相同",
        ),
        ("x.jpg", paper("idcard_front", name="别人"), "", ""),
        ("x.jpg", paper("unknown"), "", ""),
    ],
)
def test_a_file_is_offered_to_the_filing_it_has_most_in_common_with(
    name: str, reading: Reading, filing: str, why: str
) -> None:
    filings = [("lake", marks_of_filing(FILING)), ("hill", marks_of_filing(OTHER))]
    offer = best_offer(name, marks_of_reading(reading), filings)
    assert (offer.filing, offer.why.zh) == (filing, why) if offer else not filing


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BEIANBOX_SETTLE_SECONDS", "0.1")
    monkeypatch.setenv("BEIANBOX_MIN_FREE_BYTES", "0")
    (tmp_path / "home/inbox/梧桐").mkdir(parents=True)
    (tmp_path / "home").chmod(0o700)
    return tmp_path / "home"


def test_a_loose_package_is_offered_whether_it_comes_before_or_after_its_filing(home: Path) -> None:
    shutil.copy(APK, home / "inbox/早.apk")
    (home / "inbox/filing.yaml").write_text("{}", "utf-8")
    with work.open_desk(os.environ) as desk:
        assert work.run_once(desk, today=DAY) == () and not desk.ledger.offers()
        shutil.copy(APK, home / "inbox/梧桐/app.apk")
        (outcome,) = work.run_once(desk, today=DAY)
        shutil.copy(APK, home / "inbox/晚.apk")
        assert work.run_once(desk, today=DAY) == ()
        loose = {one.path: one for one in desk.ledger.arrivals_of(UNASSIGNED)}
        assert {loose[name].state for name in ("早.apk", "晚.apk")} == {State.READ}
        offers = desk.ledger.offers()
        assert {offers[loose[name].id].filing for name in ("早.apk", "晚.apk")} == {outcome.filing}
        desk.ledger.move_arrival(loose["早.apk"].id, outcome.filing)
        assert list(desk.ledger.offers()) == [loose["晚.apk"].id], "what was moved is offered no more"
        purge_filing(desk, outcome.filing)
        assert not desk.ledger.offers(), "an offer goes with its filing"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_filings_that_fit_are_found_by_what_they_share_and_by_a_name_in_a_file_name(
    tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    place = tmp_path / "state.db" if database == "sqlite" else request.getfixturevalue("postgres_url")
    ledger = open_ledger(place)
    for ident, filing in (("lake", FILING), ("hill", OTHER)):
        marks = marks_of_filing(filing) | {("entity", "长" * 400)}
        ledger.save_filing(ident, {}, expected_version=0, seen=0, now=NOW, marks_found=marks)
    assert ledger.filings_like([("domain", "lake.example"), ("number", "别的")], "x.jpg") == {
        "lake": {("domain", "lake.example")}
    }
    assert set(ledger.filings_like([("number", "440TEST")], "x.jpg")) == {"lake", "hill"}
    assert ledger.filings_like([], "山前样本公司承诺书.jpg") == {"hill": {("entity", "山前样本公司")}}
    many = [("person", str(number)) for number in range(1000)]
    assert ledger.filings_like([*many, ("package", "cn.lake.app")], "x") == {"lake": {("package", "cn.lake.app")}}
    ledger.save_filing("lake", {}, expected_version=1, seen=0, now=NOW, marks_found=[("domain", "other.example")])
    assert ledger.filings_like([("domain", "lake.example")], "x.jpg") == {}
    ledger.save_filing("lake", {}, expected_version=2, seen=0, now=NOW)
    assert set(ledger.filings_like([("domain", "other.example")], "x.jpg")) == {"lake"}, "an approval keeps them"
    ledger.forget_filing("lake")
    assert ledger.filings_like([("domain", "other.example")], "x.jpg") == {}
    ledger.close()


def test_a_loose_file_whose_bytes_are_gone_stops_nothing(home: Path) -> None:
    shutil.copy(APK, home / "inbox/早.apk")
    with work.open_desk(os.environ) as desk:
        work.receive_all(desk)
        (loose,) = desk.ledger.arrivals_of(UNASSIGNED)
        desk.store.remove(loose.sha256)
        (home / "inbox/梧桐/filing.yaml").write_text("entity: {name: 梧桐样本公司}", "utf-8")
        (outcome,) = work.run_once(desk, today=DAY)
        assert outcome.filing.startswith("梧桐")
