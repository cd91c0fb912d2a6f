"""FaceFinder and crop_face: a real portrait, moved, scaled and cropped."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PIL import Image

from mmdemo.data.faces import FER_SHIFT_Y, FER_SIDE, FaceFinder, crop_face
from tests import media


@pytest.fixture(scope="module")
def finder():
    return FaceFinder()


def centre(box):
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def close(box, expected, tolerance):
    return all(abs(a - b) <= tolerance for a, b in zip(box, expected, strict=True))


def test_the_portrait_has_one_face_where_it_is(finder):
    (face,) = finder.find(media.portrait_image())
    assert close(face.box, media.PORTRAIT_FACE, 15)
    assert face.score > 0.5
    assert face.crop.mode == "RGB"
    assert face.crop.width == face.crop.height


@pytest.mark.parametrize("side", [1500, 260])
def test_boxes_are_in_pixels_of_the_picture_as_given(finder, side):
    picture = media.portrait_image().resize((side, side))
    (face,) = finder.find(picture)
    expected = [v * side / 512 for v in media.PORTRAIT_FACE]
    assert close(face.box, expected, 0.04 * side)


def test_largest_first(finder):
    faces = finder.find(media.two_portraits_image())
    assert len(faces) == 2
    widths = [f.box[2] - f.box[0] for f in faces]
    assert widths[0] > widths[1]
    assert centre(faces[0].box)[0] > 290 > centre(faces[1].box)[0]


def test_small_faces_of_a_large_picture_are_found_where_that_is_asked(finder):
    group = Image.new("RGB", (1536, 512))
    for number in range(3):
        group.paste(media.portrait_image(), (512 * number, 0))
    assert finder.find(group) == ()  # 50 px in the working copy
    faces = finder.find(group, small=True)
    assert sorted(int(centre(face.box)[0]) // 512 for face in faces) == [0, 1, 2]


@pytest.mark.parametrize("side", [48, 120])
def test_a_tight_crop_is_found_within_a_border(finder, side):
    tight = crop_face(media.portrait_image(), media.PORTRAIT_FACE).resize((side, side))
    (face,) = finder.find(tight)
    assert face.crop.size == tight.size  # the picture itself is the frame
    assert np.array_equal(np.asarray(face.crop), np.asarray(tight))


@pytest.mark.parametrize("size", [(1, 1), (640, 3), (2, 900)])
def test_no_face_in_an_empty_picture_of_any_shape(finder, size):
    assert finder.find(Image.new("RGB", size, "grey")) == ()


def test_a_cartoon_is_not_found(finder):
    # said so in tests/media.py; if a new dlib finds it, the text there must change
    assert finder.find(media.drawn_face(192)) == ()


def test_the_box_stays_inside_the_picture(finder):
    picture = media.portrait_image().crop((185, 60, 300, 190))  # the left cheek is cut off
    (face,) = finder.find(picture)
    left, top, right, bottom = face.box
    assert 0 == left < right <= picture.width, "it reaches over the edge, and is cut there"
    assert 0 <= top < bottom <= picture.height


def test_many_threads_get_the_same_answer():
    finder, picture, boxes = FaceFinder(), media.portrait_image().resize((256, 256)), []

    def work():
        boxes.append(finder.find(picture)[0].box)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(boxes) == 6
    assert len(set(boxes)) == 1


def test_the_frame_follows_the_measured_constants():
    ramp = np.zeros((400, 400, 3), np.uint8)
    ramp[..., 0] = np.arange(400)[:, None] // 2  # red tells the row
    ramp[..., 1] = np.arange(400)[None, :] // 2  # green tells the column
    crop = np.asarray(crop_face(Image.fromarray(ramp), (150, 150, 250, 250)))
    side = round(100 * FER_SIDE)
    assert crop.shape == (side, side, 3)
    assert crop[0, 0, 1] == round(200 - side / 2) // 2
    assert crop[0, 0, 0] == round(200 + 100 * FER_SHIFT_Y - side / 2) // 2


def test_outside_the_picture_the_edge_is_repeated():
    picture = Image.new("RGB", (100, 100), (200, 10, 10))
    crop = np.asarray(crop_face(picture, (-30, -30, 40, 40)))
    assert crop.shape[0] == crop.shape[1]
    assert (crop == (200, 10, 10)).all()


@pytest.mark.parametrize("box", [(0, 0, 60, 100), (500, 500, 600, 600), (0, 0, 0, 0)])
def test_crops_are_square_whatever_the_box(box):
    for margin in (True, False):
        crop = crop_face(media.quadrants((60, 100)), box, margin=margin)
        assert crop.width == crop.height >= 1


def test_without_margin_a_square_picture_is_kept_as_it_is():
    picture = media.drawn_face(48)
    crop = crop_face(picture, (0, 0, 48, 48), margin=False)
    assert np.array_equal(np.asarray(crop), np.asarray(picture))
