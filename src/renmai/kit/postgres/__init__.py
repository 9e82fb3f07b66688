"""The database server of a home: an embedded PostgreSQL that needs no installation, or the operator's own.

`Cluster(home).ensure_running()` gives the address of the embedded server and starts it when nobody has yet;
`database_url(home, configured)` prefers the operator's own server. Several processes may call either at once.

Where things are (`<home>/postgres.json` records it):

* data: `<home>/pgdata`. PostgreSQL refuses to run as root, so root's server runs as a user id of its own that has
  no account, one per home. Where that id cannot reach the home (a folder above it is 0700, as root's own home
  usually is), the data are kept in `/var/lib/renmai/<hash of home>/pgdata`.
* socket: a 0700 folder with a short name below the system's temporary folder, the same at every start.
* log: `<home>/postgres.log`, and `postgres.log.1` before it, each of a few MB at most.

There is no TCP port and no password: the kernel tells the server who is at the other end of the socket (peer
authentication), and it admits only the user who made the home. The role `renmai` owns the database and is no
superuser; the same user may connect as `postgres` to administer.

The server is in a session of its own: it outlives the process that started it, killed or not, until `stop()`.
"""

from __future__ import annotations

from renmai.kit.postgres.address import database_url
from renmai.kit.postgres.cluster import Cluster
from renmai.kit.postgres.place import PostgresError
from renmai.kit.postgres.programs import find_tool

__all__ = ["Cluster", "PostgresError", "database_url", "find_tool"]
