-- What the declarations state: "name" is of a "kind" (mirror, repo, snapshot,
-- publication, endpoint, keyring), "local_id" its number where it has one, and
-- "spec" what it was made from, for what never changes afterwards. "pending" is
-- set while its first sync or its next release is still to come.
CREATE TABLE declared (
    declaration TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    local_id    BIGINT  NOT NULL,
    spec        TEXT    NOT NULL,
    pending     BOOLEAN NOT NULL,
    PRIMARY KEY (declaration, kind, name)
);
CREATE INDEX declared_by_name ON declared (kind, name);

-- What an apply that was asked for and is not over yet is to do. It may be longer
-- than the payload of an activity.
CREATE TABLE declared_request (
    id      BIGINT PRIMARY KEY,
    request TEXT   NOT NULL
);
