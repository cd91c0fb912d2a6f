"""Every odd file through every way in: it is read, or refused with a sentence that names it."""

from __future__ import annotations

import csv
import os

import pytest

from mmdemo.config import MB, Limits
from mmdemo.data.dataset import read_dataset
from mmdemo.data.images import check_image, load_image
from mmdemo.data.names import called, clean
from mmdemo.data.video import probe, sample_frames
from mmdemo.data.workspaces import Workspaces
from mmdemo.services.emotion.service import EmotionService
from mmdemo.services.finetune.service import FinetuneService
from tests.robust.odd_media import NEITHER, PICTURE, VIDEO
from tests.robust.watched import faults_of, outcome
from tests.services.coloured import indexed, service

LIMITS = Limits()
# opening a video costs two processes; these stand for the others in the default run
TELLING = {
    "plain.mp4", "no length said.webm", "one frame.mp4", "cut, index first.mp4", "cut.mp4",
    "playlist to the network.mp4", "playlist to a file.mp4", "concat list.mp4", "sound alone.mp4",
    "title that poses as a stream.mp4", "two\nlines.mp4", "link to a secret.jpg", "pipe.mp4",
    "link without an end.mp4", "noise.mp4",
}  # fmt: skip
_PICTURES = (".jpg", ".png", ".gif", ".bmp", ".webp")


def quick(odd) -> bool:
    """Whether a file is looked at in the default run by readers of videos too."""
    return odd.path.name in TELLING or odd.kind == PICTURE or odd.path.suffix.lower() in _PICTURES


def some(corpus, everything: bool):
    return [odd for odd in corpus if everything or quick(odd)]


