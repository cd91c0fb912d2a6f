"""What a stranger may try on the running page, each attempt as it was made by hand once."""

import json
import re
import socket
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image

from bench.visitor import AskError, PageMap, Visitor, request
from mmdemo.config import ROOT

META = {"_type": "gradio.FileData"}


@pytest.fixture(scope="module")
def page(page_url) -> PageMap:
    return PageMap.of(page_url.rstrip("/"))


@pytest.fixture
def visitor(page):
    visitor = Visitor(page)
    yield visitor
    visitor.close()


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "red.png"
    Image.new("RGB", (60, 60), "red").save(path)
    return path


def workspace_of(settings, visitor: Visitor) -> Path:
    folder = settings.data_root / "workspaces" / visitor.token
    assert folder.is_dir()
    return folder


# -- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/proc/self/environ", str(ROOT / "app.py"), str(ROOT / ".git" / "config"),
     "app.py", "../app.py", "~/.bashrc", "/etc/../etc/passwd", "/etc/passwd%00.png",
     "%2e%2e/%2e%2e/etc/passwd", "\\\\host\\share"],
)  # fmt: skip
def test_no_file_of_the_machine_is_served(page, path):
    status, body = request(page.url, f"/gradio_api/file={quote(path, safe='/%~')}")
    assert status in (400, 403, 404) and b"root:" not in body and b"import" not in body


@pytest.mark.parametrize(
    "start", ["/static/", "/assets/", "/svelte/", "/gradio_api/custom_component/"]
)
def test_no_path_leads_out_of_what_is_served(page, start):
    for up in ("../" * 9, "..%2f" * 9, "%2e%2e/" * 9):
        status, body = request(page.url, f"{start}{up}etc/passwd")
        assert status >= 400 and b"root:" not in body


def test_a_link_among_the_uploads_leads_nowhere(page, settings, visitor, picture):
    here = Path(visitor.upload([picture])[0]["path"]).parent
    (here / "link.txt").symlink_to("/etc/passwd")
    assert request(page.url, f"/gradio_api/file={here}/link.txt")[0] == 403


def test_nothing_of_a_workspace_is_served(page, settings, visitor):
    secret = workspace_of(settings, visitor) / "library" / "secret.json"
    secret.write_text("{}")
    assert request(page.url, f"/gradio_api/file={secret}")[0] == 403


@pytest.mark.parametrize(
    "name",
    ["../../evil.txt", "..\\..\\evil.txt", "/etc/evil.txt", "a" * 300 + ".txt", "evil\x00.txt"],
)
def test_an_upload_cannot_choose_its_place(settings, visitor, tmp_path, name):
    evil = tmp_path / "evil.txt"
    evil.write_text("evil")
    from mmdemo.ui.launch import served_folder

    try:
        place = Path(visitor.upload([evil], [name])[0]["path"])
    except AskError as refused:
        assert refused.status in (400, 422, 500)
        return
    assert place.parent.parent == served_folder(settings) and place.is_file()
    assert re.fullmatch(r"[0-9a-f]{32,64}", place.parent.name)


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "code.js", "note.xhtml"])
def test_an_upload_never_runs_in_the_page(page, visitor, tmp_path, name):
    path = tmp_path / name
    path.write_text("<script>alert(1)</script>")
    place = visitor.upload([path])[0]["path"]
    told = _headers(page, f"/gradio_api/file={quote(place)}")
    assert told.get("content-disposition", "").startswith("attachment")
    assert told["x-content-type-options"] == "nosniff"


def _headers(page: PageMap, path: str, **given: str) -> dict[str, str]:
    import urllib.request

    asked = urllib.request.Request(page.url + path, headers=given)
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return {name.lower(): value for name, value in answer.headers.items()}


def test_a_page_of_somebody_else_may_not_read_answers(page):
    told = _headers(page, "/config", Origin="https://evil.example")
    assert "evil" not in told.get("access-control-allow-origin", "")
    told = _headers(page, "/config", Origin="null")
    assert told.get("access-control-allow-origin") != "null"


# -- addresses ---------------------------------------------------------------------------------


def test_no_address_is_fetched_for_a_visitor(page, visitor):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(1.0)
        called, port = threading.Event(), server.getsockname()[1]

        def listen():
            try:
                server.accept()
                called.set()
            except OSError:
                pass

        listening = threading.Thread(target=listen)
        listening.start()
        for place in (f"http://127.0.0.1:{port}/a.png", f"http://localhost:{port}/a.png"):
            with pytest.raises(AskError, match="not fetched"):
                visitor.set("picture", {"path": place, "meta": META})
                visitor.fire(page.event("run", "click"))
            request(page.url, f"/gradio_api/file={place}")
            # the address of an upload is ours to make, whatever a visitor says
            visitor.set("picture", {"path": "/tmp/none.png", "url": place, "meta": META})
            with pytest.raises(AskError):
                visitor.fire(page.event("run", "click"))
        listening.join()
        assert not called.is_set()


@pytest.mark.parametrize("place", ["/etc/passwd", str(ROOT / "assets" / "astronaut.jpg"), "app.py"])
def test_only_an_upload_is_taken_for_an_upload(page, visitor, place):
    for elem_id, source, name in (("picture", "run", "click"), ("drop", "drop", "upload"),
                                  ("teach-upload", "teach-upload", "upload")):  # fmt: skip
        given = {"path": place, "orig_name": "a.png", "meta": META}
        visitor.set(elem_id, given if elem_id == "picture" else [given])
        with pytest.raises(AskError) as refused:
            visitor.fire(page.event(source, name))
        assert "root:" not in refused.value.message and str(ROOT) not in refused.value.message


