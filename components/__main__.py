"""Serves the components as a Pulumi package, so that programs in any language can use them.

`pulumi package add` and `pulumi package get-schema` run this file; Python programs import `web_platform` instead.
"""

import sys

from pulumi.provider import main
from web_platform.package.components import COMPONENTS
from web_platform.package.provider import Package

if __name__ == "__main__":
    main(Package(COMPONENTS), sys.argv[1:])
