"""The deploy of a service, run in a shell with programs that note how they are called: here is no Google Cloud."""

import shutil
from pathlib import Path

import pytest

from tests.ci.noting import Repository
from tests.ci.pipelines import TEMPLATES
from tests.ci.service_template import rendered

# What docker reads is noted too. It writes that it is logged in, and what it has built; gcloud, what Google's libraries
# then find.
_DOES = """\
case "$call" in
  docker\\ login*)
    call="$call < $(cat)"
    install -D /dev/null "${DOCKER_CONFIG:-$CALLS.docker}/config.json" ;;
  *--metadata-file*) cp "$CALLS.built" image.json ;;
  gcloud\\ iam*)
    stat --format=%a "$CREDENTIALS.jwt" > "$CALLS.mode"
    for last; do :; done
    echo '{}' > "${last#--output-file=}" ;;
  gcloud\\ auth*) echo "token-of-$(basename "$GOOGLE_APPLICATION_CREDENTIALS")" ;;
esac
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
    "GOOGLE_REGION": "europe-west1",
    "SECRETS_PROVIDER": "gcpkms://orders-staging",
    "DIGEST": "sha256:b0b0123456789abcdef",
}

# https://docs.docker.com/reference/cli/docker/buildx/bake/#metadata-file
_TARGET = """\
  "{name}": {{
    "buildx.build.provenance": {{
      "materials": [
        {{
          "containerimage.digest": "sha256:bad0"
        }}
      ]
    }},
    "buildx.build.ref": "builder/builder0/x",
    "containerimage.config.digest": "sha256:bad1",
    "containerimage.descriptor": {{
      "digest": "{digest}",
      "size": 506
    }},
    "containerimage.digest": "{digest}",
    "image.name": "registry.example.com/example/orders/{name}:c0ffee"
  }}"""
_BUILT = ",\n".join(
    _TARGET.format(name=name, digest=digest)
    for name, digest in (
        ("development", "sha256:bad2"),
        ("integration", "sha256:bad3"),
        ("production", "sha256:b0b0123456789abcdef"),
        ("production-debug", "sha256:bad4"),
    )
)


class Service(Repository):
    """A service's repository, and the programs that its deploy calls."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "orders", ("docker", "gcloud", "pulumi"), _DOES, _VARIABLES)
        shutil.copytree(TEMPLATES, self.root / "ci" / "templates")
        (self.root / "infrastructure").mkdir()
        given = {"service": "orders", "test_image": "python", "staging_images": "eu.example.com/s/images"}
        text = rendered({**given, "prod_images": "eu.example.com/p/images"})
        (self.root / ".gitlab-ci.yml").write_text(text.replace("- local: /ci", "- local: ci"))
        self.builds(f"{{\n{_BUILT}\n}}\n")

    def builds(self, told: str) -> None:
        """Lets docker tell this of what it builds."""
        self.root.with_name("calls.built").write_text(told)

    def deploy(self, fails: str = "nothing", **further: str) -> int:
        return self.run("deploy to staging", fails, 1, **further)

    def handed_on(self) -> str:
        """What later jobs are told."""
        return (self.root / "image.env").read_text()


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def test_the_image_that_was_built_is_copied_and_deployed_by_an_identity_without_a_key(service: Service) -> None:
    assert service.deploy() == 0
    images = "eu.example.com/s/images/orders"
    assert service.calls() == [
        f"gcloud iam workload-identity-pools create-cred-config {_VARIABLES['IDENTITY_PROVIDER']} "
        f"--service-account={_VARIABLES['IDENTITY']} --credential-source-file={service.credentials}.jwt "
        f"--output-file={service.credentials}.json",
        "docker login --username job --password-stdin registry.example.com < of-this-job",
        "gcloud auth print-access-token",
        "docker login --username oauth2accesstoken --password-stdin https://eu.example.com < token-of-google.json",
        f"docker buildx imagetools create --prefer-index=false --tag {images}:c0ffee-b0b012345678 "
        "registry.example.com/example/orders/production@sha256:b0b0123456789abcdef",
        "pulumi install",
        "pulumi stack select staging --create --secrets-provider gcpkms://orders-staging",
        f"pulumi up --yes --stack staging --config image={images}@sha256:b0b0123456789abcdef",
    ]
    assert service.handed_on() == "DIGEST=sha256:b0b0123456789abcdef\n"


def test_prod_gets_the_bytes_that_staging_was_given_whatever_the_tag_is_by_then(service: Service) -> None:
    assert service.run("deploy to prod") == 0
    assert [call for call in service.calls() if "imagetools" in call or "pulumi up" in call] == [
        "docker buildx imagetools create --prefer-index=false --tag eu.example.com/p/images/orders:"
        "c0ffee-b0b012345678 registry.example.com/example/orders/production@sha256:b0b0123456789abcdef",
        "pulumi up --yes --stack prod --config image=eu.example.com/p/images/orders@sha256:b0b0123456789abcdef",
    ]


@pytest.mark.parametrize("missing", ["DIGEST", "GOOGLE_REGION"])
def test_nothing_is_deployed_where_nobody_says_which_image_or_where_its_key_is(service: Service, missing: str) -> None:
    assert service.deploy(**{missing: ""}) != 0
    assert not any(call.startswith(("docker", "pulumi")) for call in service.calls())


def test_of_a_commit_that_was_built_twice_both_builds_can_be_deployed(service: Service) -> None:
    """Where the cluster pulls from, a tag that is there can be given to no other image."""
    for build in ("1", "2", "2"):
        assert service.deploy(DIGEST=f"sha256:{build * 64}") == 0
    tags = [call.partition(" --tag ")[2].split()[0] for call in service.calls() if "imagetools" in call]
    assert tags == [f"eu.example.com/s/images/orders:c0ffee-{build * 12}" for build in ("1", "2", "2")]


def test_the_digest_that_the_build_has_told_is_handed_on(service: Service) -> None:
    """Nothing is asked of a tag, which somebody may have moved since."""
    assert service.run("images") == 0
    assert service.handed_on() == "DIGEST=sha256:b0b0123456789abcdef\n"
    assert service.calls()[-1] == (
        "docker buildx bake --push --metadata-file image.json development integration production"
    )


@pytest.mark.parametrize(
    "built", ["", "{}", "{\n" + _TARGET.format(name="development", digest="sha256:bad2") + "\n}\n"]
)
def test_of_a_build_that_has_told_none_nothing_is_handed_on(built: str, service: Service) -> None:
    service.builds(built)
    assert service.run("images") != 0
    assert not (service.root / "image.env").exists()


@pytest.mark.parametrize("fails", ["nothing", "pulumi install"])
def test_the_token_is_for_this_user_alone_and_gone_when_the_job_ends(service: Service, fails: str) -> None:
    assert (service.deploy(fails) == 0) is (fails == "nothing")
    assert not service.credentials.is_relative_to(service.root)
    assert service.kept("mode") == "600\n"
    assert not list(service.credentials.parent.glob("google.*"))


@pytest.mark.parametrize("step", ["gcloud iam", "docker login", "docker buildx", "pulumi install"])
def test_nothing_is_deployed_after_a_step_that_failed(service: Service, step: str) -> None:
    assert service.deploy(fails=step) != 0
    assert not any(call.startswith("pulumi up") for call in service.calls())
