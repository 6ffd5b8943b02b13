-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Money whose reference nobody knew: whose it is, or that it is nobody's gift, is decided by a person, who can take it back.

alter table donation
  drop constraint donation_purpose_check,
  -- `other`: no gift at all, such as interest or money that was sent here by mistake.
  add constraint donation_purpose_check check (purpose in ('donation', 'extra', 'merchandise', 'unmatched', 'other')),
  -- Decided by a person, not by the reference.
  add column decided boolean not null default false;

create index payment_payer_name on payment (lower(payer_name)) where payer_name <> '';
create index payment_payer_email on payment (lower(payer_email)) where payer_email <> '';
