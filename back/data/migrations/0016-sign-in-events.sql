-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What auth tells of how somebody signs in; and whose tokens count no more before they expire.

create table sign_in_event (
  id              bigint generated always as identity primary key,
  -- auth's own name for it: told twice, it happened once.
  key             text not null unique,
  person_id       integer not null references person,
  kind            text not null,
  at              timestamptz not null,
  -- Refusals within an hour are one event.
  times           integer not null default 1,
  client          text not null default '',
  -- A hash: the same for all that happened in one session.
  session         text not null default '',
  network         text not null default '',
  -- Not shortened yet.
  network_is_full boolean not null default false,
  browser         text not null default '',
  detail          text not null default ''
);
create index sign_in_event_person on sign_in_event (person_id, id);
create index sign_in_event_network on sign_in_event (at) where network_is_full;
create index sign_in_event_at on sign_in_event (at);

-- A grant as auth names it in access tokens. Those live for minutes, so a row is of use for minutes.
create table ended_grant (
  grant_hash  text primary key,
  ended_at    timestamptz not null
);
create index ended_grant_at on ended_grant (ended_at);

grant select, insert, delete on sign_in_event to cdb_app;
grant update (person_id, times, network, network_is_full) on sign_in_event to cdb_app;
grant select, insert, delete on ended_grant to cdb_app;
