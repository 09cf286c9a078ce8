"""One typed interface to every language model, local first. Every way a call can fail is in its type.

The public names stand here; `pointsman.blocking` is the same client for plain synchronous programs. Importing this
loads the data types; what does something is loaded when it is first named.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pointsman.core.backoff import Backoff as Backoff
from pointsman.core.breaker import BreakerPolicy as BreakerPolicy
from pointsman.core.budget import Budget as Budget
from pointsman.core.completion import Completion as Completion
from pointsman.core.completion import CompletionRequest as CompletionRequest
from pointsman.core.cost import Cost as Cost
from pointsman.core.effect import effect as effect
from pointsman.core.effect import settle as settle
from pointsman.core.embedding import Embedding as Embedding
from pointsman.core.embedding import EmbeddingRequest as EmbeddingRequest
from pointsman.core.embedding import EmbeddingResponse as EmbeddingResponse
from pointsman.core.error import AuthenticationFailed as AuthenticationFailed
from pointsman.core.error import BudgetExceeded as BudgetExceeded
from pointsman.core.error import ConfigurationError as ConfigurationError
from pointsman.core.error import ContentFiltered as ContentFiltered
from pointsman.core.error import ContextTooLarge as ContextTooLarge
from pointsman.core.error import ConversationConflict as ConversationConflict
from pointsman.core.error import ConversationNotFound as ConversationNotFound
from pointsman.core.error import FallbackExhausted as FallbackExhausted
from pointsman.core.error import InvalidRequest as InvalidRequest
from pointsman.core.error import InvalidResponse as InvalidResponse
from pointsman.core.error import LLMError as LLMError
from pointsman.core.error import ModelNotFound as ModelNotFound
from pointsman.core.error import ModelUnavailable as ModelUnavailable
from pointsman.core.error import NetworkError as NetworkError
from pointsman.core.error import ProviderError as ProviderError
from pointsman.core.error import QuotaExhausted as QuotaExhausted
from pointsman.core.error import RateLimitExceeded as RateLimitExceeded
from pointsman.core.error import StorageError as StorageError
from pointsman.core.error import TimeoutError as TimeoutError
from pointsman.core.error import UnsupportedFeature as UnsupportedFeature
from pointsman.core.event import Done as Done
from pointsman.core.event import Failed as Failed
from pointsman.core.event import PartDone as PartDone
from pointsman.core.event import ReasoningDelta as ReasoningDelta
from pointsman.core.event import Restarted as Restarted
from pointsman.core.event import Started as Started
from pointsman.core.event import StreamEvent as StreamEvent
from pointsman.core.event import TextDelta as TextDelta
from pointsman.core.event import ToolCallDelta as ToolCallDelta
from pointsman.core.event import ToolCallStarted as ToolCallStarted
from pointsman.core.event import ToolRan as ToolRan
from pointsman.core.experiment import Experiment as Experiment
from pointsman.core.experiment import Variant as Variant
from pointsman.core.explanation import Explanation as Explanation
from pointsman.core.mcp_server import McpFailure as McpFailure
from pointsman.core.mcp_server import McpServer as McpServer
from pointsman.core.message import Message as Message
from pointsman.core.message import assistant as assistant
from pointsman.core.message import system as system
from pointsman.core.message import tool as tool
from pointsman.core.message import user as user
from pointsman.core.model import ModelInfo as ModelInfo
from pointsman.core.model import ModelRef as ModelRef
from pointsman.core.model_facts import ModelFacts as ModelFacts
from pointsman.core.options import CallOptions as CallOptions
from pointsman.core.part import Audio as Audio
from pointsman.core.part import Bytes as Bytes
from pointsman.core.part import File as File
from pointsman.core.part import FileId as FileId
from pointsman.core.part import Image as Image
from pointsman.core.part import Opaque as Opaque
from pointsman.core.part import Part as Part
from pointsman.core.part import Reasoning as Reasoning
from pointsman.core.part import Refusal as Refusal
from pointsman.core.part import Text as Text
from pointsman.core.part import ToolCall as ToolCall
from pointsman.core.part import ToolResult as ToolResult
from pointsman.core.part import Url as Url
from pointsman.core.personality import Exchange as Exchange
from pointsman.core.personality import Mood as Mood
from pointsman.core.personality import Personality as Personality
from pointsman.core.price import Price as Price
from pointsman.core.price import Rates as Rates
from pointsman.core.prompt import PromptTemplate as PromptTemplate
from pointsman.core.prompt import Variable as Variable
from pointsman.core.rate import Limit as Limit
from pointsman.core.rate import RateLimits as RateLimits
from pointsman.core.request import ChatRequest as ChatRequest
from pointsman.core.request import Thinking as Thinking
from pointsman.core.request import ask as ask
from pointsman.core.response import Attempt as Attempt
from pointsman.core.response import ChatResponse as ChatResponse
from pointsman.core.response import Finish as Finish
from pointsman.core.response import FinishReason as FinishReason
from pointsman.core.response import Other as Other
from pointsman.core.response import Warning as Warning
from pointsman.core.secret import Secret as Secret
from pointsman.core.settings import CacheSettings as CacheSettings
from pointsman.core.settings import MemorySettings as MemorySettings
from pointsman.core.settings import ModelSettings as ModelSettings
from pointsman.core.settings import ProviderSettings as ProviderSettings
from pointsman.core.settings import RetrySettings as RetrySettings
from pointsman.core.settings import RoutingSettings as RoutingSettings
from pointsman.core.settings import Settings as Settings
from pointsman.core.settings import Timeouts as Timeouts
from pointsman.core.tool import ForcedTool as ForcedTool
from pointsman.core.tool import ResponseSchema as ResponseSchema
from pointsman.core.tool import Tool as Tool
from pointsman.core.tool import ToolChoice as ToolChoice
from pointsman.core.transcription import Segment as Segment
from pointsman.core.transcription import Transcription as Transcription
from pointsman.core.transcription import TranscriptionRequest as TranscriptionRequest
from pointsman.core.usage import Usage as Usage
from pointsman.core.usage_record import UsageRecord as UsageRecord
from pointsman.core.usage_report import UsageRow as UsageRow

if TYPE_CHECKING:
    from pointsman.adapters.mcp.toolsets import Toolsets as Toolsets
    from pointsman.adapters.mcp.toolsets import open_mcp as open_mcp
    from pointsman.adapters.mcp.toolsets import open_toolsets as open_toolsets
    from pointsman.adapters.media.document import file_from as file_from
    from pointsman.adapters.media.image import image_from as image_from
    from pointsman.adapters.media.sound import audio_from as audio_from
    from pointsman.adapters.tools.fetch import fetch_tool as fetch_tool
    from pointsman.adapters.tools.read_file import read_file_tool as read_file_tool
    from pointsman.adapters.typed.tool import tool_of as tool_of
    from pointsman.core.image_limits import ImageLimits as ImageLimits
    from pointsman.layers.app import Layers as Layers
    from pointsman.layers.app import open_app as open_app
    from pointsman.layers.app import provide as provide
    from pointsman.layers.fake import fake as fake
    from pointsman.layers.fake import fake_settings as fake_settings
    from pointsman.layers.live import live as live
    from pointsman.layers.live import load_settings as load_settings
    from pointsman.layers.media import limits_of as limits_of
    from pointsman.layers.media import sound_formats_of as sound_formats_of
    from pointsman.layers.typed import ask_for as ask_for
    from pointsman.services.app import App as App
    from pointsman.services.app import Program as Program
    from pointsman.services.cached import Cached as Cached
    from pointsman.services.client import ChatClient as ChatClient
    from pointsman.services.client import Client as Client
    from pointsman.services.client import Ping as Ping
    from pointsman.services.client import ResponseStream as ResponseStream
    from pointsman.services.client import TokenCount as TokenCount
    from pointsman.services.conversations import Conversations as Conversations
    from pointsman.services.enhanced import Enhanced as Enhanced
    from pointsman.services.event_bus import EventBus as EventBus
    from pointsman.services.fallback import Fallback as Fallback
    from pointsman.services.fallback import Step as Step
    from pointsman.services.fold import fold as fold
    from pointsman.services.guard import Guard as Guard
    from pointsman.services.guarded import Guarded as Guarded
    from pointsman.services.hedged import Hedged as Hedged
    from pointsman.services.hooked import Hooked as Hooked
    from pointsman.services.manager import Estimate as Estimate
    from pointsman.services.manager import Manager as Manager
    from pointsman.services.recording import Recording as Recording
    from pointsman.services.replaying import Replaying as Replaying
    from pointsman.services.retrying import Retrying as Retrying
    from pointsman.services.tooled import Tooled as Tooled
    from pointsman.services.tooling import ToolFunction as ToolFunction
    from pointsman.services.typed_answer import TypedAnswer as TypedAnswer
    from pointsman.services.typed_stream import Partial as Partial

__version__ = "0.1.0"

_ON_DEMAND = {
    "Toolsets": "pointsman.adapters.mcp.toolsets",
    "open_mcp": "pointsman.adapters.mcp.toolsets",
    "open_toolsets": "pointsman.adapters.mcp.toolsets",
    "fetch_tool": "pointsman.adapters.tools.fetch",
    "read_file_tool": "pointsman.adapters.tools.read_file",
    "Enhanced": "pointsman.services.enhanced",
    "Partial": "pointsman.services.typed_stream",
    "ImageLimits": "pointsman.core.image_limits",
    "audio_from": "pointsman.adapters.media.sound",
    "file_from": "pointsman.adapters.media.document",
    "image_from": "pointsman.adapters.media.image",
    "limits_of": "pointsman.layers.media",
    "sound_formats_of": "pointsman.layers.media",
    "TypedAnswer": "pointsman.services.typed_answer",
    "ToolFunction": "pointsman.services.tooling",
    "Tooled": "pointsman.services.tooled",
    "Conversations": "pointsman.services.conversations",
    "ask_for": "pointsman.layers.typed",
    "tool_of": "pointsman.adapters.typed.tool",
    "App": "pointsman.services.app",
    "Cached": "pointsman.services.cached",
    "ChatClient": "pointsman.services.client",
    "Client": "pointsman.services.client",
    "Estimate": "pointsman.services.manager",
    "EventBus": "pointsman.services.event_bus",
    "Fallback": "pointsman.services.fallback",
    "Guard": "pointsman.services.guard",
    "Guarded": "pointsman.services.guarded",
    "Hedged": "pointsman.services.hedged",
    "Hooked": "pointsman.services.hooked",
    "Layers": "pointsman.layers.app",
    "Manager": "pointsman.services.manager",
    "Ping": "pointsman.services.client",
    "Program": "pointsman.services.app",
    "Recording": "pointsman.services.recording",
    "Replaying": "pointsman.services.replaying",
    "ResponseStream": "pointsman.services.client",
    "Retrying": "pointsman.services.retrying",
    "Step": "pointsman.services.fallback",
    "TokenCount": "pointsman.services.client",
    "fake": "pointsman.layers.fake",
    "fake_settings": "pointsman.layers.fake",
    "fold": "pointsman.services.fold",
    "live": "pointsman.layers.live",
    "load_settings": "pointsman.layers.live",
    "open_app": "pointsman.layers.app",
    "provide": "pointsman.layers.app",
}
"""Where the names are that are loaded when they are first used."""


def __getattr__(name: str) -> object:
    module = _ON_DEMAND.get(name)
    if module is None:
        raise AttributeError(f"module 'pointsman' has no attribute {name!r}")
    found: object = getattr(import_module(module), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_DEMAND})
