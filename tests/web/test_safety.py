from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline.errors import EnvironmentProblem, UsageError
from pipeline.web.app import make_app
from pipeline.web.safety import Door, Sessions, read_passwords
from pipeline.web.serve import is_loopback
from pipeline.web.site import Site
from tests.web.conftest import BASE, Browser, TestClient, let_in, make_site
from tests.web.home import HOSTILE_NAME

NAME = "entity.legal_person.name"


def stranger(site: Site) -> TestClient:
    return TestClient(make_app(site), base_url=BASE, follow_redirects=False)


def test_the_start_token_opens_the_door_once(site: Site) -> None:
    token = site.sessions.start_token
    assert stranger(site).get("/start?token=wrong").status_code == 403
    first = stranger(site).get(f"/start?token={token}")
    assert first.status_code == 303
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert stranger(site).get(f"/start?token={token}").status_code == 403
    assert site.sessions.start_token == ""


@pytest.mark.parametrize(
    "path", ["/", "/arrivals", "/rules", "/filings/x", "/filings/x/bundle.zip", "/filings/x/file/filing.json"]
)
def test_nothing_is_shown_without_a_session(site: Site, path: str) -> None:
    assert stranger(site).get(path).status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8123", "127.0.0.1", "127.0.0.1:9", "127.0.0.1.evil.example:8123", ""]
)
def test_a_foreign_host_name_is_refused(site: Site, browser: Browser, host: str) -> None:
    assert browser.client.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8123", "localhost:8123", "[::1]:8123"])
def test_the_machines_own_names_are_answered(browser: Browser, host: str) -> None:
    assert browser.client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_post_from_another_site_is_refused_and_changes_nothing(
    browser: Browser, site: Site, headers: dict[str, str]
) -> None:
    form = browser.form("correct", NAME)
    assert browser.post({**form, "value": "梁玥"}, **headers).status_code == 403
    assert site.desk.ledger.decisions_of(browser.filing) == ()


def test_a_token_serves_one_change_only(browser: Browser, site: Site) -> None:
    form = browser.form("correct", NAME)
    for wrong in ({"token": "x"}, {"where": "entity.name"}, {"kind": "confirm"}, {"basis": "0"}, {"token": ""}):
        assert browser.post({**form, "value": "梁玥", **wrong}).status_code == 403
    assert site.desk.ledger.decisions_of(browser.filing) == ()


