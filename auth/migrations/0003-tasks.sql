-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What auth still has to tell others: a client of a sign-out, a person of a sign-in that was ended.

create table task (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('tell-client', 'tell-person')),
  client_id text not null,
  account_id text not null,
  sid text,
  tries smallint not null default 0,
  -- While somebody carries it out this is already the moment of the next try.
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create index task_due on task (due_at);
