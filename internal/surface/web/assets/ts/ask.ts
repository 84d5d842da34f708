// A part of a form with data-ask is asked for again when a choice in it changes, because what is asked may depend on it.
// What was typed or chosen meanwhile stays as it is.
import { all, ask, on, one, parse } from "./dom";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const same = (a: Control, b: Control) => a.name === b.name && (!/^(radio|checkbox)$/.test(a.type) || a.value === b.value);

/** Puts what stands in the old part into the new one. */
function carry(old: HTMLElement, fresh: HTMLElement) {
  const before = all<Control>("input, textarea, select", old);
  for (const control of all<Control>("input, textarea, select", fresh)) {
    const match = before.find((other) => same(other, control));
    if (!match) continue;
    if (control instanceof HTMLInputElement && /^(radio|checkbox)$/.test(control.type)) control.checked = (match as HTMLInputElement).checked;
    else control.value = match.value;
  }
  all<HTMLDetailsElement>("details", fresh).forEach((details, n) => { details.open ||= !!all<HTMLDetailsElement>("details", old)[n]?.open; });
}

async function again(part: HTMLElement) {
  const form = part.closest("form");
  if (!form) return;
  const data = new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "_method").map(([name, value]) => [name, String(value)]));
  let fresh: HTMLElement | null = null;
  try {
    const answer = await ask(part.dataset.ask!, { method: "POST", body: data });
    if (!answer.ok) return; // sending it will say what is missing
    fresh = one(`#${CSS.escape(part.id)}`, parse(await answer.text()));
  } catch {
    return;
  }
  const now = document.getElementById(part.id);
  if (!fresh || !now) return;
  const focus = document.activeElement as Control | null;
  const within = focus && now.contains(focus) ? focus : null;
  carry(now, fresh);
  now.replaceWith(fresh);
  if (within?.name) all<Control>("input, textarea, select", fresh).find((control) => same(control, within))?.focus();
  document.dispatchEvent(new CustomEvent("muster:filled", { detail: fresh }));
}

export function start() {
  on("change", "[data-ask]", (part, event) => {
    const control = event.target as HTMLElement;
    if (part.dataset.ask && control.matches("select, input[type=radio], input[type=checkbox], input[inputmode]")) void again(part);
  });
}
