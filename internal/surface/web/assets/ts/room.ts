// The room: messages in their order, each once; what is written is shown at once and sent until it is there.
import { all, ask, me, on, one, parse, store, wait } from "./dom";
import { fill } from "./dialog";
import { completion } from "./complete";
import { attachments } from "./attach";
import type { News } from "./live";
import { refreshAll } from "./regions";
import { toast } from "./toast";

interface Unsent { key: string; text: string; files: string[]; at: string; failed?: string }

let room: HTMLElement; // the scrolling box
let list: HTMLElement;
let base: string; // /incidents/INC-1/room
let topic: string;
let latest = 0; // the number of the last change that this page has

const seq = (item: Element) => Number((item as HTMLElement).dataset.seq ?? Infinity);
const messages = () => all("li[data-seq]", list);
const atBottom = () => room.scrollTop > -80; // the box is reversed: 0 is the newest

export function start() {
  const box = one("[data-room]");
  if (!box) return;
  room = box;
  list = one("ol", room)!;
  base = room.dataset.room!;
  topic = room.dataset.topic!;
  latest = Number(room.dataset.latest);
  for (const item of messages()) own(item);
  document.addEventListener("muster:live", (event) => hear((event as CustomEvent<News>).detail));
  document.addEventListener("muster:connected", () => { void catchUp().then((some) => { if (some) refreshAll(topic); }); void flush(); });
  document.addEventListener("muster:said", (event) => said((event as CustomEvent<string>).detail));
  addEventListener("online", () => void flush());
  history();
  reading();
  composer();
  acts();
  for (const unsent of outbox()) place(waiting(unsent));
  void flush();
}

// ---- what arrives

function hear(news: News) {
  if (news.topic !== topic && news.topic !== "*") return;
  if (news.kind === "resync") { void catchUp(); return; }
  const number = news.seq ?? 0;
  told = Math.max(told, number);
  if (news.html) take(news.html);
  // What came with its text is all there was only if nothing lies between it and what the page has.
  if (news.html && !catching && number === latest + 1) latest = number;
  else if (number > latest) void catchUp();
}

let told = 0; // the highest number that news have named
let catching = false;
let behind = false;

/** Reads everything posted or changed since the last number that this page has, and answers whether there was any. */
async function catchUp(): Promise<boolean> {
  if (catching) { behind = true; return false; }
  catching = true;
  let some = false;
  try {
    for (let more = true; more;) {
      behind = false;
      const upTo = told; // numbers are taken in the order of commits, so whoever asks now is told all up to here
      const answer = await ask(`${base}/messages?after=${latest}`);
      if (!answer.ok || answer.redirected) return some;
      const found = Number(answer.headers.get("Muster-Latest"));
      some ||= found > latest;
      take(await answer.text());
      const rest = answer.headers.has("Muster-More") && found > latest;
      latest = Math.max(latest, found || 0, rest ? 0 : upTo);
      more = rest || behind;
    }
  } catch {
    // the next connection catches up
  } finally {
    catching = false;
  }
  return some;
}

function take(html: string) {
  const rests = atBottom();
  for (const item of [...parse(html).children] as HTMLElement[]) {
    if (item.id && item.dataset.seq) place(item);
  }
  if (!rests || document.visibilityState !== "visible") divide();
  if (rests) room.scrollTop = 0;
  else if (html.includes("data-seq")) newer(true);
  seen();
}

/** Puts a message where its number says; one that is there already, or waits to be sent, is replaced. */
function place(item: HTMLElement) {
  const same = document.getElementById(item.id) ?? (item.dataset.clientKey && item.dataset.author === me ? one(`li[data-client-key="${CSS.escape(item.dataset.clientKey)}"]`, list) : null);
  own(item);
  if (same) {
    const was = Number(same.dataset.changed ?? 0);
    const is = Number(item.dataset.changed ?? 0);
    // An older state that came late, or the same once more: what a finger is just pressing must not be swapped under it.
    if (was > is || was > 0 && was === is && same.id === item.id) return;
    same.remove();
  }
  const after = [...list.children].reverse().find((other) => other.matches("li[data-seq]") && seq(other) < seq(item));
  if (after) after.after(item);
  else {
    const first = one("li[data-seq]", list);
    if (first) first.before(item); else list.append(item);
  }
  group(item);
  const next = item.nextElementSibling as HTMLElement | null;
  if (next) group(next);
  one(".room__start", list)?.remove();
}

