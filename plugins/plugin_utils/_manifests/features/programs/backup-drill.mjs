// Starts a gateway on a restored state and asks it, as the monthly drill does. Channels and jobs stay off.
// node backup-drill.mjs '{"openclaw": ..., "state": ..., "note": ..., "port": ..., "timeout": ...}'

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Problem, call, main, objects, reason } from "./openclaw-calls.mjs";
import { databases, preflight } from "./state-databases.mjs";

const sleep = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));

async function ready(port, gateway, said, seconds) {
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until) {
    if (gateway.exitCode !== null || gateway.signalCode) throw new Problem(`the gateway ended with ${gateway.exitCode ?? gateway.signalCode}: ${reason({ out: said(), err: "" })}`);
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/startupz`, { signal: AbortSignal.timeout(4000) });
      if (answer.ok && (await answer.json()).ok === true) return;
    } catch { /* Not yet. */ }
    await sleep(1);
  }
  throw new Problem(`the gateway was not ready after ${seconds} s: ${reason({ out: said(), err: "" })}`);
}

await main(async given => {
  const { openclaw, state, port, timeout } = given;
  const found = databases(state);
  if (found.length === 0) throw new Problem("the snapshot holds no database");
  const statuses = await preflight(openclaw, state, timeout);
  const token = randomBytes(24).toString("hex"), config = path.join(given.scratch ?? "/tmp", "drill", "openclaw.json");
  mkdirSync(path.dirname(config), { recursive: true });
  writeFileSync(config, JSON.stringify({ gateway: { mode: "local", bind: "loopback", auth: { mode: "token" } }, cron: { enabled: false } }));
  const env = { ...process.env, OPENCLAW_STATE_DIR: state, OPENCLAW_CONFIG_PATH: config, OPENCLAW_GATEWAY_TOKEN: token, OPENCLAW_GATEWAY_PORT: String(port) };
  let text = "";
  const gateway = spawn(process.execPath, [openclaw, "gateway", "run", "--port", String(port)], { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [gateway.stdout, gateway.stderr]) stream.on("data", part => { text = (text + part).slice(-65536); process.stderr.write(part); });
  const ended = new Promise(resolve => gateway.on("close", resolve));
  try {
    await ready(port, gateway, () => text, timeout);
    const asked = await call([process.execPath, openclaw, "gateway", "call", "sessions.list", "--json", "--timeout", "40000", "--params", "{}"], { env, seconds: 60 });
    const [told] = objects(asked.out);
    if (asked.code !== 0 || !told) throw new Problem(`the gateway does not list its sessions: ${reason(asked)}`);
    const sessions = told.sessions ?? told.items ?? [];
    const restored = given.note && existsSync(given.note) ? JSON.parse(readFileSync(given.note, "utf8")) : {};
    return { drilled: new Date().toISOString(), snapshot: restored.snapshot, taken: restored.time, sessions: sessions.length, databases: statuses };
  } finally {
    gateway.kill("SIGTERM");
    const late = setTimeout(() => gateway.kill("SIGKILL"), 20000);
    await ended;
    clearTimeout(late);
  }
});