def test_the_files_of_a_workspace_are_no_upload(page, settings, visitor, picture):
    other = Visitor(page)
    theirs = workspace_of(settings, other) / "media" / "theirs.png"
    theirs.write_bytes(picture.read_bytes())
    visitor.set("drop", [{"path": str(theirs), "orig_name": "a.png", "meta": META}])
    with pytest.raises(AskError):
        visitor.fire(page.event("drop", "upload"))
    other.close()


def test_a_program_is_no_video(page, visitor, tmp_path):
    evil = tmp_path / "evil.exe"
    evil.write_bytes(b"MZ")
    visitor.set("drop", visitor.upload([evil]))
    with pytest.raises(AskError):
        visitor.fire(page.event("drop", "upload"))


# -- workspaces --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "token", ["../other", "0" * 32, ["0" * 32], {"token": "x"}, 7, True, "", "/etc", "a" * 5000]
)
def test_a_token_that_we_did_not_make_opens_nothing(page, settings, token):
    stranger = Visitor(page, token)
    assert stranger.token != token and re.fullmatch(r"[0-9a-f]{32}", stranger.token)
    assert workspace_of(settings, stranger).parent == settings.data_root / "workspaces"
    stranger.close()


def test_a_library_is_shown_to_its_owner_alone(page, visitor, picture):
    visitor.set("drop", visitor.upload([picture], ["holiday-of-anna.png"]))
    visitor.fire(page.event("drop", "upload"))
    assert "holiday-of-anna.png" in visitor.shown("library")
    look = page.after(page.event("page", "load"))
    again, stranger = Visitor(page, visitor.token), Visitor(page)
    again.fire(look)
    stranger.fire(look)
    assert "holiday-of-anna.png" in again.shown("library")
    assert "holiday-of-anna.png" not in json.dumps(stranger.values, default=str)
    again.close()
    stranger.close()


def test_the_page_tells_nobody_of_anybodys_token(page, visitor):
    told = json.dumps(page.config) + request(page.url, "/")[1].decode()
    assert visitor.token not in told and "workspaces" not in told


# -- endpoints ---------------------------------------------------------------------------------

HOSTILE = {"number": "1; rm -rf /", "item": "../../etc/passwd", "page": -5, "run": "../../runs/1",
           "model": "/etc/passwd", "template": "../../app", "row": 1 << 70, "column": None,
           "kind": "<script>", "chosen": ["a"], "start": "NaN", "end": "Infinity"}  # fmt: skip


@pytest.mark.slow
@pytest.mark.logs_errors
def test_no_event_lets_a_stranger_in(page):
    """Private endpoints can be called by everybody: each must stand nonsense."""
    before, found = set(ROOT.glob("*")), []
    private = [one for one in page.config["dependencies"] if one["api_visibility"] == "private"]

    def intrude(events: list[dict]) -> None:
        visitor = Visitor(page)
        for one in events:
            visitor.values[visitor._token] = "../../etc"
            found.append((one["api_name"], *_answer(visitor, page._event(one), HOSTILE)))
        visitor.close()

    threads = [threading.Thread(target=intrude, args=(private[n::6],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(private) > 50
    for name, status, told in found:
        assert status in (200, 400, 403), (name, status, told)
        assert "Traceback" not in told and "root:x:0" not in told, name
        assert str(ROOT / "mmdemo") not in told, name
    assert set(ROOT.glob("*")) == before


def _answer(visitor: Visitor, event, data: dict) -> tuple[int, str]:
    """(status, everything that was said) of an event."""
    try:
        visitor.fire(event, **data)
    except AskError as refused:
        return refused.status, refused.message
    return 200, json.dumps([visitor.values[number] for number in event.outputs], default=str)


def test_every_event_but_the_public_ones_is_private(page):
    public = {one["api_name"] for one in page.config["dependencies"]
              if one["api_visibility"] != "private"}  # fmt: skip
    assert public == {"read", "explain", "explain_label", "read_video", "write_csv", "write_video"}
    told = json.loads(request(page.url, "/gradio_api/info")[1])
    assert {name.strip("/") for name in told["named_endpoints"]} == public
    assert not told["unnamed_endpoints"]


@pytest.mark.parametrize("path", ["run/read", "api/read", "run/predict", "api/predict"])
def test_nothing_is_called_past_the_queue(page, path):
    for more in ({}, {"fn_index": 0}):
        body = json.dumps({"data": [], "session_hash": "x", **more}).encode()
        assert request(page.url, f"/gradio_api/{path}", body, "application/json")[0] == 404


@pytest.mark.parametrize("model", ["/etc", "../emotion-compact", "someone/else", "x" * 10_000])
def test_only_a_model_of_the_menu_is_used(page, visitor, model):
    visitor.set("sentence", "so happy")
    visitor.set("model", model)
    with pytest.raises(AskError):
        visitor.fire(page.event("run", "click"))


def test_nothing_is_told_to_anybody(page):
    config = page.config
    assert config["analytics_enabled"] is False and config["space_id"] is None
    assert not config.get("enable_queue_monitoring") and config["show_error"] is False
    source = (ROOT / "app.py").read_text()
    assert source.index("GRADIO_ANALYTICS_ENABLED") < source.index(
        "import ", source.index("environ")
    )


def test_a_stranger_cannot_fill_the_memory_with_pages(page_url, settings):
    from mmdemo.ui.launch import launch_options

    assert launch_options(settings)["state_session_capacity"] <= 1000
