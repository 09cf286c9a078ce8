"""Loaded before all else: while the command loads its modules, Ctrl-C ends it without a word.

The package itself takes half a second to load on a slow machine, and longer where nothing is compiled yet. Where the
package is loaded by anybody else than the command, nothing is done here. `__main__.main` takes over.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

_INTERRUPTED = 130
"""As in `adapters.cli.exit_codes`, which is not loaded yet."""
_IS_MODULE = ("-m", "pointsman") in zip(sys.orig_argv, sys.orig_argv[1:], strict=False)


def _is_command() -> bool:
    """Whether this process is `pointsman` or `python -m pointsman`, which loads its modules in its main thread."""
    if threading.current_thread() is not threading.main_thread():
        return False
    if sys.argv[:1] == ["-m"]:  # so it is called until the module is found
        return _IS_MODULE
    return bool(sys.argv) and os.path.basename(sys.argv[0]) in ("pointsman", "pointsman.exe")


def _is_loading() -> bool:
    """Whether the package or the command is being loaded. Whoever is only called so has loaded the package alone."""
    package = sys.modules["pointsman"].__spec__
    return _IS_MODULE or "pointsman.__main__" in sys.modules or bool(getattr(package, "_initializing", False))


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _is_loading():
        os._exit(_INTERRUPTED)
    signal.default_int_handler(number, frame)


if _is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _interrupt)
