// What is typed within [data-remarks] is sent there after a pause; the answer stands in [data-remarks-here].
import { ask, one, parse } from "./dom";

const pause = 450;
const waiting = new WeakMap<Element, number>();

async function remark(box: HTMLElement, field: HTMLInputElement) {
  const place = one("[data-remarks-here]", box);
  if (!place) return;
  const text = field.value;
  if (text.trim().length < 3) { place.replaceChildren(); return; }
  try {
    const answer = await ask(box.dataset.remarks!, { method: "POST", body: new URLSearchParams({ text }) });
    if (answer.ok && field.value === text) place.replaceChildren(parse(await answer.text()));
  } catch { /* advice can wait */ }
}

export function start() {
  document.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    const box = field.closest<HTMLElement>("[data-remarks]");
    if (!box) return;
    clearTimeout(waiting.get(box));
    waiting.set(box, window.setTimeout(() => void remark(box, field), pause));
  });
  document.addEventListener("muster:sent", (event) => {
    const form = event.target as HTMLElement;
    clearTimeout(waiting.get(form));
    one("[data-remarks-here]", form)?.replaceChildren();
  });
}
