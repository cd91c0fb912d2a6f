"""What a library shows of itself: a telling picture of each item, and which model made it."""

from __future__ import annotations

from PIL import Image

from tests.services.coloured import SIZE, indexed, plain, service
from tests.video_media import clip_of


def test_the_picture_of_a_video_that_fades_in_is_not_black(tmp_path):
    black = [plain("black")] * 3
    bars = Image.new("RGB", SIZE, "white")
    bars.paste("blue", (0, 0, 32, 48))
    clip_of([*black, bars, *black, *black], tmp_path / "fade.mp4", "1")
    own = service()
    indexed(own, tmp_path / "library", [tmp_path / "fade.mp4"])
    (item,) = own.contents(tmp_path / "library").items
    with Image.open(item.thumbnail) as picture:
        assert max(picture.convert("L").getextrema()) > 200
