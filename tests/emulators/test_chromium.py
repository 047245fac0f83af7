"""The headless Chromium that tests drive has a camera that moves."""

from playwright.sync_api import Browser


def test_chromium_opens_a_page_and_its_fake_camera(chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto("chrome://version")
    kinds = page.evaluate("navigator.mediaDevices?.enumerateDevices().then(all => all.map(each => each.kind))")
    page.close()
    assert "videoinput" in kinds
