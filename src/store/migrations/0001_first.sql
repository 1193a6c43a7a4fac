-- SQL kept portable: text identifiers, BIGINT, ISO 8601 times in UTC.

CREATE TABLE sessions (
    id          TEXT   PRIMARY KEY,
    started_at  TEXT   NOT NULL,
    updated_at  TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    language    TEXT   NOT NULL,
    simulated   BIGINT NOT NULL,
    finished    BIGINT NOT NULL,
    draft       TEXT   NOT NULL
);

CREATE TABLE session_events (
    session_id  TEXT   NOT NULL REFERENCES sessions (id),
    seq         BIGINT NOT NULL,
    at          TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    PRIMARY KEY (session_id, seq)
);

-- One additive number per day, provider, model and name: writers of several processes add and never overwrite.
CREATE TABLE counters (
    day         TEXT   NOT NULL,
    provider    TEXT   NOT NULL,
    model       TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    value       BIGINT NOT NULL,
    PRIMARY KEY (day, provider, model, name)
);

CREATE TABLE switch_log (
    id            TEXT NOT NULL PRIMARY KEY,
    day           TEXT NOT NULL,
    at            TEXT NOT NULL,
    from_provider TEXT NOT NULL,
    to_provider   TEXT NOT NULL,
    kind          TEXT NOT NULL,
    trigger_name  TEXT NOT NULL,
    reason        TEXT NOT NULL,
    actor         TEXT NOT NULL
);

CREATE INDEX switch_log_by_day ON switch_log (day);

-- What the router must remember beyond a process: primary, preference, auto switch, routes set aside, last errors.
CREATE TABLE router_state (
    name        TEXT   PRIMARY KEY,
    value       TEXT   NOT NULL
);
