"""The `pointsman` command: joins the command line with the layers, and ends with the command's exit code.

Modules are loaded by the method that needs them, so that no command waits for what another one uses.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import NoReturn, cast

from pointsman.adapters.cli.exit_codes import BROKEN_PIPE, INTERRUPTED, OK, STORAGE
from pointsman.adapters.cli.streams import OutputLost, drop_output, keep_terminal
from pointsman.adapters.cli.terminal import Terminal, standard

_NEW_OBJECTS = 100_000
"""New objects that are still there between two collections of the youngest generation. With Python's 700 a tenth of the
CPU time of a short command goes into looking through modules that are being loaded, of which nothing is garbage."""


def main() -> NoReturn:
    """Run the command line of this process."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))  # while modules are loaded there is nothing to end
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
    _leave_out_httpx_command()
    restore = keep_terminal()
    terminal = standard()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _restore_on_sigterm(restore)
    try:
        code = _run_and_flush(terminal)
    finally:
        restore()
    if code == INTERRUPTED:
        os._exit(code)  # a thread may still wait for a line that will never come
    gc.freeze()  # all is closed: to look through it for garbage would be a seventh of the time of a short command
    sys.exit(code)


def _leave_out_httpx_command() -> None:
    """httpx loads its own command line (click, rich, pygments: 80 modules) where these are installed, as they are here.

    With None in its place the import system says that it is not there, which httpx is ready for.
    """
    cast("dict[str, ModuleType | None]", sys.modules).setdefault("httpx._main", None)


def _restore_on_sigterm(restore: Callable[[], None]) -> None:
    """SIGTERM ends the process as ever, and leaves its terminal usable. What listens to it itself comes before this."""

    def end(number: int, _frame: object) -> None:
        restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)


def _run_and_flush(terminal: Terminal) -> int:
    """The exit code of this process's command line. What breaks on the way is one sentence."""
    try:
        return _finish(sys.argv[1:], terminal)
    except KeyboardInterrupt:
        terminal.note("Interrupted.")
        return INTERRUPTED
    except (BrokenPipeError, OutputLost, BaseExceptionGroup) as problem:
        drop_output()
        return _lost_output(problem, terminal)


def _finish(arguments: Sequence[str], terminal: Terminal) -> int:
    try:
        code = run(arguments, terminal)
    except SystemExit as left:  # argparse has told what there was to tell
        code = left.code if isinstance(left.code, int) else OK
    terminal.out.flush()
    return code


def _lost_output(problem: BaseException, terminal: Terminal) -> int:
    """The exit code where standard output takes nothing more, also if several tasks have found that out."""
    reasons = list(_leaves(problem))
    if any(isinstance(one, KeyboardInterrupt) for one in reasons):
        return INTERRUPTED
    if any(isinstance(one, BrokenPipeError) for one in reasons):
        return BROKEN_PIPE
    lost = next((one for one in reasons if isinstance(one, OutputLost)), None)
    if lost is None:
        raise problem
    terminal.err.write(f"pointsman: standard output cannot be written: {lost}. Give it another file, or make room.\n")
    return STORAGE


def _leaves(problem: BaseException) -> Iterator[BaseException]:
    if not isinstance(problem, BaseExceptionGroup):
        yield problem
        return
    for one in problem.exceptions:
        yield from _leaves(one)


def run(arguments: Sequence[str], terminal: Terminal) -> int:
    """Run one command and give its exit code."""
    try:
        os.getcwd()
    except OSError:
        terminal.err.write("pointsman: the folder that you are in was deleted. Change to another one.\n")
        return STORAGE
    from pointsman import __version__
    from pointsman.adapters.cli.main import run_line
    from pointsman.adapters.providers.table import PROVIDERS
    from pointsman.wiring.live_wiring import LiveWiring

    return run_line(arguments, terminal, LiveWiring(), tuple(PROVIDERS), __version__)


if __name__ == "__main__":
    main()
