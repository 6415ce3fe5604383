"""The real Google Cloud: Pulumi as its user has it, and what it finds the way with.

Nobody is asked there. Whether credentials and login are still good shows when a command uses them.
"""

import json
import os
from pathlib import Path

from localcloud import google_credentials
from localcloud.doctor import programs
from localcloud.doctor.findings import Finding, Looks, has, hint, lacks

_AUTH_PLUGIN = "gke-gcloud-auth-plugin"


def looks() -> Looks:
    """What it needs."""
    return {
        "pulumi": lambda: programs.present("pulumi", "Install Pulumi: https://www.pulumi.com/docs/install/."),
        "Pulumi's login": _login,
        "Google's credentials": _credentials,
        _AUTH_PLUGIN: lambda: programs.present(
            _AUTH_PLUGIN, f"Run `gcloud components install {_AUTH_PLUGIN}`, or install the package of that name."
        ),
        "gcloud": _gcloud,
    }


def _login() -> Finding:
    """Where Pulumi keeps its state, as it would look it up itself."""
    if backend := os.environ.get("PULUMI_BACKEND_URL"):
        return has(backend)
    if os.environ.get("PULUMI_ACCESS_TOKEN"):
        return has("PULUMI_ACCESS_TOKEN")
    home = os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi"
    credentials = Path(os.environ.get("PULUMI_CREDENTIALS_PATH") or home) / "credentials.json"
    backend = json.loads(credentials.read_text()).get("current") if credentials.is_file() else None
    return has(backend) if backend else lacks("none", "Run `pulumi login gs://<state bucket>`: docs/google-cloud.md.")


def _credentials() -> Finding:
    missing = google_credentials.missing({}, os.environ, Path.home())
    if missing is None:
        return has("found where the Google provider looks")
    return lacks(missing.what, f"{missing.remedy[0].upper()}{missing.remedy[1:]}.")


def _gcloud() -> Finding:
    if place := programs.where("gcloud"):
        return has(programs.shown(place))
    return hint(
        "not on PATH", "Install it (https://cloud.google.com/sdk/docs/install), unless credentials come in another way."
    )
