-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What providers keep and pay out, decisions as facts, and everything that was told in our own words: the books can be made anew.

alter table payment
  drop constraint payment_kind_check,
  -- `fee`: what the provider kept; `payout`: what it sent to our bank, where it is `arrived` days later.
  add constraint payment_kind_check check (kind in ('received', 'refunded', 'failed', 'disputed', 'reinstated',
    'fee', 'fee-returned', 'payout', 'payout-returned', 'arrived'));

-- What the notice says, as the operation takes it, without `raw`; null: told again.
alter table notice add column told jsonb;
update notice set told = jsonb_strip_nulls(jsonb_build_object('kind', kind, 'amount', jsonb_build_object('amount', amount, 'currency',
    currency), 'happenedAt', to_char(happened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'reference', reference,
    'payer', jsonb_build_object('name', payer_name, 'email', payer_email), 'original', original))
  from payment where payment.notice_id = notice.id;
grant update (told) on notice to cdb_app;

-- Which payout a payment, refund or fee was part of, and as what it arrived at the bank.
create table payout_part (
  payment_id  bigint primary key references payment,
  payout_id   bigint not null references payment
);
create index payout_part_payout on payout_part (payout_id);
grant select, insert on payout_part to cdb_app;

-- What was decided about a payment that no reference told: the newest counts. Several parts: it was split.
create table decision (
  payment_id  bigint not null references payment,
  number      integer not null,
  part        integer not null,
  amount      bigint not null check (amount > 0),
  person_id   integer references person,
  pledge_id   integer references pledge,
  reference   text not null,
  purpose     text not null,
  -- Null: an earlier decision is taken back.
  decided     text check (decided in ('person', 'score')),
  at          timestamptz not null,
  primary key (payment_id, number, part)
);
create index decision_person on decision (person_id);
grant select, insert on decision to cdb_app;
insert into decision (payment_id, number, part, amount, person_id, pledge_id, reference, purpose, decided, at)
  select payment_id, 1, 1, donation.amount, person_id, pledge_id, donation.reference, purpose, decided, registered_at
  from donation join payment on payment.id = payment_id where decided is not null;

alter table donation
  add column part integer not null default 1,
  drop constraint donation_payment_id_key,
  add constraint donation_part_key unique (payment_id, part);

-- What a provider paid out stands in statements already.
with told as (
  insert into notice (provider, notice_id, payment_reference, raw, told, received_at)
    select 'bank', entry.name, entry.name, '', jsonb_build_object('kind', 'arrived', 'amount', jsonb_build_object('amount', entry.amount,
        'currency', entry.currency), 'happenedAt', to_char(booked_on + time '11:00', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'reference', '',
        'payer', jsonb_build_object('name', (regexp_match(entry.raw, 'stripe|paypal', 'i'))[1], 'email', '')), imported_at
      from statement_entry entry join statement on statement.id = statement_id where outcome = 'payout'
    on conflict do nothing returning id, notice_id, told, received_at)
insert into payment (provider, provider_reference, kind, amount, currency, happened_at, reference, payer_name, payer_email, notice_id, registered_at)
  select 'bank', notice_id, 'arrived', (told->'amount'->>'amount')::bigint, told->'amount'->>'currency', (told->>'happenedAt')::timestamptz,
    '', coalesce(told->'payer'->>'name', ''), '', id, received_at from told;

-- The books are made anew beside the real ones, for a comparison, and what is picked for a mailing is noted for a moment.
do $$ begin execute format('grant temporary on database %I to cdb_app', current_database()); end $$;
