// Calls of other programs: no shell, bounded in time, and with the reason of a failure in one line.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";

const MOST = 1 << 26;
const LAST = "/dev/termination-log";

export class Problem extends Error {}

// Resolves to {code, out, err}; code is null for one that had to be stopped. `stop` comes before the end with force, so
// that the program can take its locks away.
export function call(argv, { cwd, env = process.env, seconds, patience = 10 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let out = "", err = "", late = false;
    const timers = [];
    if (seconds) {
      timers.push(setTimeout(() => { late = true; child.kill("SIGINT"); }, seconds * 1000));
      timers.push(setTimeout(() => child.kill("SIGKILL"), (seconds + patience) * 1000));
    }
    const ended = signal => child.kill(signal);
    process.on("SIGTERM", ended);
    child.stdout.on("data", part => { out = (out + part).slice(-MOST); });
    child.stderr.on("data", part => { err = (err + part).slice(-MOST); process.stderr.write(part); });
    child.on("error", error => reject(new Problem(`${argv[0]} cannot be run: ${error.message}`)));
    child.on("close", code => {
      timers.forEach(clearTimeout);
      process.off("SIGTERM", ended);
      // One that was ended by somebody else, such as the kernel for want of memory, has no code either.
      resolve({ code: late ? null : (code ?? 137), out, err });
    });
  });
}

// What a program says about its failure: the last line that is not empty.
export function reason({ out, err }) {
  const lines = `${out}\n${err}`.split("\n").map(line => line.replace(/\u001b\[[0-9;]*m/g, "").trim()).filter(Boolean);
  return (lines.at(-1) ?? "it gave no reason").slice(0, 400);
}

// The JSON objects among the lines of a text, or the one that fills it.
export function objects(text) {
  const whole = text.indexOf("{");
  try {
    if (whole >= 0) return [JSON.parse(text.slice(whole, text.lastIndexOf("}") + 1))];
  } catch { /* One on each line, then. */ }
  return text.split("\n").flatMap(line => {
    try {
      return line.trimStart().startsWith("{") ? [JSON.parse(line)] : [];
    } catch {
      return [];
    }
  });
}

// The report is the last line that is printed, and what the cluster keeps about the container.
export function report(facts) {
  const line = JSON.stringify(facts);
  console.log(line);
  try {
    writeFileSync(LAST, line.slice(0, 4000));
  } catch { /* Not in a pod. */ }
}

export async function main(work) {
  try {
    report(await work(JSON.parse(process.argv[2] ?? "{}")));
  } catch (error) {
    const full = error.code === "ENOSPC" ? "no space is left" : "";
    const text = error instanceof Problem ? error.message : full || `${error.code ?? error.name}: ${error.message}`;
    report({ problem: text });
    process.exitCode = 1;
  }
}
