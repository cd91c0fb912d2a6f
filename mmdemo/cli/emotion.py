"""``emotion``: read one sentence, picture or video."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..config import Settings
from ..errors import EmptyInputError, MmdemoError
from ..types import EmotionResult, Reading, VideoReading
from .console import Console
from .options import add_model

NOTES = """\
With a picture every face gets its own answer, the largest first; the answer at the
top is that of the largest. Without a face the text alone decides. A video gives
probabilities over time (one look a second unless --rate says otherwise) and an
overall answer; a second without a face is a gap (null), not a zero.
--explain writes explanation.json, words.html (how much each word spoke for or
against the answer) and, with a face, face.png and heat.png (where the model looked).

examples:
  python -m mmdemo emotion --text "What a lovely surprise!" --image portrait.jpg
  python -m mmdemo emotion --text "I am fine." --image portrait.jpg --explain why
  python -m mmdemo emotion --video clip.mp4 --subtitles clip.srt --json > curve.json"""


def add_parser(commands) -> argparse.ArgumentParser:
    """Describe the command to argparse."""
    parser = commands.add_parser(
        "emotion",
        help="read one sentence, picture or video",
        description="Read the emotion in a sentence, a picture with faces, or a video.",
        epilog=NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--text", metavar="T", default="", help="a sentence, in English")
    media = parser.add_mutually_exclusive_group()
    media.add_argument("--image", metavar="F", type=Path, help="a picture with a face")
    media.add_argument("--video", metavar="F", type=Path, help="a video with a face")
    parser.add_argument("--subtitles", metavar="F", type=Path, help=".srt or .vtt file for --video")
    parser.add_argument(
        "--rate",
        metavar="R",
        type=float,
        default=1.0,
        help="looks a second for --video (default 1)",
    )
    add_model(parser)
    parser.add_argument("--explain", metavar="DIR", type=Path, help="write an explanation into DIR")
    parser.add_argument("--why", metavar="LABEL", help="explain this label instead of the answer")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run(args: argparse.Namespace, settings: Settings, console: Console) -> None:
    """Read one sample and print the answer."""
    _check(args)
    from ..services.emotion.service import EmotionService

    service = EmotionService(settings)
    answer = _read_video(args, service, console) if args.video else _read_still(args, service)
    if args.json:
        console.emit_json(answer)
    else:
        for line in answer_lines(answer):
            console.emit(line)


def _check(args: argparse.Namespace) -> None:
    """Refuse what cannot work before a model is loaded."""
    if not (args.text.strip() or args.image or args.video):
        raise EmptyInputError("Nothing to read: give --text, --image or --video.")
    if args.subtitles and not args.video:
        raise MmdemoError("--subtitles go with --video.")
    if args.explain and args.video:
        raise MmdemoError("--explain works with --text and --image; take a picture from the video.")
    if args.why and not args.explain:
        raise MmdemoError("--why says what --explain DIR should explain; give both.")
    if not 0 < args.rate <= 10:
        raise MmdemoError(f"--rate {args.rate:g} is not between 0 and 10 looks a second.")
    for path in (args.image, args.video, args.subtitles):
        if path and not path.is_file():
            raise MmdemoError(f"There is no file {path}.")


def _read_still(args: argparse.Namespace, service) -> dict:
    result = service.read(args.text, args.image, args.model)
    answer = still_answer(result)
    if args.explain:
        from .explaining import write_explanation

        labels = service.classifier(args.model).labels
        if args.why and args.why not in labels:
            raise MmdemoError(f"--why {args.why}: the model has the labels {', '.join(labels)}.")
        face = result.faces[0].crop if result.faces else None
        explanation = service.explain(args.text, face, args.why, args.model)
        files = write_explanation(args.explain, args.text, face, explanation)
        answer["explanation"] = [str(path) for path in files]
    return answer


def still_answer(result: EmotionResult) -> dict:
    """The JSON object of one sentence and picture: the largest face's answer, and each face's."""
    faces = [
        {"box": list(face.box), "score": face.score, **reading_answer(reading)}
        for face, reading in zip(result.faces, result.readings, strict=False)
    ]
    return {
        **reading_answer(result.readings[0]),
        "faces": faces,
        "notes": [{"code": note.code, "text": note.text} for note in result.notes],
    }


def reading_answer(reading: Reading) -> dict:
    """One reading as plain values."""
    return {
        "label": reading.label,
        "probabilities": reading.probabilities,
        "present": list(reading.present),
        "modalities": reading.modalities,
        "shares": reading.shares,
    }


def _read_video(args: argparse.Namespace, service, console: Console) -> dict:
    with console.fraction_bar("video") as progress:
        reading = service.read_video(
            args.video,
            text=args.text,
            subtitles=args.subtitles,
            rate=args.rate,
            model=args.model,
            progress=progress,
        )
    return video_answer(reading)


def video_answer(video: VideoReading) -> dict:
    """The JSON object of a video. A second without a face has null probabilities."""
    if video.overall:
        overall = reading_answer(video.overall)
    else:  # nothing to read in the whole video: the same keys, empty
        overall = {
            "label": None,
            "probabilities": {},
            "present": [],
            "modalities": {},
            "shares": {},
        }
    timeline = [
        {
            "time_s": point.time_s,
            "label": max(point.probabilities, key=point.probabilities.get)
            if point.probabilities
            else None,
            "probabilities": point.probabilities,
            "face": point.face,
            "text": point.text,
            "box": list(point.box) if point.box else None,
            "track": point.track,
        }
        for point in video.points
    ]
    return {
        **overall,
        "faces": [],
        "duration_s": video.duration_s,
        "rate": video.rate,
        "timeline": timeline,
        "moments": [
            {"time_s": m.time_s, "label": m.label, "probability": m.probability}
            for m in video.moments
        ],
        "notes": [{"code": note.code, "text": note.text} for note in video.notes],
    }


def answer_lines(answer: dict):
    """The answer for people: label, bars, each modality, notes."""
    if answer["label"] is None:
        yield "no answer: neither a face nor words were found"
    else:
        yield f"{answer['label']}  {answer['probabilities'][answer['label']]:.0%}"
        ranked = sorted(answer["probabilities"].items(), key=lambda pair: -pair[1])
        width = max(len(name) for name, _ in ranked)
        for name, p in ranked:
            yield f"  {name:{width}} {p:6.1%} {'#' * round(30 * p)}"
        for name, alone in answer["modalities"].items():
            label = max(alone, key=alone.get)
            yield f"{name} alone: {label} {alone[label]:.0%}"
    for number, face in enumerate(answer["faces"][1:], start=2):
        p = face["probabilities"][face["label"]]
        yield f"face {number} at {face['box']}: {face['label']} {p:.0%}"
    for moment in answer.get("moments", ()):
        yield f"at {moment['time_s']:.1f} s: {moment['label']} {moment['probability']:.0%}"
    for note in answer["notes"]:
        yield f"note: {note['text']}"
    for path in answer.get("explanation", ()):
        yield f"written: {path}"
