"""Takes the pictures of the store app's way in for the documentation: `python -m tools.store_app_pictures`."""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.support.browser import chromium_path, launch_arguments
from tests.support.places import ROOT
from tests.support.store_app import NORTH, Merchant, Place, store_app

PICTURES = ROOT / "docs/pictures"


def main() -> None:
    """The pictures lie in docs/pictures, light, in the order in which a merchant sees them."""
    with tempfile.TemporaryDirectory() as folder, store_app(Path(folder)) as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=launch_arguments())
        _walk(browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="light"), place)
        browser.close()


def _walk(page: Page, place: Place) -> None:
    merchant = Merchant(page)
    page.goto(place.app_page)
    _take(page, "store-app-listing")
    page.get_by_role("link", name="Install in North tea").click()
    _take(page, "store-app-rights")
    page.get_by_role("button", name="Install").click()
    expect(merchant.frame.get_by_role("heading", name="Overview")).to_be_visible()
    place.offer(NORTH)
    place.sell(NORTH)
    page.reload()
    expect(merchant.frame.get_by_text("of 1 order heard")).to_be_visible()
    _take(page, "store-app-inside")


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
