-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What a session is to its owner: which browser, where, since when. And tasks that tell of events, with what became of them.

create table sign_in (
  session_uid text primary key,
  account_id text not null,
  -- In words, and as it was when the session was used last.
  browser text not null,
  network text not null,
  began_at timestamptz not null default now(),
  used_at timestamptz not null default now()
);
create index sign_in_account on sign_in (account_id);

alter table task drop constraint task_kind_check,
  add constraint task_kind_check check (kind in ('tell-client', 'tell-person', 'record-event')),
  alter column client_id drop not null,
  alter column account_id drop not null,
  -- Of an event: what back is told.
  add column details json,
  -- Carried out, or given up: it stays for a while, so that one can see what became of it.
  add column done_at timestamptz,
  add column given_up_at timestamptz;
create index task_account on task (account_id) where kind = 'tell-client';

-- What was called so before is now an event like any other.
update task set kind = 'record-event', details = json_build_object('kind', 'token-reused', 'at',
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) where kind = 'tell-person';
