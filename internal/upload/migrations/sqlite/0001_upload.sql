-- Whose .changes files a repo takes, as JSON; without a row, everybody's whose
-- signature is good. "collection_id" is the repo.
CREATE TABLE repo_uploaders (
    collection_id INTEGER PRIMARY KEY,
    rules         TEXT NOT NULL
);
