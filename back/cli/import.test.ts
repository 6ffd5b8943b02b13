// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { lockAddress } from "../data/people/find-people.ts";
import { naughtyStrings } from "../test/corpora.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const folder = mkdtempSync(path.join(tmpdir(), "cdb-import-"));
after(() => rmSync(folder, { recursive: true }));
const settings = { DATABASE_URL: url, LINK_SECRET: "a secret for tests of imports" };

function save(content: string | Buffer, name = "list.csv"): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

function importing(content: string | Buffer, ...args: string[]) {
  return runCdb(["people", "import", save(content), ...args], settings);
}

async function count(where = "true"): Promise<number> {
  return (await database.pool.query(`select count(*)::int as n from person where ${where}`)).rows[0].n;
}

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

test("every line is reported, and one that is refused says which column and why, but not what stood in it", async () => {
  const list = [
    "Name;E-Mail-Adresse;COUNTRY",
    "Ada Lovelace;ada@example.org;GB",
    "Bad Address;nonsense(at)example.org;DE",
    "Ada Again;ADA@example.org;GB",
    "Wrong Country;wrong@example.org;Germany",
    ";nameless@example.org;DE",
    "Too;many;cells;here",
    "Spam;spam@mailinator.com;DE",
  ];
  const map = save("columns:\n  e-mail-adresse: email\n", "map.yaml");
  const { code, out, err } = await importing(list.join("\r\n"), "--map", map, "--json");
  const { totals, lines } = JSON.parse(out);
  assert.deepEqual(totals, { added: 1, known: 0, filled: 0, refused: 6 });
  assert.deepEqual(
    lines.map((it: { line: number; outcome: string; field: string }) => [it.line, it.outcome, it.field]),
    [
      [2, "added", null],
      [3, "refused", "email"],
      [4, "refused", "email"],
      [5, "refused", "country"],
      [6, "refused", "name"],
      [7, "refused", null],
      [8, "refused", "email"],
    ],
  );
  assert.match(lines[2].reason, /^Line 2 has the same/);
  assert.deepEqual([code, err], [1, ""]);
  const told = await importing(list.join("\r\n"), "--map", map);
  assert.doesNotMatch(told.out, /@|nonsense|Germany/);
  assert.match(told.out, /0 added, 1 known and left as they are, 0 filled, 6 refused\.\n$/);
  const csv = parse((await importing(list.join("\r\n"), "--map", map, "--csv")).out) as string[][];
  assert.deepEqual(
    csv.slice(0, 2).map((row) => row.slice(0, 2)),
    [
      ["line", "outcome"],
      ["2", "known"],
    ],
  );
});

test("a dry run reports the same and stores nothing", async () => {
  const before = await count();
  const list = `name,email\n${Array.from({ length: 1_200 }, (_, at) => `Dry ${at},dry${at}@example.org`).join("\n")}\n`;
  const { code, out } = await importing(list, "--dry-run", "--json");
  const { totals, dryRun, lines } = JSON.parse(out);
  assert.deepEqual([totals.added, dryRun, lines[0].person, code], [1_200, true, null, 0]);
  assert.equal(await count(), before);
  assert.match((await importing(list, "--dry-run")).out, /^Nothing was stored\. It would be: 1200 added/);
});

test("a mapping file renames, leaves out, gives what every line has, and joins names and lines of an address", async () => {
  const map = save(
    [
      "columns: { Vorname: name, Nachname: name, Mail: email, Straße: lines, Zusatz: lines, Notiz: ignore }",
      "values: { language: de, country: AT, consent-version: 1, consent-channel: 'booth, Vienna' }",
    ].join("\n"),
    "joined.yaml",
  );
  const list = [
    "Vorname,Nachname,Mail,Straße,Zusatz,Notiz,country,consent:newsletter",
    "Maria,Huber,maria@example.org,Ring 1,Stiege 2,secret,,2025-03-01",
    "Jo,,jo@example.org,,,,CH,no",
  ];
  const { code } = await importing(list.join("\n"), "--map", map);
  assert.equal(code, 0);
  const { rows } = await database.pool.query(
    "select name, language, address_lines, country, channel from person left join consent on person_id = person.id where email in ('maria@example.org', 'jo@example.org') order by person.id",
  );
  assert.deepEqual(rows.map(Object.values), [
    ["Maria Huber", "de", ["Ring 1", "Stiege 2"], "AT", "import list.csv; booth, Vienna"],
    ["Jo", "de", [], "CH", null],
  ]);
});

