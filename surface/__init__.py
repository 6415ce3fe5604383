"""What programs can rely on in the distribution `web-platform`: compared with its last release, and written as pages.

Owns the reading of what the components export, the record of the last release, and the reference in
``docs/components/``. Does not own the package's schema, which the components' host makes.
"""
