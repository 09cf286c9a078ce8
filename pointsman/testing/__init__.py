"""For the tests of programs that use pointsman: fakes, a virtual clock, the simulator, and the laws of the ports.

Nothing here touches the network, and `import pointsman` does not import it. With pytest there are fixtures that need no
configuration: see `pointsman.testing.pytest_plugin`. The laws stand in `pointsman.testing.laws`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointsman.core.on_demand import load_name as _load_name

if TYPE_CHECKING:
    from pointsman.adapters.memory.cipher import PlainCipher as PlainCipher
    from pointsman.adapters.memory.recording_store import MemoryRecordings as MemoryRecordings
    from pointsman.testing.client import Reply as Reply
    from pointsman.testing.client import Script as Script
    from pointsman.testing.client import ScriptedClient as ScriptedClient
    from pointsman.testing.client import ScriptRule as ScriptRule
    from pointsman.testing.client import transcript as transcript
    from pointsman.testing.clock import FixedRandom as FixedRandom
    from pointsman.testing.clock import VirtualClock as VirtualClock
    from pointsman.testing.command_runner import ScriptedCommands as ScriptedCommands
    from pointsman.testing.engine import FakeEngines as FakeEngines
    from pointsman.testing.engine import FakeLibrary as FakeLibrary
    from pointsman.testing.extractor import FakeExtractor as FakeExtractor
    from pointsman.testing.failing_store import failing as failing
    from pointsman.testing.fake_layers import FAKE_PRICE as FAKE_PRICE
    from pointsman.testing.fake_layers import FixedModels as FixedModels
    from pointsman.testing.fake_layers import fake as fake
    from pointsman.testing.fake_layers import fake_settings as fake_settings
    from pointsman.testing.fake_layers import manager_over as manager_over
    from pointsman.testing.guard import refuse_remote as refuse_remote
    from pointsman.testing.identity_provider import FakeIdentityProvider as FakeIdentityProvider
    from pointsman.testing.key_rotation import CountingRotation as CountingRotation
    from pointsman.testing.router import FixedRouter as FixedRouter
    from pointsman.testing.router import router_to as router_to
    from pointsman.testing.sandbox import FakeSandbox as FakeSandbox
    from pointsman.testing.sandbox import PicklingExecutor as PicklingExecutor
    from pointsman.testing.sandbox import always_opening as always_opening
    from pointsman.testing.scripted_transport import ScriptedTransport as ScriptedTransport
    from pointsman.testing.shared_limits import FakeSharedLimits as FakeSharedLimits
    from pointsman.testing.simulator import Simulation as Simulation
    from pointsman.testing.simulator import run_simulator as run_simulator
    from pointsman.testing.source_folder import MemoryFolder as MemoryFolder
    from pointsman.testing.structure import plain_structure as plain_structure
    from pointsman.testing.tracer import RecordedSpans as RecordedSpans

_ON_DEMAND = {
    "CountingRotation": "pointsman.testing.key_rotation",
    "PicklingExecutor": "pointsman.testing.sandbox",
    "FAKE_PRICE": "pointsman.testing.fake_layers",
    "FakeEngines": "pointsman.testing.engine",
    "FakeLibrary": "pointsman.testing.engine",
    "FakeExtractor": "pointsman.testing.extractor",
    "FakeIdentityProvider": "pointsman.testing.identity_provider",
    "FakeSandbox": "pointsman.testing.sandbox",
    "FakeSharedLimits": "pointsman.testing.shared_limits",
    "FixedModels": "pointsman.testing.fake_layers",
    "FixedRandom": "pointsman.testing.clock",
    "MemoryFolder": "pointsman.testing.source_folder",
    "FixedRouter": "pointsman.testing.router",
    "MemoryRecordings": "pointsman.adapters.memory.recording_store",
    "PlainCipher": "pointsman.adapters.memory.cipher",
    "RecordedSpans": "pointsman.testing.tracer",
    "Reply": "pointsman.testing.client",
    "ScriptRule": "pointsman.testing.client",
    "Script": "pointsman.testing.client",
    "ScriptedCommands": "pointsman.testing.command_runner",
    "ScriptedClient": "pointsman.testing.client",
    "ScriptedTransport": "pointsman.testing.scripted_transport",
    "Simulation": "pointsman.testing.simulator",
    "VirtualClock": "pointsman.testing.clock",
    "always_opening": "pointsman.testing.sandbox",
    "failing": "pointsman.testing.failing_store",
    "fake": "pointsman.testing.fake_layers",
    "fake_settings": "pointsman.testing.fake_layers",
    "transcript": "pointsman.testing.client",
    "manager_over": "pointsman.testing.fake_layers",
    "plain_structure": "pointsman.testing.structure",
    "refuse_remote": "pointsman.testing.guard",
    "router_to": "pointsman.testing.router",
    "run_simulator": "pointsman.testing.simulator",
}
"""Where the names are that are loaded when they are first used."""


def __getattr__(name: str) -> object:
    return _load_name(name, _ON_DEMAND, globals())


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_DEMAND})