/** Names the day above the first message of it; the answer tells whether there is one. */
function day(item: HTMLElement): boolean {
  let before = item.previousElementSibling as HTMLElement | null;
  while (before && !before.dataset.at) before = before.previousElementSibling as HTMLElement | null;
  if (!before || !item.dataset.at) return false;
  const at = new Date(item.dataset.at);
  const begins = new Date(before.dataset.at!).toDateString() !== at.toDateString();
  item.dataset.day = begins ? at.toLocaleDateString("en-US", { weekday: "long", month: "long", day: "numeric" }) : "";
  return begins;
}

/** Lets a message follow without a name when the same person wrote just before. */
function group(item: HTMLElement) {
  const begins = day(item);
  const before = item.previousElementSibling as HTMLElement | null;
  const follows = !begins && !!before && item.matches(".msg") && before.matches(".msg") && !!item.dataset.author && item.dataset.author === before.dataset.author
    && Math.abs(Date.parse(item.dataset.at!) - Date.parse(before.dataset.at!)) < 5 * 60_000;
  item.classList.toggle("msg--more", follows);
}

/** What is the same for everyone as the server sends it, made the reader's own. */
function own(item: HTMLElement) {
  if (!me) return;
  const mine = item.dataset.author === me;
  item.classList.toggle("is-mine", mine);
  if (mine) { const name = one(".msg__by bdi, .event bdi", item); if (name) name.textContent = "You"; }
  for (const mention of all(`.mention[data-user="${me}"]`, item)) mention.classList.add("mention--you");
  for (const react of all("[data-react]", item)) react.classList.toggle("react--mine", (react.dataset.by ?? "").split(" ").includes(me));
}

// ---- what was read

let markTimer: ReturnType<typeof setTimeout> | undefined;
let marked = 0;

function seen() {
  if (document.visibilityState !== "visible" || !atBottom()) return;
  newer(false);
  clearTimeout(markTimer);
  markTimer = setTimeout(() => {
    const last = Math.max(0, ...messages().map(seq).filter(Number.isFinite));
    if (last <= marked) return;
    marked = last;
    void ask(`${base}/read`, { method: "POST", body: new URLSearchParams({ _method: "PUT", seq: String(last) }) }).catch(() => { marked = 0; });
  }, 800);
}

/** Draws the line above the first thing that others wrote and this person has not read. */
function divide() {
  const line = one(".fresh", list) ?? Object.assign(document.createElement("li"), { className: "fresh", textContent: "New" });
  const above = line.nextElementSibling as HTMLElement | null;
  line.remove();
  if (above) group(above);
  const first = marked ? messages().find((item) => seq(item) > marked && item.dataset.author !== me) : undefined;
  if (!first) return;
  first.before(line);
  group(first);
}

function newer(show: boolean) { const pill = one("[data-newer]"); if (pill) pill.hidden = !show; }

function reading() {
  marked = Number(room.dataset.read ?? 0);
  divide();
  room.addEventListener("scroll", () => seen(), { passive: true });
  document.addEventListener("visibilitychange", seen);
  on("click", "[data-newer]", () => { room.scrollTop = 0; seen(); });
  seen();
}

function history() {
  const older = one("[data-older]", list);
  if (!older) return;
  const eye = new IntersectionObserver(async ([entry]) => {
    if (!entry.isIntersecting || "busy" in older.dataset) return;
    older.dataset.busy = "";
    try {
      const first = messages()[0];
      const answer = await ask(`${base}/messages?before=${first ? seq(first) : 0}`);
      if (!answer.ok) return;
      for (const item of [...parse(await answer.text()).children] as HTMLElement[]) if (item.dataset.seq) place(item);
      if (!answer.headers.has("Muster-More")) { eye.disconnect(); older.remove(); }
    } catch {
      // scrolled to again, it is asked again
    } finally {
      delete older.dataset.busy;
    }
  }, { root: room, rootMargin: "400px 0px" });
  eye.observe(older);
}

