-- What each switch of the primary rests on, as JSON (see switch_log.rs), and its running number; older rows have no details.

ALTER TABLE switch_log ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE switch_log ADD COLUMN details TEXT NOT NULL DEFAULT '{}';

UPDATE switch_log SET seq = (SELECT COUNT(*) FROM switch_log AS earlier WHERE earlier.id <= switch_log.id);

CREATE INDEX switch_log_by_seq ON switch_log (seq);
