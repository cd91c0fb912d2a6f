"""load_image: every picture upright in RGB, everything else refused with a sentence."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mmdemo.config import Limits
from mmdemo.data.images import check_image, load_image
from mmdemo.errors import MediaError
from tests import media

LIMITS = Limits()


def near(pixel, colour, tolerance=12):
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_comes_upright(tmp_path, orientation):
    picture = load_image(media.rotated_photo(tmp_path / "a.jpg", orientation), LIMITS)
    assert picture.size == (80, 60)
    assert picture.mode == "RGB"
    assert near(picture.getpixel((20, 15)), (255, 0, 0))
    assert near(picture.getpixel((60, 15)), (0, 255, 0))
    assert near(picture.getpixel((20, 45)), (0, 0, 255))


def test_an_impossible_orientation_is_taken_as_stored(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 99
    media.quadrants().save(tmp_path / "a.jpg", exif=exif)
    assert load_image(tmp_path / "a.jpg", LIMITS).size == (80, 60)


def test_transparent_becomes_white(tmp_path):
    picture = load_image(media.alpha_png(tmp_path / "a.png"), LIMITS)
    assert picture.getpixel((5, 20)) == (255, 0, 0)
    assert picture.getpixel((35, 20)) == (255, 255, 255)


def test_palette_with_a_transparent_colour(tmp_path):
    picture = load_image(media.palette_png(tmp_path / "a.png"), LIMITS)
    assert picture.getpixel((5, 5)) == (0, 0, 255)
    assert picture.getpixel((15, 5)) == (255, 255, 255)


def test_cmyk_is_red(tmp_path):
    assert near(
        load_image(media.cmyk_jpeg(tmp_path / "a.jpg"), LIMITS).getpixel((5, 5)), (254, 0, 0)
    )


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    grey = np.asarray(load_image(media.sixteen_bit_png(tmp_path / "a.png"), LIMITS))[0, :, 0]
    assert grey[0] == 0
    assert grey[-1] == 255
    assert abs(int(grey[32]) - 129) <= 2


def test_first_frame_of_an_animation(tmp_path):
    assert load_image(media.animated_gif(tmp_path / "a.gif"), LIMITS).getpixel((3, 3)) == (
        255,
        0,
        0,
    )


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp", "gif"])
@pytest.mark.parametrize("size", [(1, 1), (3, 200)])
def test_formats_and_odd_sizes(tmp_path, suffix, size):
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", size, (255, 255, 255)).save(path)
    assert load_image(path, LIMITS).size == size


def test_the_suffix_does_not_matter(tmp_path):
    media.photo(tmp_path / "a.png").rename(tmp_path / "a.JPEG")
    assert load_image(tmp_path / "a.JPEG", LIMITS).size == (80, 60)


def test_a_picture_with_lines_drawn_keeps_them_after_grey(tmp_path):
    assert load_image(media.grey_photo(tmp_path / "a.png"), LIMITS).mode == "RGB"
    picture = Image.new("1", (10, 10), 0)
    ImageDraw.Draw(picture).line((0, 0, 9, 0), fill=1)
    picture.save(tmp_path / "b.png")
    assert load_image(tmp_path / "b.png", LIMITS).getpixel((4, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html><script>alert(1)</script>", "a web page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"<svg onload='x'/>", "an SVG drawing"),
        (b"PK\x03\x04" + b"\0" * 40, "a zip archive"),
        (b"MZ\x90\0" + b"\0" * 40, "a program"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture (the iPhone's own format)"),
        (b"II*\0" + b"\0" * 20, "a TIFF picture"),
        (b"just words", "plain text"),
    ],
)
def test_other_things_named_jpg_are_refused_by_name(tmp_path, content, words):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)
    with pytest.raises(MediaError) as caught:
        load_image(path, LIMITS)
    assert str(caught.value) == (
        f"holiday.jpg is not a picture that can be read here: it looks like {words}. "
        "Use a JPEG, PNG, WebP, BMP or GIF picture."
    )
    assert caught.value.code == "picture_kind"


def test_an_empty_file(tmp_path):
    (tmp_path / "a.jpg").touch()
    with pytest.raises(MediaError, match=r"^a\.jpg is an empty file\."):
        load_image(tmp_path / "a.jpg", LIMITS)


@pytest.mark.parametrize("name", ["missing.jpg", "."])
def test_no_file(tmp_path, name):
    with pytest.raises(MediaError, match="The picture"):
        load_image(tmp_path / name, LIMITS)


def test_truncated_and_random_bytes(tmp_path):
    with pytest.raises(MediaError, match=r"cut\.jpg is damaged or cut off"):
        load_image(media.truncated_photo(tmp_path / "cut.jpg"), LIMITS)
    with pytest.raises(MediaError, match=r"noise\.jpg is not a picture"):
        load_image(media.broken_photo(tmp_path / "noise.jpg"), LIMITS)
    (tmp_path / "head.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\xff" * 50)
    with pytest.raises(MediaError, match=r"head\.png is damaged"):
        load_image(tmp_path / "head.png", LIMITS)


def test_a_hundred_megapixels_are_refused_before_decoding(tmp_path):
    path = media.bomb_png(tmp_path / "big.png")
    with warnings.catch_warnings(), pytest.raises(MediaError) as caught:
        warnings.simplefilter("ignore")
        load_image(path, LIMITS)
    assert str(caught.value) == (
        "big.png has 100 megapixels; pictures may have up to 50. Save it smaller and try again."
    )


@pytest.mark.parametrize("action", ["ignore", "error"])
@pytest.mark.parametrize("side", [9_500, 14_000, 60_000])
def test_a_bomb_never_passes_whatever_pillow_does_about_it(tmp_path, side, action):
    path = media.bomb_png(tmp_path / "bomb.png", side, side)
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        with pytest.raises(MediaError, match="megapixels; pictures may have up to 50"):
            load_image(path, LIMITS)


def test_too_many_bytes(tmp_path):
    path = media.photo(tmp_path / "a.bmp")
    with pytest.raises(MediaError, match=r"a\.bmp has 0\.0 MB; pictures may have up to"):
        load_image(path, Limits(picture_bytes=1000))


def test_a_look_over_thousands_of_pictures_decodes_none_that_is_whole(tmp_path, monkeypatch):
    decoded = []

    def load(path, limits):
        decoded.append(path.name)
        return load_image(path, limits)

    monkeypatch.setattr("mmdemo.data.images.load_image", load)
    for name in ("a.jpg", "a.png", "a.gif"):
        check_image(media.photo(tmp_path / name), LIMITS)
    assert decoded == []
    odd = media.photo(tmp_path / "odd.jpg")  # phones put a film or a depth map behind the picture
    odd.write_bytes(odd.read_bytes() + b"more" * 100)
    check_image(odd, LIMITS)
    for make, told in (
        (media.truncated_photo, "damaged or cut off"),
        (media.bomb_png, "megapixels"),
        (media.broken_photo, "is not a picture"),
    ):
        with pytest.raises(MediaError, match=told):
            check_image(make(tmp_path / f"{make.__name__}.jpg"), LIMITS)
    assert decoded == ["odd.jpg", "truncated_photo.jpg"]
