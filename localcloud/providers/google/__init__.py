"""A simulated Google Cloud, used with the unmodified `pulumi_gcp` SDK.

Its resources live in one directory and survive the engine, so that updates, refreshes, imports and drift are like
those of the real one. It knows the real provider's schema, and of Google's rules those that catch mistakes. No request
leaves the machine, and no credentials are read.
"""

DIRECTORY_VARIABLE = "LOCALCLOUD_GOOGLE_DIRECTORY"
"""Environment variable with the directory that the simulated cloud is kept in."""
