"""Where models are simulated, the page offers the very small model: its size and licence first, got by one click."""

from __future__ import annotations

from tests.adapters.web.conftest import Site

MODELS = "/api/v1/local-models"


def test_it_is_offered_with_its_size_and_got_only_when_it_is_asked_for(site: Site) -> None:
    page = site.open()
    offer = page.locator(".small-model")
    offer.get_by_text("licence apache-2.0").wait_for()
    assert "98.0 MB to download" in offer.inner_text()
    assert site.asked("POST", MODELS) == []
    offer.get_by_role("button", name="Get it").click()
    offer.get_by_text("The model is here.").wait_for()
    assert site.asked("POST", MODELS) == [{"source": "smollm2"}]
