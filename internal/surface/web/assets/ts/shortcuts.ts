// Keys, never while typing. Elements carry their own with data-key.
import { all, one, typing } from "./dom";

/** Where the second key after g leads. */
export const places: Record<string, string> = { h: "/", i: "/incidents", p: "/people", s: "/settings", o: "/operators" };
let going = 0;

function move(step: number) {
  const rows = all("[data-row]");
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("is-on"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  rows.forEach((row) => row.classList.toggle("is-on", row === next));
  one<HTMLElement>("a", next)?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** Names the command key as keyboards without one do. */
function name(within: ParentNode) {
  for (const key of all("kbd", within)) key.textContent = key.textContent!.replace("⌘", key.textContent!.length > 1 ? "Ctrl " : "Ctrl");
}

export function start() {
  const apple = /Mac|iPhone|iPad/.test(navigator.platform);
  if (!apple) {
    name(document);
    document.addEventListener("muster:filled", (event) => name((event as CustomEvent).detail));
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || typing(event.target) || event.metaKey || event.ctrlKey || event.altKey || one("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (Date.now() - going < 1200 && places[key]) { going = 0; event.preventDefault(); location.assign(places[key]); return; }
    if (key === "g") { going = Date.now(); return; }
    if (key === "?") { event.preventDefault(); one<HTMLDialogElement>("#help")?.showModal(); return; }
    if (key === "/") { const search = one<HTMLInputElement>("[data-search]") ?? one<HTMLElement>("[data-composer] textarea"); if (search) { event.preventDefault(); search.focus(); } return; }
    if (key === "j" || key === "k") { event.preventDefault(); move(key === "j" ? 1 : -1); return; }
    const target = all(`[data-key="${CSS.escape(key)}"]`).find((element) => element.checkVisibility?.() ?? true) ?? one(`[data-key="${CSS.escape(key)}"]`);
    if (target) { event.preventDefault(); target.click(); }
  });
  document.addEventListener("click", (event) => { if ((event.target as Element).closest("[data-help]")) one<HTMLDialogElement>("#help")?.showModal(); });
}
