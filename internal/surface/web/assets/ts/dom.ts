// Small words for what every behavior does.

/** The signed-in user's id, empty on pages without one. */
export const me = document.body.dataset.user ?? "";

export const one = <T extends HTMLElement>(selector: string, within: ParentNode = document) => within.querySelector<T>(selector);
export const all = <T extends HTMLElement>(selector: string, within: ParentNode = document) => [...within.querySelectorAll<T>(selector)];

/** Runs fn for events of a kind whose target lies within an element that matches the selector, now or later. */
export function on<K extends keyof DocumentEventMap>(kind: K, selector: string, fn: (element: HTMLElement, event: DocumentEventMap[K]) => void) {
  document.addEventListener(kind, (event) => {
    const element = (event.target as Element | null)?.closest?.<HTMLElement>(selector);
    if (element) fn(element, event);
  });
}

/** Reads HTML of our own server as elements. */
export function parse(html: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** Asks our own server for a part of a page or to do something. */
export async function ask(url: string, init: RequestInit = {}) {
  const answer = await fetch(url, { ...init, headers: { "HX-Request": "true", ...(init.headers as Record<string, string>) }, credentials: "same-origin", redirect: "follow" });
  const hint = answer.headers.get("Muster-Hint");
  if (hint) document.dispatchEvent(new CustomEvent("muster:hint", { detail: decodeURIComponent(hint) }));
  return answer;
}

/** Whether the person is typing somewhere. */
export function typing(target: EventTarget | null = document.activeElement) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(radio|checkbox|button|submit)$/.test((target as HTMLInputElement).type));
}

export const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** localStorage that never throws: it is full, or switched off. */
export const store = {
  get(key: string): string | null { try { return localStorage.getItem(key); } catch { return null; } },
  set(key: string, value: string) { try { localStorage.setItem(key, value); } catch { /* kept in the page only */ } },
  remove(key: string) { try { localStorage.removeItem(key); } catch { /* nothing kept */ } },
  keys(prefix: string): string[] { try { return Object.keys(localStorage).filter((k) => k.startsWith(prefix)); } catch { return []; } },
};
