import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bootstrap import names, organisation
from ci.cli import app as ci_commands
from localcloud import toolchain
from localcloud.cli import app as localcloud_commands
from tests.ci.pipelines import FILES, OCCASIONS, OF_FORKS, REPOSITORY, TEMPLATES, Pipeline, Run, Variables
from tests.ci.schema import faults, faults_of_file

PIPELINE = Pipeline(REPOSITORY / ".gitlab-ci.yml")
JOBS = PIPELINE.jobs
WITH_CREDENTIALS = sorted(name for name, job in JOBS.items() if "id_tokens" in job)
WITHOUT_CREDENTIALS = sorted(set(JOBS) - set(WITH_CREDENTIALS))
DEPLOYS = sorted(name for name in JOBS if name.startswith("deploy "))
HAND_OVERS = sorted(name for name in JOBS if name.startswith("hand over "))
STACKS = sorted(file.name.split(".")[1] for file in REPOSITORY.glob("Pulumi.*.yaml"))

_PAGE = (REPOSITORY / "docs" / "pipelines.md").read_text()
_EXACT = re.compile(r"\S+:\d+\.\d+\.\d+(-[a-z]+)?")


def _without_google(variables: Variables) -> Variables:
    return {name: value for name, value in variables.items() if not name.startswith("GOOGLE_")}


def _scripts() -> Iterator[str]:
    for job in JOBS.values():
        yield from (*job.get("before_script", []), *job["script"])


# What GitLab makes of the files.


@pytest.mark.parametrize("file", [*FILES, TEMPLATES / "google.yml"], ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_each_file_is_valid(file: Path) -> None:
    assert faults_of_file(file) == ""


def test_what_they_are_together_is_valid(tmp_path: Path) -> None:
    assert faults(PIPELINE.content, tmp_path) == ""


def test_a_misspelt_keyword_is_not_valid(tmp_path: Path) -> None:
    assert "needz" in faults({"lint": {"script": ["make lint"], "needz": []}}, tmp_path)


def test_the_table_of_contents_includes_every_file() -> None:
    included = yaml.safe_load((REPOSITORY / ".gitlab-ci.yml").read_text())["include"]
    files = {f"/{file.relative_to(REPOSITORY)}" for file in (*FILES[1:], TEMPLATES / "google.yml")}
    assert set(included) == files
    assert len(included) == len(files)


# When jobs run.


def _cell(name: str, variables: Variables) -> str:
    run = PIPELINE.on(variables).get(name)
    if run is None:
        return ""
    where = "yes" if name in PIPELINE.on(_without_google(variables)) else "cloud"
    return f"{where}, by hand" if run.by_hand else where


def test_the_page_says_what_runs_when() -> None:
    in_order = sorted(JOBS, key=lambda name: PIPELINE.content["stages"].index(JOBS[name]["stage"]))
    cells = {name: [_cell(name, variables) for variables in OCCASIONS.values()] for name in in_order}
    rows = [re.sub(r" {2,}", " ", f"| `{name}` | {' | '.join(said)} |") for name, said in cells.items()]
    table = _PAGE.partition("## What runs when")[2].partition("*yes*")[0]
    assert [line for line in table.splitlines() if line.startswith("| `")] == rows, "\n".join(rows)
    assert f"| job | {' | '.join(OCCASIONS)} |" in table


def test_a_branch_has_no_pipeline_until_it_has_a_merge_request() -> None:
    branch = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "feature", "CI_DEFAULT_BRANCH": "main"}
    assert PIPELINE.on(branch) == {}


@pytest.mark.parametrize("ref", [{"CI_COMMIT_BRANCH": "feature"}, {"CI_COMMIT_TAG": "v1.2.3"}])
def test_a_schedule_of_another_branch_or_of_a_tag_starts_nothing(ref: Variables) -> None:
    schedule = {name: value for name, value in OCCASIONS["night"].items() if name != "CI_COMMIT_BRANCH"}
    assert PIPELINE.on({**schedule, "CI_COMMIT_REF_PROTECTED": "true", **ref}) == {}


