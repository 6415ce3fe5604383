"""What GitLab's merge request widget takes as a report: how much is created, updated and deleted."""

import json
from collections.abc import Sequence

from ci.preview.changes import Change, Kind, counts


def report(found: Sequence[Change]) -> str:
    """The report for `artifacts:reports:terraform`; a replacement counts as a creation and a deletion.

    https://docs.gitlab.com/user/infrastructure/iac/mr_integration/
    """
    many = counts(found)
    return json.dumps(
        {
            "create": many[Kind.CREATE] + many[Kind.REPLACE],
            "update": many[Kind.UPDATE] + many[Kind.IMPORT],
            "delete": many[Kind.DELETE] + many[Kind.REPLACE],
        }
    )
