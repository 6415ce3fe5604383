"""The database versions of Cloud SQL, and the edition that an instance of each has by default."""

from __future__ import annotations

from localcloud.providers.properties import Property

# https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance
POSTGRES = ("POSTGRES_9_6", *(f"POSTGRES_{major}" for major in range(10, 19)))
VERSIONS = (
    *POSTGRES,
    *("MYSQL_5_6", "MYSQL_5_7", "MYSQL_8_0", "MYSQL_8_4"),
    *(
        f"SQLSERVER_{year}_{edition}"
        for year in ("2017", "2019", "2022", "2025")
        for edition in ("STANDARD", "ENTERPRISE", "EXPRESS", "WEB")
    ),
)


def default_edition(version: Property) -> str:
    """The edition of an instance that is given none."""
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance, of edition
    return "ENTERPRISE_PLUS" if version in POSTGRES[POSTGRES.index("POSTGRES_16") :] else "ENTERPRISE"