@pytest.mark.parametrize("occasion", OCCASIONS)
def test_no_job_waits_for_one_that_is_not_there(occasion: str) -> None:
    for variables in (OCCASIONS[occasion], _without_google(OCCASIONS[occasion])):
        runs = PIPELINE.on(variables)
        needed = {(name, need) for name in runs for need in JOBS[name].get("needs", [])}
        assert [pair for pair in needed if pair[1] not in runs] == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_is_previewed_without_credentials(stack: str) -> None:
    job = JOBS[f"rehearsed preview of {stack}"]
    assert (job["variables"]["STACK"], job["variables"]["HOW"]) == (stack, "--rehearsed")


def test_prod_waits_for_the_checks_of_staging() -> None:
    stages = PIPELINE.content["stages"]
    order = [
        stages.index(JOBS[name]["stage"]) for name in ("deploy staging", "check staging", "deploy prod", "check prod")
    ]
    assert order == sorted(set(order))
    assert JOBS["check prod"]["needs"] == ["deploy prod"]


_CHECKS = {"toolchain", "lint", "unit tests", "engine tests", "parity"}
_SETTINGS = [{}, {"STAGING_FROM_MERGE_REQUESTS": "automatically", "PROD_FROM_MAIN": "automatically"}]


@pytest.mark.parametrize("setting", _SETTINGS, ids=["by hand", "automatically"])
@pytest.mark.parametrize(
    ("occasion", "job", "after"),
    [
        (
            "merge request",
            "deploy staging",
            _CHECKS | {"components", "preview of staging", "rehearsed preview of prod"},
        ),
        ("main", "deploy staging", _CHECKS | {"components", "preview of staging"}),
        ("main", "check staging", {"deploy staging"}),
        ("main", "preview of prod", {"deploy staging", "check staging"}),
        ("main", "deploy prod", _CHECKS | {"deploy staging", "check staging", "preview of prod"}),
        ("main", "check prod", {"deploy prod"}),
        ("tag", "release of components", _CHECKS | {"components"}),
    ],
)
def test_nothing_is_deployed_or_published_before_all_that_must_hold_does(
    occasion: str, job: str, after: set[str], setting: Variables
) -> None:
    running = PIPELINE.on({**OCCASIONS[occasion], **setting})
    assert after <= PIPELINE.waits_for(job, running)


@pytest.mark.parametrize("occasion", OCCASIONS)
def test_no_job_waits_for_a_later_stage(occasion: str) -> None:
    stages = PIPELINE.content["stages"]
    late = [
        (name, need)
        for name in PIPELINE.on(OCCASIONS[occasion])
        for need in JOBS[name].get("needs", [])
        if stages.index(JOBS[need]["stage"]) > stages.index(JOBS[name]["stage"])
    ]
    assert late == []


def test_a_dangerous_change_does_not_deploy_itself_to_prod() -> None:
    """Where somebody presses the button, it is orange and they see it; where nobody does, it ends there."""
    main = OCCASIONS["main"]
    assert PIPELINE.on(main)["preview of prod"].orange_at == (4,)
    by_itself = PIPELINE.on({**main, "PROD_FROM_MAIN": "automatically"})
    assert by_itself["preview of prod"] == Run(by_hand=False, may_fail=False)
    assert "preview of prod" in PIPELINE.waits_for("deploy prod", by_itself)
    assert "preview of prod" not in PIPELINE.waits_for("check staging", by_itself), "it would not be tried on staging"


