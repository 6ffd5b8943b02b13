-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Money that a donor's bank took back, and that came back when the dispute was won.

alter table payment
  drop constraint payment_kind_check,
  add constraint payment_kind_check check (kind in ('received', 'refunded', 'failed', 'disputed', 'reinstated'));

alter table donation
  -- What is in dispute or was lost by one.
  add column disputed bigint not null default 0,
  add constraint donation_disputed_check check (disputed >= 0 and refunded + disputed <= amount);
