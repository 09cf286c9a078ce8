"""The old address of what an answer is made of, which programs imported until 0.1: it goes with the next version."""

import warnings

from pointsman.core.chat.response import ChatResponse as ChatResponse
from pointsman.core.chat.response import Choice as Choice
from pointsman.core.chat.response import Finish as Finish
from pointsman.core.chat.response import FinishReason as FinishReason
from pointsman.core.chat.response import Other as Other
from pointsman.core.chat.response import Warning as Warning

warnings.warn("import this from pointsman, or from pointsman.core.chat.response", DeprecationWarning, stacklevel=2)
