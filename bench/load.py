"""Many visitors at once: python -m bench.load --clients 20 --minutes 3

Starts the real app, lets every visitor index its pictures and learn its right answers alone, then
lets all of them read sentences and faces, search, index and reload at once, while one more trains.
Times and memory are taken after a warm-up of the same kind, while threads, heaps and caches fill.
Fails when an answer is wrong or somebody else's, when a request fails (being told to wait is no
failure), when the page becomes unusable while training runs, or when memory or open files keep
growing.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from bench.app_start import running_app, wait_for_page
from bench.load_clients import (
    Client,
    Tally,
    Trainer,
    WrongAnswer,
    scene_pictures,
    timed,
)
from bench.process_watch import MB, Watch, growth
from bench.visitor import AskError, PageMap, Visitor, request

START_S = 600.0  # a machine that is busy with other things is slow to start
CYCLES = 200  # over which memory and open files must be flat
GROWTH_MB, GROWTH_FILES = 64, 20  # noise of the allocator; connections that just close
USABLE_S = 3.0  # 95 of 100 times the page answers sooner than this while training runs
PROBE_S = 1.0
PAUSE_S = (0.2, 1.2)  # a person looks at an answer before asking again


@dataclass(frozen=True)
class Outcome:
    """Everything that was measured."""

    clients: int
    seconds: float
    tally: Tally
    watch: Watch

    def growth(self, of: str) -> float | None:
        """Growth over CYCLES cycles; None when there were too few to tell."""
        return growth(self.watch.looks, of, CYCLES)

    def broken(self) -> list[str]:
        """The rules that were broken, in words."""
        found = [f"{len(what)} {kind}: {what[0]}" for kind, what in self.tally.faults.items()]
        if not self.tally.cycles:
            found.append("no visitor got through a single round")
        if (grown := (self.growth("resident") or 0) / MB) > GROWTH_MB:
            found.append(f"memory grows by {grown:.0f} MB in {CYCLES} cycles")
        if (grown := self.growth("files") or 0) > GROWTH_FILES:
            found.append(f"{grown:.0f} more open files in {CYCLES} cycles")
        for kind in ("page, while training", "light click, while training"):
            times = self.tally.times_s.get(kind)
            if times and percentile(times, 95) > USABLE_S:
                found.append(f"{kind}: {percentile(times, 95):.1f} s, more than {USABLE_S:g} s")
        return found

    def figures(self) -> dict:
        """As plain values."""
        last = self.watch.looks[-1] if self.watch.looks else None
        return {
            "clients": self.clients, "seconds": round(self.seconds), "cycles": self.tally.cycles,
            "trained": self.tally.trained, "busy": self.tally.busy, "in_line": self.tally.in_line,
            "faults": {kind: len(what) for kind, what in self.tally.faults.items()},
            "resident_mb": round(last.resident / MB) if last else 0,
            "tree_mb": round(max(look.tree for look in self.watch.looks) / MB) if last else 0,
            "files": last.files if last else 0,
            "growth_mb": _rounded(self.growth("resident"), MB),
            "growth_files": _rounded(self.growth("files")),
            "p95_s": {k: round(percentile(t, 95), 3) for k, t in self.tally.times_s.items()},
        }  # fmt: skip


def _rounded(value: float | None, unit: int = 1) -> float | None:
    return None if value is None else round(value / unit, 1)


def percentile(times: list[float], of_100: int) -> float:
    """The time that so many of 100 requests do not exceed."""
    return sorted(times)[min(len(times) * of_100 // 100, len(times) - 1)]


def report(outcome: Outcome) -> str:
    """The figures as a table."""
    told, tally = outcome.figures(), outcome.tally
    lines = [f"{told['clients']} visitors and one who trains, {told['seconds']} s, "
             f"{told['cycles']} rounds, {told['trained']} trainings",
             f"{'request':30}{'count':>7}{'median s':>10}{'95 of 100':>11}"]  # fmt: skip
    for kind, times in sorted(tally.times_s.items()):
        median, p95 = percentile(times, 50), percentile(times, 95)
        lines.append(f"{kind:30}{len(times):7}{median:10.2f}{p95:11.2f}")
    faults = ", ".join(f"{k} {len(tally.faults.get(k, []))}" for k in ("wrong", "crossed", "error"))
    lines += [
        f"answers: {faults}; told their place in line: {tally.in_line}; "
        f"asked to come back: {tally.busy}",
        f"app: {told['resident_mb']} MB, with its trainer at most {told['tree_mb']} MB, "
        f"{told['files']} open files",
        f"over {CYCLES} rounds: {told['growth_mb']:+.1f} MB, {told['growth_files']:+.1f} open files"
        if told["growth_mb"] is not None
        else "too few rounds to tell whether memory and open files stay flat",
    ]
    return "\n".join([*lines, *(f"BROKEN RULE: {what}" for what in outcome.broken())])


class Crowd:
    """All visitors over one running app."""

    def __init__(self, page: PageMap, clients: int, folder: Path) -> None:
        self.page = page
        scenes = scene_pictures()
        self.clients = [Client(number, page, folder, scenes) for number in range(clients)]
        self.trainer = Trainer(page)
        self.tally = Tally()
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """One visitor after the other."""
        for client in self.clients:
            client.prepare()
        self.trainer.prepare()

    def warm_up(self, seconds: float) -> None:
        """All at once; only what goes wrong is kept."""
        if seconds:
            self.rush(seconds, None)
            self.tally = Tally(faults=self.tally.faults)

    def rush(self, seconds: float, watch: Watch | None) -> None:
        """All at once."""
        ends = time.monotonic() + seconds
        work = [lambda c=client: self._visit(c, ends, watch) for client in self.clients]
        work += [lambda: self._train(ends), lambda: self._probe(ends)]
        threads = [threading.Thread(target=one, daemon=True) for one in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _visit(self, client: Client, ends: float, watch: Watch | None) -> None:
        tally = Tally()
        while time.monotonic() < ends:
            client.cycle(tally, ends)
            if watch is not None:
                with self._lock:
                    watch.cycles += 1
            time.sleep(client.random.uniform(*PAUSE_S))
        self._count(tally)

    def _train(self, ends: float) -> None:
        tally = Tally()
        while time.monotonic() < ends and not tally.faults:
            self.trainer.cycle(tally, ends)
        self._count(tally)

    def _probe(self, ends: float) -> None:
        """Somebody who only opens the page and clicks something light, every second."""
        tally, visitor = Tally(), Visitor(self.page)
        click = self.page.event("timer", "tick", "chip")
        while time.monotonic() < ends:
            during = ", while training" if self.trainer.running else ""
            timed(tally, f"page{during}", self._open, ends)
            timed(tally, f"light click{during}", lambda: visitor.fire(click), ends)
            time.sleep(PROBE_S)
        self._count(tally)

    def _open(self) -> None:
        status, body = request(self.page.url, "/")
        if status != 200 or b"gradio" not in body:
            raise WrongAnswer(f"the page answered with {status}")

    def _count(self, tally: Tally) -> None:
        with self._lock:
            self.tally.add(tally)


def run(clients: int, seconds: float, warm_s: float = 0.0) -> Outcome:
    """Start the app, prepare, warm up, rush, stop."""
    with running_app() as (process, url), tempfile.TemporaryDirectory() as folder:
        wait_for_page(process, url, time.perf_counter() + START_S)
        page = PageMap.of(url)
        wait_for_models(page, time.monotonic() + START_S)
        crowd = Crowd(page, clients, Path(folder))
        say(f"{clients} visitors learn their right answers, one after the other ...")
        try:
            crowd.prepare()
        except (WrongAnswer, AskError):
            say(_logged(process)[-3000:])
            raise
        say(f"now all at once, for {warm_s:.0f} s to warm up and {seconds:.0f} s ...")
        crowd.warm_up(warm_s)
        with Watch(process.pid) as watch:
            crowd.rush(seconds, watch)
        if "Traceback" in (log := _logged(process)):
            crowd.tally.fault("error", f"the app logged {log[log.index('Traceback') :]}")
        return Outcome(clients, seconds, crowd.tally, watch)


def _logged(process: subprocess.Popen) -> str:
    process.log.seek(0)
    return process.log.read()


def wait_for_models(page: PageMap, until: float) -> None:
    """Return when the page says that its models are ready. Raises RuntimeError."""
    visitor, look = Visitor(page), page.event("timer", "tick", "chip")
    while "mm-ready" not in visitor.shown("chip"):
        if "mm-failed" in visitor.shown("chip") or time.monotonic() > until:
            raise RuntimeError(f"the models are not ready: {visitor.shown('chip')}")
        time.sleep(0.5)
        visitor.fire(look)
    visitor.close()


def say(what: str) -> None:
    """Tell whoever waits."""
    print(what, file=sys.stderr, flush=True)


def main() -> int:
    """0 when no rule was broken, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--clients", type=int, default=20, help="visitors at once (default 20)")
    parser.add_argument("--minutes", type=float, default=3, help="how long (default 3)")
    parser.add_argument("--warm-up", type=float, default=3, metavar="MINUTES", help="(default 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures too")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # whoever ends it ends the app too
    outcome = run(args.clients, args.minutes * 60, args.warm_up * 60)
    print(report(outcome))
    if args.json:
        args.json.write_text(json.dumps(outcome.figures(), indent=1) + "\n", encoding="utf-8")
    return 1 if outcome.broken() else 0


if __name__ == "__main__":
    sys.exit(main())
