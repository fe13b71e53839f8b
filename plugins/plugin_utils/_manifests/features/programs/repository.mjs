// Drives restic: tests the way to the repository first, bounds every call, and ends with one line of JSON.
// node repository.mjs '{"command": "backup", "repository": ..., ...}'
// With "note" the report is written to that file, too, for the containers that come after.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Problem, call, main, objects, reason } from "./openclaw-calls.mjs";
import { choose, described, refuseForeign } from "./repository-choice.mjs";
import { listed } from "./s3-probe.mjs";

const MISSING = 10, LOCKED = 11, PASSWORD = 12, INCOMPLETE = 3;
const PATIENCE = 60, PAUSE = 3, QUICK = 90, LOCK = "5m";
// Answers of the server that no later try would change, and what to do.
const REFUSALS = {
  NoSuchBucket: "the bucket does not exist. Make it, or correct openclaw_backup_repository",
  InvalidAccessKeyId: "the server does not know the access key of the Secret",
  SignatureDoesNotMatch: "the server refuses the secret key of the Secret",
  AccessDenied: "the access key of the Secret may not list the bucket",
  InvalidBucketName: "the name of the bucket is not allowed",
  RequestTimeTooSkewed: "the clocks of this node and of the server differ too much",
  AuthorizationHeaderMalformed: "the server is in another region: correct region in openclaw_backup_repository",
  PermanentRedirect: "the bucket is elsewhere: correct endpoint and region in openclaw_backup_repository",
};
const CERTIFICATE = /CERT|SIGNATURE|ISSUER|ALTNAME|SELF_SIGNED|TLS|SSL|EPROTO/;
const RESULTS = {
  [MISSING]: "there is no repository yet: nothing was ever backed up to it",
  [LOCKED]: "another Job has the repository locked",
  [PASSWORD]: "the password of the Secret does not open the repository",
};

const digest = file => createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12);
const sleep = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));

class Repository {
  constructor(given) {
    this.given = given;
    this.deadline = Date.now() + given.timeout * 1000;
    this.cluster = existsSync(given.cluster ?? "") ? digest(given.cluster) : "unknown";
    this.host = `${this.cluster}/${given.host}`;
  }

  get left() {
    return Math.max(1, (this.deadline - Date.now()) / 1000);
  }

  async restic(words, { cwd, seconds = this.left, allowed = [] } = {}) {
    const { restic, repository, ca, probe } = this.given;
    const options = ["--repo", repository, ...(ca ? ["--cacert", ca] : []),
      ...(probe ? ["-o", `s3.region=${probe.region}`, "-o", `s3.bucket-lookup=${probe.pathStyle ? "path" : "dns"}`] : [])];
    const done = await call([restic, ...options, ...words], { cwd, seconds: Math.min(seconds, this.left) });
    if (done.code === 0 || allowed.includes(done.code)) return done;
    if (done.code === null) throw new Problem(`${words[0]}: the repository did not answer in time and the call was stopped`);
    if (/no space left|ENOSPC/i.test(done.err)) throw new Problem(`${words[0]}: no space is left`);
    throw new Problem(`${words[0]}: ${RESULTS[done.code] ?? why(done)}`);
  }

  // Whether the server can be reached and lets us in, and whether a repository is there. Waits for a server that is
  // down for a moment, never for one that says no.
  async probe() {
    const { probe, ca, repository } = this.given;
    if (!probe) return { there: existsSync(path.join(repository, "config")), empty: !existsSync(repository) || readdirSync(repository).length === 0 };
    const options = { ca: ca ? readFileSync(ca) : undefined };
    const first = await this.ask(() => listed(probe, `${probe.path}/config`, 1, options));
    if (first.code === "" && first.keys.includes(`${probe.path}/config`)) return { there: true, empty: false };
    if (!process.env.AWS_ACCESS_KEY_ID) return { there: null, empty: null };
    const second = await this.ask(() => listed(probe, `${probe.path}/`, 1, options));
    return { there: false, empty: second.keys.length === 0 };
  }

