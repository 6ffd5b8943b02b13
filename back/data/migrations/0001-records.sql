-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The first records: people, what they agreed to, what they promised and gave, what we wrote to them, and who did it.
-- Facts (consent, notice, payment, history) are only ever added: the program's own role may not change or remove them.

create extension if not exists pg_trgm;

create table person (
  id               integer generated always as identity (start with 1001) primary key,
  uuid             uuid not null unique default gen_random_uuid(),
  kind             text not null default 'individual' check (kind in ('individual', 'organisation')),
  registration     text not null default 'unconfirmed' check (registration in ('unconfirmed', 'confirmed', 'blocked', 'erased')),
  name             text not null,
  email            text,
  language         text not null,
  address_lines    text[] not null default '{}',
  postcode         text not null default '',
  city             text not null default '',
  country          text not null default '',
  registered_at    timestamptz not null,
  confirmed_at     timestamptz,
  signed_out_at    timestamptz,
  version          integer not null default 1,
  check (email is not null or registration = 'erased')
);
create unique index person_email_key on person (lower(email));
create index person_name_like on person using gin (lower(name) gin_trgm_ops);
create index person_email_like on person using gin (lower(email) gin_trgm_ops);
create index person_unconfirmed on person (registered_at) where registration = 'unconfirmed';

-- One fact per request, grant or withdrawal. The present state is the newest grant or withdrawal.
create table consent (
  id                bigint generated always as identity primary key,
  person_id         integer not null references person,
  purpose           text not null,
  fact              text not null check (fact in ('requested', 'granted', 'withdrawn')),
  wording           text not null,
  wording_language  text not null,
  wording_version   integer not null,
  wording_hash      text not null,
  channel           text not null,
  network           text,
  actor             text not null,
  -- For a grant: the request it confirms and the mail whose link confirmed it.
  request_id        bigint references consent,
  message_id        bigint,
  at                timestamptz not null
);
create index consent_person on consent (person_id, purpose, id desc);

-- A signature under a campaign: asked for with a day, counted once it is confirmed.
create table signature (
  id            bigint generated always as identity primary key,
  person_id     integer not null references person,
  campaign      text not null,
  signed_on     date not null,
  channel       text not null,
  requested_at  timestamptz not null,
  confirmed_at  timestamptz,
  unique (person_id, campaign)
);

create table account (
  id          integer generated always as identity primary key,
  person_id   integer not null unique references person,
  username    text not null unique check (username ~ '^[a-z][a-z0-9._-]{2,31}$'),
  state       text not null default 'open' check (state in ('open', 'closed')),
  opened_at   timestamptz not null,
  version     integer not null default 1
);

create table pledge (
  id          integer generated always as identity primary key,
  person_id   integer not null references person,
  reference   text not null unique,
  -- From the form: pressing the button twice makes one pledge.
  key         uuid not null unique,
  amount      bigint not null check (amount > 0),
  currency    text not null check (currency ~ '^[A-Z]{3}$'),
  interval    text not null check (interval in ('once', 'monthly', 'quarterly', 'yearly')),
  method      text not null check (method in ('card', 'transfer')),
  state       text not null default 'open' check (state in ('open', 'fulfilled', 'ended')),
  -- The provider's name for payments that renew by themselves.
  renewal     text,
  channel     text not null,
  referrer    text not null default '',
  made_at     timestamptz not null,
  version     integer not null default 1
);
create index pledge_person on pledge (person_id, id desc);

-- What a provider told us, as it came. Told twice, it is one row.
create table notice (
  id           bigint generated always as identity primary key,
  provider     text not null,
  notice_id    text not null,
  raw          text not null,
  received_at  timestamptz not null,
  unique (provider, notice_id)
);

-- Money that moved, or failed to: a fact with the provider's name, which is unique.
create table payment (
  id                  bigint generated always as identity primary key,
  provider            text not null check (provider in ('stripe', 'hand')),
  provider_reference  text not null,
  kind                text not null check (kind in ('received', 'refunded', 'failed')),
  amount              bigint not null check (amount > 0),
  currency            text not null check (currency ~ '^[A-Z]{3}$'),
  happened_at         timestamptz not null,
  reference           text not null,
  -- For a refund: the provider's reference of the payment that is given back.
  original            text,
  payer_name          text not null,
  payer_email         text not null,
  notice_id           bigint not null references notice,
  registered_at       timestamptz not null,
  unique (provider, provider_reference, kind)
);
create index payment_reference on payment (reference);
create index payment_original on payment (provider, original) where original is not null;

-- What a payment means: given by whom, for which pledge. Without a person it waits to be matched.
create table donation (
  id           bigint generated always as identity primary key,
  payment_id   bigint not null unique references payment,
  person_id    integer references person,
  pledge_id    integer references pledge,
  amount       bigint not null check (amount > 0),
  currency     text not null,
  refunded     bigint not null default 0 check (refunded between 0 and amount),
  received_on  date not null,
  reference    text not null,
  purpose      text not null check (purpose in ('donation', 'extra', 'merchandise', 'unmatched')),
  version      integer not null default 1
);
create index donation_person on donation (person_id, received_on desc, id desc);
create index donation_unmatched on donation (id) where person_id is null;

-- One mail to one person. Secrets live beside the fields and only until the mail is sent.
create table message (
  id            bigint generated always as identity primary key,
  person_id     integer references person,
  recipient     text not null,
  mail          text not null,
  language      text not null,
  fields        jsonb not null,
  secrets       jsonb,
  link_id       uuid,
  state         text not null default 'queued' check (state in ('queued', 'handed-over', 'accepted', 'refused', 'unknown')),
  subject       text,
  body          text,
  message_id    text unique,
  attempts      integer not null default 0,
  reason        text,
  queued_at     timestamptz not null,
  handed_over_at timestamptz,
  sent_at       timestamptz,
  version       integer not null default 1
);
create index message_person on message (person_id, id desc);
create index message_waiting on message (id) where state in ('queued', 'handed-over', 'unknown');
create index message_recent on message (lower(recipient), mail, queued_at desc);

-- A prepared link in a mail. What the link carries besides the id is a MAC, made when the mail is sent.
create table signed_link (
  id           uuid primary key default gen_random_uuid(),
  person_id    integer not null references person,
  command      text not null,
  -- What the command needs besides the person, e.g. the new email address.
  details      jsonb not null default '{}',
  made_at      timestamptz not null,
  expires_at   timestamptz not null,
  uses_left    integer not null default 1 check (uses_left >= 0),
  followed_at  timestamptz,
  version      integer not null default 1
);
create index signed_link_person on signed_link (person_id);

alter table consent add foreign key (message_id) references message;
alter table message add foreign key (link_id) references signed_link;

-- Who changed what, when: written in the same transaction as the change. Each entry's hash covers the one before.
create table history (
  id           bigint generated always as identity primary key,
  at           timestamptz not null,
  actor        text not null,
  person_id    integer,
  record       text not null,
  record_id    text not null,
  verb         text not null,
  reason       text not null default '',
  -- Over the salted values, which can be erased while the chain still verifies.
  detail_hash  text not null default '',
  hash         text not null
);
create index history_person on history (person_id, id desc);

create table history_detail (
  history_id  bigint primary key references history,
  changes     jsonb not null,
  salt        text not null
);

grant usage on schema public to cdb_app;
grant select, insert, update, delete on person, signature, account, pledge, donation, message, signed_link to cdb_app;
grant select, insert on consent, notice, payment, history to cdb_app;
grant select, insert, delete on history_detail to cdb_app;
