// Where something is written, in the room or in a thread: words and files, or a command.
import { ask, one } from "./dom";
import { open } from "./dialog";
import { completion } from "./complete";
import { attachments } from "./attach";
import { flow, newest } from "./flow";
import { key, send } from "./outbox";
import { reply } from "./reply";
import { toast } from "./toast";

/** Brings a composer to life; sent is called after each message that it shows. */
export function composer(form: HTMLFormElement, target: HTMLElement, sent: () => void) {
  const area = one<HTMLTextAreaElement>("textarea", form)!;
  const thread = form.dataset.thread;
  const files = attachments(form, area, flow.base, target);
  const completing = completion(form, area, flow.base);
  const empty = () => { area.value = ""; area.dispatchEvent(new Event("input", { bubbles: true })); };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = area.value.trim();
    if (!text && !files.ready().length) return;
    if (files.busy()) { toast("A file is still being sent."); return; }
    if (/^\/([\p{L}-]+|\?)(\s|$)/u.test(text)) { void command(form, text, empty); return; }
    const also = one<HTMLInputElement>("[name=in_room]", form);
    send({ key: key(), text, files: files.take(), at: new Date().toISOString(), thread, inRoom: also?.checked || undefined });
    if (also) also.checked = false;
    empty();
    sent();
  });
  area.addEventListener("keydown", (event) => {
    if (event.isComposing || completing()) return;
    if (event.key === "ArrowUp" && !area.value) { // the last thing one said is what one most often corrects
      const mine = [...target.querySelectorAll<HTMLElement>("li.msg.is-mine[data-changed]")].filter((item) => !one(".msg__gone", item)).pop();
      if (mine) { event.preventDefault(); void open(`${flow.base}/messages/${mine.id.slice(2)}/edit`); }
      return;
    }
    if (event.key !== "Enter" || event.shiftKey) return;
    if (matchMedia("(pointer: coarse)").matches && !area.value.startsWith("/")) return; // on the phone, Return is a new line
    event.preventDefault();
    form.requestSubmit();
  });
}

/** The composer of the room goes to the newest message when something was said. */
export function start() {
  const form = one<HTMLFormElement>("form[data-composer]:not([data-thread])");
  if (form) composer(form, one("[data-room-box]")!, () => void newest());
}

async function command(form: HTMLFormElement, text: string, done: () => void) {
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(`${flow.base}/messages`, { method: "POST", body: new URLSearchParams({ text, client_key: key() }) });
    await reply(answer);
    if (answer.ok) done();
  } catch {
    toast("Muster does not answer. Your command is kept; try again shortly.");
  } finally {
    form.removeAttribute("aria-busy");
  }
}
