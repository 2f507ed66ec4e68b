"""Which databases this process may have left behind: not those of the tests that run beside it."""

import os

SQL = """
select datname from pg_database
 where datname not like 'test%%' and (datname not like 'carecoord_drill_%%' or datname = %s)
"""


def names(connection):
    return {name for (name,) in connection.execute(SQL, [f"carecoord_drill_{os.getpid()}"])}
