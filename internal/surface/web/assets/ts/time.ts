// Keeps relative times true while the page is open.
import { all } from "./dom";

const minute = 60_000;

export function span(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / minute);
  if (minutes < 1) return "under 1 min";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
  if (minutes < 2880) return "1 day";
  return `${Math.floor(minutes / 1440)} days`;
}

function tight(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / minute);
  if (minutes < 60) return `${minutes}m`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / 1440)}d`;
}

function due(element: HTMLElement, now: number) {
  const left = Date.parse(element.dataset.due!) - now;
  const what = element.dataset.what ?? "update";
  const yours = "yours" in element.dataset;
  element.className = left < 0 ? "late" : yours ? "due" : "";
  if (!what) element.textContent = left < 0 ? `${span(left)} late` : `in ${span(left)}`;
  else if ("brief" in element.dataset) element.textContent = left < 0 ? `${span(left)} late` : `${yours ? "Due" : "Next"} in ${span(left)}`;
  else if (left < 0) element.textContent = `${yours ? "Your " + what : what[0].toUpperCase() + what.slice(1)} is ${span(left)} late`;
  else element.textContent = yours ? `Your ${what} is due in ${span(left)}` : `Next ${what} in ${span(left)}`;
}

function tick() {
  const now = Date.now();
  for (const element of all<HTMLTimeElement>("time[data-ago]")) {
    const ms = now - Date.parse(element.dateTime);
    if (ms >= 0 && ms < 1440 * minute) element.textContent = ms < minute ? "just now" : `${span(ms)} ago`;
  }
  for (const element of all<HTMLTimeElement>("time[data-since]")) element.querySelector("span")!.textContent = span(now - Date.parse(element.dateTime));
  for (const element of all<HTMLTimeElement>("time[data-since-tight]")) element.textContent = tight(now - Date.parse(element.dateTime));
  for (const element of all("[data-due]")) due(element, now);
  for (const element of all<HTMLProgressElement>("progress[data-from]")) element.value = (now - Date.parse(element.dataset.from!)) / (Date.parse(element.dataset.to!) - Date.parse(element.dataset.from!));
}

export function start() {
  tick();
  setInterval(tick, 10_000);
  document.addEventListener("visibilitychange", tick);
}
