"""Tokens cost by their kind, a provider's own word counts, and files are estimated by what is in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
import pytest

from pointsman import Bytes, ChatRequest, File, Image, Message, Price, Rates, Text, Usage
from pointsman.adapters.dialects.gemini.response import read_usage as read_gemini
from pointsman.adapters.dialects.gemini.response import write_usage as write_gemini
from pointsman.adapters.dialects.openai_chat.usage import read_usage, write_usage
from pointsman.core.chat.part import Audio, FileId
from pointsman.core.chat.token_estimate import PER_FILE, estimate_request, estimate_text
from pointsman.core.json import JsonObject
from pointsman.core.models.model import ModelFacts
from pointsman.core.money.cost import Cost
from pointsman.core.money.price import cost_of
from pointsman.services.interceptors.budget import foresee_most

MILLION = 1_000_000
TEXT_ONLY = Price(rates=Rates(input=Decimal(2), output=Decimal(10)), source="genai-prices")
WITH_SOUND = attrs.evolve(
    TEXT_ONLY,
    rates=Rates(input=Decimal(2), output=Decimal(10), audio_input=Decimal(40), audio_output=Decimal(80)),
)


def test_sound_costs_its_own_rate_and_the_rest_that_of_text() -> None:
    usage = Usage(2 * MILLION, MILLION, audio_input=MILLION, audio_output=MILLION // 2)
    assert cost_of(WITH_SOUND, usage) == Cost(Decimal(2 + 40 + 5 + 40))


def test_sound_without_a_rate_is_unknown_unless_the_price_is_the_users_own() -> None:
    usage = Usage(MILLION, 0, audio_input=MILLION)
    assert not cost_of(TEXT_ONLY, usage).complete
    assert cost_of(attrs.evolve(TEXT_ONLY, source="settings"), usage) == Cost(Decimal(2))


def test_what_the_provider_says_the_answer_cost_is_believed() -> None:
    told = read_usage({"prompt_tokens": 5, "completion_tokens": 2, "cost": 0.00125})
    assert cost_of(TEXT_ONLY, told) == cost_of(None, told) == Cost(Decimal("0.00125"))
    with_own_key: JsonObject = {"cost": 0.001, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}}
    assert read_usage(with_own_key).told_cost == Decimal("0.021")


@pytest.mark.parametrize("cost", [True, "0.5", -1, 1e300, float("nan"), [], {"total_cost": "1"}, None])
def test_what_is_no_amount_of_dollars_is_not_believed(cost: Any) -> None:
    assert read_usage({"prompt_tokens": 5, "completion_tokens": 2, "cost": cost}).told_cost is None


def test_both_dialects_that_tell_of_sound_are_read_and_written() -> None:
    usage = Usage(30, 9, audio_input=20, audio_output=5)
    openai, gemini = write_usage(usage), write_gemini(usage)
    assert openai is not None
    assert gemini is not None
    assert read_usage(openai) == usage
    assert read_gemini(gemini) == usage


def foreseen(*parts: Any) -> Decimal:
    request = ChatRequest("m", (Message("user", parts),), max_tokens=100)
    return foresee_most(request, ModelFacts(price=WITH_SOUND)).amount.cost.amount


def test_what_may_be_sound_is_held_back_at_the_price_of_sound() -> None:
    second = Bytes(b"\0" * 32_000, "audio/wav")
    assert foreseen(Audio(second)) > 4 * foreseen(Text("a second of words"))
    silent = ChatRequest("m", (Message("user", (Audio(second),)),))
    assert not foresee_most(silent, ModelFacts(price=TEXT_ONLY)).is_priced


def estimated(part: Any) -> int:
    return estimate_request(ChatRequest("m", (Message("user", (part,)),))) - 7


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\0" * 9


WORDS = "Which way to the station? " * 500
PAGES = b"%PDF-1.7\n" + b"<< /Type /Pages /Count 12 >>\n" + b"<< /Type /Page /Parent 1 0 R >>\n" * 12


@pytest.mark.parametrize(
    ("part", "least", "most"),
    [
        (File(Bytes(WORDS.encode(), "text/plain")), estimate_text(WORDS), estimate_text(WORDS)),
        (File(Bytes(WORDS.encode(), "application/octet-stream")), estimate_text(WORDS), estimate_text(WORDS)),
        (File(Bytes(PAGES, "application/pdf")), 12 * 1500, 12 * 3000),
        (File(Bytes(b"%PDF-1.7\n" + b"\x80" * 100_000, "application/pdf")), 10 * 1500, 30 * 3000),
        (File(Bytes(b"PK\x03\x04" + b"\0" * 40_000, "application/zip")), 10_000, 10_001),
        (File(FileId("file-1")), PER_FILE, PER_FILE),
        (Image(Bytes(png(1000, 1000), "image/png")), 1333, 1333),
        (Image(Bytes(png(16, 16), "image/png")), 85, 85),
        (Image(Bytes(png(9000, 9000), "image/png")), 1600, 1600),
    ],
)
def test_a_file_is_estimated_by_what_is_in_it(part: Any, least: int, most: int) -> None:
    assert least <= estimated(part) <= most
