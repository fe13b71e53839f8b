// Turns what Alertmanager sends (webhook version 4) into a message. Returns null for a call without alerts.
const line = ({ status, labels = {}, annotations = {}, startsAt }) => {
  const place = ["cluster", "namespace", "pod", "instance"].filter((name) => labels[name]).map((name) => labels[name]);
  const what = annotations.summary ?? annotations.description ?? annotations.message ?? "";
  return `- ${status} ${labels.severity ?? ""} ${labels.alertname ?? "alert"} (${place.join(", ")}) since ${startsAt}: ${what}`;
};

export default function alertmanager({ payload }) {
  const alerts = Array.isArray(payload.alerts) ? payload.alerts.slice(0, 20) : [];
  if (alerts.length === 0) return null;
  const firing = alerts.filter((alert) => alert.status === "firing").length;
  const left = payload.alerts.length - alerts.length + (Number(payload.truncatedAlerts) || 0);
  return {
    kind: "agent",
    message: [
      `Alertmanager: ${firing} firing, ${alerts.length - firing} resolved.`,
      ...alerts.map(line),
      ...(left > 0 ? [`and ${left} more`] : []),
      "Find the likely cause and say in a few lines what should be done. Change nothing.",
    ].join("\n"),
  };
}
