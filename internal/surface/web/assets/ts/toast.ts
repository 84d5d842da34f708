// Short words about what was done.
import { ask, one } from "./dom";
import { refreshAll } from "./regions";

/** Says what was done; undo is the method and address that take it back. */
export function toast(text: string, undo = "") {
  const place = one("[data-toasts]");
  if (!place || !text) return;
  const made = document.createElement("div");
  made.className = "toast";
  made.textContent = text;
  const [method, where] = undo.split(" ");
  if (where?.startsWith("/")) made.append(taker(method, where, made));
  place.append(made);
  setTimeout(() => made.remove(), undo ? 12000 : 5000);
}

function taker(method: string, where: string, made: HTMLElement) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Undo";
  button.addEventListener("click", () => {
    button.disabled = true;
    ask(where, { method: "POST", body: new URLSearchParams({ _method: method }) }).then((answer) => {
      made.remove();
      toast(answer.ok ? decodeURIComponent(answer.headers.get("Muster-Toast") ?? "") : "That could not be undone. Look at the page again.");
      refreshAll();
    }, () => { button.disabled = false; });
  });
  return button;
}

export function start() {
  const place = one("[data-toasts]");
  if (place?.dataset.first) toast(place.dataset.first);
}
