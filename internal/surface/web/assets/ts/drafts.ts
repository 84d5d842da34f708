// What was typed and not sent is kept on this device, by person, until it is sent or the person signs out.
import { all, me, one, store } from "./dom";

const key = (name: string) => `muster:draft:${me}:${name}`;

function restore(within: ParentNode) {
  for (const area of all<HTMLTextAreaElement>("textarea[data-draft]", within)) {
    const kept = store.get(key(area.dataset.draft!));
    if (kept && !area.value) { area.value = kept; said(area.dataset.draft!, "Draft restored"); }
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

export function start() {
  restore(document);
  document.addEventListener("muster:filled", (event) => restore((event as CustomEvent).detail));
  document.addEventListener("input", (event) => {
    const area = event.target as HTMLTextAreaElement;
    const name = area.dataset?.draft;
    if (!name) return;
    if (area.value) store.set(key(name), area.value); else store.remove(key(name));
    said(name, area.value ? `Draft kept ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false })}` : "");
  });
  document.addEventListener("submit", (event) => {
    if ("signOut" in (event.target as HTMLElement).dataset) for (const name of store.keys("muster:")) store.remove(name);
  });
}
