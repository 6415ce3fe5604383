"""What the platform hands over to services with stacks of their own: outputs, into the place of each one's state.

Stacks refer to each other within one backend only, and who may read the platform's state and use its key has all its
secrets. So each service has a copy of the outputs that it needs where its own state is, with nothing secret in it. What
is there otherwise is the service's doing: it is replaced, and never believed.
"""
