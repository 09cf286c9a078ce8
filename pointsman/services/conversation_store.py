"""The old address of the port of conversations, which programs imported until 0.1: it goes with the next version."""

import warnings

from pointsman.services.ports.conversation_store import ConversationQuery as ConversationQuery
from pointsman.services.ports.conversation_store import ConversationStore as ConversationStore

warnings.warn("import this from pointsman.ports", DeprecationWarning, stacklevel=2)
