"""Beside all jobs, outside their worlds: has each started, reads what it writes, and ends it when its limits or its
owner say so.

It has the rights of an ordinary user and a read-only file system, and jobs are copies of another process than this one:
no job can find in its memory what others wrote.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from math import inf
from typing import NamedTuple, NoReturn, TypedDict

from pointsman.adapters.sandbox import launch

_MOST_BYTES = 4096
"""Of a message, and of what a job may say about trouble."""


class KeptJob(TypedDict):
    """How a job ended, as it is sent back: `status` as of the system, `cut` the limit for which it was killed."""

    cut: str
    status: int
    output: str
    report: str
    cpu_seconds: float
    wall_seconds: float
    trouble: str


def keep_jobs(control: socket.socket, starter: socket.socket) -> NoReturn:
    """Serve jobs until `control` closes; with this process all of them end.

    A message on `control` has the limits of a job, the socket of its owner and the file that it is read from. The owner
    is sent a file that says how it ended; one that goes has it killed. `starter` is the warm interpreter's.
    """
    keeper = _Keeper(control, starter)
    while True:
        keeper.serve()


class _Keeper:
    """All jobs that run."""

    def __init__(self, control: socket.socket, starter: socket.socket) -> None:
        self.control, self.starter = control, starter
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)
        self.watches: dict[int, _Watch] = {}
        """By each file that may say something of a job."""

    def serve(self) -> None:
        """Wait until something happens, and see to it."""
        left = min((watch.seconds_left() for watch in self._running()), default=inf)
        for file, _ in self.poll.poll(None if left == inf else max(1, left * 1000)):
            if file == self.control.fileno():
                self._begin()
            elif file in self.watches:
                self.watches[file].look(file)
        for watch in self._running():
            watch.end_if_late()
            if watch.is_over:
                self._finish(watch)

    def _running(self) -> set[_Watch]:
        return set(self.watches.values())

    def _begin(self) -> None:
        message, files, _, _ = socket.recv_fds(self.control, _MOST_BYTES, 2)
        if not message:
            os._exit(0)
        if len(files) < 2:  # there is no room for more: who sent them finds the socket closed
            for file in files:
                os.close(file)
            return
        owner, job = socket.socket(fileno=files[0]), files[1]
        try:
            watch = _Watch(owner, json.loads(message), _start(self.starter, job), self.poll)
        except OSError as problem:
            _answer(owner, json.dumps({"trouble": f"{type(problem).__name__}: {problem}"}))
        else:
            self.watches |= dict.fromkeys(watch.files, watch)
        finally:
            os.close(job)

    def _finish(self, watch: _Watch) -> None:
        for file in watch.files:
            del self.watches[file]
        _answer(watch.owner, json.dumps(watch.finish()))


class _JobProcess(NamedTuple):
    """A job's process, and the files that say something of it: `end` that it has ended."""

    child: int
    output: int
    report: int
    trouble: int
    end: int


def _start(starter: socket.socket, job: int) -> _JobProcess:
    """Have the warm interpreter start the job that is read from the file `job`. Its parent is this process."""
    with contextlib.ExitStack() as ours:
        with contextlib.ExitStack() as theirs:
            pipes = _pipe(ours, theirs), _pipe(ours, theirs), _pipe(ours, theirs)
            socket.send_fds(starter, [b"job"], [job, *(pipe[1] for pipe in pipes)])
            reply = starter.recv(_MOST_BYTES)
        if not reply:
            os._exit(1)  # it has ended, and nothing starts any more
        if not reply.isdigit():
            raise OSError(reply.decode())
        child = int(reply)
        ours.callback(_end, child)
        end = os.pidfd_open(child)
        ours.pop_all()
        (output, _), (report, _), (trouble, _) = pipes
        return _JobProcess(child, output, report, trouble, end)