def test_a_token_of_another_session_is_refused(browser: Browser, site: Site) -> None:
    form = browser.form("correct", NAME)
    other = make_site(site.desk)
    assert let_in(other, browser.filing).post({**form, "value": "梁玥"}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/arrivals", "/rules", "/static/review.js"])
def test_every_answer_carries_the_policy(browser: Browser, path: str) -> None:
    headers = browser.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_refusals_carry_the_policy_too(site: Site) -> None:
    assert stranger(site).get("/").headers["cache-control"] == "no-store"


def test_no_page_holds_inline_script_style_or_a_foreign_address(browser: Browser) -> None:
    for path in ("/", "/arrivals", "/rules", f"/filings/{quote(browser.filing)}"):
        text = browser.get(path)
        assert "<script>" not in text and " style=" not in text and " onclick" not in text
        assert 'src="http' not in text and 'link rel="stylesheet" href="http' not in text


def test_file_names_and_read_texts_are_escaped(browser: Browser) -> None:
    for path in ("/arrivals", f"/filings/{quote(browser.filing)}"):
        text = browser.get(path)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text
    assert "&lt;script&gt;alert(2)" in browser.page()


@pytest.mark.parametrize(
    "name", ["../../state.db", "..%2f..%2fstate.db", "/etc/passwd", "%2e%2e/v1/filing.json", "forms", "nothing.pdf"]
)
def test_only_files_of_the_bundle_are_given_out(browser: Browser, name: str) -> None:
    assert browser.client.get(f"/filings/{quote(browser.filing)}/file/{name}").status_code == 404


def test_a_scan_of_another_filing_is_not_given_out(browser: Browser, site: Site) -> None:
    other = "0" * 64
    assert browser.client.get(f"/filings/{quote(browser.filing)}/scan/{other}/1.jpg").status_code == 404


def test_a_large_form_is_refused(browser: Browser) -> None:
    form = browser.form("correct", NAME)
    assert browser.post({**form, "value": "x" * 70_000}).status_code == 413


def test_a_file_name_cannot_leave_its_folder(browser: Browser, site: Site) -> None:
    text = browser.get("/arrivals")
    token = text.partition('data-token="')[2].partition('"')[0]
    for folder, name in (("../../x", "../../y.jpg"), ("新件", "../.hidden.jpg")):
        answer = browser.client.put(
            "/upload",
            params={"folder": folder, "name": name},
            content=b"data",
            headers={"Origin": BASE, "X-Token": token},
        )
        assert answer.status_code == 200
    inbox = site.desk.settings.inbox
    outside = [
        path for path in inbox.parent.parent.rglob("*") if path.name.endswith("y.jpg") and inbox not in path.parents
    ]
    assert outside == []


def test_an_upload_needs_its_token_and_a_folder(browser: Browser) -> None:
    put = browser.client.put
    headers = {"Origin": BASE, "X-Token": "x"}
    assert put("/upload", params={"folder": "a", "name": "a.jpg"}, content=b"x", headers=headers).status_code == 403
    token = browser.get("/arrivals").partition('data-token="')[2].partition('"')[0]
    headers = {"Origin": BASE, "X-Token": token}
    assert put("/upload", params={"folder": " ", "name": "a.jpg"}, content=b"x", headers=headers).status_code == 422


def test_an_uploaded_file_goes_through_the_inbox(browser: Browser, site: Site) -> None:
    token = browser.get("/arrivals").partition('data-token="')[2].partition('"')[0]
    answer = browser.client.put(
        "/upload",
        params={"folder": "云杉", "name": HOSTILE_NAME},
        content=b"no picture at all",
        headers={"Origin": BASE, "X-Token": token},
    )
    assert answer.status_code == 200
    assert site.redraw.wait(browser.filing, 60, for_inbox=True)
    names = [one.name for one in site.desk.ledger.arrivals_of(browser.filing)]
    assert any("script" in name and "<" not in name for name in names)


def test_a_page_for_others_needs_a_password_and_no_token(site: Site) -> None:
    door = Door("192.0.2.7", 8123, {"anna": "correct horse battery"})
    client = TestClient(make_app(make_site(site.desk, door)), base_url="http://192.0.2.7:8123", follow_redirects=False)
    origin = {"Origin": "http://192.0.2.7:8123"}
    assert client.get("/").headers["location"] == "/login"
    wrong = {"name": "anna", "password": "wrong"}
    assert client.post("/login", data=wrong, headers=origin).status_code == 403
    assert client.post("/login", data={**wrong, "password": "correct horse battery"}, headers=origin).status_code == 303
    assert client.get("/").status_code == 200


def test_five_wrong_passwords_close_the_door_for_a_minute() -> None:
    clock = [0.0]
    sessions = Sessions(lang="zh", clock=lambda: clock[0])
    known = {"anna": "correct horse battery"}
    for _ in range(5):
        assert sessions.begin_with_password("anna", "guess", known) is None
    assert sessions.begin_with_password("anna", known["anna"], known) is None
    clock[0] = 61.0
    assert sessions.begin_with_password("anna", known["anna"], known) is not None


def test_a_session_ends_after_its_time() -> None:
    clock = [0.0]
    sessions = Sessions(lang="zh", clock=lambda: clock[0])
    session = sessions.begin_with_token(sessions.start_token, "anna")
    assert session is not None and sessions.find(session.id) is session
    clock[0] = 12 * 3600 + 1.0
    assert sessions.find(session.id) is None


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("anna:correct horse battery\n", 0o644, "chmod 600"),
        ("anna:short\n", 0o600, "line 1"),
        ("just a name and nothing else\n", 0o600, "line 1"),
        ("# nobody\n", 0o600, "empty"),
    ],
)
def test_a_password_file_that_protects_nothing_is_refused(tmp_path: Path, text: str, mode: int, said: str) -> None:
    path = tmp_path / "passwords"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(EnvironmentProblem) as caught:
        read_passwords(path)
    assert said in caught.value.en


def test_serving_to_others_without_a_password_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="password file"):
        read_passwords(tmp_path / "none")


def test_loopback_addresses_are_known() -> None:
    assert is_loopback("127.0.0.1") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("192.0.2.1")
    with pytest.raises(UsageError):
        is_loopback("example.com")
