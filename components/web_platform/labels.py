"""Labels that objects have, whoever makes them.

https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
"""

NAME = "app.kubernetes.io/name"
"""What an object belongs to. Pods are selected by it."""

MANAGED = {"app.kubernetes.io/managed-by": "pulumi"}
"""Who made an object, so that nobody changes it by hand."""
