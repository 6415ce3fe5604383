"""A simulated `random` provider, used with the unmodified `pulumi_random` SDK.

It keeps the real provider's contract: what is generated, what is secret, what an import id looks like, and that any
changed input replaces the resource. It generates with the system's cryptographic source. What it deliberately does not
share is the sequence behind a `seed`: the same seed gives the same result here, but not the real provider's result.
"""