// ---- what is written

const outboxKey = () => `muster:outbox:${me}:${base}`;
const outbox = (): Unsent[] => { try { return JSON.parse(store.get(outboxKey()) ?? "[]") as Unsent[]; } catch { return []; } };
const keep = (unsent: Unsent[]) => { if (unsent.length) store.set(outboxKey(), JSON.stringify(unsent)); else store.remove(outboxKey()); };

function waiting(unsent: Unsent): HTMLElement {
  const item = document.createElement("li");
  item.className = "msg msg--waiting" + (unsent.failed ? " msg--failed" : "");
  item.id = "unsent-" + unsent.key;
  Object.assign(item.dataset, { clientKey: unsent.key, author: me, at: unsent.at, seq: "Infinity" });
  const avatar = one(".nav__me .av")?.cloneNode(true) as HTMLElement | undefined;
  if (avatar) { avatar.classList.replace("av--sm", "av--lg"); item.append(avatar); }
  const by = document.createElement("div");
  by.className = "msg__by";
  by.innerHTML = "<bdi></bdi>";
  by.firstElementChild!.textContent = "You";
  const text = document.createElement("div");
  text.className = "msg__text";
  text.dir = "auto";
  text.style.whiteSpace = "pre-wrap";
  text.textContent = unsent.text || "Sending a picture";
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
async function flush() {
  if (flushing) return;
  flushing = true;
  let pause = 500;
  try {
    for (;;) {
      const next = outbox().find((u) => !u.failed);
      if (!next) return;
      const state = await post(next);
      if (state === "away") {
        await wait(pause + Math.random() * 300);
        pause = Math.min(pause * 2, 8000);
        continue;
      }
      pause = 500;
      if (state === "sent") keep(outbox().filter((u) => u.key !== next.key));
      else {
        keep(outbox().map((u) => u.key === next.key ? { ...u, failed: state } : u));
        place(waiting({ ...next, failed: state }));
      }
    }
  } finally {
    flushing = false;
  }
}

async function post(unsent: Unsent): Promise<string> {
  const body = new URLSearchParams({ text: unsent.text, client_key: unsent.key });
  for (const file of unsent.files) body.append("file", file);
  try {
    const answer = await ask(`${base}/messages`, { method: "POST", body });
    if (answer.status >= 500 || answer.status === 429) return "away";
    if (answer.redirected || answer.status === 401) { location.reload(); return "away"; }
    const html = await answer.text();
    if (!answer.ok) return decodeURIComponent(answer.headers.get("Muster-Toast") ?? "") || "This message was not taken.";
    take(html);
    room.scrollTop = 0;
    return "sent";
  } catch {
    return "away";
  }
}

function composer() {
  const form = one<HTMLFormElement>("form[data-composer]");
  if (!form) return;
  const area = one<HTMLTextAreaElement>("textarea", form)!;
  const files = attachments(form, area, base);
  const completing = completion(form, area, base);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = area.value.trim();
    if (!text && !files.ready().length) return;
    if (files.busy()) { toast("The picture is still being sent."); return; }
    if (/^\/([\p{L}-]+|\?)(\s|$)/u.test(text)) { void command(form, area, text); return; }
    const unsent: Unsent = { key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, text: area.value.trim(), files: files.take(), at: new Date().toISOString() };
    keep([...outbox(), unsent]);
    place(waiting(unsent));
    room.scrollTop = 0;
    area.value = "";
    area.dispatchEvent(new Event("input", { bubbles: true }));
    void flush();
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || completing()) return;
    if (matchMedia("(pointer: coarse)").matches && !area.value.startsWith("/")) return; // on the phone, Return is a new line
    event.preventDefault();
    form.requestSubmit();
  });
  list.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-again], [data-drop]");
    if (!button) return;
    const item = button.closest<HTMLElement>("li")!;
    const key = item.dataset.clientKey!;
    if ("drop" in button.dataset) { keep(outbox().filter((u) => u.key !== key)); item.remove(); return; }
    keep(outbox().map((u) => u.key === key ? { ...u, failed: undefined } : u));
    item.classList.remove("msg--failed");
    one(".msg__retry", item)?.remove();
    void flush();
  });
}

