"""The database's log-in roles and the database itself: made and kept right, on an embedded or an external server."""

from psycopg import sql

OWNER = "carecoord_owner"
APP_ROLES = ("carecoord_portal", "carecoord_pbm", "carecoord_api", "carecoord_worker", "carecoord_auditor")
ROLES = (OWNER, *APP_ROLES)
DATABASE = "carecoord"

# What each role must be. SUPERUSER, BYPASSRLS and REPLICATION would step over row-level security or read it all.
WANTED = {
    "rolcanlogin": {True: "login", False: "nologin"},
    "rolsuper": {True: "superuser", False: "nosuperuser"},
    "rolbypassrls": {True: "bypassrls", False: "nobypassrls"},
    "rolcreaterole": {True: "createrole", False: "nocreaterole"},
    "rolreplication": {True: "replication", False: "noreplication"},
    "rolcreatedb": {True: "createdb", False: "nocreatedb"},
    "rolinherit": {True: "inherit", False: "noinherit"},
}
LOCK = 4_771_207_318  # any number that nothing else in this cluster locks


def ensure_roles(connection, passwords, *, testing):
    """Make the roles and the database `carecoord`, or put right what differs. Running it again changes nothing else.

    connection: autocommit, of a superuser, or of a role that may create roles and databases.
    passwords: role name -> password; a role that is not named keeps the password it has.
    testing: the owner may step into the application's roles (SET ROLE), which only tests need; taken away otherwise.
    """
    connection.execute("select pg_advisory_lock(%s)", [LOCK])
    try:
        for role in ROLES:
            _ensure_role(connection, role)
            if password := passwords.get(role):
                _set_password(connection, role, password)
        for role in APP_ROLES:
            _ensure_membership(connection, role, wanted=testing)
        _ensure_database(connection)
    finally:
        connection.execute("select pg_advisory_unlock(%s)", [LOCK])


def _wanted(role):
    is_owner = role == OWNER
    # createdb is for the test databases; noinherit keeps an owner who may SET ROLE from carrying the roles' policies.
    return dict.fromkeys(WANTED, False) | {
        "rolcanlogin": True,
        "rolcreatedb": is_owner,
        "rolinherit": not is_owner,
    }


def _ensure_role(connection, role):
    """Only what is wrong is altered: to name SUPERUSER or BYPASSRLS at all takes a superuser."""
    columns = sql.SQL(", ").join(map(sql.Identifier, WANTED))
    read = sql.SQL("select {} from pg_roles where rolname = {}").format(columns, sql.Literal(role))
    if connection.execute(read).fetchone() is None:
        connection.execute(sql.SQL("create role {}").format(sql.Identifier(role)))
    found = dict(zip(WANTED, connection.execute(read).fetchone(), strict=True))
    words = [WANTED[column][value] for column, value in _wanted(role).items() if found[column] != value]
    if words:
        connection.execute(sql.SQL("alter role {} {}").format(sql.Identifier(role), sql.SQL(" ".join(words))))


def _set_password(connection, role, password):
    """The SCRAM verifier is computed here, so that the server and its log never see the password."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(verifier)))


def _ensure_membership(connection, role, *, wanted):
    found = connection.execute(
        "select 1 from pg_auth_members where roleid = %s::regrole and member = %s::regrole", [role, OWNER]
    ).fetchone()
    if wanted and not found:
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role), sql.Identifier(OWNER)))
    if found and not wanted:
        connection.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(role), sql.Identifier(OWNER)))


def _ensure_database(connection):
    if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
        create = sql.SQL("create database {} owner {} encoding 'UTF8' template template0")
        connection.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
