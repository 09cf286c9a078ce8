"""What a plug-in implements: the ports, the records they speak of, and what clients and middlewares are made from.

Each has its laws in `pointsman.testing.laws`, which real adapters and fakes both pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointsman.core.documents.document import Document as Document
from pointsman.core.documents.document import Passage as Passage
from pointsman.core.documents.document import RawDocument as RawDocument
from pointsman.core.documents.document_error import DocumentError as DocumentError
from pointsman.core.healing.report import CommandNotStarted as CommandNotStarted
from pointsman.core.healing.report import PatchNotApplied as PatchNotApplied
from pointsman.core.models.local_model import Capacity as Capacity
from pointsman.core.models.local_model import EnginePlan as EnginePlan
from pointsman.core.models.local_model import LocalModel as LocalModel
from pointsman.core.models.served_model import DownloadProgress as DownloadProgress
from pointsman.core.models.served_model import ServedModel as ServedModel
from pointsman.core.on_demand import load_name as _load_name
from pointsman.services.interceptors.interceptor import After as After
from pointsman.services.interceptors.interceptor import Call as Call
from pointsman.services.interceptors.interceptor import Interceptor as Interceptor
from pointsman.services.middleware.middleware import ChatMiddleware as ChatMiddleware
from pointsman.services.ports.authority import Authority as Authority
from pointsman.services.ports.authority_version import AuthorityVersion as AuthorityVersion
from pointsman.services.ports.cache_store import CacheEntry as CacheEntry
from pointsman.services.ports.cache_store import CacheStats as CacheStats
from pointsman.services.ports.cache_store import CacheStore as CacheStore
from pointsman.services.ports.change_hints import ChangeHints as ChangeHints
from pointsman.services.ports.cipher import Cipher as Cipher
from pointsman.services.ports.cipher import RotatingCipher as RotatingCipher
from pointsman.services.ports.client import CHAT as CHAT
from pointsman.services.ports.client import COMPLETE as COMPLETE
from pointsman.services.ports.client import COUNT_TOKENS as COUNT_TOKENS
from pointsman.services.ports.client import EMBED as EMBED
from pointsman.services.ports.client import HOLD_MODEL as HOLD_MODEL
from pointsman.services.ports.client import LIST_MODELS as LIST_MODELS
from pointsman.services.ports.client import PING as PING
from pointsman.services.ports.client import TRANSCRIBE as TRANSCRIBE
from pointsman.services.ports.client import ChatClient as ChatClient
from pointsman.services.ports.client import Client as Client
from pointsman.services.ports.client import ModelsQuery as ModelsQuery
from pointsman.services.ports.client import Operation as Operation
from pointsman.services.ports.client import Ping as Ping
from pointsman.services.ports.client import ResponseStream as ResponseStream
from pointsman.services.ports.client import TokenCount as TokenCount
from pointsman.services.ports.clock import Clock as Clock
from pointsman.services.ports.clock import Random as Random
from pointsman.services.ports.collection_store import CollectionStore as CollectionStore
from pointsman.services.ports.command_runner import CommandRun as CommandRun
from pointsman.services.ports.command_runner import CommandRunner as CommandRunner
from pointsman.services.ports.conversation_store import ConversationPage as ConversationPage
from pointsman.services.ports.conversation_store import ConversationQuery as ConversationQuery
from pointsman.services.ports.conversation_store import ConversationStore as ConversationStore
from pointsman.services.ports.engine import EngineOnMachine as EngineOnMachine
from pointsman.services.ports.engine import EngineStarter as EngineStarter
from pointsman.services.ports.engine import EngineWatch as EngineWatch
from pointsman.services.ports.engine import RunningEngine as RunningEngine
from pointsman.services.ports.event_carrier import EventCarrier as EventCarrier
from pointsman.services.ports.evidence_store import EvidenceStore as EvidenceStore
from pointsman.services.ports.executor import Executor as Executor
from pointsman.services.ports.executor import SandboxExecutor as SandboxExecutor
from pointsman.services.ports.extractor import Extraction as Extraction
from pointsman.services.ports.extractor import ExtractionError as ExtractionError
from pointsman.services.ports.extractor import Extractor as Extractor
from pointsman.services.ports.extractor import TextRecognizer as TextRecognizer
from pointsman.services.ports.identity_provider import IdentityProvider as IdentityProvider
from pointsman.services.ports.key_rotation import KeyRotation as KeyRotation
from pointsman.services.ports.key_store import KeyStore as KeyStore
from pointsman.services.ports.ledger import Ledger as Ledger
from pointsman.services.ports.ledger import Refused as Refused
from pointsman.services.ports.ledger import Reservation as Reservation
from pointsman.services.ports.memory_store import MemoryStore as MemoryStore
from pointsman.services.ports.model_book import ModelBook as ModelBook
from pointsman.services.ports.model_library import ModelLibrary as ModelLibrary
from pointsman.services.ports.model_library import ModelOffer as ModelOffer
from pointsman.services.ports.model_library import ModelShelf as ModelShelf
from pointsman.services.ports.model_server import ModelServer as ModelServer
from pointsman.services.ports.model_server import TellProgress as TellProgress
from pointsman.services.ports.provider_client import ProviderClient as ProviderClient
from pointsman.services.ports.recording_store import RecordedExchange as RecordedExchange
from pointsman.services.ports.recording_store import RecordingStore as RecordingStore
from pointsman.services.ports.router import Plan as Plan
from pointsman.services.ports.router import Router as Router
from pointsman.services.ports.run_store import Expenses as Expenses
from pointsman.services.ports.run_store import JournalRow as JournalRow
from pointsman.services.ports.run_store import ModelTally as ModelTally
from pointsman.services.ports.run_store import RunEntry as RunEntry
from pointsman.services.ports.run_store import RunFolder as RunFolder
from pointsman.services.ports.run_store import RunPlace as RunPlace
from pointsman.services.ports.run_store import RunStore as RunStore
from pointsman.services.ports.sandbox import Execution as Execution
from pointsman.services.ports.sandbox import Job as Job
from pointsman.services.ports.sandbox import JobLimits as JobLimits
from pointsman.services.ports.sandbox import Sandbox as Sandbox
from pointsman.services.ports.sandbox import SandboxError as SandboxError
from pointsman.services.ports.scoreboard import Scoreboard as Scoreboard
from pointsman.services.ports.scoreboard import Standing as Standing
from pointsman.services.ports.session_store import SessionStore as SessionStore
from pointsman.services.ports.settings_store import SettingsSource as SettingsSource
from pointsman.services.ports.settings_store import SettingsStore as SettingsStore
from pointsman.services.ports.settings_store import StoredSettings as StoredSettings
from pointsman.services.ports.shared_board import BoardNews as BoardNews
from pointsman.services.ports.shared_board import BoardRow as BoardRow
from pointsman.services.ports.shared_board import SharedBoard as SharedBoard
from pointsman.services.ports.shared_leases import SharedLease as SharedLease
from pointsman.services.ports.shared_leases import SharedLeases as SharedLeases
from pointsman.services.ports.shared_limits import Claim as Claim
from pointsman.services.ports.shared_limits import PastUse as PastUse
from pointsman.services.ports.shared_limits import SharedLimits as SharedLimits
from pointsman.services.ports.source_folder import FileChange as FileChange
from pointsman.services.ports.source_folder import SourceFile as SourceFile
from pointsman.services.ports.source_folder import SourceFolder as SourceFolder
from pointsman.services.ports.source_folder import Withheld as Withheld
from pointsman.services.ports.stores import Stores as Stores
from pointsman.services.ports.structure import Structure as Structure
from pointsman.services.ports.tools import Approve as Approve
from pointsman.services.ports.tools import ToolFunction as ToolFunction
from pointsman.services.ports.tracer import NO_TRACER as NO_TRACER
from pointsman.services.ports.tracer import Span as Span
from pointsman.services.ports.tracer import Tracer as Tracer
from pointsman.services.ports.usage_log import UsageLog as UsageLog
from pointsman.services.ports.user_store import UserStore as UserStore
from pointsman.services.streams.event_stream import EventStream as EventStream

if TYPE_CHECKING:
    from pointsman.adapters.http1.exchange import HttpRequest as HttpRequest
    from pointsman.adapters.http1.exchange import HttpResponse as HttpResponse
    from pointsman.adapters.http1.exchange import Transport as Transport

_ON_DEMAND: dict[str, str] = dict.fromkeys(
    ("HttpRequest", "HttpResponse", "Transport"), "pointsman.adapters.http1.exchange"
)
"""The port of connections, which speaks in httpx's exceptions: loaded when it is first named."""


def __getattr__(name: str) -> object:
    return _load_name(name, _ON_DEMAND, globals())
