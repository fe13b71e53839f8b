// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Ends once an address answers, or fails with the reason why it does not.
import { answers } from "./answers.mjs";

const [what, url, seconds] = process.argv.slice(2);
await answers(what, url, Number(seconds));
