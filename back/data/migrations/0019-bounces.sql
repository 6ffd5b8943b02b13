-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Mails that came back, complaints, and the addresses that do not answer any more.

create table bounce (
  id          bigint generated always as identity primary key,
  -- The same for every copy of the mail that came back: counted once.
  key         text not null unique,
  kind        text not null
    check (kind in ('hard', 'soft', 'sender-trouble', 'delayed', 'auto-reply', 'complaint', 'unreadable')),
  -- Enhanced status (RFC 3463), and the same in a word of ours.
  status      text not null default '',
  reason      text not null default '',
  -- Null: it does not say for certain whose it is.
  person_id   integer references person,
  address     text not null default '',
  mailing_id  integer references mailing,
  message_id  bigint references message on delete set null,
  -- What it added to the address's score, in halves.
  half_points smallint not null default 0,
  came_at     timestamptz not null
);
create index bounce_person on bounce (person_id) where person_id is not null;
create index bounce_address on bounce (address) where address <> '';
create index bounce_came_at on bounce (came_at);
create index bounce_message on bounce (message_id) where message_id is not null;

-- Of addresses from which something came back within the last weeks.
create table address_trouble (
  id            integer generated always as identity primary key,
  -- In small letters, otherwise as its person wrote it.
  address       text not null unique,
  person_id     integer not null references person,
  half_points   smallint not null,
  -- The last day that counted: one a day at most.
  counted_on    date not null,
  -- From then on nobody writes to it, but what somebody there asks for.
  silent_since  timestamptz,
  version       integer not null default 1
);
create index address_trouble_person on address_trouble (person_id);

alter table mailing_recipient
  add column bounced_at timestamptz,
  add column bounced_as text check (bounced_as in ('hard', 'soft', 'sender-trouble', 'complaint'));
create index mailing_recipient_bounced on mailing_recipient (mailing_id) where bounced_at is not null;
alter table message
  add column bounced_at timestamptz,
  add column bounced_as text check (bounced_as in ('hard', 'soft', 'sender-trouble', 'complaint'));
-- A mail that comes back names it.
create index message_message_id on message (message_id) where message_id is not null;

grant select, insert, delete, update (person_id) on bounce to cdb_app;
grant select, insert, update, delete on address_trouble to cdb_app;
