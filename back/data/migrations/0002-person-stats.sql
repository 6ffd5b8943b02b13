-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What selectors look at, one narrow row for each person: a selector reads this table once, instead of joining and adding up
-- millions of consents and donations.

create table person_stats (
  person_id          integer primary key references person on delete cascade,
  -- As in person; kept by the trigger below, like an index.
  kind               text not null,
  registration       text not null,
  language           text not null,
  country            text not null,
  -- The rest follows from consents and donations; kept by refreshStats. Purposes granted at present, in order.
  granted            text[] not null default '{}',
  -- The days of the donations, oldest first, and what had been given up to each in the organisation's currency: the sum of any
  -- period is the difference of two totals, found by searching two days.
  given_on           date[] not null default '{}',
  given_total        bigint[] not null default '{}',
  donations          integer not null generated always as (cardinality(given_on)) stored,
  donated            bigint not null generated always as (coalesce(given_total[cardinality(given_total)], 0)) stored,
  first_donation_on  date generated always as (given_on[1]) stored,
  last_donation_on   date generated always as (given_on[cardinality(given_on)]) stored,
  check (cardinality(given_on) = cardinality(given_total))
);

insert into person_stats (person_id, kind, registration, language, country, granted, given_on, given_total)
select person.id, kind, registration, language, country,
  coalesce(granted, '{}'), coalesce(given_on, '{}'), coalesce(given_total, '{}')
from person
left join (
  select person_id, array_agg(purpose) as granted from (
    select distinct on (person_id, purpose) person_id, purpose, fact from consent
    where fact <> 'requested' order by person_id, purpose, id desc) as newest
  where fact = 'granted' group by person_id) as consents on consents.person_id = person.id
left join (
  select person_id, array_agg(received_on) as given_on, array_agg(total) as given_total from (
    select person_id, received_on, sum(case when donation.currency = ours.currency then amount - refunded else 0 end)
      over (partition by person_id order by received_on, donation.id)::bigint as total
    from donation
    -- The organisation's currency stands in its profile, not here: it is the one that most was given in.
    cross join (select mode() within group (order by currency) as currency from donation) as ours
    where person_id is not null and refunded < amount order by person_id, received_on, donation.id) as running
  group by person_id) as gifts on gifts.person_id = person.id;

create function copy_person() returns trigger language plpgsql as $$
begin
  insert into person_stats (person_id, kind, registration, language, country)
  values (new.id, new.kind, new.registration, new.language, new.country)
  on conflict (person_id) do update set
    kind = excluded.kind, registration = excluded.registration, language = excluded.language, country = excluded.country;
  return null;
end $$;

create trigger person_copied after insert or update of kind, registration, language, country on person
  for each row execute function copy_person();

grant select, insert, update, delete on person_stats to cdb_app;
