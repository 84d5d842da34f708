// What was typed and not sent is kept on this device, by person, until it is sent or the person signs out.
import { all, me, one, store } from "./dom";

const key = (name: string) => `muster:draft:${me}:${name}`;

function restore(within: ParentNode) {
  for (const area of all<HTMLTextAreaElement>("textarea[data-draft]", within)) {
    const kept = store.get(key(area.dataset.draft!));
    if (kept && (!area.value || "prefilled" in area.dataset)) { area.value = kept; said(area.dataset.draft!, "Draft restored"); }
  }
}

function said(name: string, words: string) {
  const place = one(`[data-draft-state="${CSS.escape(name)}"]`);
  if (place) place.textContent = words;
}

/** Forgets the drafts of a form that was sent. */
export function forget(form: HTMLFormElement) {
  for (const area of all<HTMLTextAreaElement>("textarea[data-draft]", form)) store.remove(key(area.dataset.draft!));
}

const left = "muster:left";

/** Notes the drafts that a plain form takes along; the page that comes next knows whether they arrived. */
export function leave(form: HTMLFormElement) {
  const names = all("textarea[data-draft]", form).map((area) => area.dataset.draft!);
  try { sessionStorage.setItem(left, JSON.stringify(names)); } catch { /* the drafts stay, which is the lesser harm */ }
}

/** A form that was taken leads elsewhere; one that was not, a line that is cut or a session that is over, does not. */
function arrived() {
  let names: string[] = [];
  try { names = JSON.parse(sessionStorage.getItem(left) ?? "[]"); sessionStorage.removeItem(left); } catch { return; }
  const [way] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (me && way?.redirectCount) for (const name of names) store.remove(key(name));
}

export function start() {
  arrived();
  restore(document);
  document.addEventListener("muster:filled", (event) => restore((event as CustomEvent).detail));
  document.addEventListener("input", (event) => {
    const area = event.target as HTMLTextAreaElement;
    const name = area.dataset?.draft;
    if (!name) return;
    if (area.value) store.set(key(name), area.value); else store.remove(key(name));
    said(name, area.value ? `Draft kept ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false })}` : "");
  });
  // A text that was written for somebody can be put away in one press, and stays away when the page is loaded again.
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-clear]");
    const area = link && document.getElementById(link.dataset.clear!) as HTMLTextAreaElement | null;
    if (!link || !area) return;
    event.preventDefault();
    history.replaceState(history.state, "", link.href);
    area.value = "";
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
    link.parentElement!.remove();
  });
  document.addEventListener("submit", (event) => {
    if ("signOut" in (event.target as HTMLElement).dataset) for (const name of store.keys("muster:")) store.remove(name);
  });
}
