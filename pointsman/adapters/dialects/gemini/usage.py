"""Gemini's counts of tokens and reasons to end, both ways. Source: ai.google.dev/api/generate-content."""

from __future__ import annotations

import re

from pointsman.core.chat.part import Part, ToolCall
from pointsman.core.chat.response import Finish, FinishReason, Other
from pointsman.core.chat.usage import UNKNOWN, Usage, add, difference
from pointsman.core.json import Json, JsonObject, as_list, as_object, compact, count_or_none, text_or_none

FINISH: dict[str, Finish] = {
    "STOP": Finish.STOP,
    "MAX_TOKENS": Finish.LENGTH,
    **dict.fromkeys(
        (
            *("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"),
            *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
        ),
        Finish.CONTENT_FILTER,
    ),
}
_WRITTEN: dict[FinishReason, str] = {
    Finish.STOP: "STOP",
    Finish.TOOL_CALLS: "STOP",
    Finish.LENGTH: "MAX_TOKENS",
    Finish.CONTEXT_FULL: "MAX_TOKENS",
    Finish.CONTENT_FILTER: "SAFETY",
    Finish.REFUSAL: "SAFETY",
    Finish.PAUSED: "STOP",
}
_AUDIO = "AUDIO"
_OWN = re.compile(r"[A-Z][A-Z_]*")
"""What a reason of Gemini's looks like; its clients know others as `OTHER`."""


def read_finish(raw: Json, parts: tuple[Part, ...]) -> FinishReason:
    """`finishReason`, which is STOP for calls too."""
    reason = text_or_none(raw)
    if reason in (None, "STOP") and any(isinstance(part, ToolCall) for part in parts):
        return Finish.TOOL_CALLS
    return Finish.STOP if reason is None else FINISH.get(reason) or Other(reason)


def write_finish(reason: FinishReason | None) -> str:
    """The reverse, within the vendor's words."""
    if isinstance(reason, Other):
        return reason.raw if _OWN.fullmatch(reason.raw) else "OTHER"
    return _WRITTEN.get(reason or Finish.STOP, "STOP")


def read_usage(raw: Json) -> Usage:
    """The prompt's count includes what was cached, the candidates' count excludes the thoughts."""
    if not isinstance(raw, dict):
        return UNKNOWN
    prompt = count_or_none(raw.get("promptTokenCount"))
    tools = count_or_none(raw.get("toolUsePromptTokenCount"))
    said = count_or_none(raw.get("candidatesTokenCount"))
    thoughts = count_or_none(raw.get("thoughtsTokenCount"))
    if said is None and thoughts is not None:
        said = 0
    return Usage(
        input=prompt if tools is None else add(prompt, tools),
        output=said if thoughts is None else add(said, thoughts),
        cached_input=count_or_none(raw.get("cachedContentTokenCount")),
        reasoning=thoughts,
        audio_input=_sound(raw.get("promptTokensDetails")),
        audio_output=_sound(raw.get("candidatesTokensDetails")),
    )


def _sound(details: Json) -> int | None:
    """Of counts by modality, that of sound."""
    counts = [
        count_or_none(one.get("tokenCount"))
        for one in map(as_object, as_list(details))
        if one.get("modality") == _AUDIO
    ]
    return sum(count or 0 for count in counts) if counts else None


def _details(sound: int | None, whole: int | None) -> Json:
    """The reverse; None where nothing is sound."""
    if not sound:
        return None
    rest = difference(whole, sound) or 0
    texts: list[Json] = [{"modality": "TEXT", "tokenCount": rest}] if rest else []
    return [*texts, {"modality": _AUDIO, "tokenCount": sound}]


def write_usage(usage: Usage, service_tier: str | None = None) -> JsonObject | None:
    """The reverse; what is unknown is absent."""
    written = compact(
        {
            "promptTokenCount": usage.input,
            "candidatesTokenCount": difference(usage.output, usage.reasoning),
            "thoughtsTokenCount": usage.reasoning,
            "cachedContentTokenCount": usage.cached_input,
            "totalTokenCount": usage.total,
            "promptTokensDetails": _details(usage.audio_input, usage.input),
            "candidatesTokensDetails": _details(usage.audio_output, difference(usage.output, usage.reasoning)),
            "serviceTier": service_tier,
        }
    )
    return written or None


def read_tier(raw: Json) -> str | None:
    """The tier that served an answer, which stands beside its counts."""
    return text_or_none(raw.get("serviceTier")) if isinstance(raw, dict) else None
