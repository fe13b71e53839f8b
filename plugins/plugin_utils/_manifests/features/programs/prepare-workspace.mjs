// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// prepare-workspace.mjs FROM TO: makes FROM, the folder of the state that the volume is mounted over, or the kubelet
// makes it as root. What the agent has there comes along to TO, a folder on the volume, when the volume is new: all of
// it or nothing, a copy that was cut short is begun again.

import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";

const [from, to] = process.argv.slice(2);
mkdirSync(from, { recursive: true, mode: 0o700 });
if (!existsSync(to)) {
  rmSync(`${to}.new`, { recursive: true, force: true });
  cpSync(from, `${to}.new`, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  renameSync(`${to}.new`, to);
}
