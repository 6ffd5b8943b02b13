-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What the bank told of our accounts: its statements, and each line of them once, in whatever statement and format it comes.

create table statement (
  id           integer generated always as identity primary key,
  -- The IBAN, or what else the bank calls it.
  account      text not null,
  currency     text not null,
  format       text not null check (format in ('camt.052', 'camt.053', 'camt.054', 'mt940', 'mt942', 'csv')),
  -- The bank's name and number for it; the same one again is the same row.
  name         text not null,
  number       text not null,
  opening      bigint,
  closing      bigint,
  closing_on   date,
  imported_at  timestamptz not null,
  unique nulls not distinct (account, format, name, number, opening, closing, closing_on)
);

create table statement_entry (
  id            integer generated always as identity primary key,
  statement_id  integer not null references statement,
  account       text not null,
  -- camt, mt or csv: within one of them the bank's references are comparable.
  family        text not null check (family in ('camt', 'mt', 'csv')),
  -- Under this name its payments are booked: alone, or with a dot and the number in the batch.
  name          text not null unique,
  amount        bigint not null,
  currency      text not null,
  booked_on     date not null,
  value_on      date,
  outcome       text not null check (outcome in ('received', 'refunded', 'payout', 'outgoing')),
  -- What the bank told of it, where no payment's notice keeps that.
  raw           text not null
);
create index statement_entry_statement on statement_entry (statement_id);

-- By what a line is known again, the surest first; all that were ever told of it are kept.
create table statement_identity (
  account   text not null,
  key       text not null,
  rung      text not null check (rung in ('bank-reference', 'entry-reference', 'content')),
  entry_id  integer not null references statement_entry,
  primary key (account, key, entry_id)
);
create index statement_identity_entry on statement_identity (entry_id);

alter table payment
  drop constraint payment_provider_check,
  add constraint payment_provider_check check (provider in ('stripe', 'paypal', 'hand', 'bank'));

grant select, insert on statement, statement_entry, statement_identity to cdb_app;
grant update (raw) on statement_entry to cdb_app;
