-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Leaving: what is planned, when it is carried out, and what was certified; and who must never be written to again.

create table erasure (
  id              integer generated always as identity primary key,
  person_id       integer not null references person,
  requested_at    timestamptz not null,
  due_at          timestamptz not null,
  cancelled_at    timestamptz,
  carried_out_at  timestamptz,
  certificate     jsonb,
  version         integer not null default 1
);
create unique index erasure_planned on erasure (person_id) where cancelled_at is null and carried_out_at is null;

-- A keyed hash of an address that asked to be forgotten: found again when the address is, and says nothing by itself.
create table suppression (
  address_hash  text primary key,
  at            timestamptz not null
);

grant select, insert, update on erasure to cdb_app;
grant select, insert on suppression to cdb_app;
-- Facts stay, the personal words in them may be blanked.
grant update (network) on consent to cdb_app;
grant update (payer_name, payer_email) on payment to cdb_app;
grant update (raw) on notice to cdb_app;
