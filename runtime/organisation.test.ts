// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { ConfigError } from "./config.ts";
import { inLanguage, readOrganisation } from "./organisation.ts";

const organisations = path.join(path.dirname(import.meta.dirname), "organisations");
const example = readFileSync(path.join(organisations, "example", "profile.yaml"), "utf8");
const folder = mkdtempSync(path.join(tmpdir(), "cdb-profile-"));
after(() => rmSync(folder, { recursive: true }));

function mistakesOf(profile: string): string[] {
  writeFileSync(path.join(folder, "profile.yaml"), profile);
  try {
    readOrganisation(folder);
  } catch (error) {
    return (error as ConfigError).mistakes;
  }
  return [];
}

test("the profiles that ship are whole", () => {
  for (const name of ["example", "fsfe"]) assert.ok(readOrganisation(path.join(organisations, name)).name);
});

test("amounts are written as people write them and kept as cents", () => {
  const { donations } = readOrganisation(path.join(organisations, "example"));
  assert.deepEqual([donations.minimum, donations.below, donations.suggestions.once[0]], [100, 10_000_000, 2_500]);
});

test("every mistake is listed at once, with its place", () => {
  const spoilt = example
    .replace("timeZone: Europe/Berlin", "timeZone: Mars/Olympus")
    .replace("iban: DE02120300000000202051", "iban: DE02 1203")
    .replace("minimum: 1", "minimum: 1.234")
    .replace("  from: community@example.org", "  from: nobody\n  colour: green");
  const mistakes = mistakesOf(spoilt);
  for (const place of ["timeZone", "bank.iban", "donations.minimum", "mail.from", "mail"])
    assert.ok(
      mistakes.some((mistake) => mistake.includes(`${place}: `)),
      `${place} in ${mistakes}`,
    );
});

test("groups, services and teams that name what is not there are listed too", () => {
  const mistakes = mistakesOf(
    example
      .replace('for: ["volunteer:web"]', 'for: ["volunteer:spiders"]')
      .replace("approvers: [donor-care]", 'approvers: [nobody, "team:ghosts"]')
      .replace("groups: [wiki-editors]", "groups: [wizards]")
      .replace(/donor-care:(?=\s+\[)/, "door-care:")
      .replace("coordinators: coordinators", "coordinators: kings")
      .replace("- name: volunteers\n", "- name: supporters\n")
      .replace("entitled: [supporter,", "entitled: [everyone,"),
  );
  for (const mistake of [
    ...["groups.2.for: ", "groups.4.approvers: there is no group nobody", "groups.4.approvers: names a team"],
    ...["services.1.groups: there is no group wizards", "staff.groups: there is no group door-care"],
    ...["volunteering.teams.0.coordinators: there is no group kings", "groups.1.name: stands there twice"],
  ])
    assert.ok(
      mistakes.some((found) => found.includes(mistake)),
      `${mistake} in ${mistakes.join("\n")}`,
    );
  assert.match(
    mistakesOf(example.replace("entitled: [supporter,", "entitled: [everyone,")).join(),
    /must be supporter/,
  );
});

test("what is no YAML and what is no folder are told in a sentence", () => {
  assert.match(mistakesOf("name: [")[0] ?? "", /profile\.yaml/);
  assert.throws(() => readOrganisation(path.join(folder, "nowhere")), /ORGANISATION: there is no file/);
});

test("a text that is missing in a language is given in English", () => {
  assert.equal(inLanguage({ en: "yes", de: "ja" }, "fr"), "yes");
});
