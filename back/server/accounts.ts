// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves accounts: their own to people, what waits to those who decide.
import * as api from "@cdb/api/accounts.ts";
import type { Presented } from "@cdb/api/operation.ts";
import { findAccount } from "../data/accounts/account.ts";
import { decideRequest, waitingFor } from "../data/accounts/approvers.ts";
import { chooseUsername } from "../data/accounts/choose-username.ts";
import { leaveGroup, membershipsOf, requestGroup } from "../data/accounts/group-requests.ts";
import { staffScopes } from "../data/accounts/staff-scopes.ts";
import { isEntitled } from "../data/accounts/standing.ts";
import { suggestUsernames } from "../data/accounts/username.ts";
import type { Work } from "../data/database.ts";
import { findByUuid } from "../data/people/find-people.ts";
import type { Person } from "../data/people/person.ts";
import type { Caller } from "./access.ts";
import type { Offers } from "./offer.ts";

/** `secret` keys the hashes of usernames that nobody gets again. */
export function offerAccounts(offers: Offers, secret: string): void {
  offers.offerOwn(api.showMyAccount, (work, _, me) => presentAccount(work, me, secret));
  offers.offerOwn(api.chooseMyUsername, async (work, { body }, me) => {
    const { username } = await chooseUsername(work, me, body.username, secret);
    return { username, address: addressOf(work, username) };
  });
  offers.offerOwn(api.requestGroup, async (work, { params, body }, me) => {
    await requestGroup(work, me, params.group, body.message);
    return undefined;
  });
  offers.offerOwn(api.leaveGroup, async (work, { params }, me) => {
    await leaveGroup(work, me, params.group);
    return undefined;
  });
  offers.offerLook(api.listRequests, async (work, _, caller) => {
    const waiting = await waitingFor(work, await deciderOf(work, caller));
    return { requests: waiting.map(({ role, person }) => presentRequest(work, role, person)) };
  });
  offers.offer(api.decideRequest, async (work, { params, body }, caller) => {
    await decideRequest(work, params.id, body, await deciderOf(work, caller));
    return undefined;
  });
}

// A program of the organisation decides for it; a person for themselves, with the groups that they are in.
async function deciderOf(work: Work, { actor }: Caller): Promise<Person | undefined> {
  return actor.kind === "person" ? findByUuid(work, actor.uuid) : undefined;
}

async function presentAccount(work: Work, me: Person, secret: string): Promise<Presented<typeof api.showMyAccount>> {
  const account = await findAccount(work, me);
  const mayChoose = !account && me.isConfirmed() && (await isEntitled(work, me.id));
  return {
    username: account?.username ?? null,
    state: account?.state ?? null,
    address: account?.state === "open" ? addressOf(work, account.username) : null,
    mayChoose,
    suggestions: mayChoose ? await suggestUsernames(work, me.name, secret) : [],
    groups: (await membershipsOf(work, me)).map(({ group, state }) => ({ name: group.name, state })),
    staff: (await staffScopes(work, me)).length > 0,
  };
}

function presentRequest(
  work: Work,
  { id, name: kind, team, message, requestedAt }: Awaited<ReturnType<typeof waitingFor>>[number]["role"],
  person: Person,
): Presented<typeof api.listRequests>["requests"][number] {
  person.noteLook(work);
  return {
    id,
    person: { id: person.id, name: person.name, email: person.email ?? "" },
    kind: kind === "member" ? "member" : "volunteer",
    name: team,
    message,
    requestedAt: requestedAt.toString(),
  };
}

function addressOf(work: Work, username: string): string {
  return `${username}@${work.organisation.usernames.domain}`;
}
