-- Common SQL, so that what speaks PostgreSQL's protocol can hold a ledger too. `body` is text:
-- jsonb would reorder it, and its digest would not hold. A table that is there, such as a
-- partitioned one, is left as it is.
CREATE TABLE IF NOT EXISTS krgate_schema (
  version integer PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS krgate_records (
  repo   text        NOT NULL,
  id     text        NOT NULL,
  kind   text        NOT NULL,
  at     timestamptz NOT NULL,
  digest text        NOT NULL,
  body   text        NOT NULL,
  PRIMARY KEY (repo, id)
);
CREATE INDEX IF NOT EXISTS krgate_records_repo_at ON krgate_records (repo, at);
INSERT INTO krgate_schema (version) VALUES (1) ON CONFLICT DO NOTHING;
