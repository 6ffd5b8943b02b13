-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- A million readers are written down at once: nothing is looked up for each that cannot be missing, and nothing made that only sending needs.

-- The program can delete neither a consent nor a mailing, and takes both from where they stand.
revoke delete on mailing from cdb_app;
alter table mailing_recipient
  drop constraint mailing_recipient_mailing_id_fkey,
  drop constraint mailing_recipient_consent_id_fkey,
  -- Null until the first mail is handed over: then it is the link in that mail, and in every other try.
  alter column link_id drop not null;
