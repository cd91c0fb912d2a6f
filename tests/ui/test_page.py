"""The launched page through gradio_client: what an endpoint gives, and how the app is served."""

import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest
from gradio_client import Client, handle_file

from mmdemo.ui.launch import KEEP_S, launch_options, prepare_folder

HOSTILE = "so happy <script>alert(1)</script> {{value}} ${1+1}"


@pytest.fixture(scope="module")
def client(page_url):
    client = Client(page_url, verbose=False, analytics_enabled=False, download_files=False)
    yield client
    client.close()


def read(client, text="", picture=None, lang="en"):
    """(error, answer) of the page as HTML."""
    picture = handle_file(str(picture)) if picture else None
    error, answer, *_ = client.predict(text, picture, "emotion-compact", lang, api_name="/read")
    return error, answer


def test_the_public_endpoints(client):
    told = client.view_api(return_format="dict", print_info=False)
    assert set(told["named_endpoints"]) == {
        "/read", "/explain", "/explain_label", "/read_video", "/write_csv", "/write_video",
    }  # fmt: skip


def test_a_sentence_is_answered_in_words_first(client):
    error, answer = read(client, "I am so happy")
    assert error == "" and "Joy, fairly sure" in answer and "71 %" in answer
    assert answer.index("Joy, fairly sure") < answer.index("<table")
    assert "not what a person feels" in answer


def test_words_and_face_that_disagree_are_a_finding(client, face_file):
    _, answer = read(client, "I am so sad", face_file)
    assert "The words sound sad; the face smiles." in answer
    assert "words 64 %" in answer and "face 36 % against" in answer


def test_the_same_in_chinese(client, face_file):
    _, answer = read(client, "I am so sad", face_file, "zh")
    assert "文字听起来悲伤，人脸在微笑" in answer


def test_nothing_given_is_said_in_the_page(client):
    error, _ = read(client)
    assert 'role="alert"' in error and "There is nothing to read yet" in error
    assert "还没有可读的内容" in read(client, lang="zh")[0]


def test_a_broken_picture_is_named_and_escaped(client, tmp_path):
    broken = tmp_path / "bro'k&en.png"
    broken.write_bytes(b"no picture")
    error, _ = read(client, "", broken)
    assert "is damaged" in error and "k&en" not in error


def test_a_picture_without_a_face_leaves_the_words(client, tmp_path):
    from PIL import Image

    path = tmp_path / "black.png"
    Image.new("RGB", (60, 60)).save(path)
    _, answer = read(client, "so happy", path)
    assert "No face was found; the text decided alone." in answer


def test_a_foreign_sentence_is_said_to_be_a_guess(client):
    assert "这看起来是中文" in read(client, "我很高兴", lang="zh")[1]


@pytest.mark.logs_errors
def test_a_bug_gives_a_friendly_sentence_without_paths(client):
    error, _ = read(client, "crash")
    assert "Something went wrong inside the app" in error and "secret" not in error


def test_a_hostile_sentence_stays_text(client):
    read(client, HOSTILE)
    *_, body = client.predict("en", api_name="/explain")
    assert "<script" not in body and "{{" not in body and "${" not in body
    assert "&lt;script&gt;" in body


def test_why_and_why_not(client, face_file):
    read(client, "I am so happy", face_file)
    *_, choice, title, body = client.predict("en", api_name="/explain")
    assert title == "<h2>Why joy?</h2>" and body.count("<figure>") == 2
    assert body.count('data-act="word"') == 4 and body.count('data-act="region"') == 25
    assert choice["choices"][0][0] == "Joy (the answer)" and choice["value"] == "joy"
    *_, title, body = client.predict("anger", "zh", api_name="/explain_label")
    assert title == "<h2>为什么是愤怒？</h2>"


def film(client, path, lang="en"):
    arguments = (handle_file(str(path)), None, "so happy", "emotion-compact", lang)
    return client.submit(*arguments, api_name="/read_video")


def test_a_video_is_read_with_progress_and_exported(client, tmp_path, settings):
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(1000))
    job = film(client, path)
    error, overall, curve, exports, *_ = job.result()
    assert error == "" and "Joy, fairly sure" in overall and "Over the whole video" in overall
    assert curve.count('<path class="') == 7 and curve.count("mm-gap") == 1
    assert curve.count("data-seek") == 3 and 'data-act="make_csv"' in exports
    steps = [output[1] for output in job.outputs()]
    assert any("<progress" in step for step in steps)
    exports = client.predict("en", api_name="/write_csv")[3]
    assert 'download="film-curve.csv"' in exports
    exports = client.predict("en", api_name="/write_video")[3]
    assert 'download="film-emotion.mp4"' in exports


def test_a_damaged_video_is_said(client, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"tiny")
    assert "film.mp4 is damaged" in film(client, path).result()[0]
    assert "已损坏" in film(client, path, "zh").result()[0]


# -- how it is served --------------------------------------------------------------------------


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    "path",
    ["gradio_api/file=/etc/passwd", "gradio_api/file=app.py", "monitoring/summary",
     "gradio_api/file=../app.py"],
)  # fmt: skip
def test_nothing_else_is_served(page_url, path):
    assert status_of(page_url + path) in (401, 403, 404)


def test_the_data_root_is_blocked_and_uploads_go_elsewhere(page_url, settings):
    settings.data_root.mkdir(parents=True, exist_ok=True)
    secret = settings.data_root / "secret.txt"
    secret.write_text("secret")
    assert status_of(f"{page_url}gradio_api/file={secret}") == 403
    options = launch_options(settings)
    assert options["share"] is False and options["show_error"] is False


def test_a_space_listens_to_the_outside_and_a_laptop_does_not(settings, monkeypatch):
    assert launch_options(settings)["server_name"] == "127.0.0.1"
    monkeypatch.setenv("SPACE_ID", "someone/mmdemo")
    assert launch_options(settings)["server_name"] == "0.0.0.0"


def test_old_files_are_swept_at_the_start(tmp_path, monkeypatch):
    import os
    import time

    from mmdemo.config import Settings

    monkeypatch.setenv("GRADIO_TEMP_DIR", "")
    settings = Settings(data_root=tmp_path / "data")
    folder = prepare_folder(settings)
    for name, age in (("old", KEEP_S + 60), ("new", 0)):
        entry: Path = folder / name
        entry.mkdir()
        (entry / "upload.png").write_bytes(b"x")
        os.utime(entry, (time.time() - age, time.time() - age))
    prepare_folder(settings)
    assert [entry.name for entry in folder.iterdir()] == ["new"]
    assert folder.stat().st_mode & 0o777 == 0o700
