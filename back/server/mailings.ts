// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves mailings to the staff: one writes, another approves.
import * as api from "@cdb/api/mailings.ts";
import type { Presented } from "@cdb/api/operation.ts";
import { Refused } from "@cdb/api/problems.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Selectable } from "kysely";
import type { Work } from "../data/database.ts";
import { explainRecipient } from "../data/mailings/audience.ts";
import { listRecipients } from "../data/mailings/list-recipients.ts";
import { changeMailing, getMailing, listMailings, type Mailing, makeMailing } from "../data/mailings/mailing.ts";
import { mailingStatistics } from "../data/mailings/mailing-statistics.ts";
import { removeText, saveText } from "../data/mailings/mailing-text.ts";
import { approveMailing, scheduleMailing, settleUnknown } from "../data/mailings/release-mailing.ts";
import { showMailing } from "../data/mailings/show-mailing.ts";
import { queueTest } from "../data/mailings/test-mailing.ts";
import { findByUuid } from "../data/people/find-people.ts";
import { Person } from "../data/people/person.ts";
import type { MailingTable } from "../data/schema.ts";
import { compileSelector, requireFields } from "../data/selectors/selector.ts";
import { previewMailing } from "../mail/mailing-preview.ts";
import type { Caller } from "./access.ts";
import type { LinkSecrets } from "./links.ts";
import type { Offers } from "./offer.ts";

export function offerMailings(offers: Offers, secrets: LinkSecrets, frontUrl: string): void {
  offers.offer(api.listMailings, async (work, { query }) => ({
    mailings: (await listMailings(work, query.limit)).map(presentHeadline),
  }));
  offers.offer(api.makeMailing, async (work, { body }, caller) => {
    requireSelector(work, body.selector, caller);
    return present(work, await makeMailing(work, body));
  });
  offers.offer(api.showMailing, async (work, { params }) => present(work, await byId(work, params.id)));
  offers.offer(api.changeMailing, async (work, { params, body }, caller) => {
    requireSelector(work, body.selector, caller);
    return steered(work, params.id, (mailing) => changeMailing(work, mailing, body));
  });
  offers.offer(api.writeText, (work, { params, body }) =>
    steered(work, params.id, (mailing) => saveText(work, mailing, { language: params.language, ...body })),
  );
  offers.offer(api.removeText, async (work, { params }) => {
    await removeText(work, await byId(work, params.id, "lock"), params.language);
    return undefined;
  });
  offers.offerLook(api.previewMailing, async (work, { params, body }, caller) => {
    const [mailing, person] = [await byId(work, params.id), await lookAt(work, body.person, caller)];
    const desk = { organisation: work.organisation, frontUrl, linkSecret: secrets.links };
    const { language, mail } = await previewMailing(work, desk, mailing, { language: body.language, person });
    return { language, subject: mail.subject, text: mail.text, html: mail.html };
  });
  offers.offer(api.testMailing, async (work, { params, body }, { actor }) => {
    const person = actor.kind === "person" ? await findByUuid(work, actor.uuid) : undefined;
    await queueTest(work, await byId(work, params.id), person, body.language);
    return undefined;
  });
  offers.offerLook(api.explainRecipient, async (work, { params, body }, caller) => {
    const [mailing, person] = [await byId(work, params.id), await lookAt(work, body.person, caller)];
    requireSelector(work, mailing.selector, caller);
    const why = await explainRecipient(work, mailing, person?.id ?? 0);
    return { gets: why === null, why: why === undefined ? "not-picked" : why };
  });
  offerRelease(offers);
}

function offerRelease(offers: Offers): void {
  offers.offer(api.approveMailing, (work, { params, body }) =>
    steered(work, params.id, (mailing) => approveMailing(work, mailing, body.digest)),
  );
  offers.offer(api.scheduleMailing, (work, { params, body: { at } }) =>
    steered(work, params.id, (mailing) => scheduleMailing(work, mailing, at ? Temporal.Instant.from(at) : undefined)),
  );
  offers.offer(api.steerMailing, (work, { params, body }) =>
    steered(work, params.id, (mailing) => mailing[body.do](work)),
  );
  offers.offer(api.settleUnknown, async (work, { params, body }) => ({
    count: await settleUnknown(work, await byId(work, params.id, "lock"), body.do),
  }));
  offers.offer(api.listRecipients, async (work, { params, query: { limit, ...page } }) => {
    const mailing = await byId(work, params.id);
    const found = await listRecipients(work, mailing.id, { ...page, limit: limit + 1 });
    return { recipients: found.slice(0, limit).map(withMoments), more: found.length > limit };
  });
  offers.offer(api.showStatistics, async (work, { params }) => mailingStatistics(work, await byId(work, params.id)));
}

function byId(work: Work, id: number, lock?: "lock"): Promise<Mailing> {
  return getMailing(work, String(id), lock);
}

async function steered(work: Work, id: number, verb: (mailing: Mailing) => unknown): Promise<Whole> {
  const mailing = await byId(work, id, "lock");
  await verb(mailing);
  return present(work, mailing);
}

// A count tells of people, too: who picks by a field must be let in to it.
function requireSelector(work: Work, selector: string | undefined, { scopes }: Caller): void {
  if (selector) requireFields(compileSelector(work.organisation, selector, work.now), scopes);
}

async function lookAt(work: Work, id: number | undefined, { scopes }: Caller): Promise<Person | undefined> {
  if (id === undefined) return undefined;
  if (!scopes.has("people:read")) throw new Refused(403, "scope-missing", "This needs the scope people:read.");
  const person = await work.get(Person, id);
  person.noteLook(work);
  return person;
}

type Whole = Presented<typeof api.showMailing>;

async function present(work: Work, mailing: Mailing): Promise<Whole> {
  await work.write();
  const { texts, ...standing } = await showMailing(work, mailing);
  const { selector, replyTo, madeBy, changedBy, approvedBy, approvedCount } = mailing;
  return {
    ...presentHeadline(mailing),
    ...{ selector, replyTo, public: mailing.public, madeBy, changedBy, approvedBy, approvedCount, ...standing },
    texts: texts.map(({ language, subject, body }) => ({ language, subject, body })),
  };
}

type Headline = Presented<typeof api.listMailings>["mailings"][number];

function presentHeadline(mailing: Selectable<MailingTable>): Headline {
  const { id, name, purpose, state, reason, scheduledFor, beganAt, endedAt } = mailing;
  const text = (at: typeof beganAt) => at?.toString() ?? null;
  return {
    id,
    name,
    purpose,
    state,
    reason,
    scheduledFor: text(scheduledFor),
    beganAt: text(beganAt),
    endedAt: text(endedAt),
  };
}

function withMoments(line: Awaited<ReturnType<typeof listRecipients>>[number]) {
  return {
    ...line,
    handedOverAt: line.handedOverAt?.toString() ?? null,
    settledAt: line.settledAt?.toString() ?? null,
  };
}
