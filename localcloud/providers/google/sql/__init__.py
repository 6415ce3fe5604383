"""Cloud SQL: PostgreSQL instances with their databases, users and client certificates.

Simulated are names that stay locked, machine types, the way into the private network, protection from deletion and what
outlives one. Not simulated are databases that answer, replicas, clones, restoring, and the rules of other engines.
"""

from localcloud.providers.google.sql.client_certificates import SslCert
from localcloud.providers.google.sql.databases import Database
from localcloud.providers.google.sql.instances import BACKUP, LOCKED_NAME, DatabaseInstance
from localcloud.providers.google.sql.users import User

__all__ = ["BACKUP", "LOCKED_NAME", "Database", "DatabaseInstance", "SslCert", "User"]
