-- "email" is in lower case. "password" is a hash of argon2id in the PHC form, and
-- empty for somebody who cannot log in with one. All sessions of a person end when
-- "generation" grows.
CREATE TABLE person (
    id          BIGINT PRIMARY KEY,
    email       TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    password    TEXT NOT NULL,
    generation  BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT NOT NULL
);

-- A tree, whose root is there from the start.
CREATE TABLE access_group (
    name       TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    parent     TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO access_group (name, title, parent, created_at) VALUES ('global', 'Global access', '', 0);

CREATE TABLE person_role (
    id          BIGINT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL
);
CREATE TABLE person_role_permission (
    role_id    BIGINT NOT NULL REFERENCES person_role (id),
    permission TEXT NOT NULL,
    PRIMARY KEY (role_id, permission)
);
CREATE TABLE person_role_group (
    role_id      BIGINT NOT NULL REFERENCES person_role (id),
    access_group TEXT NOT NULL REFERENCES access_group (name),
    PRIMARY KEY (role_id, access_group)
);
CREATE TABLE person_role_member (
    role_id   BIGINT NOT NULL REFERENCES person_role (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    PRIMARY KEY (role_id, person_id)
);
CREATE INDEX person_role_member_person ON person_role_member (person_id);

-- The roles that are there from the start have ids below 1000. The first one may do
-- everything everywhere, so it has no lines in the other tables but its members.
INSERT INTO person_role (id, name, description) VALUES
    (1, 'GlobalAdmin', 'May do everything in the account'),
    (2, 'Auditor', 'Sees everything, changes nothing'),
    (3, 'SupportAnalyst', 'Sees everything, and manages computers');
INSERT INTO person_role_group (role_id, access_group) VALUES (2, 'global'), (3, 'global');
INSERT INTO person_role_permission (role_id, permission) VALUES
    (2, 'ViewComputer'), (2, 'ViewScript'), (2, 'ViewRepositoryProfile'), (2, 'ViewRepository'), (2, 'ViewUpgradeProfile'),
    (2, 'ViewPackageProfile'), (2, 'ViewRemovalProfile'), (2, 'ViewRole'), (2, 'ViewEventLog'),
    (3, 'ViewComputer'), (3, 'ManageComputer'), (3, 'ViewScript'), (3, 'ExecuteScript'), (3, 'ViewRepositoryProfile'),
    (3, 'ViewRepository'), (3, 'ViewUpgradeProfile'), (3, 'ViewPackageProfile'), (3, 'ViewRemovalProfile'), (3, 'ViewEventLog');
