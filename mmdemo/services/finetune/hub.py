"""Push a model to the Hugging Face Hub: weights, config, card and figures, never a sample.

The upload runs in a process of its own. The app itself stays offline (HF_HUB_OFFLINE is read once,
at import), the token reaches only that process, through a pipe, and is gone when it ends.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from ...config import ROOT
from ...errors import MmdemoError
from .archive import CARD, LABELS, METRICS, checkpoint_files, metrics
from .folders import run_folder
from .using import model_of, result

if TYPE_CHECKING:
    from ...data.workspaces import Workspace

_REPO = re.compile(r"(?:[A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,500}")
LONGEST_S = 1800.0
FRONT = "---\ntags:\n- mmdemo\n---\n\n"  # the Hub reads a card's head as YAML
# what would make the upload use another token, log the one it has, or stay offline
_LEFT_OUT = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_DEBUG", "HF_HUB_OFFLINE",
             "TRANSFORMERS_OFFLINE")  # fmt: skip


class HubUploadError(MmdemoError):
    """The Hub could not be reached, or did not take the model."""

    code = "hub_failed"


def push(workspace: Workspace, run_id: str, repo: str, token: str) -> str:
    """Upload the model of a finished run; the address of its page. A new repository is private.

    Raises HubUploadError with codes hub_token, hub_repo, hub_offline, hub_denied, hub_failed.
    """
    repo, token = repo.strip(), token.strip()
    if not _TOKEN.fullmatch(token):
        raise HubUploadError(
            "A token is needed: make one with write access at huggingface.co/settings/tokens and "
            "paste it here. It is used once and not kept.",
            code="hub_token",
        )
    if not _REPO.fullmatch(repo) or ".." in repo or "--" in repo:
        raise HubUploadError(
            f'"{repo[:100]}" is not the name of a repository. Write your user name, a slash and a '
            "name, such as anna/my-model.",
            code="hub_repo", repo=repo[:100],
        )  # fmt: skip
    report, model = result(workspace, run_id), model_of(run_folder(workspace, run_id))
    card = (model / CARD).read_text("utf-8") if (model / CARD).is_file() else f"# {report.name}\n"
    texts = {
        CARD: card if card.startswith("---\n") else FRONT + card,
        LABELS: json.dumps(list(report.labels), ensure_ascii=False),
        METRICS: json.dumps(metrics(report), ensure_ascii=False, indent=1),
    }
    files = {path.name: str(path) for path in checkpoint_files(model) if path.name not in texts}
    asked = {"repo": repo, "token": token, "files": files, "texts": texts}
    return _address(_uploaded(asked), repo)


def _uploaded(asked: dict) -> dict:
    """What the uploading process says: {"url"} or {"error", "detail"}."""
    environ = {k: v for k, v in os.environ.items() if k not in _LEFT_OUT}
    with tempfile.TemporaryDirectory(prefix="mmdemo-hub-") as home:
        environ |= {
            "HF_HOME": home, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }  # fmt: skip
        command = [sys.executable, "-m", "mmdemo.services.finetune.hub_upload"]
        try:
            done = subprocess.run(
                command, input=json.dumps(asked), text=True, capture_output=True, env=environ,
                cwd=ROOT, timeout=LONGEST_S,
            )  # fmt: skip
            return json.loads(done.stdout.splitlines()[-1])
        except subprocess.TimeoutExpired:
            return {"error": "offline", "detail": "it took too long"}
        except (ValueError, IndexError):
            return {"error": "failed", "detail": "the upload ended early"}


def _address(answer: dict, repo: str) -> str:
    if "url" in answer:
        return str(answer["url"])
    kind, detail = answer.get("error"), str(answer.get("detail", ""))[:300]
    if kind == "offline":
        raise HubUploadError(
            "The Hugging Face Hub cannot be reached from this computer. Check the network and try "
            "again, or download the model as a zip.",
            code="hub_offline",
        )
    if kind == "denied":
        raise HubUploadError(
            f'The Hub refused: this token may not write to "{repo}". Make a token with write '
            "access at huggingface.co/settings/tokens, and use a repository of your own.",
            code="hub_denied", repo=repo,
        )  # fmt: skip
    if kind == "repo":
        raise HubUploadError(
            f'The Hub does not take "{repo}" as the name of a repository ({detail}).',
            code="hub_repo", repo=repo,
        )  # fmt: skip
    raise HubUploadError(
        f"The upload to the Hub failed ({detail}). Try again later, or download the model as a "
        "zip.",
        code="hub_failed", detail=detail,
    )  # fmt: skip
