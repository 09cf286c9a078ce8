"""The garbage collector in a process that serves."""

from __future__ import annotations

import subprocess
import sys

from tests.patience import GUARD


def test_what_is_there_at_the_start_is_set_aside_and_what_comes_later_is_still_collected() -> None:
    code = (
        "import gc, weakref\n"
        "from pointsman.adapters.system.server_process import freeze_gc\n"
        "class Ring: pass\n"
        "freeze_gc()\n"
        "assert gc.isenabled() and gc.get_freeze_count() > 1000\n"
        "ring = Ring(); ring.itself = ring; seen = weakref.ref(ring); del ring\n"
        "held = [[] for _ in range(gc.get_threshold()[0] + 100)]\n"
        "assert seen() is None\n"
        "print('well')\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=GUARD, check=False)
    assert (said.stdout, said.stderr) == ("well\n", "")
