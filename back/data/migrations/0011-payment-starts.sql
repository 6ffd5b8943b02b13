-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Attempts to pay, counted for a day: who tests stolen cards makes many.

create table payment_start (
  id            bigint generated always as identity primary key,
  at            timestamptz not null,
  -- Shortened, as in consent.
  network       text not null,
  -- Of the email address; says nothing by itself.
  address_hash  text not null
);
create index payment_start_at on payment_start (at);
create index payment_start_network on payment_start (network, at);
create index payment_start_address on payment_start (address_hash, at);

grant select, insert, delete on payment_start to cdb_app;