test("a header that does not say everything is refused before anything is stored", async () => {
  const before = await count();
  const mistakes: [string, RegExp][] = [
    ["nmae,email\na,a@example.org\n", /column "nmae" is not known\. Did you mean name\?/],
    ["name,e-mail\na,a@example.org\n", /"e-mail" is not known\. Did you mean email\?/],
    ["name,email,consent:newsleter\n", /Did you mean consent:newsletter\?/],
    ["name,email,\n", /A column has no name/],
    ["name,email,Email\n", /"email" and "Email" both mean email/],
    ["name,city\n", /no column email\. Its first line must name/],
    ["Ada,ada2@example.org\nBo,bo@example.org\n", /needs a first line with the names of its columns/],
    ["", /nothing in the file/],
    ["\n\n", /nothing in the file/],
  ];
  for (const [content, sentence] of mistakes) {
    const { code, out, err } = await importing(content);
    assert.match(err, sentence);
    assert.doesNotMatch(err, /ada2@|\n\s+at /);
    assert.deepEqual([code, out], [1, ""], err);
  }
  assert.equal(await count(), before);
});

test("a mapping file with a mistake is a sentence", async () => {
  const list = "name,mail\na,a@example.org\n";
  for (const [content, sentence] of [
    ["columns: { mial: email }", /no column mial\. Did you mean mail\?/],
    ["columns: { mail: emial }", /"mail" is not known\. Did you mean email\?/],
    ["columns: { mail: email }\nvalues: { langauge: de }", /"langauge" is not known\. Did you mean language\?/],
    ["columns: [", /map\.yaml: /],
    ["colums: {}", /map\.yaml: .*colums/],
    [
      "a: &a [x]\n".concat(
        ...Array.from({ length: 30 }, (_, at) => `b${at}: &b${at} [${`*${at ? `b${at - 1}` : "a"},`.repeat(9)}]\n`),
      ),
      /map\.yaml: /,
    ],
  ] as const) {
    const { code, err } = await importing(list, "--map", save(content, "map.yaml"));
    assert.match(err, sentence);
    assert.equal(code, 1);
  }
  assert.match((await importing(list, "--map", "/nowhere.yaml")).err, /no mapping file/);
});

test("a file that is cut in a quotation mark or in another encoding is one sentence, and nothing is stored", async () => {
  const before = await count();
  const rows = Array.from({ length: 1_500 }, (_, at) => `"Cut ${at}",cut${at}@example.org`);
  const whole = `name,email\n${rows.join("\n")}\n`;
  const cut = await importing(whole.slice(0, whole.indexOf("Cut 1400") + 3));
  assert.match(
    cut.err,
    /^A quotation mark in the row that begins in line 1402 is never closed: is the file whole\?\n$/,
  );
  const latin = await importing(Buffer.from(`${whole}"J\xfcrgen",juergen@example.org\n`, "latin1"));
  assert.match(latin.err, /^Line 1502 is not UTF-8/);
  assert.deepEqual([cut.code, latin.code, await count()], [1, 1, before]);
  const said = await importing(
    Buffer.from("name,email\nJ\xfcrgen,juergen@example.org\n", "latin1"),
    "--encoding",
    "latin1",
  );
  assert.deepEqual([said.code, await count("name = 'Jürgen'")], [0, 1]);
});

