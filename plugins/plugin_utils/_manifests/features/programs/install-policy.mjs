// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// install-policy.mjs APPROVED: what OpenClaw asks before it installs anything in the running instance. Whoever asked
// for it, only a skill is let in whose files are, to the byte, those that APPROVED names. Any failure ends with an
// error, and OpenClaw then installs nothing.

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

// What tools keep for themselves, as the lock leaves it out.
const BOOKKEEPING = new Set([".git", ".clawhub", ".clawdhub", ".openclaw"]);
// As many as a skill of the lock may have: a staged folder is a stranger's.
const MAX_FILES = 256;
const MAX_FILE_BYTES = 900 * 1024;

class Refused extends Error {}

function* filesOf(folder, inside = "") {
  for (const entry of fs.readdirSync(path.join(folder, inside), { withFileTypes: true })) {
    const name = inside ? `${inside}/${entry.name}` : entry.name;
    if (entry.isDirectory()) {
      if (!BOOKKEEPING.has(entry.name)) yield* filesOf(folder, name);
    } else if (entry.isFile()) {
      yield name;
    } else {
      throw new Refused(`${JSON.stringify(name)} is no regular file`);
    }
  }
}

// The digest that the lock has of a tree: of every path, mode and content.
function digestOf(folder) {
  const lines = [];
  for (const name of filesOf(folder)) {
    if (lines.length === MAX_FILES) throw new Refused(`it has more than ${MAX_FILES} files`);
    const place = path.join(folder, name);
    const { mode, size } = fs.lstatSync(place);
    if (size > MAX_FILE_BYTES) throw new Refused(`${JSON.stringify(name)} is too large`);
    const content = createHash("sha256").update(fs.readFileSync(place)).digest("hex");
    const inside = Buffer.from(name.normalize("NFC"));
    lines.push([inside, `${mode & 0o111 ? "755" : "644"} ${content} ${inside}\n`]);
  }
  const sorted = lines.sort(([one], [other]) => Buffer.compare(one, other)).map(([, line]) => line);
  return createHash("sha256").update(sorted.join("")).digest("hex");
}

function judge(asked, approved) {
  const { targetType, targetName, sourcePath, sourcePathKind, request, skill } = asked ?? {};
  if (targetType === "plugin") {
    throw new Refused("plugins are installed by the inventory alone; declare it in openclaw_plugins");
  }
  if (targetType !== "skill" || request?.kind !== "skill-install" || sourcePathKind !== "directory") {
    throw new Refused(`nobody has approved what ${request?.kind ?? targetType} brings`);
  }
  if (skill?.installSpec) {
    throw new Refused("what a skill wants installed comes with openclaw_tools or openclaw_runtime_*");
  }
  const digests = Object.hasOwn(approved.skills, targetName) ? approved.skills[targetName] : [];
  const found = digestOf(sourcePath);
  if (!digests.includes(found)) {
    const why = digests.length ? "it is not the one that was approved" : "it is not in the inventory";
    throw new Refused(`${why}; its digest is ${found}, see openclaw_skills and openclaw_install_policy_skills`);
  }
}

const approved = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const asked = JSON.parse(fs.readFileSync(0, "utf8"));
let answer = { protocolVersion: 1, decision: "allow" };
try {
  judge(asked, approved);
} catch (problem) {
  if (!(problem instanceof Refused)) throw problem;
  answer = { protocolVersion: 1, decision: "block", reason: problem.message };
}
console.log(JSON.stringify(answer));
