"""pointsman for programs that are neither async nor effectful: plain calls, errors as exceptions.

    with connect() as models:
        print(models.chat(ask("openai/gpt-4o-mini", "Hello")).text)

Each exception carries the tagged error as `.error`; its class is named after the tag. All that the manager can do is a
method of the client: see `pointsman.Manager`, whose methods have the same names and parameters.
"""

from pointsman.blocking.client import BlockingChat as BlockingChat
from pointsman.blocking.client import BlockingClient as BlockingClient
from pointsman.blocking.client import BlockingConversations as BlockingConversations
from pointsman.blocking.client import connect as connect
from pointsman.blocking.errors import AuthenticationFailed as AuthenticationFailed
from pointsman.blocking.errors import BudgetExceeded as BudgetExceeded
from pointsman.blocking.errors import ConfigurationError as ConfigurationError
from pointsman.blocking.errors import ContentFiltered as ContentFiltered
from pointsman.blocking.errors import ContextTooLarge as ContextTooLarge
from pointsman.blocking.errors import ConversationConflict as ConversationConflict
from pointsman.blocking.errors import ConversationNotFound as ConversationNotFound
from pointsman.blocking.errors import FallbackExhausted as FallbackExhausted
from pointsman.blocking.errors import InvalidRequest as InvalidRequest
from pointsman.blocking.errors import InvalidResponse as InvalidResponse
from pointsman.blocking.errors import ModelNotFound as ModelNotFound
from pointsman.blocking.errors import ModelUnavailable as ModelUnavailable
from pointsman.blocking.errors import NetworkError as NetworkError
from pointsman.blocking.errors import QuotaExhausted as QuotaExhausted
from pointsman.blocking.errors import RateLimitExceeded as RateLimitExceeded
from pointsman.blocking.errors import StorageError as StorageError
from pointsman.blocking.errors import TimeoutError as TimeoutError
from pointsman.blocking.errors import UnsupportedFeature as UnsupportedFeature
from pointsman.blocking.errors import exception_of as exception_of
from pointsman.blocking.methods import ClientMethods as ClientMethods
from pointsman.blocking.methods import MemoryMethods as MemoryMethods
from pointsman.blocking.raising import PointsmanError as PointsmanError
