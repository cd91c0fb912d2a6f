"""The process that uploads to the Hugging Face Hub: JSON comes in on stdin, one line goes out.

In: repo, token, files (name -> path), texts (name -> content). Out: {"url"} or {"error", "detail"}
with error offline, denied, repo or failed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

# The library's own base of HTTP errors, whichever HTTP client this version of it uses: what is no
# answer of the Hub (HfHubHTTPError) is an error on the way to it.
NETWORK = next(t for t in HfHubHTTPError.__mro__ if t.__name__ == "HTTPError")
DENIED = (401, 403, 404)  # the Hub says 404 for a private repository of somebody else


def upload(asked: Mapping) -> dict[str, str]:
    """Make the repository, private when it is new, and commit everything at once."""
    api = HfApi(token=asked["token"])
    files, texts = asked["files"].items(), asked["texts"].items()
    try:
        made = api.create_repo(asked["repo"], private=True, exist_ok=True)
        operations = [CommitOperationAdd(name, path) for name, path in files]
        operations += [CommitOperationAdd(name, text.encode()) for name, text in texts]
        api.create_commit(made.repo_id, operations, commit_message="Model trained with mmdemo")
    except HFValidationError as error:
        return _failure("repo", error)
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        return _failure("denied" if status in DENIED else "failed", error)
    except (NETWORK, ConnectionError, TimeoutError) as error:
        return _failure("offline", error)
    return {"url": str(made)}


def _failure(kind: str, error: Exception) -> dict[str, str]:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return {"error": kind, "detail": first}


def main() -> None:
    """Do what stdin asks for. The token is in no message: errors come with it cut out."""
    asked = json.load(sys.stdin)
    try:
        answer = upload(asked)
    except Exception as error:  # whatever it is, the other process must hear of it
        answer = _failure("failed", error)
    answer = {key: value.replace(asked["token"], "…") for key, value in answer.items()}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
