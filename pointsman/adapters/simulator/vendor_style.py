"""What of a simulated answer depends on the dialect: ids, opaque state, the words of an overflow. Data."""

from __future__ import annotations

from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class VendorStyle:
    """How answers look in one dialect.

    `origin` and `kind` are those of the `Opaque` state that the dialect can carry, and `state_on` says on which part
    it stands: with the reasoning itself, or (Gemini) with the first tool call or the last text.
    """

    dialect: str
    answer_id: str = "sim-"
    call_id: str = "call_sim"
    origin: str = ""
    kind: str = ""
    overflow: str = "This model's maximum context length is {limit} tokens, but the request has {tokens} tokens"
    """How the provider says that a prompt is too long."""
    state_on: Literal["reasoning", "answer", "nothing"] = "nothing"


VOICES: dict[str, VendorStyle] = {
    "openai-chat": VendorStyle(dialect="openai-chat", answer_id="chatcmpl-sim"),
    "openai-responses": VendorStyle(
        dialect="openai-responses",
        answer_id="resp_sim",
        origin="openai",
        kind="encrypted_content",
        state_on="reasoning",
    ),
    "anthropic": VendorStyle(
        dialect="anthropic",
        answer_id="msg_sim",
        call_id="toolu_sim",
        overflow="prompt is too long: {tokens} tokens > {limit} maximum",
        origin="anthropic",
        kind="signature",
        state_on="reasoning",
    ),
    "gemini": VendorStyle(
        dialect="gemini",
        overflow="The input token count ({tokens}) exceeds the maximum number of tokens allowed ({limit})",
        origin="gemini",
        kind="thought_signature",
        state_on="answer",
    ),
    "ollama": VendorStyle(dialect="ollama", overflow="the input length exceeds the context length"),
}


def voice_of(dialect: str) -> VendorStyle:
    """The voice of a dialect by name; a plain one where the table has none."""
    return VOICES.get(dialect, VendorStyle(dialect=dialect))