@pytest.mark.parametrize(
    ("occasion", "setting", "job", "without"),
    [
        ("merge request", "STAGING_FROM_MERGE_REQUESTS", "deploy staging", Run(by_hand=True, may_fail=True)),
        ("main", "PROD_FROM_MAIN", "deploy prod", Run(by_hand=True, may_fail=False)),
    ],
)
def test_a_deploy_is_by_hand_unless_a_setting_says_otherwise(
    occasion: str, setting: str, job: str, without: Run
) -> None:
    assert PIPELINE.on(OCCASIONS[occasion])[job] == without
    assert PIPELINE.on({**OCCASIONS[occasion], setting: "yes"})[job] == without
    assert PIPELINE.on({**OCCASIONS[occasion], setting: "automatically"})[job] == Run(by_hand=False, may_fail=False)


def test_prod_is_previewed_with_credentials_on_main_only() -> None:
    protected = {**OCCASIONS["merge request"], "CI_COMMIT_REF_PROTECTED": "true"}
    assert "preview of prod" not in PIPELINE.on(protected)
    assert "preview of prod" in PIPELINE.on(OCCASIONS["main"])


def test_only_a_protected_tag_of_a_version_is_released() -> None:
    tag = OCCASIONS["tag"]
    assert "release of components" in PIPELINE.on(tag)
    assert "release of components" not in PIPELINE.on({**tag, "CI_COMMIT_TAG": "before-the-move"})
    assert "release of components" not in PIPELINE.on({**tag, "CI_COMMIT_REF_PROTECTED": "false"})


@pytest.mark.parametrize("name", [*WITH_CREDENTIALS, "release of components"])
def test_what_a_merge_request_may_have_put_into_a_cache_is_not_run_by_who_deploys_and_publishes(name: str) -> None:
    assert JOBS[name]["cache"] == []


def test_what_is_released_comes_from_no_job_with_a_cache() -> None:
    release = JOBS["release of components"]
    assert release["dependencies"] == []
    assert set(JOBS["components"]["script"]) < set(release["script"])


# Who may do what.


@pytest.mark.parametrize("occasion", OF_FORKS)
def test_no_job_of_a_fork_has_credentials(occasion: str) -> None:
    runs = PIPELINE.on(OF_FORKS[occasion])
    assert "lint" in runs or "disaster drill" in runs
    assert [name for name in runs if name in WITH_CREDENTIALS] == []


@pytest.mark.parametrize("name", WITH_CREDENTIALS)
def test_a_job_with_credentials_works_on_one_stack_and_says_so_to_google(name: str) -> None:
    job = JOBS[name]
    assert job["environment"]["name"] == job["variables"]["STACK"]
    assert job["variables"]["STACK"] in name


@pytest.mark.parametrize("name", WITHOUT_CREDENTIALS)
def test_a_job_without_credentials_has_no_environment_and_no_secret(name: str) -> None:
    assert "environment" not in JOBS[name]
    assert "GOOGLE_" not in str(JOBS[name])


@pytest.mark.parametrize("name", [*sorted(organisation.from_file().stacks), "orders-staging", "orders-prod"])
def test_a_job_becomes_the_identity_that_bootstrap_makes_and_keeps_its_state_where_that_may(name: str) -> None:
    """A service's job says DEPLOYER; see test_service_template.py."""
    made = organisation.from_file()
    given = PIPELINE.content[".on google cloud"]["variables"] | {
        "DEPLOYER": name,
        "GOOGLE_PROJECT": made.project,
        "GOOGLE_PROJECT_NUMBER": "1",
        "GOOGLE_REGION": made.region,
    }
    said = ("IDENTITY", "IDENTITY_PROVIDER", "PULUMI_BACKEND_URL", "SECRETS_PROVIDER")
    assert {variable: _expanded(f"${variable}", given) for variable in said} == {
        "IDENTITY": f"{names.account(name)}@{made.project}.iam.gserviceaccount.com",
        "IDENTITY_PROVIDER": f"projects/1/locations/global/workloadIdentityPools/{names.pool(name)}"
        f"/providers/{names.PROVIDER}",
        "PULUMI_BACKEND_URL": made.backend(name),
        "SECRETS_PROVIDER": made.secrets_provider(name),
    }


