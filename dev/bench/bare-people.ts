// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The bare libraries doing what back does for GET /people/me: the same SELECTs and JSON, by pg and node:http alone.
import { createServer } from "node:http";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 });

const server = createServer(async (request, response) => {
  const uuid = request.headers.authorization ?? "";
  const client = await pool.connect();
  const person = await client.query({
    name: "person",
    text: "select * from person where uuid = $1 limit 1",
    values: [uuid],
  });
  const { id, ...rest } = person.rows[0];
  const account = await client.query({
    name: "account",
    text: "select * from account where person_id = $1 limit 1",
    values: [id],
  });
  const consents = await client.query({
    name: "consents",
    text: "select distinct on (purpose) purpose, fact, at, channel, wording from consent where person_id = $1 and fact <> 'requested' order by purpose, id desc",
    values: [id],
  });
  const donations = await client.query({
    name: "donations",
    text: "select donation.*, payment.provider from donation inner join payment on payment.id = donation.payment_id where donation.person_id = $1 order by donation.received_on desc, donation.id desc limit 20",
    values: [id],
  });
  client.release();
  response.setHeader("Content-Type", "application/json");
  response.end(
    JSON.stringify({
      id,
      ...rest,
      username: account.rows[0]?.username ?? null,
      consents: consents.rows,
      donations: donations.rows,
    }),
  );
});

server.listen(Number(process.env.PORT), "127.0.0.1", () => process.send?.({ ready: true }));
process.once("SIGTERM", () => process.exit(0));
