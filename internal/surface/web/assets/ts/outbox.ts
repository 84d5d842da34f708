// What was written and is not yet there: shown at once, kept on this device, and sent in its order until the server has it.
import { ask, me, on, one, store, wait } from "./dom";
import { flow, offer, take } from "./flow";

export interface Unsent { key: string; text: string; files: string[]; at: string; thread?: string; inRoom?: boolean; failed?: string }

const name = () => `muster:outbox:${me}:${flow.base}`;
const waits = (): Unsent[] => { try { return JSON.parse(store.get(name()) ?? "[]") as Unsent[]; } catch { return []; } };
const keep = (unsent: Unsent[]) => { if (unsent.length) store.set(name(), JSON.stringify(unsent)); else store.remove(name()); };

/** A key that no other message has. */
export const key = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

/** Shows a message and sends it. */
export function send(unsent: Unsent) {
  keep([...waits(), unsent]);
  offer(waiting(unsent));
  void flush();
}

/** Shows what waits, in the room or in the thread that is open. */
export function showWaiting() { for (const unsent of waits()) offer(waiting(unsent)); }

function waiting(unsent: Unsent): HTMLElement {
  const item = document.createElement("li");
  item.className = "msg msg--waiting" + (unsent.failed ? " msg--failed" : "");
  item.id = "m-unsent-" + unsent.key;
  Object.assign(item.dataset, { clientKey: unsent.key, author: me, at: unsent.at, seq: "Infinity" });
  if (unsent.thread) item.dataset.parent = unsent.thread;
  if (unsent.inRoom) item.dataset.inRoom = "";
  const avatar = one(".nav__me .av")?.cloneNode(true) as HTMLElement | undefined;
  if (avatar) { avatar.classList.replace("av--sm", "av--lg"); item.append(avatar); }
  const by = document.createElement("div");
  by.className = "msg__by";
  by.innerHTML = "<bdi></bdi>";
  by.firstElementChild!.textContent = "You";
  const text = document.createElement("div");
  text.className = "msg__text msg__text--typed";
  text.dir = "auto";
  text.textContent = unsent.text || (unsent.files.length > 1 ? "Sending files" : "Sending a file");
  item.append(by, text);
  if (unsent.failed) {
    const line = document.createElement("div");
    line.className = "msg__retry";
    line.innerHTML = "<span></span><button type=button data-again>Try again</button><button type=button data-drop>Discard</button>";
    line.firstElementChild!.textContent = unsent.failed;
    item.append(line);
  }
  return item;
}

let flushing = false;

/** Sends what waits, in order; a message that the server refuses is marked and the others go on. */
export async function flush() {
  if (flushing) return;
  flushing = true;
  let pause = 500;
  try {
    for (;;) {
      const next = waits().find((u) => !u.failed);
      if (!next) return;
      const state = await post(next);
      if (state === "away") {
        await wait(pause + Math.random() * 300);
        pause = Math.min(pause * 2, 8000);
        continue;
      }
      pause = 500;
      if (state === "sent") keep(waits().filter((u) => u.key !== next.key));
      else {
        keep(waits().map((u) => u.key === next.key ? { ...u, failed: state } : u));
        offer(waiting({ ...next, failed: state }));
      }
    }
  } finally {
    flushing = false;
  }
}

async function post(unsent: Unsent): Promise<string> {
  const body = new URLSearchParams({ text: unsent.text, client_key: unsent.key });
  for (const file of unsent.files) body.append("file", file);
  if (unsent.thread) body.set("thread", unsent.thread);
  if (unsent.inRoom) body.set("in_room", "yes");
  try {
    const answer = await ask(`${flow.base}/messages`, { method: "POST", body });
    if (answer.status >= 500 || answer.status === 429) return "away";
    if (answer.redirected || answer.status === 401) { location.reload(); return "away"; }
    const html = await answer.text();
    if (!answer.ok) return decodeURIComponent(answer.headers.get("Muster-Toast") ?? "") || "This message was not taken.";
    take(html);
    document.dispatchEvent(new CustomEvent("muster:posted", { detail: answer }));
    return "sent";
  } catch {
    return "away";
  }
}

export function start() {
  addEventListener("online", () => void flush());
  document.addEventListener("muster:connected", () => void flush());
  document.addEventListener("muster:window", showWaiting);
  on("click", "[data-again], [data-drop]", (button) => {
    const item = button.closest<HTMLElement>("li")!;
    const which = item.dataset.clientKey!;
    if ("drop" in button.dataset) { keep(waits().filter((u) => u.key !== which)); item.remove(); return; }
    keep(waits().map((u) => u.key === which ? { ...u, failed: undefined } : u));
    item.classList.remove("msg--failed");
    one(".msg__retry", item)?.remove();
    void flush();
  });
  showWaiting();
  void flush();
}
