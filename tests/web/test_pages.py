"""The pages around a filing: queue parts, arrivals, rules, two people, the sample, and faults of ours."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from extractors import numbers
from pipeline import kept_readings, work
from pipeline.attention import Policy
from pipeline.loose_files import Offer
from pipeline.model import Text
from pipeline.names import raw_name
from pipeline.review import Kind
from pipeline.rows import UNASSIGNED, Incoming
from pipeline.web import choices, pages
from pipeline.web.app import make_app
from pipeline.web.site import Site
from pipeline.work import Desk
from tests.web import home
from tests.web.conftest import BASE, Browser, TestClient, let_in, make_site


def queue_row(site: Site) -> tuple[int, int, bool]:
    one = site.queue()[0]
    return one.open_fields, one.second, one.sampled


def test_a_queue_line_is_kept_and_made_anew_only_when_something_changed(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = site.queue()
    with monkeypatch.context() as patch:
        patch.setattr(Site, "_summarised", lambda *_: pytest.fail("made again"))
        assert site.queue() == before
        assert make_site(site.desk).queue() == before, "it survives a restart"
    browser.do("confirm", "websites[0].domains[0].registrar")
    assert queue_row(site)[0] == before[0].open_fields - 1


def test_a_purged_filing_leaves_no_line(browser: Browser, site: Site) -> None:
    assert site.queue()
    site.desk.ledger.forget_filing(browser.filing)
    assert site.queue() == [] and site.desk.ledger.queue() == ()


@pytest.mark.parametrize(("view", "is_there"), [("todo", True), ("open", True), ("approved", False), ("order", False)])
def test_the_queue_is_shown_in_parts(browser: Browser, view: str, is_there: bool) -> None:
    assert ("广州云杉样本科技有限公司" in browser.get(f"/?view={view}")) == is_there


def test_the_next_filing_is_the_next_that_wants_something(browser: Browser, site: Site) -> None:
    here = f"/filings/{quote(browser.filing)}/next"
    assert browser.client.get(here).headers["location"] == "/"
    other = home.add_unit(site.desk, "水杉")
    work.prepare_filing(site.desk, other, today=home.TODAY)
    assert browser.client.get(here).headers["location"] == f"/filings/{quote(other)}"


def two_people(desk: Desk) -> tuple[Site, Browser, Browser]:
    site = make_site(desk)
    site.policy = Policy(double=("entity.name",))
    anna, ben = (
        let_in(site, filing := site.queue()[0].filing),
        Browser(TestClient(make_app(site), base_url=BASE), filing),
    )
    session = site.sessions._begin("ben")
    ben.client.cookies.set(site.door.cookie, session.id)
    return site, anna, ben


def test_a_field_for_two_people_is_approved_when_two_have_looked(desk: Desk, filing: str) -> None:
    site, anna, ben = two_people(desk)
    try:
        assert "两人各自复核" in anna.do("approve", "", reason="已核对").text
        anna.do("confirm", "entity.name")
        assert site.redraw.wait(filing, 30)
        assert queue_row(site)[1] == 1
        assert not re.search(r'value="confirm"><input[^>]*value="entity\.name"', anna.page()), "not twice by one person"
        before = desk.ledger.latest_bundle(filing)
        answer = ben.do("confirm", "entity.name")
        assert "已由 anna 确认 · ben 复核" in answer.text
        assert desk.ledger.latest_bundle(filing) == before and filing not in desk.ledger.filings_to_prepare()
        assert anna.do("approve", "", reason="已核对").status_code == 200
        ben.do("undo", "entity.name")
        row = desk.ledger.get_filing(filing)
        assert row is not None and row.status == "prepared", "what a second person took back is not approved any more"
    finally:
        site.redraw.stop()


def test_a_filing_without_doubt_is_sampled(desk: Desk) -> None:
    filing = home.add_unit(desk, card_name=("梁玥", 0.99, "ocr"), registrar=0.99)
    work.prepare_filing(desk, filing, today=home.TODAY)
    site = make_site(desk)
    site.policy = Policy(sample_percent=100)
    try:
        browser = let_in(site, filing)
        open_fields, _, sampled = queue_row(site)
        assert sampled and open_fields > 5 and "抽查" in browser.page()
        browser.do("confirm", "entity.name")
        assert desk.ledger.decisions_of(filing)[0].value["sample"] is True
        assert queue_row(site) == (open_fields - 1, 0, True)
    finally:
        site.redraw.stop()


def loose(desk: Desk) -> int:
    stored = desk.store.put_bytes(b"no picture")
    raw = raw_name("散件.jpg")
    incoming = Incoming(stored.sha256, 10, UNASSIGNED, raw, "散件.jpg", raw_name(".taken/散件.jpg"), 1, 1)
    return desk.ledger.record_arrival(incoming, home.NOW).id


def test_a_loose_file_is_assigned_to_a_filing(browser: Browser, site: Site) -> None:
    arrival = loose(site.desk)
    site.desk.ledger.save_offers({arrival: Offer(browser.filing, Text("证件号码相同", "the same certificate number"))})
    text = browser.get("/arrivals?state=loose")
    assert "散件.jpg" in text and "正面.jpg" not in text
    assert f"可能属于 {browser.filing}：证件号码相同" in text and f'value="{browser.filing}"' in text
    token = text.partition("/assign")[2].partition('name="token" value="')[2].partition('"')[0]
    post = browser.client.post
    address, headers = f"/arrivals/{arrival}/assign", {"Origin": BASE}
    assert post(address, data={"token": "x", "filing": browser.filing}, headers=headers).status_code == 403
    answer = post(address, data={"token": token, "filing": "nobody"}, headers=headers)
    assert answer.status_code == 422 and "没有编号为" in answer.text
    assert post(address, data={"token": token, "filing": browser.filing}, headers=headers).status_code == 303
    assert site.redraw.wait(browser.filing, 60, for_inbox=True)
    assert any(one.path == "散件.jpg" for one in site.desk.ledger.arrivals_of(browser.filing))


def test_arrivals_are_searched_and_parted_by_state(browser: Browser) -> None:
    assert "正面.jpg" in browser.get("/arrivals?q=正面") and "反面.jpg" not in browser.get("/arrivals?q=正面")
    assert "没有符合条件的文件" in browser.get("/arrivals?state=needs_attention")
    assert "没有符合条件的文件" in browser.get("/arrivals?q=%25")
    assert browser.client.get("/arrivals?state=nonsense&page=99").status_code == 200


def test_the_rules_of_a_filing_say_what_they_found(browser: Browser) -> None:
    text = browser.get(f"/rules?filing={quote(browser.filing)}")
    assert "符合" in text and "广州云杉样本科技有限公司" in text and "江苏" not in text
    assert browser.client.get("/rules?filing=nobody").status_code == 404


def test_rules_are_searched(browser: Browser) -> None:
    found = re.search(r"共 (\d+) 条", browser.get("/rules?q=GD-0"))
    assert found is not None and 0 < int(found[1]) < 400
    assert "没有符合条件" in browser.get("/rules?q=no such rule at all")


@pytest.mark.parametrize(
    ("where", "value", "said", "right"),
    [
        ("entity_person.mobile", "1380000001", "11 位手机号", False),
        ("entity_person.certificate.number", "440106198506182183", "校验位", False),
        ("entity_person.certificate.number", home.NUMBER, "格式无误", True),
        ("websites[0].domains[0].expires_on", "2028年6月1日", "2028-06-01", True),
        ("filing.province", "东广", "没有名为", False),
    ],
)
def test_what_is_typed_is_checked_without_being_kept(
    browser: Browser, site: Site, where: str, value: str, said: str, right: bool
) -> None:
    address = f"/filings/{quote(browser.filing)}/check"
    answer = browser.client.post(address, data={"where": where, "value": value}, headers={"Origin": BASE}).json()
    assert answer["right"] is right and said in answer["text"]
    assert site.desk.ledger.decisions_of(browser.filing) == ()
    assert "change" not in {one.action for one in site.desk.ledger.accesses()}, "typing is no change yet"


def test_a_fault_of_ours_is_said_in_words(site: Site, filing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(make_app(site), base_url=BASE, raise_server_exceptions=False)
    client.get(f"/start?token={site.sessions.start_token}")
    monkeypatch.setattr(pages, "work_values", lambda *_: 1 / 0)
    answer = client.get(f"/filings/{quote(filing)}")
    assert answer.status_code == 500 and "没有改动任何内容" in answer.text and "ZeroDivision" not in answer.text


def test_revealing_is_a_decision_with_a_name(browser: Browser, site: Site) -> None:
    browser.do("reveal", "entity.legal_person.certificate.number")
    assert [(one.kind, one.who) for one in site.desk.ledger.decisions_of(browser.filing)] == [(Kind.REVEAL, "anna")]


def test_pages_are_shown_after_an_upgrade_of_the_reader(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = browser.page().count("data-url=")
    assert shown == 4
    monkeypatch.setattr(kept_readings, "READER_VERSION", "a later one")
    assert browser.page().count("data-url=") == shown


def test_fixed_choices_are_told_in_the_language_of_the_page(browser: Browser) -> None:
    assert ">居民身份证</option>" in browser.page() and ">广东</option>" in browser.get("/rules")
    browser.client.get("/?lang=en")
    text = browser.page()
    for words in (
        "Resident ID card",
        "First filing",
        "Public institution",
        "Guangdong",
        "Huawei Cloud",
        "ID card, front",
    ):
        assert words in text
    assert ">居民身份证</option>" not in text and ">首次备案</option>" not in text
    assert '<option value="广东">Guangdong</option>' in browser.get("/rules") and "Guangdong" in browser.get("/")
    assert "Shaanxi" in browser.get("/rules") and "Shanxi" in browser.get("/rules")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_fixed_choice_has_words(lang: str) -> None:
    for path in (
        "entity.certificate.type",
        "entity.nature",
        "filing.operation",
        "filing.province",
        "entity_person.sex",
    ):
        found = choices.choices(path, lang)
        assert len({words for _, words in found}) == len(found) > 1
        assert all(words.isascii() == (lang == "en") for _, words in found)


def test_a_number_of_no_division_is_doubted_while_it_is_typed(browser: Browser) -> None:
    def said(number: str) -> dict[str, object]:
        form = {"where": "entity_person.certificate.number", "value": number}
        answer = browser.client.post(f"/filings/{quote(browser.filing)}/check", data=form, headers={"Origin": BASE})
        found: dict[str, object] = answer.json()
        return found

    assert said(home.NUMBER)["right"] is True
    odd = "99010619850618218"
    odd += numbers.resident_id_check(odd)
    assert said(odd)["right"] is False and "GB/T 2260" in str(said(odd)["text"])
