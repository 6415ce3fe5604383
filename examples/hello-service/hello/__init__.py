"""A service that greets: as small as one can be that does all that a platform asks of a service."""
