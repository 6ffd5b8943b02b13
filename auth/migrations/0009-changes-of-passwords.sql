-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Tasks that end what a new password ends, and clients that are told though they were removed; events that wait, found by their key.

alter table task drop constraint task_kind_check,
  add constraint task_kind_check check (kind in ('tell-client', 'tell-person', 'record-event', 'end-sessions'));
create index task_event on task ((details->>'key')) where kind = 'record-event';
