"""What the visitors of the load test do, and how each knows that its answer is its own."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from bench.visitor import AskError, PageMap, Visitor
from mmdemo.config import ROOT, Limits
from mmdemo.data.video import sample_frames

SCENES = ROOT / "assets" / "scenes.mp4"
SCENES_AT = {"woman": 2.0, "cat": 6.0, "coffee": 10.0, "rocket": 14.0}  # seconds of that video
QUERIES = {
    "a smiling woman in an orange suit": "woman",
    "a cat looking at the camera": "cat",
    "a cup of coffee on a table": "coffee",
    "a rocket at night": "rocket",
}
PORTRAIT = ROOT / "assets" / "astronaut.jpg"
FEELINGS = ("I am so happy about the {}!", "The {} makes me furious.", "I miss my {} so much.",
            "I am terrified of the {}.", "What a surprise, a {}!", "The {} is disgusting.",
            "The {} is on the table.")  # fmt: skip
THINGS = ("garden", "letter", "journey", "kitchen", "neighbour", "river", "concert", "storm",
          "holiday", "puppy", "mountain", "exam")  # fmt: skip
BUSY_PAUSE_S = 1.0
LOOK_S = 0.5  # between two looks at work in the background; the page itself looks every second
INDEX_PATIENCE_S, TRAIN_PATIENCE_S = 600.0, 600.0  # the first waits until the models are there


class WrongAnswer(Exception):
    """An answer differs from the one computed alone."""


class CrossedAnswer(WrongAnswer):
    """An answer holds something that belongs to somebody else."""


@dataclass
class Tally:
    """What happened, by kind of request. Each thread has its own; they are added up at the end."""

    times_s: dict[str, list[float]] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)  # wrong, crossed, error -> what
    busy: int = 0  # asked to come back
    in_line: int = 0  # told their place in line
    cycles: int = 0
    trained: int = 0

    def add(self, other: Tally) -> None:
        """Count what another thread counted."""
        for mine, theirs in ((self.times_s, other.times_s), (self.faults, other.faults)):
            for kind, found in theirs.items():
                mine.setdefault(kind, []).extend(found)
        self.busy += other.busy
        self.in_line += other.in_line
        self.cycles += other.cycles
        self.trained += other.trained

    def fault(self, kind: str, what: str) -> None:
        """Something that must not happen."""
        self.faults.setdefault(kind, []).append(what[:300])


def timed(tally: Tally, kind: str, work: Callable[[], None], ends_s: float) -> None:
    """Do ``work``, again while the server is busy; what goes wrong is counted."""
    while True:
        start = time.monotonic()
        try:
            work()
        except AskError as refused:
            if refused.busy and time.monotonic() < ends_s:
                tally.busy += 1
                time.sleep(BUSY_PAUSE_S)
                continue
            tally.fault("error", f"{kind}: {refused}")
        except WrongAnswer as wrong:
            crossed = isinstance(wrong, CrossedAnswer)
            tally.fault("crossed" if crossed else "wrong", f"{kind}: {wrong}")
        except Exception as broken:  # whatever it is, the other visitors go on and it is counted
            tally.fault("error", f"{kind}: {broken!r}")
        else:
            tally.times_s.setdefault(kind, []).append(time.monotonic() - start)
        return


def scene_pictures() -> dict[str, Image.Image]:
    """A picture of each scene of the example video."""
    times = {round(at): name for name, at in SCENES_AT.items()}
    frames = sample_frames(SCENES, 1.0, max_side=256, limits=Limits())
    return {times[round(at)]: frame for at, frame in frames if round(at) in times}


class Client:
    """One visitor with a sentence, a library and a workspace of its own."""

    def __init__(self, number: int, page: PageMap, folder: Path, scenes: dict) -> None:
        self.page, self.prefix = page, f"client{number:02d}"
        self.random = random.Random(number)
        self.folder, self.scenes, self.extras = folder, scenes, 0
        feeling, thing = FEELINGS[number % len(FEELINGS)], THINGS[number % len(THINGS)]
        self.sentence = feeling.format(thing)
        self.visitor = Visitor(page)
        self.right: dict[str, str | list[str]] = {}  # kind of question -> the answer computed alone
        self.query, self.scene = list(QUERIES.items())[number % len(QUERIES)]

    def prepare(self) -> None:
        """Index the library and learn the right answers, while nobody else is there."""
        uploads = [self._picture(name, name) for name in self.scenes]
        self._index(uploads)
        self.right["library"] = sorted(path.name for path in uploads)
        self.right["emotion"], self.right["face"] = self._read(), self._read(face=True)
        self.right["search"] = self._found()
        if not str(self.right["search"][0]).startswith(f"{self.prefix}-{self.scene}"):
            raise WrongAnswer(f"{self.query!r} alone gave {self.right['search']}")

    def cycle(self, tally: Tally, ends_s: float) -> None:
        """One round: always a sentence, often a search, at times something new to index."""
        timed(tally, "emotion", self._check_emotion, ends_s)
        if self.random.random() < 0.3:
            timed(tally, "emotion with a face", self._check_face, ends_s)
        if self.random.random() < 0.5:
            timed(tally, "search", self._check_search, ends_s)
        if self.random.random() < 0.15:
            timed(tally, "index a picture", self._check_index, ends_s)
        tally.in_line, self.visitor.in_line = tally.in_line + self.visitor.in_line, 0
        if self.random.random() < 0.1:
            timed(tally, "reload", self._check_reload, ends_s)
        tally.cycles += 1

    def _picture(self, scene: str, name: str) -> Path:
        """A picture of a scene that nobody else has: a random cut of it with a mark of its own."""
        image = self.scenes[scene]
        left, top = self.random.randrange(1, 12), self.random.randrange(1, 12)
        image = image.crop((left, top, image.width - 12 + left, image.height - 12 + top))
        image.paste(tuple(self.random.randbytes(3)), (0, 0, 8, 8))
        path = self.folder / f"{self.prefix}-{name}.jpg"
        image.save(path, quality=90)
        return path

    def _read(self, face: bool = False) -> str:
        v, asked = self.visitor, self.page.event("run", "click")
        v.set("sentence", self.sentence)
        v.set("picture", v.upload([PORTRAIT])[0] if face else None)
        v.fire(asked)
        answer = v.shown("answer")
        if v.shown("error"):
            raise WrongAnswer(_plain(v.shown("error")))
        v.fire(self.page.after(asked))
        if "mm-word" not in v.shown("why"):
            raise WrongAnswer("the answer was not explained")
        return _plain(answer)

    def _found(self) -> list[str]:
        v = self.visitor
        v.set("query", self.query)
        v.fire(self.page.event("find", "click"))
        if v.shown("find-error"):
            raise WrongAnswer(_plain(v.shown("find-error")))
        return self._own_names(v.shown("found"))

    def _own_names(self, html: str) -> list[str]:
        names = list(dict.fromkeys(re.findall(r"client\d\d-[\w-]+\.jpg", html)))
        if strange := [name for name in names if not name.startswith(self.prefix)]:
            raise CrossedAnswer(f"{self.prefix} was shown {strange}")
        return names

    def _index(self, paths: list[Path]) -> None:
        v = self.visitor
        v.set("drop", v.upload(paths))
        v.fire(self.page.event("drop", "upload"))
        until = time.monotonic() + INDEX_PATIENCE_S
        while "<progress" in v.shown("library") and time.monotonic() < until:
            time.sleep(LOOK_S)
            v.fire(self.page.event("timer", "tick", "library"))
        if v.shown("library-error"):
            raise WrongAnswer(_plain(v.shown("library-error")))
        names = self._own_names(v.shown("library"))
        if missing := {path.name for path in paths} - set(names):
            told = _plain(v.shown("library"))
            raise WrongAnswer(f"not in the library: {sorted(missing)}; it says: {told}")

    def _check(self, kind: str, answer: str | list[str]) -> None:
        if answer != self.right[kind]:
            raise WrongAnswer(f"{self.prefix}: {answer} instead of {self.right[kind]}")

    def _check_emotion(self) -> None:
        self._check("emotion", self._read())

    def _check_face(self) -> None:
        self._check("face", self._read(face=True))

    def _check_search(self) -> None:
        self._check("search", self._found())

    def _check_index(self) -> None:
        """Something new is indexed, then taken out again."""
        self.extras += 1
        path = self._picture(self.random.choice(list(self.scenes)), f"extra-{self.extras}")
        self._index([path])
        v = self.visitor
        rows = re.findall(r"<li>.*?</li>", v.shown("library"), re.DOTALL)
        row = next(row for row in rows if path.name in row)
        if (item := re.search(r"item&quot;: &quot;([^&]+)", row)) is None:
            raise WrongAnswer(f"it was left out: {_plain(row)}")
        remove = self.page.event("library", "remove")
        v.fire(remove, item=item[1])
        v.fire(remove, item=item[1])  # the first one only asks whether that is meant
        if path.name in self._own_names(v.shown("library")):
            raise WrongAnswer(f"{path.name} was removed and is still there")

    def _check_reload(self) -> None:
        """The page is opened anew with what the browser kept: everything is there again."""
        token = self.visitor.token
        self.visitor.close()
        v = self.visitor = Visitor(self.page, token)
        if v.token != token:
            raise WrongAnswer("the workspace was not found again")
        opened = self.page.event("page", "load")
        v.fire(self.page.after(opened, 0))
        v.fire(self.page.after(opened, 1))
        if (held := sorted(self._own_names(v.shown("library")))) != self.right["library"]:
            raise WrongAnswer(f"{self.prefix}: the library holds {held}")
        if TRAINED_NAME in str(v.values):
            raise CrossedAnswer(f"{self.prefix} was shown somebody else's training")


TRAINED_NAME = "model-of-the-trainer"


class Trainer:
    """The visitor who trains, again and again."""

    def __init__(self, page: PageMap) -> None:
        self.page, self.visitor = page, Visitor(page)
        self.running = False
        self._shown = ""

    def prepare(self) -> None:
        """Load an example dataset."""
        self.visitor.fire(self.page.event("teach-templates", "template"), template="emotion")
        if self.visitor.shown("gather-error"):
            raise WrongAnswer(_plain(self.visitor.shown("gather-error")))

    def cycle(self, tally: Tally, ends_s: float) -> None:
        """One training; when time is up it is stopped."""
        timed(tally, "training", lambda: self._train(tally, ends_s), ends_s)

    def _train(self, tally: Tally, ends_s: float) -> None:
        v = self.visitor
        v.set("teach-name", TRAINED_NAME)
        v.fire(self.page.event("teach-run", "click"))
        until = time.monotonic() + TRAIN_PATIENCE_S
        look, self.running = self.page.event("timer", "tick", "train-card"), True
        stopped = False
        while 'data-state="busy"' in v.shown("train-card"):
            if time.monotonic() > ends_s and not stopped:
                v.fire(self.page.event("teach-stop", "click"))
                stopped = True
            if time.monotonic() > until:
                raise WrongAnswer(f"training takes too long: {_plain(v.shown('train-card'))}")
            time.sleep(LOOK_S)
            v.fire(look)
        if not stopped:
            if v.shown("train-error") or 'data-state="done"' not in v.shown("train-card"):
                card = v.shown("train-error") or v.shown("train-card")
                raise WrongAnswer(f"the training failed: {_plain(card)}")
            tally.trained += 1
        self.running = False


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()
