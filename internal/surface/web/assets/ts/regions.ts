// Regions are parts of a page that fetch themselves again when something moved: data-live names the topics, data-live-src
// the address of the part. They are morphed, so that focus, open menus and scroll positions stay.
import "htmx.org";
import { all, typing, wait } from "./dom";

declare global { interface Window { htmx: { ajax(verb: string, url: string, options: object): Promise<void> } } }

const busy = new Map<string, boolean>(); // by id: fetching, and whether once more is wanted

/** Fetches the region again, and once more if asked in the meantime; a field that is being edited is left alone until it is left. */
export async function refresh(region: HTMLElement) {
  const id = region.id;
  if (busy.has(id)) { busy.set(id, true); return; }
  busy.set(id, false);
  try {
    do {
      busy.set(id, false);
      await wait(Math.random() * 150); // a room full of browsers does not ask all at once
      const now = document.getElementById(id);
      if (!now) return;
      const field = document.activeElement as HTMLInputElement | null;
      if (field && now.contains(field) && typing() && field.value !== field.defaultValue) {
        await new Promise((done) => {
          field.addEventListener("blur", done, { once: true });
          document.addEventListener("muster:sent", done, { once: true });
        });
      }
      const src = now.dataset.liveSrc;
      // Each region asks for itself: requests of one source wait for each other, and all but the next are dropped.
      if (src) await window.htmx.ajax("GET", src, { source: now, target: now, swap: "outerMorph", headers: { "HX-Region": "true" } });
    } while (busy.get(id));
  } catch {
    // the connection's banner tells; the next news or the reconnection asks again
  } finally {
    busy.delete(id);
    document.dispatchEvent(new CustomEvent("muster:refreshed"));
  }
}

/** Fetches again what listens to the topic, or everything. */
export function refreshAll(topic?: string) {
  for (const region of all("[data-live]")) {
    if (!topic || region.dataset.live!.split(" ").includes(topic)) void refresh(region);
  }
}

// An answer that is not the region (an error, the sign-in page) must not take its place.
document.addEventListener("htmx:before:swap", (event) => {
  const detail = (event as CustomEvent).detail;
  const status: number | undefined = detail?.ctx?.response?.status ?? detail?.ctx?.response?.raw?.status;
  if (status !== undefined && status >= 400) event.preventDefault();
});
