-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- When a pledge is due, that we reminded of it, and that it can pause or lapse.

alter table pledge
  -- Later days count from this one, so that a pledge of the 31st stays one.
  add column first_due_on  date,
  -- Null: nothing more is due.
  add column next_due_on   date,
  -- For the day that is due: how many went out, and when the last.
  add column reminders     integer not null default 0 check (reminders >= 0),
  add column reminded_on   date,
  drop constraint pledge_state_check,
  add constraint pledge_state_check check (state in ('open', 'paused', 'fulfilled', 'ended', 'lapsed'));

update pledge set first_due_on = (made_at at time zone 'UTC')::date;
update pledge set next_due_on = case when interval = 'once' then first_due_on else greatest(first_due_on,
    coalesce((select (max(received_on) + case interval when 'monthly' then interval '1 month'
      when 'quarterly' then interval '3 months' else interval '1 year' end)::date from donation where pledge_id = pledge.id),
      first_due_on)) end
  where state = 'open';

alter table pledge alter column first_due_on set not null;
create index pledge_due on pledge (next_due_on) where state = 'open';
