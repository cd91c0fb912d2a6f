"""The project starts as a Space starts it; what would not work there is noticed."""

import json
import os
import subprocess
import sys

import pytest

from mmdemo.config import ROOT

SCRIPT = ROOT / "scripts" / "start-as-space"
PATIENCE_S = int(os.environ.get("MMDEMO_TEST_PATIENCE", "60"))  # more on a busy machine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Space runs Linux")


def test_read_only_without_network_and_with_an_empty_home(tmp_path):
    command = [sys.executable, SCRIPT, "--json", "--limit", str(PATIENCE_S), "--bucket", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S + 60)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert 0 < told["page_s"] <= told["models_s"] <= told["answer_s"] <= PATIENCE_S + 30
    assert (tmp_path / "mmdemo-data" / "workspaces").is_dir(), "the bucket was used"
