// The flow of the room: a window on its messages, in their order, each once, never more of them than a page bears.
import { all, ask, me, one, parse } from "./dom";
import { toast } from "./toast";

/** The room of this page: box scrolls, list holds the messages, base is its address; end says that the window reaches the newest. */
export const flow = { box: null as unknown as HTMLElement, list: null as unknown as HTMLElement, base: "", end: true };

/** What else wants each message that arrives, or waits to be sent: the thread beside. */
export const others: ((item: HTMLElement) => void)[] = [];

const most = 300; // messages in the page, and those that are left when it has more
const left = 200;

export const seq = (item: Element) => Number((item as HTMLElement).dataset.seq ?? Infinity);
export const messages = (within: HTMLElement = flow.list) => all("li[data-seq]", within);

/** Whether the reader is at the newest message: the box is reversed, 0 is its end. */
export const rests = () => flow.end && flow.box.scrollTop > -80;

/** Takes in what arrived; where the reader looks, nothing moves. */
export function take(html: string) {
  const resting = rests();
  const put = () => { for (const item of items(html)) offer(item); };
  if (resting) put(); else steady(put);
  if (!resting || document.visibilityState !== "visible") divide();
  if (resting) {
    thin(true);
    flow.box.scrollTop = 0;
  }
  seen();
}

const items = (html: string) => ([...parse(html).children] as HTMLElement[]).filter((item) => item.id && item.dataset.seq);

/** Shows a message where it belongs: in its thread if that is open, in the flow if it stands there and the window has its place. */
export function offer(item: HTMLElement) {
  own(item);
  for (const other of others) other(item);
  if (item.dataset.parent && !("inRoom" in item.dataset)) return;
  const known = twin(item, flow.list);
  if (!known && !fits(item)) {
    if (!flow.end && item.dataset.author !== me) missed++;
    return;
  }
  if (!known && item.dataset.author && item.dataset.author !== me && !rests() && item.matches(".msg")) missed++;
  place(item, flow.list);
  one(".room__start", flow.list)?.remove();
}

/** The same message in a list, as it was or as it waited to be sent. */
function twin(item: HTMLElement, list: HTMLElement): HTMLElement | null {
  const same = document.getElementById(item.id);
  if (same && list.contains(same)) return same;
  return item.dataset.clientKey && item.dataset.author === me ? one(`li[data-client-key="${CSS.escape(item.dataset.clientKey)}"]`, list) : null;
}

function fits(item: HTMLElement): boolean {
  const number = seq(item);
  if (number === Infinity) return true;
  const there = messages();
  if (!there.length) return flow.end;
  if (number < seq(there[0])) return !one("[data-older]", flow.list);
  return flow.end || number < seq(there[there.length - 1]);
}

