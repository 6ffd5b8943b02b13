// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves mailings as anybody may read them, without what they say of one reader.
import * as api from "@cdb/api/news.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import {
  countArchive,
  getArchived,
  getByWebName,
  type Issue,
  isInArchive,
  listArchive,
} from "../data/mailings/archive.ts";
import { toAnybody } from "../data/mailings/mailing-words.ts";
import { recentMailings } from "../data/mailings/recent-mailings.ts";
import { webNameOf } from "../data/mailings/web-address.ts";
import { fillGaps } from "../mail/gapped.ts";
import { readForm } from "../mail/mailing-form.ts";
import type { LinkSecrets } from "./links.ts";
import type { Offers } from "./offer.ts";

const size = 20;
const recentOfEach = 3;
const keptAtMost = 60;

export function offerNews(offers: Offers, secrets: LinkSecrets): void {
  const show = openReader();
  offers.offer(api.listNews, async (work, { query }) => {
    const issues = await listArchive(work, query.language, { page: query.page, size });
    const pages = Math.max(1, Math.ceil((await countArchive(work)) / size));
    return { mailings: issues.map(presentHeadline), pages };
  });
  offers.offer(api.listNewsInFull, async (work, { query }) => {
    const issues = await listArchive(work, query.language, { page: 1, size });
    return { mailings: issues.map((issue) => show(issue, work.organisation)) };
  });
  offers.offer(api.showNews, async (work, { params, query }) =>
    show(await getArchived(work, params.name, query.language), work.organisation),
  );
  offers.offer(api.showWebView, async (work, { params, query }) => {
    const issue = await getByWebName(work, params.webName, query.language, secrets.links);
    return { ...show(issue, work.organisation), archived: isInArchive(issue.mailing) };
  });
  offers.offerOwn(api.listMyNews, async (work, _, me) => ({
    mailings: (await recentMailings(work, me, recentOfEach)).map(({ id, isArchived, sentAt, ...mailing }) => ({
      ...mailing,
      ...{ sentAt: sentAt.toString(), webName: isArchived ? null : webNameOf(id, secrets.links) },
    })),
  }));
}

function presentHeadline({ mailing, text, languages }: Issue) {
  const { name, purpose, beganAt } = mailing;
  const sentAt = beganAt?.toString() ?? null;
  return { name, purpose, sentAt, language: text.language, languages, subject: toAnybody(text.subject) };
}

// Anybody may ask, and often: the HTML of a text is made once.
function openReader(): (issue: Issue, organisation: Organisation) => api.WrittenShape {
  const made = new Map<string, string>();
  return (issue, organisation) => {
    const key = `${issue.text.id} ${issue.text.version}`;
    const html = made.get(key) ?? fillGaps(readForm(issue.text, organisation).html, { fields: {} });
    if (!made.has(key) && made.size === keptAtMost) made.clear();
    made.set(key, html);
    return { ...presentHeadline(issue), html };
  };
}
