-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- More of what people tell us of themselves, and what they do with us: volunteers ask for it, coordinators decide.

alter table person
  add column region           text not null default '',
  add column birthday         date,
  -- Confirmed by a mail, like the first: where we ask when the first does not answer.
  add column secondary_email  text,
  add check (lower(secondary_email) <> lower(email));
create unique index person_secondary_email_key on person (lower(secondary_email));
create index person_secondary_email_like on person using gin (lower(secondary_email) gin_trgm_ops);

create table role (
  id            integer generated always as identity primary key,
  person_id     integer not null references person,
  name          text not null check (name in ('volunteer', 'staff')),
  -- Of the profile; empty: no team in particular.
  team          text not null default '',
  -- What they wrote about themselves when they asked.
  message       text not null default '',
  state         text not null default 'requested' check (state in ('requested', 'approved', 'refused', 'ended')),
  requested_at  timestamptz not null,
  decided_at    timestamptz,
  version       integer not null default 1
);
create unique index role_live on role (person_id, name, team) where state in ('requested', 'approved');
create index role_waiting on role (requested_at) where state = 'requested';

grant select, insert, update, delete on role to cdb_app;
-- Whoever confirms an address anew is not to be left alone any more.
grant delete on suppression to cdb_app;
-- Who was asked whether they want to stay, and when.
create index message_keep_alive on message (person_id, queued_at) where mail = 'keep-alive';
