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


def ensure_roles(connection, passwords, *, testing, database=DATABASE):
    """Make the roles and the database `carecoord`, or put right what differs. Running it again changes nothing else.

    connection: autocommit, of a superuser, or of a role that may create roles and databases.
    passwords: role name -> password; a role that is not named keeps the password it has.
    database: its name; made when there is none.
    testing: the owner may step into the application's roles (SET ROLE), which only tests need; taken away otherwise.
    """
    connection.execute("select pg_advisory_lock(%s)", [LOCK])
    try:
        for role in ROLES:
            _ensure_role(connection, role, testing=testing)
            if password := passwords.get(role):
                _set_password(connection, role, password)
        for role in APP_ROLES:
            _ensure_membership(connection, role, wanted=testing)
        _ensure_database(connection, database)
    finally:
        connection.execute("select pg_advisory_unlock(%s)", [LOCK])


def _wanted(role, *, testing):
    is_owner = role == OWNER
    # createdb is for the test databases. An owner who may SET ROLE must not carry the roles' policies, hence noinherit;
    # elsewhere it inherits, since that is how PostgreSQL 15 lets a database's owner build in its schema `public`.
    return dict.fromkeys(WANTED, False) | {
        "rolcanlogin": True,
        "rolcreatedb": is_owner,
        "rolinherit": not (is_owner and testing),
    }


def _ensure_role(connection, role, *, testing):
    """Only what is wrong is altered: to name SUPERUSER or BYPASSRLS at all takes a superuser."""
    columns = sql.SQL(", ").join(map(sql.Identifier, WANTED))
    read = sql.SQL("select {} from pg_roles where rolname = {}").format(columns, sql.Literal(role))
    if connection.execute(read).fetchone() is None:
        connection.execute(sql.SQL("create role {}").format(sql.Identifier(role)))
    found = dict(zip(WANTED, connection.execute(read).fetchone(), strict=True))
    words = [
        WANTED[column][value] for column, value in _wanted(role, testing=testing).items() if found[column] != value
    ]
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


def _ensure_database(connection, database):
    if not connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
        # Who is no superuser must be a member of the role to which the database is to belong.
        if not connection.execute("select pg_has_role(current_user, %s, 'member')", [OWNER]).fetchone()[0]:
            connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(OWNER)))
        create = sql.SQL("create database {} owner {} encoding 'UTF8' template template0")
        connection.execute(create.format(sql.Identifier(database), sql.Identifier(OWNER)))


def let_the_owner_build(connection):
    """In a database that somebody else made: the owner may make schemas, tables and the trusted extension btree_gist.

    connection: autocommit, to that database, of a role that may grant it.
    """
    (database,) = connection.execute("select current_database()").fetchone()
    owner = sql.Identifier(OWNER)
    connection.execute(sql.SQL("grant create on database {} to {}").format(sql.Identifier(database), owner))
    connection.execute(sql.SQL("grant usage, create on schema public to {}").format(owner))
