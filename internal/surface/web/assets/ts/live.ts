// One live stream a browser, shared by its tabs: the tab that holds the lock listens for all and passes news on.
// Without a secure context there are no locks, and each tab listens for itself.
import { all, me, one } from "./dom";
import { refreshAll } from "./regions";

export interface News { topic: string; kind: string; seq?: number; id?: string; html?: string }

const tab = crypto.getRandomValues(new Uint32Array(2)).join("-");
let channel: BroadcastChannel | undefined;
let leads = false;
let source: EventSource | undefined;
let listening = "";
let tries = 0; // that were refused in a row
let lostAt: number | undefined;
const wishes = new Map<string, string[]>(); // by tab

function topics(): string[] {
  const wanted = new Set((document.body.dataset.topics ?? "").split(",").filter(Boolean));
  for (const room of all("[data-here]")) wanted.add(room.dataset.here!);
  for (const region of all("[data-live]")) region.dataset.live!.split(" ").forEach((topic) => wanted.add(topic));
  return [...wanted];
}

export function start() {
  if (!me) return;
  wishes.set(tab, topics());
  if (!("locks" in navigator) || !("BroadcastChannel" in window)) {
    leads = true;
    listen();
    return;
  }
  channel = new BroadcastChannel("muster-live");
  channel.onmessage = ({ data }) => {
    if (data.news) take(data.news);
    if (data.state) show(data.state);
    if (data.want) {
      wishes.set(data.tab, data.want);
      if (leads) { listen(); if (source?.readyState === EventSource.OPEN) channel!.postMessage({ open: data.tab }); }
    }
    if (data.open === tab) show("open"); // the stream was there before this page: what came between is asked for
    if (data.bye) { wishes.delete(data.tab); if (leads) setTimeout(listen, 3000); } // whoever left a room is no longer in it; who loads a page anew is back by then
    if (data.hello && !leads) channel!.postMessage({ tab, want: topics() });
  };
  channel.postMessage({ tab, want: topics() });
  addEventListener("pagehide", () => channel?.postMessage({ tab, bye: true }));
  void navigator.locks.request("muster-live", () => new Promise<void>((release) => {
    leads = true;
    channel!.postMessage({ hello: true });
    addEventListener("pagehide", () => { source?.close(); release(); });
    listen();
  }));
  addEventListener("pageshow", (event) => { if ((event as PageTransitionEvent).persisted) location.reload(); });
}

function listen() {
  const wanted = [...new Set([...wishes.values()].flat())].sort().join(",");
  if (source && wanted === listening && source.readyState !== EventSource.CLOSED) return;
  source?.close();
  listening = wanted;
  source = new EventSource("/live?topics=" + encodeURIComponent(wanted));
  source.onopen = () => { tries = 0; tell({ state: "open" }); };
  source.onmessage = (event) => tell({ news: JSON.parse(event.data) as News });
  source.onerror = () => {
    tell({ state: "lost" });
    // A refusal closes the source for good; ask again, as the topics of tabs that are gone may be the reason.
    if (source?.readyState === EventSource.CLOSED) {
      listening = "";
      for (const other of wishes.keys()) if (other !== tab) wishes.delete(other);
      channel?.postMessage({ hello: true });
      setTimeout(listen, Math.min(1500 * 2 ** tries++, 20_000) * (1 + Math.random()));
    }
  };
}

function tell(what: { news?: News; state?: string }) {
  channel?.postMessage(what);
  if (what.news) take(what.news);
  if (what.state) show(what.state);
}

function take(news: News) {
  if (news.kind === "gone") { // not this reader's to see any more: the page that comes back says no more than that
    if (topics().includes(news.topic)) location.reload();
    return;
  }
  document.dispatchEvent(new CustomEvent("muster:live", { detail: news }));
  if (news.kind === "resync") refreshAll(news.topic === "*" ? undefined : news.topic);
  else if (!news.html) refreshAll(news.topic);
}

let banner: ReturnType<typeof setTimeout> | undefined;

function show(state: string) {
  const place = one("[data-connection]");
  if (state === "lost") {
    if (lostAt) return; // each try that fails says so again
    lostAt = Date.now();
    // A blink is not worth a word.
    banner = setTimeout(() => {
      if (!place) return;
      place.hidden = false;
      one("span", place)!.textContent = `Reconnecting, last updated ${new Date(lostAt!).toLocaleTimeString([], { hour12: false })}. What you write is kept and sent.`;
    }, 1200);
    return;
  }
  clearTimeout(banner);
  if (place) place.hidden = true;
  const away = lostAt ? Date.now() - lostAt : 0;
  lostAt = undefined;
  document.dispatchEvent(new CustomEvent("muster:connected", { detail: { away } }));
  // Something may have moved between the page and its stream. A room knows by its numbers, other pages look.
  if (away || performance.now() > 2500 || !one("[data-room]")) refreshAll();
}
