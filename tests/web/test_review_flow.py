from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from urllib.parse import quote

from pipeline.web.site import Site
from pipeline.web.words import EN, ZH
from tests.web.conftest import Browser
from tests.web.home import NOW, NUMBER

CARD_NAME = "entity.legal_person.name"
REGISTRAR = "websites[0].domains[0].registrar"


def saved(site: Site, filing: str) -> dict[str, object]:
    bundle = site.desk.ledger.latest_bundle(filing)
    assert bundle is not None
    found: dict[str, object] = json.loads((Path(bundle.folder) / "filing.json").read_text("utf-8"))
    return found


def findings(site: Site, filing: str) -> list[tuple[str, str, str]]:
    row = site.desk.ledger.get_filing(filing)
    assert row is not None
    return [(one["rule"], one["where"], one["severity"]) for one in row.document["findings"]]


def test_the_queue_names_the_filing_and_what_is_open(browser: Browser) -> None:
    text = browser.get("/")
    assert "广州云杉样本科技有限公司" in text and f"/filings/{quote(browser.filing)}" in text
    assert "没有符合条件的备案" in browser.get("/?q=nobody")
    assert "广州云杉样本科技有限公司" in browser.get("/?q=YUNSHAN-specimen.cn&province=广东&state=prepared")


def test_a_corrected_value_makes_the_finding_vanish_and_the_bundle_anew(browser: Browser, site: Site) -> None:
    doubts = [one for one in findings(site, browser.filing) if one[0].startswith("evidence.")]
    assert doubts
    where = next(where for rule, where, _ in doubts if where.endswith("person.name"))
    before = site.desk.ledger.latest_bundle(browser.filing)
    answer = browser.do("correct", where, value="梁玥")
    assert answer.status_code == 200
    assert "data-changes" in answer.text and "已消除" in answer.text
    after = site.desk.ledger.latest_bundle(browser.filing)
    assert before and after and after.version == before.version + 1
    assert where not in {one[1] for one in findings(site, browser.filing) if one[0].startswith("evidence.")}
    decision = site.desk.ledger.decisions_of(browser.filing)[0]
    assert (decision.kind, decision.who, decision.where) == ("correct", "anna", where)
    assert decision.value["new"] == "梁玥"


def test_undo_brings_the_reading_back(browser: Browser, site: Site) -> None:
    before = findings(site, browser.filing)
    browser.do("correct", CARD_NAME, value="周玥")
    assert findings(site, browser.filing) != before or "周玥" in browser.page()
    answer = browser.do("undo", CARD_NAME)
    assert answer.status_code == 200
    assert findings(site, browser.filing) == before


def test_a_confirmed_value_is_no_doubt_any_more(browser: Browser, site: Site) -> None:
    assert ("evidence.unsure", REGISTRAR, "note") in findings(site, browser.filing)
    answer = browser.do("confirm", REGISTRAR)
    assert answer.status_code == 200 and "已由 anna 确认" in answer.text
    assert site.redraw.wait(browser.filing, 30)
    assert ("evidence.unsure", REGISTRAR, "note") not in findings(site, browser.filing)


def test_a_second_tab_is_refused_and_told_the_newer_value(browser: Browser) -> None:
    stale = browser.form("correct", CARD_NAME)
    assert browser.do("correct", CARD_NAME, value="梁玥").status_code == 200
    answer = browser.post({**stale, "value": "李四"})
    assert answer.status_code == 409
    assert "data-stale" in answer.text and "梁玥" in answer.text


def test_a_value_that_cannot_be_right_is_refused_and_kept_in_the_box(browser: Browser, site: Site) -> None:
    answer = browser.do("correct", "entity_person.mobile", value="12345")
    assert answer.status_code == 422
    assert "11 位手机号" in answer.text and 'value="12345"' in answer.text
    assert site.desk.ledger.decisions_of(browser.filing) == ()


def test_a_waived_warning_is_a_note_with_the_reason(browser: Browser, site: Site) -> None:
    rule, where, _ = next(one for one in findings(site, browser.filing) if one[2] == "warning")
    form = browser.form("waive", where)
    assert form["rule"] == rule
    assert browser.post({**form, "reason": " "}).status_code == 422
    answer = browser.post({**form, "reason": "原件已核对"})
    assert answer.status_code == 200
    assert (rule, where, "note") in findings(site, browser.filing)
    assert "原件已核对" in browser.page()
    assert browser.do("undo", where).status_code == 200
    assert (rule, where, "warning") in findings(site, browser.filing)


