"""The plugin starts at once: what only few programs need is imported when they need it."""

import subprocess
import sys

_SLOW = {"cryptography", "filelock", "localcloud.cluster.embedded", "psutil", "rich", "yaml"}


def test_what_starts_clusters_is_not_imported_for_programs_that_have_none() -> None:
    imports = "import sys, localcloud.providers.google.provider; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", imports], capture_output=True, text=True, check=True)
    assert "localcloud.providers.google.container.cluster_kind" in answer.stdout.split()
    assert _SLOW & set(answer.stdout.split()) == set()
