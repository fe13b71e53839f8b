// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Waiting for a container of the same pod. A probe of the kubelet does not reach its loopback address.
import { setTimeout as sleep } from "node:timers/promises";

// What a failed request means; fetch itself only says that it failed.
export const reasonOf = (error) => error.cause?.code ?? error.cause?.message ?? error.message;

export async function answers(what, url, seconds) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    let reason;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
      if (response.ok) return;
      reason = `status ${response.status}`;
    } catch (error) {
      reason = reasonOf(error);
    }
    if (Date.now() > end) {
      console.error(`${what} does not answer at ${url} within ${seconds} s: ${reason}`);
      process.exit(1);
    }
    await sleep(200);
  }
}
