// Turns what Sonarr and Radarr send into a message. Returns null for what nobody has to know.
const WORTH_TELLING = {
  Download: "was imported",
  DownloadFailure: "could not be downloaded",
  ManualInteractionRequired: "waits for somebody to import it by hand",
  Health: "reports a problem",
  HealthRestored: "reports that a problem is gone",
  ApplicationUpdate: "was updated",
};

export default function media({ payload, path }) {
  const told = WORTH_TELLING[payload.eventType];
  if (!told) return null;
  const episodes = (payload.episodes ?? []).map((each) => `S${each.seasonNumber}E${each.episodeNumber} ${each.title ?? ""}`);
  const title = payload.series?.title ?? payload.movie?.title ?? payload.instanceName ?? path;
  const details = [...episodes, payload.message, payload.downloadStatus].filter(Boolean);
  return { kind: "agent", message: `${title} ${told}. ${details.join("; ")}`.trim() };
}
