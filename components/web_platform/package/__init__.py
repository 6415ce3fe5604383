"""The components as a Pulumi package, for programs in any language.

Pulumi reads the schema off the components' type annotations and calls their constructors. What other languages hand
over is looked at here first: it arrives under the schema's names, with whole numbers as floats, and unchecked.
"""
