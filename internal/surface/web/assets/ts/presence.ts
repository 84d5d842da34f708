// Who has the room open, and who is writing. Nothing of it is stored; what is not said again is forgotten.
import { ask, me, one, parse } from "./dom";
import { flow } from "./flow";
import type { News } from "./live";

const idleAfter = 5 * 60_000;

function words(names: string[]): string {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is writing`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are writing`;
  return `${names.length} people are writing`;
}

export function start() {
  const place = one("[data-here]");
  if (!place || !me) return;
  const topic = place.dataset.here!;
  let waiting: string | undefined; // while the list is open it is not swapped under the eye
  const show = (html: string) => {
    const list = one("#here-list", place);
    if (list?.matches(":popover-open")) { waiting = html; return; }
    waiting = undefined;
    place.replaceChildren(parse(html));
    place.hidden = false;
    one("#here-list", place)?.addEventListener("toggle", (event) => { if ((event as ToggleEvent).newState === "closed" && waiting) show(waiting); });
    const typing = JSON.parse(one("[data-typing]", place)?.dataset.typing || "null") as { id: string; name: string }[] | null;
    const line = one(".typing");
    if (line) line.textContent = words((typing ?? []).filter((who) => who.id !== me).map((who) => who.name));
  };
  document.addEventListener("muster:live", (event) => {
    const news = (event as CustomEvent<News>).detail;
    if (news.topic === topic && news.html) show(news.html);
  });

  let said = "here";
  let saidAt = 0;
  const say = (state: string) => {
    if (state === said && Date.now() - saidAt < 3000) return;
    if (state === "here" && said === "here") return;
    said = state;
    saidAt = Date.now();
    void ask(`${flow.base}/presence`, { method: "POST", body: new URLSearchParams({ _method: "PUT", state }) }).catch(() => { /* it is forgotten soon */ });
  };
  let rest: ReturnType<typeof setTimeout> | undefined;
  const active = () => {
    clearTimeout(rest);
    rest = setTimeout(() => say("idle"), idleAfter);
    if (said === "idle") say("here");
  };
  for (const kind of ["pointermove", "keydown", "touchstart"]) document.addEventListener(kind, active, { passive: true });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(rest);
    if (document.visibilityState === "visible") active(); else rest = setTimeout(() => say("idle"), 60_000);
  });
  active();
  const area = one<HTMLTextAreaElement>("form[data-composer]:not([data-thread]) textarea");
  let stop: ReturnType<typeof setTimeout> | undefined;
  area?.addEventListener("input", () => {
    clearTimeout(stop);
    if (!area.value || area.value.startsWith("/")) { say("here"); return; } // sent, taken back, or nobody's concern
    say("typing");
    stop = setTimeout(() => say("here"), 4000);
  });
}
