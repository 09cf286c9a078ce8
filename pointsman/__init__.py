"""One typed interface to every language model, local first. Every way a call can fail is in its type.

The public names stand here; `pointsman.blocking` is the same client for plain synchronous programs. Importing this
loads the data types; what does something is loaded when it is first named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointsman import _start as _start
from pointsman.core.chat.completion import Completion as Completion
from pointsman.core.chat.completion import CompletionRequest as CompletionRequest
from pointsman.core.chat.embedding import Embedding as Embedding
from pointsman.core.chat.embedding import EmbeddingRequest as EmbeddingRequest
from pointsman.core.chat.embedding import EmbeddingResponse as EmbeddingResponse
from pointsman.core.chat.event import Done as Done
from pointsman.core.chat.event import Failed as Failed
from pointsman.core.chat.event import PartDone as PartDone
from pointsman.core.chat.event import ReadingProgress as ReadingProgress
from pointsman.core.chat.event import ReasoningDelta as ReasoningDelta
from pointsman.core.chat.event import Restarted as Restarted
from pointsman.core.chat.event import Started as Started
from pointsman.core.chat.event import StreamEvent as StreamEvent
from pointsman.core.chat.event import TextDelta as TextDelta
from pointsman.core.chat.event import ToolCallDelta as ToolCallDelta
from pointsman.core.chat.event import ToolCallStarted as ToolCallStarted
from pointsman.core.chat.event import ToolRan as ToolRan
from pointsman.core.chat.message import Message as Message
from pointsman.core.chat.message import assistant as assistant
from pointsman.core.chat.message import system as system
from pointsman.core.chat.message import tool as tool
from pointsman.core.chat.message import user as user
from pointsman.core.chat.options import CallOptions as CallOptions
from pointsman.core.chat.part import Audio as Audio
from pointsman.core.chat.part import Bytes as Bytes
from pointsman.core.chat.part import File as File
from pointsman.core.chat.part import FileId as FileId
from pointsman.core.chat.part import Image as Image
from pointsman.core.chat.part import Opaque as Opaque
from pointsman.core.chat.part import Part as Part
from pointsman.core.chat.part import Reasoning as Reasoning
from pointsman.core.chat.part import Refusal as Refusal
from pointsman.core.chat.part import Text as Text
from pointsman.core.chat.part import ToolCall as ToolCall
from pointsman.core.chat.part import ToolResult as ToolResult
from pointsman.core.chat.part import Url as Url
from pointsman.core.chat.request import ChatRequest as ChatRequest
from pointsman.core.chat.request import Thinking as Thinking
from pointsman.core.chat.request import ask as ask
from pointsman.core.chat.response import ChatResponse as ChatResponse
from pointsman.core.chat.response import Finish as Finish
from pointsman.core.chat.response import FinishReason as FinishReason
from pointsman.core.chat.response import Other as Other
from pointsman.core.chat.response import Warning as Warning
from pointsman.core.chat.tool import ForcedTool as ForcedTool
from pointsman.core.chat.tool import ResponseSchema as ResponseSchema
from pointsman.core.chat.tool import Tool as Tool
from pointsman.core.chat.tool import ToolChoice as ToolChoice
from pointsman.core.chat.transcription import Segment as Segment
from pointsman.core.chat.transcription import Transcription as Transcription
from pointsman.core.chat.transcription import TranscriptionRequest as TranscriptionRequest
from pointsman.core.chat.usage import Usage as Usage
from pointsman.core.effect import effect as effect
from pointsman.core.effect import fail as fail
from pointsman.core.effect import settle as settle
from pointsman.core.effect import succeed as succeed
from pointsman.core.error import Attempt as Attempt
from pointsman.core.error import AuthenticationFailed as AuthenticationFailed
from pointsman.core.error import BudgetExceeded as BudgetExceeded
from pointsman.core.error import ChatError as ChatError
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
from pointsman.core.error import ReadingEstimate as ReadingEstimate
from pointsman.core.error import RequestRefused as RequestRefused
from pointsman.core.error import StorageError as StorageError
from pointsman.core.error import TimeoutError as TimeoutError
from pointsman.core.error import TransientError as TransientError
from pointsman.core.error import UnsupportedFeature as UnsupportedFeature
from pointsman.core.mcp_server import McpFailure as McpFailure
from pointsman.core.mcp_server import McpServer as McpServer
from pointsman.core.models.model import ModelFacts as ModelFacts
from pointsman.core.models.model import ModelInfo as ModelInfo
from pointsman.core.models.model import ModelRef as ModelRef
from pointsman.core.money.budget import Budget as Budget
from pointsman.core.money.cost import Cost as Cost
from pointsman.core.money.price import Price as Price
from pointsman.core.money.price import Rates as Rates
from pointsman.core.money.usage_record import UsageRecord as UsageRecord
from pointsman.core.money.usage_report import UsageRow as UsageRow
from pointsman.core.on_demand import load_name as _load_name
from pointsman.core.prompts.personality import Exchange as Exchange
from pointsman.core.prompts.personality import Happening as Happening
from pointsman.core.prompts.personality import Mood as Mood
from pointsman.core.prompts.personality import Personality as Personality
from pointsman.core.prompts.prompt import PromptTemplate as PromptTemplate
from pointsman.core.prompts.prompt import Variable as Variable
from pointsman.core.routing.backoff import Backoff as Backoff
from pointsman.core.routing.breaker import BreakerPolicy as BreakerPolicy
from pointsman.core.routing.experiment import Experiment as Experiment
from pointsman.core.routing.experiment import Variant as Variant
from pointsman.core.routing.policy import Explanation as Explanation
from pointsman.core.routing.rate import Limit as Limit
from pointsman.core.routing.rate import RateLimits as RateLimits
from pointsman.core.security.secret import Secret as Secret
from pointsman.core.settings import CacheSettings as CacheSettings
from pointsman.core.settings import MemorySettings as MemorySettings
from pointsman.core.settings import ModelSettings as ModelSettings
from pointsman.core.settings import ProviderSettings as ProviderSettings
from pointsman.core.settings import RetryOverrides as RetryOverrides
from pointsman.core.settings import RetrySettings as RetrySettings
from pointsman.core.settings import RoutingSettings as RoutingSettings
from pointsman.core.settings import Settings as Settings
from pointsman.core.settings import Timeouts as Timeouts

if TYPE_CHECKING:
    from pointsman.adapters.mcp.toolsets import Toolsets as Toolsets
    from pointsman.adapters.mcp.toolsets import open_mcp as open_mcp
    from pointsman.adapters.mcp.toolsets import open_toolsets as open_toolsets
    from pointsman.adapters.media.file_part import audio_from as audio_from
    from pointsman.adapters.media.file_part import file_from as file_from
    from pointsman.adapters.media.image import image_from as image_from
    from pointsman.adapters.tools.fetch import fetch_tool as fetch_tool
    from pointsman.adapters.tools.read_file import read_file_tool as read_file_tool
    from pointsman.adapters.typed.tool import tool_of as tool_of
    from pointsman.core.documents.chunk import Chunk as Chunk
    from pointsman.core.documents.chunk import split_document as split_document
    from pointsman.core.documents.document import Document as Document
    from pointsman.core.documents.document import Passage as Passage
    from pointsman.core.documents.document import RawDocument as RawDocument
    from pointsman.core.documents.document_error import DamagedDocument as DamagedDocument
    from pointsman.core.documents.document_error import DocumentError as DocumentError
    from pointsman.core.documents.document_error import DocumentTooLarge as DocumentTooLarge
    from pointsman.core.documents.document_error import EmptyDocument as EmptyDocument
    from pointsman.core.documents.document_error import EncryptedDocument as EncryptedDocument
    from pointsman.core.documents.document_error import ExtractionOverrun as ExtractionOverrun
    from pointsman.core.documents.document_error import ExtractorMissing as ExtractorMissing
    from pointsman.core.documents.document_error import MislabelledDocument as MislabelledDocument
    from pointsman.core.documents.document_error import NoSuchPages as NoSuchPages
    from pointsman.core.documents.document_error import NoTextLayer as NoTextLayer
    from pointsman.core.documents.document_error import UnreadableFile as UnreadableFile
    from pointsman.core.documents.document_error import UnsupportedDocument as UnsupportedDocument
    from pointsman.core.documents.quote import quote_document as quote_document
    from pointsman.core.healing.report import GroupReport as GroupReport
    from pointsman.core.healing.report import HealingReport as HealingReport
    from pointsman.core.healing.report import HealingRound as HealingRound
    from pointsman.core.healing.report import Proposal as Proposal
    from pointsman.core.images.image_limits import ImageLimits as ImageLimits
    from pointsman.core.notice import HealingOutcome as HealingOutcome
    from pointsman.core.notice import ModelStateChange as ModelStateChange
    from pointsman.layers.app import open_app as open_app
    from pointsman.layers.app import provide as provide
    from pointsman.layers.cluster import open_readers as open_readers
    from pointsman.layers.healing import healer_for as healer_for
    from pointsman.layers.healing import watcher_for as watcher_for
    from pointsman.layers.live import live as live
    from pointsman.layers.media import limits_of as limits_of
    from pointsman.layers.media import sound_formats_of as sound_formats_of
    from pointsman.layers.recipes import Layer as Layer
    from pointsman.layers.recipes import Layers as Layers
    from pointsman.layers.recipes import layer as layer
    from pointsman.layers.recipes import own_provider as own_provider
    from pointsman.layers.serve_options import ServeOptions as ServeOptions
    from pointsman.layers.serving import asgi_app as asgi_app
    from pointsman.layers.settings.found import load_settings as load_settings
    from pointsman.layers.settings.saved import load_all_settings as load_all_settings
    from pointsman.layers.typed import ask_for as ask_for
    from pointsman.services.app import App as App
    from pointsman.services.app import Program as Program
    from pointsman.services.conversations.conversation_service import Conversations as Conversations
    from pointsman.services.documents.document_reader import DocumentReader as DocumentReader
    from pointsman.services.documents.document_reader import ReadingOptions as ReadingOptions
    from pointsman.services.documents.long_reading import DocumentAnswer as DocumentAnswer
    from pointsman.services.event_bus import EventBus as EventBus
    from pointsman.services.healing.error_watch import ErrorWatcher as ErrorWatcher
    from pointsman.services.healing.healer import Healer as Healer
    from pointsman.services.healing.healer import approve_all as approve_all
    from pointsman.services.health import health as health
    from pointsman.services.interceptors.intercepted import Intercepted as Intercepted
    from pointsman.services.interceptors.interceptor import Interceptor as Interceptor
    from pointsman.services.manager import Estimate as Estimate
    from pointsman.services.manager import Manager as Manager
    from pointsman.services.middleware.cache import Cached as Cached
    from pointsman.services.middleware.fallback import Fallback as Fallback
    from pointsman.services.middleware.fallback import Step as Step
    from pointsman.services.middleware.hedge import Hedged as Hedged
    from pointsman.services.middleware.hooks import Hooked as Hooked
    from pointsman.services.middleware.prompt import Enhanced as Enhanced
    from pointsman.services.middleware.record import Recording as Recording
    from pointsman.services.middleware.replay import Replaying as Replaying
    from pointsman.services.middleware.retry import Retrying as Retrying
    from pointsman.services.middleware.tool_loop import Tooled as Tooled
    from pointsman.services.persona import Persona as Persona
    from pointsman.services.ports.client import ChatClient as ChatClient
    from pointsman.services.ports.client import Client as Client
    from pointsman.services.ports.client import Ping as Ping
    from pointsman.services.ports.client import ResponseStream as ResponseStream
    from pointsman.services.ports.client import TokenCount as TokenCount
    from pointsman.services.ports.own_client import client_of as client_of
    from pointsman.services.ports.provider_client import ProviderClient as ProviderClient
    from pointsman.services.ports.tools import ToolFunction as ToolFunction
    from pointsman.services.streams.fold import fold as fold
    from pointsman.services.typed.typed_answer import TypedAnswer as TypedAnswer
    from pointsman.services.typed.typed_stream import Partial as Partial
    from pointsman.testing.fake_layers import fake as fake
    from pointsman.testing.fake_layers import fake_settings as fake_settings

__version__ = "0.1.0"

_ON_DEMAND = {
    "Document": "pointsman.core.documents.document",
    "Passage": "pointsman.core.documents.document",
    "RawDocument": "pointsman.core.documents.document",
    "Chunk": "pointsman.core.documents.chunk",
    "DocumentError": "pointsman.core.documents.document_error",
    "DocumentAnswer": "pointsman.services.documents.long_reading",
    "DocumentReader": "pointsman.services.documents.document_reader",
    "ReadingOptions": "pointsman.services.documents.document_reader",
    "quote_document": "pointsman.core.documents.quote",
    "split_document": "pointsman.core.documents.chunk",
    "UnreadableFile": "pointsman.core.documents.document_error",
    "EmptyDocument": "pointsman.core.documents.document_error",
    "DocumentTooLarge": "pointsman.core.documents.document_error",
    "EncryptedDocument": "pointsman.core.documents.document_error",
    "DamagedDocument": "pointsman.core.documents.document_error",
    "MislabelledDocument": "pointsman.core.documents.document_error",
    "NoTextLayer": "pointsman.core.documents.document_error",
    "NoSuchPages": "pointsman.core.documents.document_error",
    "UnsupportedDocument": "pointsman.core.documents.document_error",
    "ExtractorMissing": "pointsman.core.documents.document_error",
    "ExtractionOverrun": "pointsman.core.documents.document_error",
    "open_readers": "pointsman.layers.cluster",
    "healer_for": "pointsman.layers.healing",
    "watcher_for": "pointsman.layers.healing",
    "Healer": "pointsman.services.healing.healer",
    "ErrorWatcher": "pointsman.services.healing.error_watch",
    "HealingReport": "pointsman.core.healing.report",
    "HealingRound": "pointsman.core.healing.report",
    "Proposal": "pointsman.core.healing.report",
    "GroupReport": "pointsman.core.healing.report",
    "approve_all": "pointsman.services.healing.healer",
    "HealingOutcome": "pointsman.core.notice",
    "ModelStateChange": "pointsman.core.notice",
    "Toolsets": "pointsman.adapters.mcp.toolsets",
    "open_mcp": "pointsman.adapters.mcp.toolsets",
    "open_toolsets": "pointsman.adapters.mcp.toolsets",
    "fetch_tool": "pointsman.adapters.tools.fetch",
    "read_file_tool": "pointsman.adapters.tools.read_file",
    "Enhanced": "pointsman.services.middleware.prompt",
    "Partial": "pointsman.services.typed.typed_stream",
    "ImageLimits": "pointsman.core.images.image_limits",
    "audio_from": "pointsman.adapters.media.file_part",
    "file_from": "pointsman.adapters.media.file_part",
    "image_from": "pointsman.adapters.media.image",
    "layer": "pointsman.layers.recipes",
    "limits_of": "pointsman.layers.media",
    "own_provider": "pointsman.layers.recipes",
    "sound_formats_of": "pointsman.layers.media",
    "TypedAnswer": "pointsman.services.typed.typed_answer",
    "ToolFunction": "pointsman.services.ports.tools",
    "Tooled": "pointsman.services.middleware.tool_loop",
    "Conversations": "pointsman.services.conversations.conversation_service",
    "ask_for": "pointsman.layers.typed",
    "tool_of": "pointsman.adapters.typed.tool",
    "App": "pointsman.services.app",
    "Cached": "pointsman.services.middleware.cache",
    "ChatClient": "pointsman.services.ports.client",
    "Client": "pointsman.services.ports.client",
    "Estimate": "pointsman.services.manager",
    "EventBus": "pointsman.services.event_bus",
    "Fallback": "pointsman.services.middleware.fallback",
    "Interceptor": "pointsman.services.interceptors.interceptor",
    "Intercepted": "pointsman.services.interceptors.intercepted",
    "Hedged": "pointsman.services.middleware.hedge",
    "Hooked": "pointsman.services.middleware.hooks",
    "Layer": "pointsman.layers.recipes",
    "Layers": "pointsman.layers.recipes",
    "Manager": "pointsman.services.manager",
    "Persona": "pointsman.services.persona",
    "Ping": "pointsman.services.ports.client",
    "Program": "pointsman.services.app",
    "Recording": "pointsman.services.middleware.record",
    "Replaying": "pointsman.services.middleware.replay",
    "ResponseStream": "pointsman.services.ports.client",
    "Retrying": "pointsman.services.middleware.retry",
    "Step": "pointsman.services.middleware.fallback",
    "ProviderClient": "pointsman.services.ports.provider_client",
    "TokenCount": "pointsman.services.ports.client",
    "client_of": "pointsman.services.ports.own_client",
    "fake": "pointsman.testing.fake_layers",
    "fake_settings": "pointsman.testing.fake_layers",
    "fold": "pointsman.services.streams.fold",
    "health": "pointsman.services.health",
    "live": "pointsman.layers.live",
    "load_all_settings": "pointsman.layers.settings.saved",
    "load_settings": "pointsman.layers.settings.found",
    "open_app": "pointsman.layers.app",
    "ServeOptions": "pointsman.layers.serve_options",
    "asgi_app": "pointsman.layers.serving",
    "provide": "pointsman.layers.app",
}
"""Where the names are that are loaded when they are first used."""


def __getattr__(name: str) -> object:
    return _load_name(name, _ON_DEMAND, globals())


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_DEMAND})
