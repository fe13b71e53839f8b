// node prepare-workspace.mjs <folder of the state> <folder on the workspace's volume>
//
// The folder below which the volume is mounted has to be the gateway's, or the kubelet makes it as root. What the agent
// has there when the volume is new comes along, all of it or nothing: a copy that was cut short is begun again.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";

const [from, to] = process.argv.slice(2);
mkdirSync(from, { recursive: true, mode: 0o700 });
if (!existsSync(to)) {
  rmSync(`${to}.new`, { recursive: true, force: true });
  cpSync(from, `${to}.new`, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  renameSync(`${to}.new`, to);
}
