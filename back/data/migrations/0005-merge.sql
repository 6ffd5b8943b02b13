-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Two records of one human: pairs that look like it, and merges that can be taken back.

alter table person
  -- Who carries this person's records on; for good or until the merge is taken back.
  add column merged_into integer references person,
  drop constraint person_registration_check,
  add constraint person_registration_check check (registration in ('unconfirmed', 'confirmed', 'blocked', 'erased', 'merged')),
  add constraint person_merged_check check ((registration = 'merged') = (merged_into is not null)),
  drop constraint person_check,
  add constraint person_check check (email is not null or registration in ('erased', 'merged'));
create index person_merged on person (merged_into) where merged_into is not null;

-- A name without its case, accents and the ways to write them in plain letters: Müller, Mueller and MULLER are one.
create function fold_name(name text) returns text language sql immutable strict parallel safe as $$
  select regexp_replace(replace(translate(
    regexp_replace(normalize(lower(name), nfkd), '[\u0300-\u036f]+', '', 'g'), 'ßøłæđıœþ', 'solađiot'), 'ss', 's'), '([aou])e', '\1', 'g')
$$;
-- A postcode however it is spaced.
create function fold_postcode(postcode text) returns text language sql immutable strict parallel safe as $$
  select translate(upper(postcode), ' -', '')
$$;
-- Gmail delivers to one mailbox whatever dots and +words are in the address; null for addresses elsewhere.
create function gmail_mailbox(email text) returns text language sql immutable parallel safe as $$
  select case when email ~* '@(gmail|googlemail)\.com$'
    then replace(split_part(split_part(lower(email), '@', 1), '+', 1), '.', '') end
$$;
create index person_postcode on person (fold_postcode(postcode)) where registration = 'confirmed' and postcode <> '';
create index person_folded_name on person (fold_name(name)) where registration = 'confirmed';
create index person_gmail on person (gmail_mailbox(email)) where registration = 'confirmed' and gmail_mailbox(email) is not null;
create index person_birthday on person (birthday) where registration = 'confirmed' and birthday is not null;

-- Pairs that look like one human. A person decides; what was decided is not asked again.
create table duplicate (
  -- The smaller number.
  person_id   integer not null references person,
  other_id    integer not null references person,
  score       smallint not null check (score between 0 and 100),
  reasons     text[] not null,
  found_at    timestamptz not null,
  decided     text check (decided in ('merged', 'different')),
  decided_at  timestamptz,
  decided_by  text,
  primary key (person_id, other_id),
  check (person_id < other_id),
  check ((decided is null) = (decided_at is null))
);
create index duplicate_other on duplicate (other_id);
create index duplicate_open on duplicate (score) where decided is null;

create table merge (
  id            integer generated always as identity primary key,
  kept_id       integer not null references person,
  gone_id       integer not null references person,
  -- What was moved, removed and overwritten: enough to take the merge back.
  journal       jsonb not null,
  reason        text not null,
  merged_at     timestamptz not null,
  merged_by     text not null,
  unmerged_at   timestamptz,
  version       integer not null default 1
);
create index merge_kept on merge (kept_id);
create index merge_gone on merge (gone_id);

grant select, insert, update, delete on duplicate to cdb_app;
grant select, insert, update on merge to cdb_app;
-- A fact of consent stays as it was said; whose it is follows the person that both were.
grant update (person_id) on consent to cdb_app;
