// Short words about what was done.
import { one } from "./dom";

export function toast(text: string) {
  const place = one("[data-toasts]");
  if (!place || !text) return;
  const made = document.createElement("div");
  made.className = "toast";
  made.textContent = text;
  place.append(made);
  setTimeout(() => made.remove(), 5000);
}

export function start() {
  const place = one("[data-toasts]");
  if (place?.dataset.first) toast(place.dataset.first);
}
