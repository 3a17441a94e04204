"""The test browser runs pages, shares nothing between tests, and stays away from the home folder."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support import browser as chromium


def test_a_page_runs_its_scripts(page: Page) -> None:
    page.set_content("<h1>before</h1><script>document.querySelector('h1').textContent = 'after'</script>")
    assert page.inner_text("h1") == "after"


def test_two_pages_share_no_cookies(browser: Browser) -> None:
    first, second = browser.new_context(), browser.new_context()
    first.add_cookies([{"name": "seen", "value": "yes", "url": "http://localhost"}])
    assert [cookie["name"] for cookie in first.cookies()] == ["seen"]
    assert second.cookies() == []
    first.close()
    second.close()


def test_a_browser_named_by_hand_comes_before_any_found_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = tmp_path / "chromium"
    found.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(chromium.SETTING, raising=False)
    assert chromium.chromium_path() == str(found)
    monkeypatch.setenv(chromium.SETTING, "/opt/other/chromium")
    assert chromium.chromium_path() == "/opt/other/chromium"


def test_the_browser_keeps_its_leftovers_under_the_home_it_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere/else")
    environment = chromium.environment(tmp_path)
    assert environment["HOME"] == str(tmp_path)
    assert "XDG_CONFIG_HOME" not in environment
    assert environment["PATH"] == os.environ["PATH"]