test("whatever stands in a cell is stored as it is, or refused with a reason", async () => {
  const columns = ["name", "email", "language", "kind", "lines", "postcode", "city", "region", "country", "birthday"];
  const header = [...columns, "consent:newsletter", "consent-day", "consent-version", "consent-channel", "referrer"];
  const valid = ["Nora", "", "en", "individual", "", "", "", "", "", "", "2025-01-01", "", "1", "", ""];
  const texts = [...naughtyStrings, "x".repeat(100_000), 'say "no"', "a,b;c\td", "two\nlines", "=1+1", " spaced "];
  const asked = header.flatMap((column, at) => texts.map((text) => ({ column, at, text })));
  const rows = asked.map(({ at, text }, number) => valid.with(1, `n${number}@example.org`).with(at, text).map(quoted));
  const { out, err } = await importing([header, ...rows].map((row) => row.join(",")).join("\n"), "--json");
  const { lines, totals } = JSON.parse(out);
  assert.deepEqual([err, lines.length], ["", asked.length]);
  assert.ok(totals.added > 2_500 && totals.refused > 2_500, JSON.stringify(totals));
  const people = await database.pool.query(
    "select person.*, channel from person left join consent on person_id = person.id",
  );
  const byId = new Map(people.rows.map((person) => [person.id, person]));
  for (const [at, { column, text }] of asked.entries()) {
    const { outcome, person: id, field, reason } = lines[at];
    const person = byId.get(id);
    if (outcome === "refused") {
      assert.ok(reason.length > 3 && header.includes(field), `${column}: ${text.slice(0, 99)}`);
      assert.ok(text.length < 20 || !reason.includes(text.slice(0, 99)), "what stands in a cell is not told");
    } else if (column === "lines") assert.equal(person.address_lines.join("\n"), text.trim() === "" ? "" : text);
    else if (/^(consent-channel|referrer)$/.test(column))
      assert.equal(person.channel, ["import list.csv", ...(text ? [text] : [])].join("; "));
    else if (columns.includes(column)) assert.equal(person[column] ?? "", text || valid[header.indexOf(column)]);
  }
});

test("a kill in the middle keeps whole batches, and a second run enters the rest: everybody once", async () => {
  const rows = Array.from({ length: 1_300 }, (_, at) => `Killed ${at},killed${at}@example.org`);
  const file = save(`name,email\n${rows.join("\n")}\n`, "killed.csv");
  await database.transaction(administrator, async (work) => {
    // The second batch waits for this address.
    await lockAddress(work, "killed700@example.org");
    const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));
    const env = { PATH: process.env.PATH, CDB_HOME: "/nonexistent", ...settings };
    const child = spawn(process.execPath, [cli, "people", "import", file], { env, stdio: "ignore" });
    const gone = once(child, "exit");
    for (let entered = 0; entered < 500 && child.exitCode === null; ) entered = await count("name like 'Killed %'");
    child.kill("SIGKILL");
    await gone;
  });
  assert.equal(await count("name like 'Killed %'"), 500);
  const { code, out } = await runCdb(["people", "import", file, "--json"], settings);
  assert.deepEqual(JSON.parse(out).totals, { added: 800, known: 500, filled: 0, refused: 0 });
  assert.deepEqual([code, await count("name like 'Killed %'")], [0, 1_300]);
});

test("without the key of the addresses that must not come back nothing is imported", async () => {
  const { code, err } = await runCdb(["people", "import", save("name,email\n")], { DATABASE_URL: url });
  assert.match(err, /^LINK_SECRET is not set/);
  assert.equal(code, 2);
});

test("what docs/import.md shows can be imported", async () => {
  const page = readFileSync(new URL("../../docs/import.md", import.meta.url), "utf8");
  const list = /^```\n(name,email[^`]*)```$/m.exec(page)?.[1] ?? "";
  const mapping = /^```yaml\n([^`]*)```$/m.exec(page)?.[1] ?? "";
  const fresh = list.replaceAll("@example.org", "@page.example.org");
  assert.match((await importing(fresh, "--dry-run")).out, / 2 added, 0 known .* 0 refused\.\n$/);
  const other = "First name,Last name,E-mail,Street,Remarks\nBo,Ek,bo.ek@example.org,Ring 1,tall\n";
  assert.equal((await importing(other, "--map", save(mapping, "docs.yaml"), "--dry-run")).code, 0);
});

test("what people find prints can be imported again, once what is not theirs to bring is left out", async () => {
  await database.transaction(administrator, (work) =>
    makePerson(work, { name: "Rita Round", email: "round@example.org" }),
  );
  const { out } = await runCdb(["people", "find", "round@", "--csv"], settings);
  const map = save(
    "columns: { id: ignore, registration: ignore, donref: ignore, username: ignore, registeredAt: ignore }",
    "m.yaml",
  );
  const { code, out: told } = await importing(out, "--map", map);
  assert.deepEqual([told, code], ["0 added, 1 known and left as they are, 0 filled, 0 refused.\n", 0]);
});