/** Puts a message where its number says; one that is there already, or waits to be sent, is replaced. */
export function place(item: HTMLElement, list: HTMLElement) {
  const same = twin(item, list);
  if (same) {
    const was = Number(same.dataset.changed ?? 0);
    const is = Number(item.dataset.changed ?? 0);
    // An older state that came late, or the same once more: what a finger is just pressing must not be swapped under it.
    if (was > is || was > 0 && was === is && same.id === item.id) return;
    if (same.contains(document.activeElement)) queueMicrotask(() => item.focus({ preventScroll: true }));
    item.classList.toggle("is-target", same.classList.contains("is-target"));
    same.remove();
  }
  let before = list.lastElementChild;
  while (before && !(before.matches("li[data-seq]") && seq(before) < seq(item))) before = before.previousElementSibling;
  if (before) before.after(item);
  else {
    const first = one("li[data-seq]", list);
    if (first) first.before(item); else (one("[data-older]", list)?.after(item), item.isConnected || list.prepend(item));
  }
  one(".missed", list)?.remove(); // whoever is here now misses nothing
  group(item);
  const next = item.nextElementSibling as HTMLElement | null;
  if (next) group(next);
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

let clock: Intl.DateTimeFormat | undefined;
let dates: Intl.DateTimeFormat | undefined;
const read = new Map<string, number>(); // how far this person has read threads that had news
let opened = 0; // the number of the last change when the page was made: threads were read up to there

/** What is the same for everyone as the server sends it, made the reader's own. */
export function own(item: HTMLElement) {
  if (!me) return;
  const mine = item.dataset.author === me;
  item.classList.toggle("is-mine", mine);
  if (mine) { const name = one(".msg__by bdi, .event bdi", item); if (name) name.textContent = "You"; }
  for (const mention of all(`.mention[data-user="${me}"]`, item)) mention.classList.add("mention--you");
  for (const react of all("[data-react]", item)) react.classList.toggle("react--mine", (react.dataset.by ?? "").split(" ").includes(me));
  for (const time of all<HTMLTimeElement>(".msg__by time, .msg__gone time, .event time", item)) {
    const at = new Date(time.dateTime);
    if (clock) time.textContent = ("whole" in time.dataset && dates!.format(at) !== dates!.format(new Date()) ? dates!.format(at) + " " : "") + clock.format(at);
  }
  for (const line of all("[data-open-thread][data-last]", item)) {
    const far = read.get(item.id.slice(2)) ?? opened;
    line.classList.toggle("is-new", (line.dataset.members ?? "").split(" ").includes(me) && Number(line.dataset.last) > far);
  }
  for (const code of all("pre", item)) {
    if (code.parentElement!.matches(".code")) continue;
    const box = document.createElement("div");
    box.className = "code";
    code.replaceWith(box);
    const copy = document.createElement("button");
    copy.type = "button";
    copy.className = "code__copy";
    copy.textContent = "Copy";
    box.append(code, copy);
  }
}

/** Notes how far a thread was read, and shows it under its message. */
export function threadRead(thread: string, number: number) {
  read.set(thread, Math.max(number, read.get(thread) ?? 0));
  const item = document.getElementById("m-" + thread);
  if (item) own(item);
  unreadThreads();
}

/** The threads with news that this page knows of. */
function unreadThreads() {
  const place = one("[data-thread-news]");
  const first = one(".threadline.is-new", flow.list);
  if (place) place.hidden = !first;
}

// ---- where the reader looks

/** Changes the list while what is looked at stays where it is. */
function steady(change: () => void) {
  const top = flow.box.getBoundingClientRect().top;
  const mark = messages().find((item) => item.getBoundingClientRect().bottom > top);
  const was = mark?.getBoundingClientRect().top ?? 0;
  change();
  const now = mark && (mark.isConnected ? mark : document.getElementById(mark.id));
  if (now) flow.box.scrollTop += now.getBoundingClientRect().top - was;
}

/** Takes away what is far from the reader when the page holds too much; it is fetched again when it is scrolled to. */
function thin(oldest: boolean) {
  const there = messages().filter((item) => seq(item) !== Infinity);
  if (there.length <= most) return;
  const gone = oldest ? there.slice(0, there.length - left) : there.slice(left);
  if (oldest) edge("older"); else { flow.end = false; edge("later"); }
  for (const item of gone) item.remove();
  for (const line of all(".fresh", flow.list)) if (!line.nextElementSibling) line.remove();
}

/** The place at an end of the list that fetches more when it comes into sight. */
function edge(name: "older" | "later"): HTMLElement {
  let there = one(`[data-${name}]`, flow.list);
  if (!there) {
    there = document.createElement("li");
    there.className = "older";
    there.dataset[name] = "";
    if (name === "older") flow.list.prepend(there); else flow.list.append(there);
  }
  eye.unobserve(there); // looked at anew, also when it never left the sight
  eye.observe(there);
  return there;
}

const eye = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) void more(entry.target as HTMLElement);
}, { rootMargin: "600px 0px" });

async function more(at: HTMLElement) {
  const older = "older" in at.dataset;
  if ("busy" in at.dataset || !at.isConnected) return;
  at.dataset.busy = "";
  flow.box.setAttribute("aria-busy", "true"); // what is fetched is no news to be read out
  try {
    const there = messages().filter((item) => seq(item) !== Infinity);
    const query = older ? `before=${there.length ? seq(there[0]) : 0}` : `from=${there.length ? seq(there[there.length - 1]) + 1 : 0}`;
    const answer = await ask(`${flow.base}/messages?${query}`);
    if (!answer.ok || answer.redirected) return;
    const found = items(await answer.text());
    const rest = answer.headers.has(older ? "Muster-More" : "Muster-Newer");
    steady(() => {
      for (const item of found) { own(item); place(item, flow.list); }
      if (!rest) { at.remove(); if (!older) flow.end = true; }
      thin(!older);
    });
    delete at.dataset.busy;
    if (rest) edge(older ? "older" : "later");
  } catch {
    // scrolled to again, it is asked again
  } finally {
    delete at.dataset.busy;
    flow.box.removeAttribute("aria-busy");
    seen();
  }
}