def test_a_rejected_file_says_nothing_any_more_until_it_is_taken_back(browser: Browser, site: Site) -> None:
    sha256 = next(one.sha256 for one in site.desk.ledger.arrivals_of(browser.filing) if one.name == "域名证书.jpg")
    answer = browser.do("reject_document", sha256, reason="不是本域名的证书")
    assert answer.status_code == 200
    row = site.desk.ledger.get_filing(browser.filing)
    assert row is not None and REGISTRAR not in row.document["filing"]["evidence"]
    assert "不是本域名的证书" in browser.get("/arrivals")
    browser.do("undo", sha256)
    row = site.desk.ledger.get_filing(browser.filing)
    assert row is not None and REGISTRAR in row.document["filing"]["evidence"]


def test_a_missing_value_can_be_added(browser: Browser, site: Site) -> None:
    page = browser.page()
    option = page.partition('<option value="websites[0].domains[0].registered_on"')[2].partition(">")[0]
    basis, token = (option.partition(f'data-{name}="')[2].partition('"')[0] for name in ("basis", "token"))
    form = {"kind": "correct", "where": "websites[0].domains[0].registered_on", "basis": basis, "token": token}
    assert browser.post({**form, "value": "2020年6月1日"}).status_code == 200
    row = site.desk.ledger.get_filing(browser.filing)
    assert row is not None
    assert row.document["filing"]["websites"][0]["domains"][0]["registered_on"] == "2020-06-01"


def test_id_numbers_are_masked_until_revealed_and_revealing_is_logged(browser: Browser, site: Site) -> None:
    where = "entity.legal_person.certificate.number"
    page = browser.page()
    assert NUMBER not in page and "440*************82" in page
    bundle = site.desk.ledger.latest_bundle(browser.filing)
    answer = browser.do("reveal", where)
    assert answer.status_code == 200 and NUMBER in answer.text
    decision = site.desk.ledger.decisions_of(browser.filing)[-1]
    assert (decision.kind, decision.who, decision.where) == ("reveal", "anna", where)
    assert site.desk.ledger.latest_bundle(browser.filing) == bundle
    assert browser.filing not in site.desk.ledger.filings_to_prepare()


def test_approval_closes_a_version_and_a_change_asks_for_it_again(browser: Browser, site: Site) -> None:
    blockers = [one for one in findings(site, browser.filing) if one[2] == "blocker"]
    answer = browser.do("approve", "", reason="材料另行提交")
    assert answer.status_code == 200, answer.text[:300]
    row = site.desk.ledger.get_filing(browser.filing)
    assert row is not None and row.status == "approved"
    assert "已由 anna 于" in answer.text
    assert browser.filing not in site.desk.ledger.filings_to_prepare()
    browser.do("correct", CARD_NAME, value="梁玥")
    row = site.desk.ledger.get_filing(browser.filing)
    assert row is not None and row.status == "prepared"
    assert isinstance(blockers, list)


def test_a_filing_with_blockers_is_approved_only_with_a_reason(browser: Browser, site: Site) -> None:
    browser.do("correct", "entity_person.emergency_phone", value="13800000011")
    assert any(one[2] == "blocker" for one in findings(site, browser.filing))
    assert browser.do("approve", "").status_code == 422
    row = site.desk.ledger.get_filing(browser.filing)
    assert row is not None and row.status == "prepared"


def test_an_older_page_cannot_approve_what_it_did_not_show(browser: Browser, site: Site) -> None:
    form = browser.form("approve", "")
    browser.do("correct", CARD_NAME, value="梁玥")
    assert browser.post({**form, "reason": "已核对"}).status_code == 409


def test_bundle_forms_and_zip_can_be_had(browser: Browser) -> None:
    base = f"/filings/{quote(browser.filing)}"
    pdf = browser.client.get(f"{base}/file/bundle.pdf")
    assert pdf.content.startswith(b"%PDF") and "attachment" in pdf.headers["content-disposition"]
    packed = zipfile.ZipFile(io.BytesIO(browser.client.get(f"{base}/bundle.zip").content))
    names = {name.partition("/")[2] for name in packed.namelist()}
    assert {"bundle.pdf", "filing.json", "findings.json", "manifest.json"} <= names
    assert any(name.startswith("forms/") for name in names) and packed.testzip() is None


def test_scans_and_pdf_pages_come_as_pictures(browser: Browser, site: Site) -> None:
    base = f"/filings/{quote(browser.filing)}"
    sha256 = next(one.sha256 for one in site.desk.ledger.arrivals_of(browser.filing) if one.name == "正面.jpg")
    scan = browser.client.get(f"{base}/scan/{sha256}/1.jpg")
    assert scan.headers["content-type"] == "image/jpeg" and scan.content.startswith(b"\xff\xd8")
    page = browser.client.get(f"{base}/preview/1/bundle.pdf")
    assert page.content.startswith(b"\xff\xd8")
    assert browser.client.get(f"{base}/preview/999/bundle.pdf").status_code == 404