def _pipe(ours: contextlib.ExitStack, theirs: contextlib.ExitStack) -> tuple[int, int]:
    """A pipe from them to us."""
    reading, writing = os.pipe()
    ours.callback(os.close, reading)
    theirs.callback(os.close, writing)
    return reading, writing


def _end(child: int) -> None:
    """Kill a job, and wait until nothing of it is left."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _answer(owner: socket.socket, text: str) -> None:
    """Send the owner a file with `text`: a message of its size could have to wait until it is read."""
    with owner, contextlib.suppress(OSError), open(os.memfd_create("answer"), "wb") as answer:
        answer.write(text.encode())
        answer.flush()
        socket.send_fds(owner, [b"answer"], [answer.fileno()])


class _Watch:
    """What is read of a job while it runs. `files` are those that may say something of it."""

    def __init__(
        self, owner: socket.socket, limits: launch.LaunchLimits, started: _JobProcess, poll: select.poll
    ) -> None:
        self.owner, self.limits, self.poll = owner, limits, poll
        self.child, self.output, self.report, self.trouble, self.end = started
        self.cut, self.is_over = "", False
        self.began = time.monotonic()
        self.texts = {self.output: bytearray(), self.report: bytearray()}
        self.files = (self.output, self.report, self.end, owner.fileno())
        for file in self.texts:
            os.set_blocking(file, False)
            poll.register(file, select.POLLIN)
        poll.register(self.end, select.POLLIN)
        poll.register(owner, 0)  # says only that it is gone

    def seconds_left(self) -> float:
        """Until the job may have reached a limit of time."""
        if self.cut:
            return inf  # it is being ended
        return min(self._wall_left(), self._cpu_left())

    def _wall_left(self) -> float:
        return self.began + self.limits["wall_seconds"] - time.monotonic()

    def _cpu_left(self) -> float:
        """Seconds until the job can have used all its CPU time: it may be less, with several threads at once."""
        used = time.clock_gettime(~self.child << 3 | 2)  # the clock of a process, as clock_getcpuclockid(3) names it
        return self.limits["cpu_seconds"] - used

    def look(self, file: int) -> None:
        """See what `file` has to say."""
        if file == self.end:
            self.is_over = True
        elif file == self.owner.fileno():
            self.poll.unregister(file)
            self._cut_off("gone")
        else:
            self._read(file)

    def end_if_late(self) -> None:
        """Kill the job where its time is up."""
        if not self.is_over and self.seconds_left() <= 0:
            self._cut_off("timeout" if self._wall_left() <= 0 else "cpu")

    def _cut_off(self, reason: str) -> None:
        """Kill the job, once; `end` says when all of it has ended."""
        if not self.cut:
            self.cut = reason
            os.kill(self.child, signal.SIGKILL)

    def _read(self, file: int) -> None:
        """Take what there is, up to the limit."""
        text, most = self.texts[file], self.limits["output_bytes"]
        while len(text) <= most:
            try:
                part = os.read(file, 65536)
            except BlockingIOError:
                return
            if not part:
                break
            text += part
        self._forget(file)
        if len(text) > most:
            del text[most:]
            self._cut_off("output")

    def _forget(self, file: int) -> None:
        with contextlib.suppress(KeyError):
            self.poll.unregister(file)

    def finish(self) -> KeptJob:
        """Read what is left, and let go of all: with the first process of a world all its others have ended."""
        for file in self.texts:
            self._read(file)
        _, status, usage = os.wait4(self.child, 0)
        trouble = os.read(self.trouble, _MOST_BYTES)
        for file in (self.end, self.owner.fileno()):
            self._forget(file)
        for file in (self.output, self.report, self.end, self.trouble):
            self._forget(file)
            os.close(file)
        return {
            "cut": self.cut,
            "status": os.waitstatus_to_exitcode(status),
            "output": self.texts[self.output].decode("utf-8", "replace"),
            "report": self.texts[self.report].decode("utf-8", "replace"),
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "wall_seconds": time.monotonic() - self.began,
            "trouble": trouble.decode("utf-8", "replace"),
        }