/** Shows another part of the room; what waits to be sent is put back by whoever listens to muster:window. */
async function show(query: string): Promise<boolean> {
  try {
    const answer = await ask(`${flow.base}/messages?${query}`);
    if (!answer.ok || answer.redirected) return false;
    const found = items(await answer.text());
    flow.list.replaceChildren();
    flow.end = !answer.headers.has("Muster-Newer");
    for (const item of found) { own(item); place(item, flow.list); }
    if (answer.headers.has("Muster-More")) edge("older");
    if (!flow.end) edge("later");
    document.dispatchEvent(new CustomEvent("muster:window"));
    return true;
  } catch {
    toast("Muster does not answer at the moment. Try again shortly.");
    return false;
  }
}

/** Leads to a message, fetching its neighborhood where the window is elsewhere. */
export async function jump(message: string) {
  if (!document.getElementById("m-" + message) && !await show(`around=${encodeURIComponent(message)}`)) { toast("That message is not there any more."); return; }
  const item = document.getElementById("m-" + message);
  for (const was of all(".is-target")) was.classList.remove("is-target");
  item?.classList.add("is-target");
  item?.scrollIntoView({ block: "center" });
  item?.focus({ preventScroll: true });
  pill();
}

/** Leads to the newest messages. */
export async function newest() {
  if (!flow.end && !await show("before=0")) return;
  flow.box.scrollTop = 0;
  seen();
}

// ---- what was read

let marking: ReturnType<typeof setTimeout> | undefined;
let marked = 0;
let missed = 0;

export function seen() {
  pill();
  if (document.visibilityState !== "visible" || !rests()) return;
  clearTimeout(marking);
  marking = setTimeout(() => {
    const last = Math.max(0, ...messages().map(seq).filter(Number.isFinite));
    if (last <= marked) return;
    marked = last;
    void ask(`${flow.base}/read`, { method: "POST", body: new URLSearchParams({ _method: "PUT", seq: String(last) }) }).catch(() => { marked = 0; });
  }, 800);
}

/** Draws the line above the first thing that others wrote and this person has not read. */
export function divide() {
  const line = one(".fresh", flow.list) ?? Object.assign(document.createElement("li"), { className: "fresh", textContent: "New" });
  const above = line.nextElementSibling as HTMLElement | null;
  line.remove();
  if (above) group(above);
  const first = marked ? messages().find((item) => seq(item) > marked && item.dataset.author !== me) : undefined;
  if (!first) return;
  first.before(line);
  group(first);
}

/** What leads to the newest: with how many came, while the reader is elsewhere. */
function pill() {
  const button = one("[data-newer]");
  if (!button) return;
  if (rests()) missed = 0;
  const far = !flow.end || flow.box.scrollTop < -1.5 * flow.box.clientHeight;
  button.hidden = rests() || !missed && !far;
  button.textContent = missed ? `${missed} new ${missed === 1 ? "message" : "messages"}` : "To the newest";
  unreadThreads();
}

export function start(box: HTMLElement) {
  flow.box = box;
  flow.list = one("ol", box)!;
  flow.base = box.dataset.room!;
  flow.end = !one("[data-later]", flow.list);
  marked = Number(box.dataset.read ?? 0);
  opened = Number(box.dataset.latest ?? 0);
  for (const word of (box.dataset.threads ?? "").split(" ").filter(Boolean)) { const [thread, number] = word.split(":"); read.set(thread, Number(number)); }
  try {
    dates = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: box.dataset.zone });
    clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: box.dataset.zone });
  } catch { /* an unknown zone: the times stay as they came */ }
  for (const item of messages()) own(item);
  for (const name of ["older", "later"] as const) if (one(`[data-${name}]`, flow.list)) edge(name);
  divide();
  box.addEventListener("scroll", seen, { passive: true });
  document.addEventListener("visibilitychange", seen);
  const hash = /^#m-(\w+)$/.exec(location.hash)?.[1];
  if (box.dataset.target || hash) void jump(box.dataset.target ?? hash!);
  seen();
}