async function command(form: HTMLFormElement, area: HTMLTextAreaElement, text: string) {
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(`${base}/messages`, { method: "POST", body: new URLSearchParams({ text, client_key: crypto.randomUUID?.() ?? String(Date.now()) }) });
    await reply(answer);
    if (answer.ok) { area.value = ""; area.dispatchEvent(new Event("input", { bubbles: true })); }
  } catch {
    toast("Muster does not answer. Your command is kept; try again shortly.");
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** Shows what a command or a button answered: words for this person only, a form, or another page. */
export async function reply(answer: Response) {
  const location = answer.headers.get("Muster-Location");
  if (location) { window.location.assign(location); return; }
  const kind = answer.headers.get("Muster-Reply");
  const html = answer.status === 204 ? "" : await answer.text();
  const place = one("[data-reply]")!;
  if (kind === "form") fill(html);
  else if (kind === "said") said(html);
  else if (answer.ok) { place.hidden = true; if (html) take(html); }
  else toast(decodeURIComponent(answer.headers.get("Muster-Toast") ?? "") || "That did not work. Try again shortly.");
}

function said(html: string) {
  const place = one("[data-reply]");
  if (!place) return;
  place.replaceChildren(parse(html));
  place.hidden = false;
}

// ---- what is done with messages

function acts() {
  on("click", "[data-reply-close]", () => { one("[data-reply]")!.hidden = true; });
  const act = async (url: string, method: string, more: Record<string, string> = {}) => {
    try {
      const answer = await ask(url, { method: "POST", body: new URLSearchParams({ _method: method, ...more }) });
      if (answer.ok && answer.status !== 204) take(await answer.text());
      else if (!answer.ok) toast(decodeURIComponent(answer.headers.get("Muster-Toast") ?? "") || "That did not work. Try again shortly.");
    } catch { toast("Muster does not answer at the moment. Try again shortly."); }
  };
  const url = (element: Element) => `${base}/messages/${element.closest("li")!.id.slice(2)}`;
  on("click", "[data-react]", (button) => void act(`${url(button)}/reactions/${encodeURIComponent(button.dataset.react!)}`, button.classList.contains("react--mine") ? "DELETE" : "PUT"));
  on("click", "[data-pin]", (button) => void act(`${url(button)}/pin`, button.dataset.pin!));
  on("click", "[data-delete-message]", (button) => { if (confirm("Delete this message? It leaves a line that something was deleted.")) void act(url(button), "DELETE"); });
  on("click", "[data-quote]", (button) => {
    const area = one<HTMLTextAreaElement>("form[data-composer] textarea")!;
    const text = one(".msg__text", button.closest("li")!)?.innerText ?? "";
    area.value += text.split("\n").map((line) => "> " + line).join("\n") + "\n\n";
    area.focus();
  });
  // One picker for all messages: it is told which one it is for.
  let chosen: HTMLElement | undefined;
  const picking = (is: boolean) => chosen?.closest("li")?.classList.toggle("is-picking", is);
  on("click", "[data-pick-emoji]", (button) => { picking(false); chosen = button; picking(true); });
  // The picker stands at its button, which must not go away with the pointer.
  one("#emoji")?.addEventListener("toggle", (event) => { if ((event as ToggleEvent).newState === "closed") picking(false); });
  on("click", "[data-emoji]", (button) => {
    one<HTMLElement>("#emoji")?.hidePopover();
    if (chosen?.closest("li")) void act(`${url(chosen)}/reactions/${encodeURIComponent(button.dataset.emoji!)}`, "PUT");
    else { const area = one<HTMLTextAreaElement>("form[data-composer] textarea")!; area.setRangeText(button.dataset.emoji!, area.selectionStart, area.selectionEnd, "end"); area.focus(); }
    chosen = undefined;
  });
  on("submit", "form[data-interaction]", (form, event) => {
    event.preventDefault();
    event.stopPropagation();
    const body = new URLSearchParams([...new FormData(form as HTMLFormElement, (event as SubmitEvent).submitter)].map(([k, v]) => [k, String(v)]));
    ask(form.getAttribute("action")!, { method: "POST", body }).then(reply, () => toast("Muster does not answer at the moment. Try again shortly."));
  });
}
