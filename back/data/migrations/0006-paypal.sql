-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Money by PayPal.

alter table pledge
  drop constraint pledge_method_check,
  add constraint pledge_method_check check (method in ('card', 'paypal', 'transfer'));

alter table payment
  drop constraint payment_provider_check,
  add constraint payment_provider_check check (provider in ('stripe', 'paypal', 'hand'));
