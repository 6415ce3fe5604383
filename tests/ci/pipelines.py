"""Pipelines as an independent reader of GitLab's files sees them: included, extended, and asked which jobs run when."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitlabemu.configloader import Loader  # type: ignore[import-untyped]
from gitlabemu.ruleparser import evaluate_rule  # type: ignore[import-untyped]

REPOSITORY = Path(__file__).parents[2]
FILES = sorted([REPOSITORY / ".gitlab-ci.yml", *(REPOSITORY / "ci").glob("*.yml")])
TEMPLATES = REPOSITORY / "ci" / "templates"

# What is no job, though it stands at the top of a file.
_KEYWORDS = {"default", "include", "stages", "variables", "workflow"}

_COMPARED = re.compile(r"(?<=[!=]= )\$(\w+)")

Variables = Mapping[str, str]

_OURS = {
    "GOOGLE_PROJECT": "example-platform",
    "GOOGLE_PROJECT_NUMBER": "123456789012",
    "GOOGLE_REGION": "europe-west1",
    "CI_DEFAULT_BRANCH": "main",
}
_FORKS = {"CI_DEFAULT_BRANCH": "main"}
_FROM_HERE = {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1", "CI_MERGE_REQUEST_PROJECT_ID": "1"}
_FROM_A_FORK = {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2", "CI_MERGE_REQUEST_PROJECT_ID": "1"}
_MERGE_REQUEST = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_REF_PROTECTED": "false"}
_PUSH = {"CI_PIPELINE_SOURCE": "push"}

OCCASIONS: Mapping[str, Variables] = {
    "merge request": {**_OURS, **_MERGE_REQUEST, **_FROM_HERE},
    "of a fork": {**_FORKS, **_MERGE_REQUEST, **_FROM_A_FORK},
    "main": {**_OURS, **_PUSH, "CI_COMMIT_BRANCH": "main"},
    "tag": {**_OURS, **_PUSH, "CI_COMMIT_TAG": "v1.2.3", "CI_COMMIT_REF_PROTECTED": "true"},
    "night": {**_OURS, "CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"},
}
"""What GitLab has set on each occasion, as docs/pipelines.md calls them."""

OF_FORKS: Mapping[str, Variables] = {
    "in the fork": OCCASIONS["of a fork"],
    "started here by one of us": {**_OURS, **_MERGE_REQUEST, **_FROM_A_FORK},
    "the fork's own main": {**_FORKS, **_PUSH, "CI_COMMIT_BRANCH": "main"},
    "the fork's own schedule": {**_FORKS, "CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"},
}
"""What is set where the code is a stranger's."""


@dataclass(frozen=True)
class Run:
    """How a job takes part in a pipeline.

    Attributes:
        by_hand: Whether somebody has to start it.
        may_fail: Whether others go on without it.
        orange_at: Exit codes at which others go on, though it has failed.
    """

    by_hand: bool
    may_fail: bool
    orange_at: tuple[int, ...] = ()


class Pipeline:
    """What a ``.gitlab-ci.yml`` says, with all that it includes."""

    def __init__(self, file: Path) -> None:
        loader = Loader(emulator_variables=False)
        loader.load(str(file))
        self.content: dict[str, Any] = {name: value for name, value in loader.config.items() if name != "include"}
        self.jobs: dict[str, dict[str, Any]] = {
            name: value for name, value in self.content.items() if name not in _KEYWORDS and not name.startswith(".")
        }

    def on(self, given: Variables) -> dict[str, Run]:
        """The jobs of a pipeline that is started with these variables; none where no pipeline is."""
        variables = self._started(given)
        return {} if variables is None else dict(self._runs(variables))

    def _started(self, given: Variables) -> Variables | None:
        for rule in self.content["workflow"]["rules"]:
            if _holds(rule, given):
                if rule.get("when") == "never":
                    return None
                return {**given, **rule.get("variables", {})}
        return None

    def _runs(self, variables: Variables) -> Iterator[tuple[str, Run]]:
        for name, job in self.jobs.items():
            rule = next((each for each in job.get("rules", [{}]) if _holds(each, variables)), None)
            if rule is not None:
                by_hand = rule.get("when") == "manual"
                # What the rule says goes before what the job says: https://docs.gitlab.com/ci/yaml/#rulesallow_failure
                allowed = rule.get("allow_failure", job.get("allow_failure", False))
                codes = allowed["exit_codes"] if isinstance(allowed, Mapping) else ()
                yield name, Run(by_hand, allowed is True, (codes,) if isinstance(codes, int) else tuple(codes))

    def waits_for(self, name: str, running: Collection[str]) -> set[str]:
        """The jobs, of those in a pipeline, without whose success a job does not begin."""
        stages = self.content["stages"]
        job = self.jobs[name]
        before = {each for each in running if stages.index(self.jobs[each]["stage"]) < stages.index(job["stage"])}
        direct = set(job["needs"]) if "needs" in job else before
        return direct.union(*(self.waits_for(each, running) for each in direct))


def _holds(rule: Mapping[str, Any], variables: Variables) -> bool:
    if "if" not in rule:
        return True
    # The reader compares with texts only.
    condition = _COMPARED.sub(lambda found: f'"{variables.get(found[1], "")}"', rule["if"])
    return bool(evaluate_rule(condition, dict(variables)))