@pytest.mark.parametrize("stack", sorted(organisation.from_file().stacks))
def test_a_deploy_is_of_the_environment_that_google_asks_for(stack: str) -> None:
    job = JOBS[f"deploy {stack}"]
    assert job["environment"]["name"] == (organisation.from_file().stacks[stack].environment or stack)
    assert (job["variables"]["DEPLOYER"], job["variables"]["STACK"]) == ("$STACK", stack)


@pytest.mark.parametrize("name", WITH_CREDENTIALS)
def test_a_stack_that_a_pipeline_has_made_is_known_by_the_key_in_its_state(name: str) -> None:
    assert JOBS[name]["variables"]["PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER"] == "true"


@pytest.mark.parametrize("name", DEPLOYS)
def test_what_was_deployed_is_handed_over_to_who_builds_on_it(name: str) -> None:
    """See test_jobs.py for what each calls."""
    hand_over = JOBS[f"hand over {JOBS[name]['variables']['STACK']}"]
    assert hand_over["needs"] == [name]
    assert hand_over["interruptible"] is False, "killed half-way, it leaves a lock"


@pytest.mark.parametrize("setting", _SETTINGS, ids=["by hand", "automatically"])
@pytest.mark.parametrize("occasion", ["merge request", "main"])
def test_whatever_services_have_made_of_their_buckets_keeps_nobody_from_anything(
    occasion: str, setting: Variables
) -> None:
    running = PIPELINE.on({**OCCASIONS[occasion], **setting})
    for name in HAND_OVERS if occasion == "main" else ["hand over staging"]:
        assert running[name].may_fail
        assert [other for other in running if name in PIPELINE.waits_for(other, running)] == []
        assert [other for other in JOBS if JOBS[other].get("resource_group") == JOBS[name]["resource_group"]] == [name]


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    """The text as GitLab expands it: variables in variables too."""
    while "$" in text and (further := Template(text).safe_substitute(variables)) != text:
        text = further
    return text


def test_no_secret_is_written_down() -> None:
    named = re.compile(r"TOKEN|PASSWORD|SECRET\b|KEY|CREDENTIAL")
    for job in JOBS.values():
        kept = {name: value for name, value in job.get("variables", {}).items() if named.search(name)}
        assert all(str(value).startswith("$") for value in kept.values()), kept
    for file in (*FILES, *TEMPLATES.glob("*.yml")):
        assert not re.search(r"glpat-|ya29\.|-----BEGIN|eyJ[A-Za-z0-9]", file.read_text()), file


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if "artifacts" in job])
def test_artifacts_are_for_members_and_do_not_stay(name: str) -> None:
    artifacts = JOBS[name]["artifacts"]
    assert (artifacts["access"], artifacts["expire_in"]) == ("developer", "1 week")


# What must not go wrong in a pipeline.


@pytest.mark.parametrize("name", DEPLOYS)
def test_a_deploy_queues_and_is_neither_cancelled_nor_tried_again(name: str) -> None:
    job = JOBS[name]
    assert job["resource_group"] == job["environment"]["name"]
    assert (job["interruptible"], job["retry"]) == (False, 0)


def test_nothing_but_a_deploy_counts_as_one() -> None:
    others = [job for name, job in JOBS.items() if "environment" in job and name not in DEPLOYS]
    assert others
    assert {job["environment"].get("action") for job in others} <= {"access", "verify"}
    assert [name for name in DEPLOYS if "action" in JOBS[name]["environment"]] == []


@pytest.mark.parametrize(
    "name", [name for name in JOBS if name not in (*DEPLOYS, *HAND_OVERS, "release of components")]
)
def test_what_changes_nothing_is_cancelled_where_it_is_outdated_and_tried_again_where_it_never_began(name: str) -> None:
    job = JOBS[name]
    assert job["interruptible"] is True
    assert job["retry"]["max"] == 2
    assert set(job["retry"]["when"]) == {"runner_system_failure", "scheduler_failure", "api_failure"}