  async ask(question) {
    const { endpoint, bucket } = this.given.probe;
    const until = Date.now() + Math.min(PATIENCE, this.left) * 1000;
    for (;;) {
      let problem;
      try {
        const answer = await question();
        if (answer.status < 300) return answer;
        // Without keys of its own the pod is known to the cloud in another way, which only restic knows.
        if (answer.status === 403 && !process.env.AWS_ACCESS_KEY_ID) return { ...answer, code: "", keys: [] };
        const refused = REFUSALS[answer.code] ?? (answer.status === 404 ? REFUSALS.NoSuchBucket : answer.status === 403 ? REFUSALS.AccessDenied : "");
        if (refused) throw new Problem(`bucket ${bucket} at ${endpoint}: ${refused}`);
        problem = `answers ${answer.status} ${answer.code}`.trim();
      } catch (error) {
        if (error instanceof Problem) throw error;
        const code = error.code ?? error.cause?.code ?? error.message;
        if (CERTIFICATE.test(code)) throw new Problem(`${endpoint}: its certificate is not trusted (${code}). Name its authority in openclaw_backup_repository, ca`);
        problem = `cannot be reached (${code})`;
      }
      if (Date.now() > until) throw new Problem(`${endpoint}: ${problem}`);
      await sleep(PAUSE);
    }
  }

  // The repository, made if there is none and it may be made: never where something else is.
  async open({ make = false } = {}) {
    const { there, empty } = await this.probe();
    if (there === false && !(make && empty)) {
      throw new Problem(empty ? RESULTS[MISSING] : `${this.given.repository} holds something, but no repository of restic. Choose another prefix`);
    }
    const found = there === false ? { code: MISSING } : await this.restic(["cat", "config"], { seconds: QUICK, allowed: make ? [MISSING] : [] });
    if (found.code === MISSING) await this.restic(["init"], { seconds: QUICK });
    // Locks of Jobs that were killed are stale after half an hour, and only those go.
    await this.restic(["unlock"], { seconds: QUICK });
  }

  async snapshots() {
    const done = await this.restic(["snapshots", "--json", "--no-lock"], { seconds: 300 });
    return JSON.parse(done.out.trim() || "[]") ?? [];
  }

  async holds(id, folder) {
    const done = await this.restic(["ls", "--json", "--no-lock", id, folder], { seconds: 300 });
    return done.out.includes(`"path":"${folder}"`);
  }

  async forget({ keep }, prune) {
    const rules = Object.entries(keep).flatMap(([rule, count]) => [`--keep-${rule}`, String(count)]);
    const words = ["forget", "--json", "--host", this.host, "--group-by", "host", "--keep-tag", "pinned", ...rules, "--retry-lock", LOCK];
    const done = await this.restic([...words, ...(prune ? ["--prune"] : [])], { allowed: [LOCKED] });
    if (done.code === LOCKED) return { retention: "was put off: a Job that was killed has left the repository locked" };
    const groups = done.out.split("\n").filter(line => line.startsWith("[")).flatMap(line => JSON.parse(line));
    return { removed: groups.reduce((sum, group) => sum + (group.remove?.length ?? 0), 0) };
  }
}

function why(done) {
  const told = objects(done.err).filter(each => each.message_type === "exit_error").at(-1);
  return (told?.message ?? reason({ out: "", err: done.err }) ?? "").replace(/^Fatal: /, "").slice(0, 400);
}

function tagged(tags) {
  return Object.entries(tags).filter(([, value]) => value !== "").flatMap(([key, value]) => {
    const text = value === true ? key : `${key}=${value}`;
    // A comma would make two of it.
    return ["--tag", text.replace(/,/g, ";")];
  });
}

