// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The counting mail server in a process of its own: says its address, and when asked how many mails it took.
import { startSmtpSink } from "../smtp-sink.ts";

const sink = await startSmtpSink();
process.on("message", () => process.send?.({ url: sink.url, taken: sink.taken.length }));
process.on("SIGTERM", () => process.exit(0));
process.send?.("ready");
