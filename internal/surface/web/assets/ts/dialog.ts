// Links with data-dialog open what they lead to in the page's dialog; without script they are pages of their own.
import { ask, on, one, parse } from "./dom";
import { toast } from "./toast";

export const dialog = () => one<HTMLDialogElement>("#dialog")!;

export function fill(html: string) {
  const box = dialog();
  box.replaceChildren(parse(html));
  if (!box.open) box.showModal();
  const first = one<HTMLElement>("[autofocus], [aria-invalid]", box) ?? one<HTMLElement>("input:not([type=hidden]), textarea, select", box);
  // Of a group of choices the one that is taken has the focus, as the arrow keys move from there.
  const group = (first as HTMLInputElement | null)?.type === "radio" ? (first as HTMLInputElement).name : "";
  const taken = group ? one<HTMLElement>(`input[name="${CSS.escape(group)}"]:checked`, box) : null;
  (taken ?? first)?.focus();
  document.dispatchEvent(new CustomEvent("muster:filled", { detail: box }));
}

export async function open(url: string) {
  try {
    const answer = await ask(url);
    if (answer.redirected || answer.status === 401) { location.assign(url); return; }
    fill(await answer.text());
  } catch {
    toast("Muster does not answer at the moment. Try again shortly.");
  }
}

export function start() {
  on("click", "a[data-dialog]", (link, event) => {
    const mouse = event as MouseEvent;
    if (mouse.ctrlKey || mouse.metaKey || mouse.shiftKey || !dialog()) return;
    event.preventDefault();
    link.closest<HTMLElement>("[popover]")?.hidePopover();
    void open((link as HTMLAnchorElement).href);
  });
  on("click", "[data-close]", (button, event) => {
    const box = button.closest("dialog");
    if (!box) return; // a page of its own: the link leads back
    event.preventDefault();
    box.close();
  });
  // What was in it stays nowhere in the page: it may have been a secret that was to go.
  dialog()?.addEventListener("close", () => { if (!dialog().open) dialog().replaceChildren(); });
  // A press on the ground behind closes, unless something was typed.
  document.addEventListener("mousedown", (event) => {
    const box = event.target as HTMLDialogElement;
    if (box.tagName === "DIALOG" && !box.querySelector("form[data-touched]")) {
      const place = box.getBoundingClientRect();
      if (event.clientX < place.left || event.clientX > place.right || event.clientY < place.top || event.clientY > place.bottom) box.close();
    }
  });
  document.addEventListener("input", (event) => (event.target as Element).closest("dialog form")?.setAttribute("data-touched", ""));
}
