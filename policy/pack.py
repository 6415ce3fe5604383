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

from policy import secrecy
from policy.asked import Asked, completed
from policy.levels import Levels
from policy.resource import Resource, stack_of
from policy.rule import ResourceRule, Rule, StackRule

# Where settings of a stack stand: `web-platform:protected`, for one.
_PROJECT = "web-platform"


def serve(rules: Sequence[Rule], levels: Levels) -> None:
    """Answer the engine until it ends this process."""
    secrecy.keep()
    asked = Asked()
    PolicyPack("web-platform", [_policy(rule, levels, asked) for rule in rules])


def _policy(rule: Rule, levels: Levels, asked: Asked) -> Policy:
    level = EnforcementLevel(levels.of(rule.name).value)
    match rule:
        case ResourceRule():
            return ResourceValidationPolicy(rule.name, rule.demand, _of_resource(rule, levels, asked), level)
        case StackRule():
            return StackValidationPolicy(rule.name, rule.demand, _of_stack(rule, levels, asked), level)
    raise TypeError(f"{rule.name} is no kind of rule that the engine could ask about")


def _of_resource(rule: ResourceRule, levels: Levels, asked: Asked) -> Any:  # noqa: ANN401 - the SDK's types of callbacks are unions
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        asked.remember(args.urn, args.props)
        # Most resources are none of a rule's business, and making plain values of them costs time.
        if rule.concerns(args.resource_type) and _holds(rule, levels, args.urn):
            judged = Resource(args.resource_type, args.name, plain(args.props), args.urn)
            _report(rule, levels, [judged], report)

    return validate


def _of_stack(rule: StackRule, levels: Levels, asked: Asked) -> Any:  # noqa: ANN401 - the SDK's types of callbacks are unions
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if args.resources and _holds(rule, levels, args.resources[0].urn):
            _report(rule, levels, [_resource(each, asked) for each in args.resources], report)

    return validate


def _resource(resource: PolicyResource, asked: Asked) -> Resource:
    sources = {name: [each.urn for each in found] for name, found in resource.property_dependencies.items()}
    properties = completed(plain(resource.props), plain(asked.of(resource.urn)))
    return Resource(resource.resource_type, resource.name, properties, resource.urn, sources)


def _holds(rule: Rule, levels: Levels, urn: str) -> bool:
    """Whether the rule demands anything of a stack. Its settings are known only once the engine asks."""
    if not rule.only_protected or stack_of(urn) in levels.protected:
        return True
    return Config(_PROJECT).get_bool("protected") is not False


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