def few(corpus, everything: bool, every: int = 12):
    """Some of the telling ones and some of the others, for readers that need longer for each."""
    telling = sorted(TELLING)[:: every // 4]
    return [
        odd
        for n, odd in enumerate(corpus)
        if everything or odd.path.name in telling or (quick(odd) and n % every == 0)
    ]


EXTENT = pytest.mark.parametrize(
    "everything", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["some", "all"]
)


class Report:
    """Collects what went wrong, so that one run shows every file."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.looked = 0

    def of(self, odd, read: bool, wanted: bool, sentence: str, name: str = "") -> None:
        self.looked += 1
        if read != wanted:
            self.wrong.append(f"{odd.name}: {'read' if read else 'refused: ' + sentence}")
        if not read:
            self.wrong += [f"{odd.name}: the sentence {fault}: {sentence!r}"
                           for fault in faults_of(sentence, name or called(odd.path))]  # fmt: skip

    def check(self, least: int) -> None:
        assert not self.wrong, "\n".join(self.wrong)
        assert self.looked >= least


def test_the_corpus_is_large_and_of_every_kind(corpus):
    kinds = [odd.kind for odd in corpus]
    assert len(corpus) >= 200
    assert min(kinds.count(kind) for kind in (PICTURE, VIDEO, NEITHER)) >= 40


def test_the_watch_sees_who_opens_a_file_and_who_asks_the_network(watch):
    import urllib.request

    watch.canary.read_text()
    with pytest.raises(OSError):
        urllib.request.urlopen(watch.address, timeout=0.2)
    assert len(watch.touched()) == 2
    assert watch.touched() == []


def test_pictures_are_read_or_refused(corpus, untouched):
    report = Report()
    for odd in corpus:
        read, sentence = outcome(lambda odd=odd: load_image(odd.path, LIMITS))
        report.of(odd, read, odd.kind == PICTURE, sentence)
        looked, sentence = outcome(lambda odd=odd: check_image(odd.path, LIMITS))
        if read and not looked:  # the quick look may let damage pass, but must not invent any
            report.wrong.append(f"{odd.name}: {sentence}")
    report.check(200)


def test_a_link_to_a_secret_tells_nothing_of_it(corpus):
    odd = next(odd for odd in corpus if odd.path.name == "link to a secret.jpg")
    for reader in (load_image, probe):
        read, sentence = outcome(lambda reader=reader: reader(odd.path, LIMITS))
        assert not read and "is told" not in sentence


@EXTENT
def test_videos_are_read_or_refused(corpus, untouched, everything):
    report = Report()
    for odd in some(corpus, everything):

        def read(odd=odd) -> None:
            probe(odd.path, LIMITS)
            frames = list(sample_frames(odd.path, 1.0, max_side=64, limits=LIMITS))
            assert all(max(picture.size) <= 64 for _, picture in frames)
            assert len(frames) <= 200

        report.of(odd, *_wanted(outcome(read), odd.kind == VIDEO))
    report.check(100)


def _wanted(answer: tuple[bool, str], wanted: bool) -> tuple[bool, bool, str]:
    return answer[0], wanted, answer[1]


def test_a_dataset_folder_lists_every_file_once(corpus, tmp_path, untouched):
    root = corpus[0].path.parents[1]
    dataset = read_dataset(root, LIMITS, tmp_path)
    used = {sample.image or sample.video: sample for sample in dataset.samples}
    listed = {problem.where: problem.what for problem in dataset.problems}
    for odd in (odd for odd in corpus if odd.plain):
        where = clean(odd.path.relative_to(root).as_posix())
        if odd.kind != NEITHER:
            assert (used[odd.path].image is not None) == (odd.kind == PICTURE), odd.name
        elif odd.path not in used:  # what starts well is found out when it is opened
            what = next(what for name, what in listed.items() if name[:60] == where[:60])
            assert not faults_of(what, what[9:40]), what
    assert len(dataset.samples) > 100


def test_a_table_names_every_file(corpus, tmp_path, untouched):
    root = corpus[0].path.parent
    named = [odd for odd in corpus if odd.path.name.isascii() or odd.path.name[0] in "海👨ص"]
    table = root / "odd names.csv"
    try:
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["image", "label"])
            writer.writerows([odd.path.relative_to(root).as_posix(), "a"] for odd in named)
        dataset = read_dataset(table, LIMITS, tmp_path)
    finally:
        table.unlink()
    used = {sample.image or sample.video for sample in dataset.samples}
    for odd in named:
        # a cell ends without its blanks; the same name without is not there
        if odd.kind != NEITHER and not odd.path.name.endswith(" "):
            assert odd.path in used, odd.name
    for problem in dataset.problems:
        assert not faults_of(problem.what, ""), problem


def gathered(upload, folder):
    """What fine-tuning says of an upload, and the names of the media that it goes on with."""
    workspace = Workspaces(folder / "workspaces", 1024 * MB, 0).open(None)
    teaching = FinetuneService(_settings(folder), core=object())
    try:
        report = teaching.gather(workspace, upload)
    finally:
        teaching.close()
    from mmdemo.services.finetune.folders import dataset_folder
    from mmdemo.services.finetune.samples import read_samples

    kept = read_samples(dataset_folder(workspace, report.dataset_id).samples).dataset
    return report, {(s.image or s.video).name for s in kept.samples if s.image or s.video}


def _settings(folder):
    from mmdemo.config import Settings

    return Settings(data_root=folder, free_bytes=0)


@pytest.mark.slow
def test_gathering_a_folder_of_them(corpus, tmp_path, untouched):
    report, used = gathered(corpus[0].path.parents[1], tmp_path)
    said = " ".join(f"{problem.where} {problem.what}" for problem in report.problems)
    for odd in corpus:
        if odd.plain and odd.kind != NEITHER:
            assert odd.path.name in used, odd.name
        elif odd.path.name not in used and not odd.path.is_dir():
            assert called(odd.path)[:60] in said, odd.name
    for problem in report.problems:
        assert not faults_of(problem.what, ""), problem


def test_gathering_several_of_them(corpus, tmp_path, untouched):
    chosen = {clean(odd.path.name): odd for odd in corpus
              if odd.plain and quick(odd) and odd.path.parent.name == "odd"}  # fmt: skip
    rows = [f'"{name}",{"ab"[n % 2]}' for n, name in enumerate(chosen) if '"' not in name]
    table = tmp_path / "data.csv"
    table.write_text("image,label\n" + "\n".join(rows) + "\n", "utf-8")
    report, used = gathered([table, *(odd.path for odd in chosen.values())], tmp_path)
    assert len(used) >= 60
    broken = {n for n, odd in chosen.items() if odd.kind == NEITHER and odd.path.name in used}
    # the quick look at headers lets these pass: what is wrong lies between start and end
    assert broken <= {"a palette that is missing.png", "cut.gif", "noise.mp4", "wrong checksum.png"}
    for problem in report.problems:
        assert not faults_of(problem.what, ""), problem


@EXTENT
def test_indexing_them(corpus, tmp_path, untouched, everything):
    own, library = service(), tmp_path / "library"
    chosen = few(corpus, everything)
    root = corpus[0].path.parent
    names = [odd.path.relative_to(root).as_posix() for odd in chosen]
    job = indexed(own, library, [odd.path for odd in chosen], names)
    assert (job.state, job.total) == ("done", job.done)
    view = own.contents(library)
    read = {item.name for item in view.items} | {note.values["name"] for note in job.notes}
    read |= {str(note.values.get("before")) for note in job.notes}
    refused = {p.where: p.what for p in job.problems if p.outcome == "skipped"}
    for odd, name in zip(chosen, map(clean, names), strict=True):
        if odd.path.is_dir():
            continue
        if odd.kind == NEITHER or odd.path.name.startswith("bytes"):
            assert name in refused, odd.name
        else:
            assert name in read and name not in refused, odd.name
    for what in refused.values():
        assert not faults_of(what, ""), what
    assert own.search(library, "red").total > 0


@EXTENT
def test_reading_emotion_in_pictures(corpus, tiny_settings, untouched, everything):
    emotion, report = EmotionService(tiny_settings), Report()
    for odd in few(corpus, everything):
        read = outcome(lambda odd=odd: emotion.read("i am so happy", odd.path))
        report.of(odd, *_wanted(read, odd.kind == PICTURE))
    report.check(15)


@EXTENT
def test_reading_emotion_in_videos(corpus, tiny_settings, untouched, everything):
    emotion, report = EmotionService(tiny_settings), Report()
    for odd in few(corpus, everything):
        read = outcome(lambda odd=odd: emotion.read_video(odd.path, text="happy", rate=1.0))
        report.of(odd, *_wanted(read, odd.kind == VIDEO))
    report.check(15)


def test_the_program_ends_with_all_files_closed(corpus):
    """Reading and refusing leaves no file open: a server runs for months."""
    before = len(os.listdir("/proc/self/fd"))
    for odd in corpus:
        outcome(lambda odd=odd: load_image(odd.path, LIMITS))
        outcome(lambda odd=odd: check_image(odd.path, LIMITS))
    assert len(os.listdir("/proc/self/fd")) <= before + 1