def test_the_page_speaks_english_after_the_switch(browser: Browser) -> None:
    assert browser.client.get("/?lang=en").status_code == 303
    text = browser.page()
    assert "Findings" in text and 'lang="en"' in text and "审核意见" not in text


def test_both_languages_have_the_same_words() -> None:
    assert set(ZH) == set(EN)
    assert all(ZH.values()) and all(EN.values())
    assert {key for key in ZH if ZH[key].count("{}") != EN[key].count("{}")} == set()


def test_what_was_decided_elsewhere_is_drawn_when_the_page_is_opened(browser: Browser, site: Site) -> None:
    value = {"old": "", "new": "样本登记机关", "also": [], "place": {}}
    site.desk.ledger.save_decision(browser.filing, "correct", "entity.remark", value, "ben", NOW)
    assert "data-drawing" in browser.page()
    assert site.redraw.wait(browser.filing, 30)
    assert "样本登记机关" in browser.page() and "data-drawing" not in browser.page()
    assert browser.client.get(f"/filings/{quote(browser.filing)}/work").status_code == 200


def test_the_queue_counts_what_the_filing_page_shows_as_open(browser: Browser, site: Site) -> None:
    before = browser.page().count('data-state="open"')
    assert [one.open_fields for one in site.queue()] == [before]
    browser.do("confirm", REGISTRAR)
    assert site.redraw.wait(browser.filing, 30)
    assert browser.page().count('data-state="open"') == before - 1
    assert [one.open_fields for one in site.queue()] == [before - 1]


def test_hand_work_is_ticked_and_unticked_without_a_new_bundle(browser: Browser, site: Site) -> None:
    before = site.desk.ledger.latest_bundle(browser.filing)
    where = "hand:commitment_letter"
    signed = next(one.sha256 for one in site.desk.ledger.arrivals_of(browser.filing) if one.name == "filing.yaml")
    assert browser.do("done", where, file="0" * 64).status_code == 404
    assert browser.do("done", where, file=signed).status_code == 200
    assert "✓ 完成" in browser.page() and "签回件 filing.yaml" in browser.page()
    assert browser.do("undo", where).status_code == 200
    assert "✓ 完成" not in browser.page()
    assert site.desk.ledger.latest_bundle(browser.filing) == before
    assert browser.filing not in site.desk.ledger.filings_to_prepare()


def test_approval_can_be_taken_back_without_a_new_bundle(browser: Browser, site: Site) -> None:
    before = site.desk.ledger.latest_bundle(browser.filing)
    browser.do("approve", "", reason="已核对")
    assert browser.do("undo", "").status_code == 200
    row = site.desk.ledger.get_filing(browser.filing)
    assert row is not None and row.status == "prepared"
    assert site.desk.ledger.latest_bundle(browser.filing) == before
    assert "data-approve" in browser.page()


def test_what_another_source_says_can_be_taken_over(browser: Browser, site: Site) -> None:
    page = browser.page()
    assert "采用此值" in page
    forms = [browser.form("correct", CARD_NAME, page, nth) for nth in range(2)]
    other = next(form for form in forms if "value" in form)
    assert other["value"] == "梁妖"
    assert browser.post(other).status_code == 200
    row = site.desk.ledger.get_filing(browser.filing)
    assert row is not None and row.document["filing"]["entity"]["legal_person"]["name"] == "梁妖"


def test_rules_of_one_province_are_shown_with_their_sources(browser: Browser) -> None:
    text = browser.get("/rules?province=广东")
    assert "GD-0" in text and "JS-0" not in text


def test_a_page_that_is_not_there_says_so(browser: Browser) -> None:
    for path in ("/nothing", "/filings/nobody", "/filings/nobody/work", "/fonts/other.ttf"):
        assert browser.client.get(path).status_code == 404


def test_the_filing_can_be_exported_as_it_stands_now(browser: Browser, site: Site) -> None:
    base = f"/filings/{quote(browser.filing)}/export"
    browser.do("correct", "entity_person.name", value="梁玥儿")
    body = browser.client.get(f"{base}/wechat")
    assert body.json()["format"] == "wechat" and "梁玥儿" in json.dumps(body.json(), ensure_ascii=False)
    book = browser.client.get(f"{base}/xlsx")
    assert zipfile.ZipFile(io.BytesIO(book.content)).testzip() is None
    assert "attachment" in book.headers["content-disposition"]
    assert browser.client.get(f"{base}/other").status_code == 404
