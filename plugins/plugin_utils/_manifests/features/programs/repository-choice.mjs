// Which snapshot is meant, and whose it is. A tag of ours is `key=value`, or a word alone.

import { Problem } from "./openclaw-calls.mjs";

const ID = /^[0-9a-f]{6,64}$/;

export function tagsOf(snapshot) {
  return Object.fromEntries((snapshot.tags ?? []).map(tag => {
    const at = tag.indexOf("=");
    return at < 0 ? [tag, true] : [tag.slice(0, at), tag.slice(at + 1)];
  }));
}

// What people and playbooks are told about a snapshot.
export function described(snapshot) {
  const size = snapshot.summary?.total_bytes_processed;
  return { snapshot: snapshot.id.slice(0, 8), id: snapshot.id, time: snapshot.time, tags: tagsOf(snapshot), ...(size ? { bytes: size } : {}) };
}

// `latest`, an id or its beginning, `tag:<word or key=value>`, or a time: then the last one before it.
export function choose(all, from = "latest") {
  const sorted = [...all].sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
  if (sorted.length === 0) throw new Problem("the repository holds no snapshot");
  if (from === "latest") return sorted.at(-1);
  if (from.startsWith("tag:")) {
    const found = sorted.filter(each => (each.tags ?? []).includes(from.slice(4))).at(-1);
    if (!found) throw new Problem(`no snapshot has the tag ${from.slice(4)}`);
    return found;
  }
  if (ID.test(from)) {
    const found = sorted.filter(each => each.id.startsWith(from));
    if (found.length === 1) return found[0];
    if (found.length > 1) throw new Problem(`${from} is the beginning of ${found.length} snapshots`);
  }
  const time = Date.parse(from);
  if (Number.isNaN(time)) throw new Problem(`no snapshot is called ${from}`);
  const found = sorted.filter(each => Date.parse(each.time) <= time).at(-1);
  if (!found) throw new Problem(`no snapshot is as old as ${from}: the oldest is of ${sorted[0].time}`);
  return found;
}

// A snapshot says whose it is. That of somebody else is a clone, and has to be asked for as one.
export function refuseForeign(snapshot, identity, clone) {
  const tags = tagsOf(snapshot);
  const other = Object.keys(identity).filter(key => tags[key] !== identity[key]);
  if (other.length === 0 || clone) return;
  const whose = other.map(key => `${key} ${tags[key] ?? "unknown"}`).join(", ");
  throw new Problem(`snapshot ${snapshot.id.slice(0, 8)} is of ${whose}. To make this instance a clone of it, set openclaw_restore_clone_enabled`);
}