const COMMANDS = {
  // {source, facts, tags, exclude, keep}: store the folder `source`.
  async backup(repository, given) {
    await repository.open({ make: true });
    const facts = given.facts ? JSON.parse(readFileSync(given.facts, "utf8")) : {};
    const found = Object.fromEntries(["version", "schema"].filter(key => key in facts).map(key => [key, facts[key]]));
    const tags = tagged({ ...given.tags, ...found, cluster: repository.cluster });
    const left = (given.exclude ?? []).flatMap(each => ["--exclude", each]);
    const done = await repository.restic(
      ["backup", "--json", "--host", repository.host, ...tags, ...left, "--retry-lock", LOCK, given.source], { allowed: [INCOMPLETE] });
    if (done.code === INCOMPLETE) throw new Problem(`backup: some files could not be read: ${reason({ out: "", err: done.err })}`);
    const told = objects(done.out).find(each => each.message_type === "summary");
    if (!told?.snapshot_id) throw new Problem("backup: restic has not told which snapshot it made");
    const kept = given.keep ? await repository.forget(given, false) : {};
    return {
      snapshot: told.snapshot_id.slice(0, 8), id: told.snapshot_id, time: new Date().toISOString(), bytes: told.total_bytes_processed,
      files: told.total_files_processed, added: told.data_added_packed ?? told.data_added, ...found,
      ...(facts.links?.length ? { absolute_links: facts.links } : {}), ...kept,
    };
  },

  // {keep, percent}: remove what is not to be kept, then read what is there.
  async check(repository, given) {
    await repository.open();
    const kept = given.keep ? await repository.forget(given, true) : {};
    const share = given.percent >= 100 ? ["--read-data"] : given.percent > 0 ? [`--read-data-subset=${given.percent}%`] : [];
    await repository.restic(["check", ...share, "--retry-lock", LOCK]);
    const all = await repository.snapshots();
    if (all.length === 0) throw new Problem("the repository holds no snapshot at all");
    return { checked: new Date().toISOString(), percent: given.percent, snapshots: all.length, latest: described(all.at(-1)), ...kept };
  },

  // {from, identity, clone}: find the snapshot that is meant, and whether it is one's own.
  async find(repository, given) {
    await repository.open();
    const all = await repository.snapshots();
    const chosen = choose(all, given.from);
    refuseForeign(chosen, { ...given.identity, cluster: repository.cluster }, given.clone);
    return { ...described(chosen), root: chosen.paths[0], snapshots: all.length };
  },

  // {limit}: what there is, the newest first.
  async list(repository, given) {
    await repository.open();
    const all = await repository.snapshots();
    return { snapshots: all.reverse().slice(0, given.limit).map(described), count: all.length };
  },

  // {from, identity, clone, parts: [{sub, exclude, target, done, optional}]}: put folders of a snapshot where they are empty or absent.
  async restore(repository, given) {
    await repository.open();
    const chosen = choose(await repository.snapshots(), given.from);
    refuseForeign(chosen, { ...given.identity, cluster: repository.cluster }, given.clone);
    const root = chosen.paths[0];
    for (const { sub, exclude, target, done, optional } of given.parts) {
      if (done && existsSync(done) && readFileSync(done, "utf8") === chosen.id) continue;
      rmSync(target, { recursive: true, force: true });
      mkdirSync(target, { recursive: true, mode: 0o700 });
      const left = (exclude ?? []).flatMap(each => ["--exclude", path.posix.join("/", each)]);
      const from = `${chosen.id}:${path.posix.join(root, sub)}`;
      if (optional && !(await repository.holds(chosen.id, path.posix.join(root, sub)))) continue;
      await repository.restic(["restore", from, "--target", target, "--verify", "--no-lock", ...left]);
      if (done) writeFileSync(done, chosen.id);
    }
    return { ...described(chosen), root };
  },
};

await main(async given => {
  const work = COMMANDS[given.command];
  if (!work) throw new Problem(`${given.command} is not a command of this program`);
  const facts = { command: given.command, ...(await work(new Repository(given), given)) };
  if (given.note) writeFileSync(given.note, JSON.stringify(facts));
  return facts;
});
