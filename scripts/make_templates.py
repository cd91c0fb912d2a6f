"""Makes assets/templates/*.zip, the example datasets of the fine-tuning tab, and their covers.

Run from the repository root: python scripts/make_templates.py. The same files come out every time.

Each sample belongs to one of three kinds, so that both sides are needed: both tell the label, only
the sentence tells it (the picture is a neutral one), or only the picture does (the sentence is a
vague one). One held-out row of each dataset carries a wrong label on purpose, for a beginner to
find and correct in the tab; the README.txt inside says so.
"""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image
from templates import faces, places, things
from templates.sketch import Scene, Sketch

HERE = Path(__file__).resolve().parent

OUT = HERE.parent / "assets" / "templates"
STAMP = (2026, 1, 1, 0, 0, 0)  # time of every file in the zips, so that they come out equal
README = """{title}: an example dataset of mmdemo

{count} samples: data.csv (columns text, image, label, split) and drawn pictures in images/.
Sentences and pictures are invented and drawn by scripts/make_templates.py of mmdemo; nobody's
data is in here. Apache 2.0, like the rest.
{extra}
One row of split "dev" has a wrong label on purpose: train, look at the worst samples, correct it
and train again.

To use your own data, keep the layout: replace the rows of data.csv and the files in images/.
"""
NO_DIAGNOSIS = """
THIS IS NOT MEDICINE. The bones are drawn, the reports are invented. A model trained on this set
says nothing about any real picture or person, and what it answers is no diagnosis.
"""


@dataclass(frozen=True)
class Template:
    """One dataset: its drawn scenes by label ("?" tells nothing) and how many of which kind."""

    name: str
    title: str
    scenes: dict[str, Scene]
    both: int
    text_only: int
    picture_only: int
    extra: str = ""


@dataclass(frozen=True)
class Item:
    """One sample before it is written; ``kind`` says which side tells the label."""

    text: str
    scene: str
    label: str
    split: str
    kind: str


TEMPLATES = (
    Template("emotion", "Emotion", faces.SCENES, 5, 5, 4),
    Template("surveillance", "Surveillance", places.GUARD, 6, 6, 6),
    Template("medical", "Medical (drawn)", things.BONES, 6, 6, 6, NO_DIAGNOSIS),
    Template("customer_service", "Customer service", things.SCREENS, 5, 5, 4),
    Template("product_recommendation", "Product recommendation", things.PRODUCTS, 5, 5, 4),
    Template("robot_command", "Robot command", places.ROBOT, 4, 4, 3),
)


def read_texts(name: str) -> dict[str, list[str]]:
    """Sentences by label; those under "?" tell nothing."""
    found: dict[str, list[str]] = {}
    for line in (HERE / "templates" / "texts" / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            lines = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


def make_items(template: Template) -> list[Item]:
    """All samples in a shuffled order; of each kind and label about a third is held out."""
    texts, rng = read_texts(template.name), random.Random(template.name)
    vague, items = iter(texts["?"]), []
    for label in (name for name in template.scenes if name != "?"):
        clear = iter(texts[label])
        counts = {
            "both": template.both,
            "text": template.text_only,
            "picture": template.picture_only,
        }
        for kind, count in counts.items():
            for number in range(count):
                text = next(vague if kind == "picture" else clear)
                scene = "?" if kind == "text" else label
                split = "dev" if number < max(1, round(count / 3)) else "train"
                items.append(Item(text, scene, label, split, kind))
    rng.shuffle(items)
    return _with_a_mistake(items)


def _with_a_mistake(items: list[Item]) -> list[Item]:
    """The first held-out sample where both sides agree gets another label."""
    labels = sorted({item.label for item in items})
    at = next(n for n, i in enumerate(items) if i.split == "dev" and i.kind == "both")
    wrong = next(label for label in labels if label != items[at].label)
    return [*items[:at], replace(items[at], label=wrong), *items[at + 1 :]]


def draw(scene: Scene, seed: str) -> Image.Image:
    """One picture of a scene; the seed decides its details."""
    sketch = Sketch(random.Random(seed), (230, 230, 230))
    scene(sketch)
    return sketch.finish()


def jpeg(picture: Image.Image) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def files_of(template: Template) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file of the zip."""
    items = make_items(template)
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(("text", "image", "label", "split"))
    for number, item in enumerate(items, 1):
        name = f"images/{number:03d}.jpg"
        rows.writerow((item.text, name, item.label, item.split))
        yield name, jpeg(draw(template.scenes[item.scene], f"{template.name} {number}"))
    yield "data.csv", table.getvalue().encode()
    told = README.format(title=template.title, count=len(items), extra=template.extra)
    yield "README.txt", told.encode()


def write_zip(template: Template, path: Path) -> None:
    """The dataset as a zip that comes out the same every time."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files_of(template):
            info = zipfile.ZipInfo(name, STAMP)
            kind = zipfile.ZIP_STORED if name.endswith(".jpg") else zipfile.ZIP_DEFLATED
            archive.writestr(info, content, compress_type=kind)


def cover(template: Template) -> Image.Image:
    """Two by two scenes, for the card in the page."""
    names = list(template.scenes)[:4]  # "?" comes last
    whole = Image.new("RGB", (192, 192))
    for number, name in enumerate(names):
        part = draw(template.scenes[name], f"cover {number}").resize((96, 96))
        whole.paste(part, (96 * (number % 2), 96 * (number // 2)))
    return whole


def main() -> None:
    """Write all six and say how large they are."""
    OUT.mkdir(parents=True, exist_ok=True)
    for template in TEMPLATES:
        path = OUT / f"{template.name}.zip"
        write_zip(template, path)
        cover(template).save(OUT / f"{template.name}.jpg", quality=82)
        count = len(make_items(template))
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB, {count} samples")


if __name__ == "__main__":
    main()
