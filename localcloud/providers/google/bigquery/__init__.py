"""BigQuery: datasets, tables, routines, and who may use them.

Simulated: names and places; schemas, partitions and clusters of tables, and which changes of a schema a table takes.
Not simulated: queries, the SQL of views and routines, and the data.
"""

from localcloud.providers.google.bigquery.access import DatasetAccess, DatasetIamMember, IamMember
from localcloud.providers.google.bigquery.datasets import Dataset
from localcloud.providers.google.bigquery.routines import Routine
from localcloud.providers.google.bigquery.tables import Table

__all__ = ["Dataset", "DatasetAccess", "DatasetIamMember", "IamMember", "Routine", "Table"]
