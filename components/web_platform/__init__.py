"""Components that make up a web platform on Google Cloud and Kubernetes.

Each component is a Pulumi `ComponentResource` with safe defaults; its arguments say what is wanted and leave the how
to the component. Components know nothing of stacks: two environments differ by the arguments they pass.

What is exported stands in `__init__.pyi`, and is imported where it is first used: the SDK of Google Cloud takes seconds
to import, and many a program needs none of it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
