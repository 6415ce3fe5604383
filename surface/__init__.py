"""What programs can rely on in the distribution `web-platform`: compared with its last release, and written as pages.

Owns the reading of what the components export, the records of releases, and the reference in
``docs/components/``. Does not own the package's schema, which the components' host makes.
"""
