-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Money whose reference nobody knew: whose it is, or that it is nobody's gift, is decided by a person, who can take it back.

alter table donation
  drop constraint donation_purpose_check,
  -- `other`: no gift at all, such as interest or money that was sent here by mistake.
  add constraint donation_purpose_check check (purpose in ('donation', 'extra', 'merchandise', 'unmatched', 'other')),
  -- Not by the reference, but by a person, or alone by what speaks for one. Only what a person decided teaches anything.
  add column decided text check (decided in ('person', 'score'));

create index payment_payer_name on payment (lower(payer_name)) where payer_name <> '';
create index payment_payer_email on payment (lower(payer_email)) where payer_email <> '';
