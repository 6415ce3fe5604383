"""The rules as a policy pack of Pulumi's, which the engine asks about each resource and about the whole stack."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import Config
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policy.levels import Levels
from policy.rule import Resource, ResourceRule, Rule, StackRule

# Where settings of a stack stand: `web-platform:protected`, for one.
_PROJECT = "web-platform"


def serve(rules: Sequence[Rule], levels: Levels) -> None:
    """Answer the engine until it ends this process."""
    PolicyPack("web-platform", [_policy(rule, levels) for rule in rules])


def _policy(rule: Rule, levels: Levels) -> Policy:
    level = EnforcementLevel(levels.of(rule.name).value)
    match rule:
        case ResourceRule():
            return ResourceValidationPolicy(rule.name, rule.demand, _of_resource(rule, levels), level)
        case StackRule():
            return StackValidationPolicy(rule.name, rule.demand, _of_stack(rule, levels), level)
    raise TypeError(f"{rule.name} is no kind of rule that the engine could ask about")


def _of_resource(rule: ResourceRule, levels: Levels) -> Any:  # noqa: ANN401 - the SDK's types of callbacks are unions
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        # Most resources are none of a rule's business, and making plain values of them costs time.
        if args.resource_type.startswith(rule.types) and _holds(rule):
            judged = Resource(args.resource_type, args.name, plain(args.props), args.urn)
            _report(rule, levels, [judged], report)

    return validate


def _of_stack(rule: StackRule, levels: Levels) -> Any:  # noqa: ANN401 - the SDK's types of callbacks are unions
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if _holds(rule):
            _report(rule, levels, [_resource(each) for each in args.resources], report)

    return validate


def _resource(resource: PolicyResource) -> Resource:
    sources = {name: [each.urn for each in found] for name, found in resource.property_dependencies.items()}
    return Resource(resource.resource_type, resource.name, plain(resource.props), resource.urn, sources)


def _holds(rule: Rule) -> bool:
    """Whether the stack's settings let the rule demand anything. They are known only once the engine asks."""
    return not rule.only_where or Config(_PROJECT).get_bool(rule.only_where) is not False


def _report(rule: Rule, levels: Levels, resources: Sequence[Resource], report: ReportViolation) -> None:
    for finding in rule.judge(resources):
        if not levels.passes_over(rule.name, finding.resource):
            report(rule.message(finding), finding.resource.urn)


def plain(value: Any) -> Any:  # noqa: ANN401 - properties are of any type
    """A value of the SDK, which raises at what is unknown, as plain ones in which that is None."""
    if isinstance(value, Mapping):
        return {key: _known(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_known(value, number) for number in range(len(value))]
    return value


def _known(holder: Any, key: Any) -> Any:  # noqa: ANN401 - properties are of any type
    try:
        return plain(holder[key])
    except UnknownValueError:
        return None