@pytest.mark.parametrize("name", JOBS)
def test_a_job_that_hangs_ends_within_two_hours(name: str) -> None:
    assert JOBS[name]["timeout"] in ("1h", "2h")


def test_a_failure_is_red_and_only_what_somebody_should_look_at_is_orange() -> None:
    orange = {name: job["allow_failure"] for name, job in JOBS.items() if "allow_failure" in job}
    previews = {name: {"exit_codes": 4} for name in JOBS if "preview of" in name}
    drifts = {name: {"exit_codes": 3} for name in JOBS if name.startswith("drift of")}
    assert orange == previews | drifts | dict.fromkeys(HAND_OVERS, True)


def test_every_image_is_exact_and_where_renovate_looks() -> None:
    texts = {file: file.read_text() for file in (*FILES, *TEMPLATES.glob("*.yml"))}
    noted = re.compile(r"^\s*(?:- )?(?:image|name): (\S+) # renovate: datasource=docker depName=(\S+)$", re.MULTILINE)
    images = [match for text in texts.values() for match in noted.findall(text)]
    assert images
    assert [image for image, name in images if not _EXACT.fullmatch(image) or image.partition(":")[0] != name] == []
    of_jobs = {job["image"] if isinstance(job["image"], str) else job["image"]["name"] for job in JOBS.values()}
    assert of_jobs <= {image for image, _ in images}
    assert {file.name for file, text in texts.items() if noted.search(text)} == {
        "google.yml",
        "machines.yml",
        "service.yml",
    }


def test_the_toolchain_is_where_it_is_cached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    job = JOBS["toolchain"]
    monkeypatch.setenv(
        "XDG_CACHE_HOME", _expanded(job["variables"]["XDG_CACHE_HOME"], {"CI_PROJECT_DIR": str(tmp_path)})
    )
    cached = [tmp_path / path for cache in job["cache"] for path in cache["paths"]]
    assert any(toolchain.cache_directory().is_relative_to(path) for path in cached)


def test_only_what_builds_the_toolchain_waits_for_its_upload() -> None:
    policies = {name: job["variables"].get("TOOLCHAIN_CACHE") for name, job in JOBS.items()}
    assert {name for name, policy in policies.items() if policy == "pull-push"} == {"toolchain", "disaster drill"}


@pytest.mark.parametrize("cache", JOBS["toolchain"]["cache"], ids=lambda cache: str(cache["key"]["prefix"]))
def test_a_cache_is_known_by_files_that_there_are(cache: Mapping[str, Any]) -> None:
    files = cache["key"]["files"]
    assert len(files) <= 2, "GitLab takes no more"
    assert [file for file in files if not (REPOSITORY / file).is_file()] == []


# What jobs call.


def test_every_make_target_that_a_job_calls_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), flags=re.MULTILINE)
    called = {target for line in _scripts() for target in re.findall(r"\bmake ([a-z-]+)", line)}
    assert {"lint", "test-unit", "up", "policy"} <= called <= set(targets)


def test_every_command_that_a_job_calls_exists_with_what_it_is_told() -> None:
    programs = {"ci": ci_commands, "localcloud": localcloud_commands}
    how = JOBS["rehearsed preview of dev"]["variables"]["HOW"]
    lines = [line.replace("$HOW", how) for line in _scripts()]
    calls = {found for line in lines for found in re.findall(r"python -m (ci|localcloud) ([a-z-]+)(.*)", line)}
    assert {command for _, command, _ in calls} == {"preview", "drift", "hand-over", "rehearse-rebuild"}
    for program, command, rest in calls:
        help_text = CliRunner(env={"COLUMNS": "200"}).invoke(programs[program], [command, "--help"]).stdout
        assert "Usage:" in help_text, f"{program} {command}"
        assert [option for option in re.findall(r"--[a-z-]+", rest) if option not in help_text] == []
