// Forms in the dialog and forms with data-quiet are sent without leaving the page. The answers: 204 done, with words in
// Muster-Toast; Muster-Location leads elsewhere; anything else is the form again, with what was wrong.
import { all, ask, one } from "./dom";
import { dialog, fill } from "./dialog";
import { forget, leave } from "./drafts";
import { refreshAll } from "./regions";
import { toast } from "./toast";

const sending = new WeakSet<HTMLFormElement>();

/** Whether the form stands in the page's dialog; the pages before anyone is signed in have none. */
function inDialog(form: HTMLFormElement) {
  const box = dialog();
  return !!box && box.contains(form);
}

async function send(form: HTMLFormElement, submitter: HTMLElement | null) {
  const data = new FormData(form, submitter);
  const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams([...data].map(([k, v]) => [k, String(v)]));
  const within = inDialog(form);
  let answer: Response; // a form with a field called action has no other way to its address than the attribute
  try {
    answer = await ask(form.getAttribute("action")!, { method: "POST", body });
  } catch {
    complain(form, "Muster does not answer. What you wrote is kept; try again shortly.");
    return;
  }
  const location = answer.headers.get("Muster-Location");
  const words = decodeURIComponent(answer.headers.get("Muster-Toast") ?? "");
  if (answer.ok) forget(form);
  if (location) { window.location.assign(location); return; }
  if (answer.status === 204) {
    if (within) dialog().close();
    form.closest<HTMLElement>("[popover]")?.hidePopover();
    toast(words, answer.headers.get("Muster-Undo") ?? "");
    if ("fresh" in form.dataset) form.reset(); // for the next thing to add
    refreshAll();
    form.dispatchEvent(new CustomEvent("muster:sent", { bubbles: true }));
    return;
  }
  if (answer.redirected) { window.location.assign(answer.url); return; }
  if (answer.headers.get("Muster-Reply") === "said") { // a command's form answered with words for this person
    if (within) dialog().close();
    document.dispatchEvent(new CustomEvent("muster:said", { detail: await answer.text() }));
    return;
  }
  const html = await answer.text();
  const readable = /^text\/html/.test(answer.headers.get("Content-Type") ?? "") && answer.status !== 503;
  if (within && readable) fill(html);
  else if (!(readable && again(form, html))) complain(form, words || "That did not work. What you wrote is kept; try again shortly.");
}

/** Puts the form of a page as it came back, with what was wrong, in the place of the one that was sent. */
function again(form: HTMLFormElement, html: string) {
  const fresh = form.id ? new DOMParser().parseFromString(html, "text/html").getElementById(form.id) : null;
  if (!fresh) return false;
  form.replaceWith(fresh);
  const first = one<HTMLElement>("[role=alert], [aria-invalid=true]", fresh);
  first?.scrollIntoView({ block: "center" });
  one<HTMLElement>("[aria-invalid=true], textarea", fresh)?.focus({ preventScroll: true });
  return true;
}

function complain(form: HTMLFormElement, words: string) {
  let place = one(".note-bar--bad", form);
  if (!form.closest("dialog")) { toast(words); return; }
  if (!place) {
    place = document.createElement("p");
    place.className = "note-bar note-bar--bad";
    place.setAttribute("role", "alert");
    (one(".dialog__body", form) ?? form).prepend(place);
  }
  place.textContent = words;
}

export function start() {
  // Where somebody is new, their browser knows their time zone.
  for (const field of all<HTMLInputElement>("input[data-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const submitter = event.submitter as HTMLElement | null;
    const question = submitter?.dataset.asks;
    if (question && !confirm(question)) { event.preventDefault(); return; }
    const quiet = "quiet" in form.dataset || inDialog(form);
    if (sending.has(form)) { event.preventDefault(); return; } // a second click
    if (form.method !== "post") return;
    if (!quiet || "composer" in form.dataset) {
      if (!("composer" in form.dataset)) { sending.add(form); setTimeout(() => sending.delete(form), 4000); leave(form); }
      return;
    }
    event.preventDefault();
    sending.add(form);
    form.setAttribute("aria-busy", "true");
    void send(form, submitter).finally(() => { sending.delete(form); form.removeAttribute("aria-busy"); });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      const form = (event.target as Element).closest("form");
      if (form && !("composer" in form.dataset)) { event.preventDefault(); form.requestSubmit(one<HTMLElement>("button.btn--solid", form)); }
    }
  });
  // A select or switch with data-auto sends its form when it changes.
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLElement;
    if ("auto" in field.dataset) field.closest("form")?.requestSubmit();
  });
}
