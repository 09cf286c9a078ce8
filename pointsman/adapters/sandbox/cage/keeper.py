"""Beside each job, outside its world: starts it, reads what it writes, and ends it when its limits or its owner say so.

It has the rights of an ordinary user and a read-only file system; what the job writes it hands on, and does no more.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from typing import NoReturn, TypedDict

from pointsman.adapters.sandbox import launch
from pointsman.adapters.sandbox.cage.child import enter_namespaces, run_child

LENGTH_BYTES = 4
"""A job begins with its length, in network order."""


class KeptJob(TypedDict):
    """How a job ended, as it is sent back: `status` as of the system, `cut` the limit for which it was killed."""

    cut: str
    status: int
    output: str
    report: str
    cpu_seconds: float
    wall_seconds: float
    trouble: str


def keep(owner: socket.socket, interpreter: str) -> NoReturn:
    """Serve one job, in a process of its own. `owner` sends it, waits for how it ended, or goes: then it is killed."""
    try:
        job = _receive_job(owner)
        if job is not None:
            answer = json.dumps(_run(job, owner, interpreter)).encode()
            owner.setblocking(True)
            owner.sendall(answer)
    except Exception as problem:
        with contextlib.suppress(OSError):
            owner.sendall(json.dumps({"trouble": f"{type(problem).__name__}: {problem}"}).encode())
    os._exit(0)


def _receive_job(owner: socket.socket) -> launch.LaunchJob | None:
    """The job, or None where its owner is gone."""
    head = _receive(owner, LENGTH_BYTES)
    text = _receive(owner, int.from_bytes(head, "big"))
    job: launch.LaunchJob | None = json.loads(text) if text else None
    return job


def _receive(owner: socket.socket, length: int) -> bytes:
    parts: list[bytes] = []
    while length and (part := owner.recv(min(length, 2**20))):
        parts.append(part)
        length -= len(part)
    return b"" if length else b"".join(parts)


def _run(job: launch.LaunchJob, owner: socket.socket, interpreter: str) -> KeptJob:
    output, report, trouble = os.pipe(), os.pipe(), os.pipe()
    began = time.monotonic()
    enter_namespaces()
    child = os.fork()
    if child == 0:
        run_child(job, interpreter, output[1], report[1], trouble[1])
    for pipe in (output, report, trouble):
        os.close(pipe[1])
    watch = _Watch(child, owner, job["limits"], output[0], report[0], began)
    cut = watch.until_the_end()
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)  # with the first process of a world all its others have ended
    for file in (output[0], report[0]):
        watch.read(file)
    return {
        "cut": cut or watch.cut,
        "status": os.waitstatus_to_exitcode(status),
        "output": watch.texts[output[0]].decode("utf-8", "replace"),
        "report": watch.texts[report[0]].decode("utf-8", "replace"),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "wall_seconds": time.monotonic() - began,
        "trouble": os.read(trouble[0], 4096).decode("utf-8", "replace"),
    }


class _Watch:
    """What is read of a job while it runs."""

    def __init__(
        self, child: int, owner: socket.socket, limits: launch.LaunchLimits, output: int, report: int, began: float
    ) -> None:
        self.child, self.limits, self.cut = child, limits, ""
        self.deadline = began + limits["wall_seconds"]
        self.texts = {output: bytearray(), report: bytearray()}
        self.end = os.pidfd_open(child)
        self.owner = owner.fileno()
        self.poll = select.poll()
        for file in (output, report):
            os.set_blocking(file, False)
            self.poll.register(file, select.POLLIN)
        self.poll.register(self.end, select.POLLIN)
        self.poll.register(self.owner, 0)  # says only that it is gone

    def until_the_end(self) -> str:
        """Wait for the end of the job, or for a reason to end it, which is given."""
        while not self.cut:
            left = min(self.deadline - time.monotonic(), self._cpu_left())
            if left <= 0:
                return "timeout" if self.deadline <= time.monotonic() else "cpu"
            for file, _ in self.poll.poll(max(1, left * 1000)):
                if file == self.end:
                    return ""
                if file == self.owner:
                    return "gone"
                self.read(file)
        return self.cut

    def _cpu_left(self) -> float:
        """Seconds until the job can have used all its CPU time: it may be less, with several threads at once."""
        used = time.clock_gettime(~self.child << 3 | 2)  # the clock of a process, as clock_getcpuclockid(3) names it
        return self.limits["cpu_seconds"] - used

    def read(self, file: int) -> None:
        """Take what there is, up to the limit."""
        text, most = self.texts[file], self.limits["output_bytes"]
        while not self.cut:
            try:
                part = os.read(file, 65536)
            except BlockingIOError:
                return
            if not part:
                with contextlib.suppress(KeyError):
                    self.poll.unregister(file)
                return
            text += part
            if len(text) > most:
                del text[most:]
                self.cut = "output"
