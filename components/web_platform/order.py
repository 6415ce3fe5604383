"""Order that a program need not spell out: what uses a value comes after all that must be there first."""

from pulumi import Input, Output


def after(value: Input[str], *others: Output[str]) -> Output[str]:
    """A value that is known once others are as well, so that what uses it is created after them.

    Args:
        value: The value. Where it is known in previews, or a secret, it stays so.
        others: What must be known first, such as URNs: those are known in previews too, and in updates once their
            resource is there.

    Returns:
        The value.
    """
    return Output.all(value, *others).apply(lambda known: known[0])
