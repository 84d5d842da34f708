// Small things: notes that can be put away, text that can be copied, pages that come back by themselves, rows that open.
import { all, on, one, store } from "./dom";
import { toast } from "./toast";

export function start() {
  for (const note of all("[data-dismiss]")) {
    const key = `muster:dismissed:${note.dataset.dismiss}`;
    if (store.get(key)) { note.hidden = true; continue; }
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Got it";
    button.addEventListener("click", () => { store.set(key, "1"); note.hidden = true; });
    note.append(button);
  }
  on("click", "[data-copy]", (button) => {
    void navigator.clipboard?.writeText(button.dataset.copy!).then(() => toast("Copied"));
  });
  // Where the device can pass an address on by itself, it may.
  const offer = (within: ParentNode) => { if ("share" in navigator) for (const button of all("[data-share]", within)) button.hidden = false; };
  offer(document);
  document.addEventListener("muster:filled", (event) => offer((event as CustomEvent).detail));
  on("click", "[data-share]", (button) => { void navigator.share({ url: button.dataset.share, title: button.dataset.shareTitle }).catch(() => { /* put away again */ }); });
  on("focusin", "[data-select]", (field) => (field as HTMLInputElement).select());
  if (one("[data-retry]")) {
    const again = async () => {
      try { const answer = await fetch("/readyz"); if (answer.ok) { location.reload(); return; } } catch { /* still away */ }
      setTimeout(again, 2000);
    };
    setTimeout(again, 2000);
  }
}
