"""The deploy of a service, run in a shell with programs that note how they are called: here is no Google Cloud."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.pipelines import TEMPLATES
from tests.ci.service_template import rendered

# Each notes its name, its arguments and what it reads; gcloud writes what Google's libraries then find. What the runner
# asks docker for itself, which has no CALLS, is not noted.
_PROGRAM = """\
#!/bin/sh
[ -n "$CALLS" ] || exit 0
call="$(basename "$0") $*"
case "$call" in
  docker\\ login*) call="$call < $(cat)" ;;
  gcloud\\ iam*)
    stat --format=%a "$CREDENTIALS.jwt" > "$CALLS.mode"
    for last; do :; done
    echo '{}' > "${last#--output-file=}" ;;
esac
echo "$call" >> "$CALLS"
case "$call" in gcloud\\ auth*) echo "token-of-$(basename "$GOOGLE_APPLICATION_CREDENTIALS")" ;; esac
[ "$(basename "$0") $1" != "$FAILS" ]
"""
_VARIABLES = {
    "IDENTITY": "deploy-orders-staging@example-platform.iam.gserviceaccount.com",
    "IDENTITY_PROVIDER": "projects/1/locations/global/workloadIdentityPools/gitlab-orders-staging/providers/gitlab",
    "ID_TOKEN": "signed-by-gitlab",
    "CI_REGISTRY": "registry.example.com",
    "CI_REGISTRY_IMAGE": "registry.example.com/example/orders",
    "CI_REGISTRY_USER": "job",
    "CI_REGISTRY_PASSWORD": "of-this-job",
    "CI_COMMIT_SHA": "c0ffee",
}


class Service:
    """A service's repository, and the programs that its deploy calls."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "orders"
        self.credentials = directory / "orders.tmp" / "google"
        self._calls = directory / "calls"
        self._programs = directory / "programs"
        self._programs.mkdir()
        for name in ("docker", "gcloud", "pulumi"):
            (self._programs / name).write_text(_PROGRAM)
            (self._programs / name).chmod(0o755)
        shutil.copytree(TEMPLATES, self.root / "ci" / "templates")
        (self.root / "infrastructure").mkdir()
        given = {"service": "orders", "test_image": "python", "staging_images": "eu.example.com/s/images"}
        text = rendered({**given, "prod_images": "eu.example.com/p/images"})
        (self.root / ".gitlab-ci.yml").write_text(text.replace("- local: /ci", "- local: ci"))

    def deploy(self, fails: str = "") -> int:
        variables = {**_VARIABLES, "CREDENTIALS": str(self.credentials), "CALLS": str(self._calls)}
        path = os.pathsep.join([str(self._programs), os.environ["PATH"]])
        return subprocess.run(
            [
                *(sys.executable, "-m", "gitlabemu", "--ignore-docker"),
                *(f"--var={name}={value}" for name, value in variables.items()),
                "deploy to staging",
            ],
            cwd=self.root,
            env={**os.environ, "PATH": path, "FAILS": fails},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        ).returncode

    def mode(self) -> str:
        """The rights of the file with GitLab's token, when Google's tool was to read it."""
        return self._calls.with_name("calls.mode").read_text().strip()

    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def test_the_image_that_was_built_is_copied_and_deployed_by_an_identity_without_a_key(service: Service) -> None:
    assert service.deploy() == 0
    image = "eu.example.com/s/images/orders:c0ffee"
    assert service.calls() == [
        f"gcloud iam workload-identity-pools create-cred-config {_VARIABLES['IDENTITY_PROVIDER']} "
        f"--service-account={_VARIABLES['IDENTITY']} --credential-source-file={service.credentials}.jwt "
        f"--output-file={service.credentials}.json",
        "docker login --username job --password-stdin registry.example.com < of-this-job",
        "gcloud auth print-access-token",
        "docker login --username oauth2accesstoken --password-stdin https://eu.example.com < token-of-google.json",
        f"docker buildx imagetools create --tag {image} registry.example.com/example/orders/production:c0ffee",
        "pulumi install",
        f"pulumi up --yes --stack staging --config image={image}",
    ]


@pytest.mark.parametrize("fails", ["", "pulumi install"])
def test_the_token_is_for_this_user_alone_and_gone_when_the_job_ends(service: Service, fails: str) -> None:
    assert (service.deploy(fails) == 0) is (not fails)
    assert not service.credentials.is_relative_to(service.root)
    assert service.mode() == "600"
    assert not list(service.credentials.parent.glob("google.*"))


@pytest.mark.parametrize("step", ["gcloud iam", "docker login", "docker buildx", "pulumi install"])
def test_nothing_is_deployed_after_a_step_that_failed(service: Service, step: str) -> None:
    assert service.deploy(fails=step) != 0
    assert not any(call.startswith("pulumi up") for call in service.calls())
