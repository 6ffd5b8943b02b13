-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Accounts that pause, reopen and change their username, and groups that open services.

alter table account drop constraint account_state_check;
alter table account
  add check (state in ('open', 'paused', 'closed')),
  -- Opened by an administrator: no rule pauses it. Chosen by the person: it lasts while they are entitled.
  add column by_hand           boolean not null default true,
  -- Since when the person is entitled no more; the grace counts from here.
  add column unentitled_since  timestamptz,
  -- What a rule paused a rule reopens.
  add column paused_by         text check (paused_by in ('rule', 'administrator')),
  -- Names that the account had before; nobody else gets them.
  add column former_usernames  text[] not null default '{}',
  -- Grows with all that the directory is to show of the account.
  add column desired_version   integer not null default 1,
  -- What the directory has shown, and by which name it knows the entry (entryUUID, RFC 4530).
  add column written_version   integer not null default 0,
  add column entry_id          uuid;

-- Two usernames that a reader takes for the same look the same: dots, dashes and lines do not count, 0 is o, 1 is l, rn is m.
create function username_look(username text) returns text language sql immutable parallel safe
  return translate(replace(replace(translate(username, '._-', ''), 'rn', 'm'), 'vv', 'w'), '01i3457', 'olleast');
create index account_look on account (username_look(username));
create index account_former on account using gin (former_usernames) where former_usernames <> '{}';
create index account_alive on account (username collate "C") where state <> 'closed';

-- What people who were erased were called: a keyed hash of its look, so that nobody gets mail meant for them.
create table retired_username (
  look_hash  text primary key,
  at         timestamptz not null
);
grant select, insert on retired_username to cdb_app;

-- Members of a group that has to be asked for: `team` names the group.
alter table role drop constraint role_name_check;
alter table role add check (name in ('volunteer', 'staff', 'member'));
create index role_approved on role (name, team) where state = 'approved';
