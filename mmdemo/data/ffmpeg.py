"""ffmpeg as an untrusted parser: one bounded child process per job, never a hang, never a leftover.

Every run has its own session (the whole group is killed), resource limits set by a tiny wrapper
that then becomes ffmpeg (``preexec_fn`` is unsafe in a threaded server), no stdin, and a demuxer
and protocol whitelist, so that a playlist named .mp4 can neither open other files nor the network.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

STDERR_KEPT = 16 * 1024  # a damaged file can complain for gigabytes
IDLE_S = (
    30.0  # longest wait for one block; decoding one second of 4K AV1 takes about 2 s on 2 cores
)
POLL_S = 0.1  # how soon a stop is noticed while ffmpeg is busy
MEMORY_BYTES = 4 << 30  # address space; 10-bit 4K AV1 on two threads took 1.3 GB
MAX_PIXELS = 4096 * 2304  # DCI 4K fits, 8K does not
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"

# Sets the limits, then is replaced by ffmpeg: argv = memory, CPU seconds, file bytes, command...
_WRAPPER = """
import os, resource, sys
m, c, f = map(int, sys.argv[1:4])
for kind, value in (("RLIMIT_AS", m), ("RLIMIT_CPU", c), ("RLIMIT_FSIZE", f), ("RLIMIT_CORE", 0)):
    try:
        resource.setrlimit(getattr(resource, kind), (value, value))
    except (ValueError, OSError):
        pass
os.execv(sys.argv[4], sys.argv[4:])
"""


class FfmpegTimeout(Exception):
    """The process gave nothing for too long and was ended."""


@cache
def binary() -> str:
    """Path of the ffmpeg that imageio-ffmpeg brings along (there is no ffprobe)."""
    import imageio_ffmpeg

    return imageio_ffmpeg.get_ffmpeg_exe()


def input_arguments(path: Path) -> list[str]:
    """Options that must stand before an untrusted input, and the input itself."""
    guards = ["-protocol_whitelist", "file", "-format_whitelist", FORMATS]
    guards += ["-max_pixels", str(MAX_PIXELS), "-max_alloc", str(512 << 20)]
    return [*guards, "-i", str(path.absolute())]


@contextlib.contextmanager
def started(
    arguments: list[str], *, cpu_s: int, file_bytes: int = 0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ffmpeg under limits; on leaving, the process group is gone whatever happened."""
    limits = [str(MEMORY_BYTES), str(cpu_s), str(file_bytes)]
    wrapped = [sys.executable, "-I", "-S", "-c", _WRAPPER, *limits]
    command = [*wrapped, binary(), "-nostdin", "-hide_banner", *arguments]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        bufsize=0,
    )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and everything it started, and reap it."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


class Output:
    """What a running ffmpeg says: stdout in blocks, the end of stderr in ``errors``."""

    def __init__(self, process: subprocess.Popen[bytes], should_stop: Callable[[], bool] | None):
        self.process = process
        self.should_stop = should_stop or (lambda: False)
        self.stopped = False
        self._errors = bytearray()

    @property
    def errors(self) -> str:
        """The last lines ffmpeg wrote to stderr."""
        return os.fsdecode(bytes(self._errors))

    def blocks(self, size: int, idle_s: float = IDLE_S) -> Iterator[bytes]:
        """Whole blocks of ``size`` bytes as they come; a shorter rest at the end is dropped.

        Only time spent waiting counts against ``idle_s``: a slow consumer is no fault of ffmpeg.
        """
        buffer = bytearray()
        for chunk in self.chunks(idle_s):
            buffer += chunk
            while len(buffer) >= size:
                yield bytes(buffer[:size])
                del buffer[:size]

    def read_all(self, most: int, idle_s: float = IDLE_S) -> bytes:
        """Everything on stdout up to ``most`` bytes, until ffmpeg ends."""
        kept = bytearray()
        for chunk in self.chunks(idle_s):
            kept += chunk[: max(0, most - len(kept))]
        return bytes(kept)

    def chunks(self, idle_s: float = IDLE_S) -> Iterator[bytes]:
        """What comes on stdout, as it comes; FfmpegTimeout after ``idle_s`` of silence."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            selector.register(self.process.stderr, selectors.EVENT_READ)
            waited_since = time.monotonic()
            while selector.get_map():
                if self.should_stop():
                    self.stopped = True
                    return
                ready = selector.select(POLL_S)
                for key, _ in ready:
                    chunk = os.read(key.fd, 1 << 18)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is self.process.stderr:
                        self._errors = (self._errors + chunk)[-STDERR_KEPT:]
                    else:
                        yield chunk
                        waited_since = time.monotonic()
                if time.monotonic() - waited_since > idle_s:
                    raise FfmpegTimeout


def run(
    arguments: list[str],
    *,
    cpu_s: int = 60,
    idle_s: float = IDLE_S,
    file_bytes: int = 0,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[int, str, str]:
    """Run to the end: (exit status, start of stdout, end of stderr). May raise FfmpegTimeout."""
    with started(arguments, cpu_s=cpu_s, file_bytes=file_bytes) as process:
        output = Output(process, should_stop)
        stdout = output.read_all(1 << 20, idle_s)
        if output.stopped:
            return -signal.SIGKILL, "", output.errors
        return process.wait(), os.fsdecode(stdout), output.errors
