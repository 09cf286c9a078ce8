"""The old address of `ScriptedClient`, which README named until 0.1: import it from `pointsman.testing`."""

import warnings

from pointsman.testing.client import ScriptedClient as ScriptedClient

warnings.warn("import ScriptedClient from pointsman.testing", DeprecationWarning, stacklevel=2)
