// The palette: everything by name. Commands are the page's own links and keys; the rest is asked of the server.
import { all, ask, on, one } from "./dom";
import { places } from "./shortcuts";

interface Entry { label: string; note?: string; icon?: string; href?: string; dialog?: boolean; element?: HTMLElement }

let shown: Entry[] = [];
let at = 0;
let asked = 0;

/** What an element does, without the keys and counts that stand beside it. */
function named(element: HTMLElement): string {
  if (element.dataset.label) return element.dataset.label;
  const copy = element.cloneNode(true) as HTMLElement;
  for (const extra of all("kbd, .num, .count, .vh", copy)) extra.remove();
  return (copy.textContent!.trim() || element.getAttribute("aria-label") || "").replace(/\s+/g, " ");
}

function keys(element: HTMLElement): string | undefined {
  if (element.dataset.key) return element.dataset.key.toUpperCase();
  const place = Object.keys(places).find((key) => places[key] === element.getAttribute("href"));
  return place && `G ${place.toUpperCase()}`;
}

function commands(): Entry[] {
  const seen = new Set<string>();
  const found: Entry[] = [];
  // Menus of single rows say what to do, not with which row; they have no place here.
  const elements = all('[data-key], .nav__item[href]:not([href^="/incidents/"]), .inc__act .menu__item, #me .menu__item');
  elements.sort((a, b) => Number(!!b.closest("main")) - Number(!!a.closest("main"))); // what can be done here comes first
  for (const element of elements) {
    const label = named(element);
    if (!label || seen.has(label)) continue;
    seen.add(label);
    found.push({ label, note: keys(element), icon: one("use", element)?.getAttribute("href")?.split("#")[1], element });
  }
  return found;
}

function draw(list: HTMLElement, none: HTMLElement) {
  const sprite = document.querySelector("use")?.getAttribute("href")?.split("#")[0] ?? "";
  list.replaceChildren(...shown.map((entry, n) => {
    const item = document.createElement("li");
    item.role = "option";
    item.id = `palette-${n}`;
    item.setAttribute("aria-selected", String(n === at));
    item.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite}#${entry.icon ?? "corner-down-right"}"></use></svg><span dir="auto"></span><small></small>`;
    item.children[1].textContent = entry.label;
    item.children[2].textContent = entry.note ?? "";
    item.addEventListener("mousemove", () => { if (at !== n) { at = n; draw(list, none); } });
    item.addEventListener("click", () => run(entry));
    return item;
  }));
  none.hidden = shown.length > 0;
  list.children[at]?.scrollIntoView({ block: "nearest" });
  one("#palette input")?.setAttribute("aria-activedescendant", shown.length ? `palette-${at}` : "");
}

function run(entry: Entry | undefined) {
  if (!entry) return;
  one<HTMLDialogElement>("#palette")!.close();
  if (entry.element) entry.element.click();
  else if (entry.href) location.assign(entry.href);
}

async function search(words: string, list: HTMLElement, none: HTMLElement) {
  const mine = ++asked;
  const lower = words.toLowerCase();
  const local = commands().filter((c) => c.label.toLowerCase().includes(lower));
  shown = local;
  at = 0;
  draw(list, none);
  try {
    const answer = await ask("/palette?q=" + encodeURIComponent(words), { headers: { Accept: "application/json" } });
    if (!answer.ok || mine !== asked) return;
    const found = await answer.json() as Entry[];
    shown = words ? [...found, ...local] : [...local, ...found];
    draw(list, none);
  } catch { /* the commands of the page are there all the same */ }
}

export function start() {
  const box = one<HTMLDialogElement>("#palette");
  if (!box) return;
  const input = one<HTMLInputElement>("input", box)!;
  const list = one("ul", box)!;
  const none = one(".palette__none", box)!;
  const open = () => { if (one("dialog[open]")) return; box.showModal(); input.value = ""; void search("", list, none); input.focus(); };
  on("click", "[data-palette]", open);
  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
  let pause: ReturnType<typeof setTimeout>;
  input.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(() => void search(input.value.trim(), list, none), 60); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % Math.max(shown.length, 1);
      draw(list, none);
    }
    if (event.key === "Enter") { event.preventDefault(); run(shown[at]); }
  });
}
