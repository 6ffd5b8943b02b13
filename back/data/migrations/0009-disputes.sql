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

-- Which payment a notice tells of, by the provider's name: several may tell of one, and all are somebody's.
alter table notice add column payment_reference text not null default '';
update notice set payment_reference = payment.provider_reference from payment where payment.notice_id = notice.id;
create index notice_payment on notice (provider, payment_reference);
