// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves selectors to staff, who may ask only for what their scopes let them see.
import * as api from "@cdb/api/selectors.ts";
import type { Work } from "../data/database.ts";
import { Person } from "../data/people/person.ts";
import { explain } from "../data/selectors/explain-person.ts";
import { countPeople, listPeople } from "../data/selectors/pick-people.ts";
import { compileSelector, requireFields, type Selector } from "../data/selectors/selector.ts";
import type { Caller } from "./access.ts";
import type { Offers } from "./offer.ts";
import { presentPerson } from "./present.ts";

export function offerSelectors(offers: Offers): void {
  offers.offer(api.countSelected, async (work, { body }, caller) => ({
    count: await countPeople(work, compile(work, body.selector, caller)),
  }));
  offers.offer(api.listSelected, async (work, { body: { selector, after, limit } }, caller) => {
    const people = await listPeople(work, compile(work, selector, caller), { after, limit: limit + 1 });
    const page = people.slice(0, limit);
    for (const person of page) person.noteLook(work);
    return {
      people: await Promise.all(page.map((person) => presentPerson(work, person))),
      more: people.length > limit,
    };
  });
  offers.offer(api.explainSelected, async (work, { body }, caller) => {
    const selector = compile(work, body.selector, caller);
    const person = await work.get(Person, body.person);
    person.noteLook(work);
    return explain(work, selector, person);
  });
}

function compile(work: Work, text: string, { scopes }: Caller): Selector {
  const selector = compileSelector(work.organisation, text, work.now);
  requireFields(selector, scopes);
  return selector;
}
