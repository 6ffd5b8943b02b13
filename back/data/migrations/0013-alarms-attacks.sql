-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What a person has to look at, what was refused by a card's bank, times in which somebody tests cards, and which mail thanked for what.

-- Why a notice was kept and not booked, in a word; null: it was booked, or told nothing new.
alter table notice add column trouble text;
create index notice_trouble on notice (id) where trouble is not null;

-- Alarms follow from payments and notices; that one is closed stands in the history, with the reason.
create index history_alarm on history (record, record_id) where verb = 'alarm-closed';

-- Few among many payments: what went back, for totals and alarms.
create index payment_back on payment (happened_at) where kind in ('refunded', 'disputed', 'reinstated');
-- Totals of a period.
create index donation_received_on on donation (received_on);

-- What people decided, which teaches the next.
create index donation_decided on donation (payment_id) where decided = 'person';
create index donation_waiting on donation (id) where purpose = 'unmatched';

-- By what the bank told of the payer a returned payment finds its own.
create index notice_end_to_end on notice ((raw::jsonb -> 'detail' ->> 'endToEndId')) where provider = 'bank' and raw <> '';
create index notice_payer_account on notice ((coalesce(raw::jsonb -> 'detail' -> 'counterparty' ->> 'iban',
  raw::jsonb -> 'detail' -> 'counterparty' ->> 'other'))) where provider = 'bank' and raw <> '';

alter table payment_start
  -- What was to be paid: that a card was declined is told of it, too.
  add column reference text not null default '',
  -- They were signed in, or have confirmed their address.
  add column known boolean not null default false,
  -- It was not let through.
  add column refused boolean not null default false,
  -- The notices that told of a declined card, and when the last one came.
  add column declined_by text[] not null default '{}',
  add column declined_at timestamptz;
create index payment_start_reference on payment_start (reference, at);
create index payment_start_declined on payment_start (declined_at) where declined_at is not null;
grant update (declined_by, declined_at) on payment_start to cdb_app;

-- While one lasts, whom we do not know yet may try little.
create table payment_attack (
  id        integer generated always as identity primary key,
  began_at  timestamptz not null,
  ends_at   timestamptz not null,
  -- Too many attempts, or too many of them declined.
  why       text not null check (why in ('attempts', 'declines'))
);
grant select, insert, update (ends_at) on payment_attack to cdb_app;

alter table message
  -- The donation that it thanks for.
  add column donation_id bigint references donation on delete set null;
create index message_donation on message (donation_id) where donation_id is not null;
