-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- One text in several languages to all who agreed and are picked; a row for everybody who gets it, with the consent it rests on.

create table mailing (
  id              integer generated always as identity primary key,
  -- For staff, and in the address of the archive.
  name            text not null unique,
  -- Of the profile: who did not agree to it gets nothing.
  purpose         text not null,
  selector        text not null,
  reply_to        text not null default '',
  -- Readable by everybody once it is sent.
  public          boolean not null default false,
  state           text not null default 'draft'
    check (state in ('draft', 'approved', 'scheduled', 'sending', 'paused', 'stopped', 'sent')),
  made_by         text not null,
  made_at         timestamptz not null,
  -- Who changed it last must not be the one who approves.
  changed_by      text not null,
  approved_by     text,
  -- Over all that was approved, and how many it was for.
  approved_digest text,
  approved_count  integer,
  scheduled_for   timestamptz,
  began_at        timestamptz,
  ended_at        timestamptz,
  -- Why it pauses, when nobody asked for that.
  reason          text not null default '',
  version         integer not null default 1
);
create index mailing_at_work on mailing (id) where state in ('scheduled', 'sending');

create table mailing_text (
  id          integer generated always as identity primary key,
  mailing_id  integer not null references mailing on delete cascade,
  language    text not null,
  subject     text not null,
  -- Markdown.
  body        text not null,
  version     integer not null default 1,
  unique (mailing_id, language)
);

-- From the moment that sending begins: waiting → handed over → accepted, refused or unknown; or left out, with the reason.
create table mailing_recipient (
  mailing_id     integer not null references mailing,
  person_id      integer not null references person,
  -- The order of sending, in which no domain's people stand together.
  position       integer not null,
  consent_id     bigint not null references consent,
  -- Of a signed_link. No reference: a million are written at once, and to look each of them up would take longer than all else.
  link_id        uuid not null,
  language       text not null,
  domain         text not null,
  state          text not null default 'waiting'
    check (state in ('waiting', 'handed-over', 'accepted', 'refused', 'unknown', 'left-out')),
  reason         text,
  attempts       smallint not null default 0,
  -- A worker has taken it and will send it soon; later, others may.
  claimed_until  timestamptz,
  -- Postponed by the mail server.
  not_before     timestamptz,
  handed_over_at timestamptz,
  settled_at     timestamptz,
  primary key (mailing_id, person_id)
) with (fillfactor = 80);
create index mailing_recipient_waiting on mailing_recipient (mailing_id, position) where state = 'waiting';
create index mailing_recipient_under_way on mailing_recipient (handed_over_at) where state = 'handed-over';
create index mailing_recipient_person on mailing_recipient (person_id);

grant select, insert, update, delete on mailing, mailing_text, mailing_recipient to cdb_app;
