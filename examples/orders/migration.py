"""The shop's migration: makes its table. It runs to success before a new version of the shop does."""

import psycopg

ORDERS = """
CREATE TABLE IF NOT EXISTS orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    item text NOT NULL,
    quantity integer NOT NULL,
    price text NOT NULL,
    ordered_at timestamptz NOT NULL DEFAULT now()
)
"""


def main() -> None:
    """Makes what is not there yet. Where the database is, the client reads from PGHOST and the like."""
    with psycopg.connect() as connection:
        connection.execute(ORDERS)


if __name__ == "__main__":
    main()
