// A thread beside the room: opened from a message, closed by Escape or back, alive like the room.
import { all, ask, me, on, one, parse } from "./dom";
import { composer } from "./composer";
import { flow, messages, others, own, place, seq, threadRead } from "./flow";
import { showWaiting } from "./outbox";
import { toast } from "./toast";

const pane = () => one("[data-thread-pane]");
const box = () => one<HTMLElement>("[data-thread]:not(form)", pane() ?? document);

/** Shows the thread that a link leads to. */
async function open(href: string, push: boolean) {
  const place = pane();
  if (!place) { location.assign(href); return; }
  try {
    const answer = await ask(href);
    if (answer.redirected || answer.status === 401) { location.assign(href); return; }
    if (!answer.ok) { toast("That thread is not there any more."); return; }
    place.replaceChildren(parse(await answer.text()));
    place.hidden = false;
    if (push) history.pushState({ thread: href }, "", href);
    alive();
    one<HTMLTextAreaElement>("textarea", place)?.focus();
  } catch { toast("Muster does not answer at the moment. Try again shortly."); }
}

function close(push: boolean) {
  const place = pane();
  const shown = box()?.dataset.thread;
  if (!place || place.hidden) return;
  place.hidden = true;
  place.replaceChildren();
  if (push) history.pushState({}, "", flow.base.replace(/\/room$/, ""));
  one<HTMLElement>(`#m-${shown} [data-open-thread]`)?.focus({ preventScroll: true });
}

/** Brings a thread that was put into the page to life. */
function alive() {
  const place = pane()!;
  const within = box()!;
  document.dispatchEvent(new CustomEvent("muster:filled", { detail: place }));
  for (const item of messages(within)) own(item);
  const form = one<HTMLFormElement>("form[data-composer]", place);
  if (form) composer(form, within, () => { within.scrollTop = within.scrollHeight; });
  within.scrollTop = within.scrollHeight;
  within.addEventListener("scroll", seen, { passive: true });
  showWaiting();
  seen();
}

/** A reply to the open thread, or its first message as it is now. */
function hear(item: HTMLElement) {
  const within = box();
  if (!within) return;
  const thread = within.dataset.thread!;
  if (item.dataset.parent !== thread && item.id !== "m-" + thread) return;
  const copy = item.cloneNode(true) as HTMLElement;
  copy.id = "t-" + item.id.slice(2);
  one(".msg__from", copy)?.remove();
  const ends = within.scrollHeight - within.scrollTop - within.clientHeight < 80;
  place(copy, one(item.dataset.parent ? ".thread__list" : ".thread__first", within)!);
  if (item.dataset.parent) one(".thread__empty", within)?.remove();
  if (ends) within.scrollTop = within.scrollHeight;
  seen();
}

let marking: ReturnType<typeof setTimeout> | undefined;

/** Marks the thread as read while its end is in sight. */
function seen() {
  const within = box();
  if (!within || document.visibilityState !== "visible" || within.scrollHeight - within.scrollTop - within.clientHeight > 80) return;
  const last = Math.max(0, ...messages(one(".thread__list", within)!).map(seq).filter(Number.isFinite));
  const thread = within.dataset.thread!;
  if (last <= Number(within.dataset.read ?? 0)) return;
  clearTimeout(marking);
  marking = setTimeout(() => {
    within.dataset.read = String(last);
    threadRead(thread, last);
    void ask(`${flow.base}/threads/${thread}/read`, { method: "POST", body: new URLSearchParams({ _method: "PUT", seq: String(last) }) }).catch(() => { within.dataset.read = "0"; });
  }, 500);
}

export function start() {
  if (!me || !pane()) return;
  others.push(hear);
  if (box()) alive();
  on("click", "a[data-open-thread]", (link, event) => {
    const mouse = event as MouseEvent;
    if (mouse.ctrlKey || mouse.metaKey || mouse.shiftKey) return;
    event.preventDefault();
    void open((link as HTMLAnchorElement).href, true);
  });
  on("click", "[data-thread-news]", () => { const first = one<HTMLAnchorElement>(".threadline.is-new", flow.list); if (first) void open(first.href, true); });
  on("click", "[data-close-thread]", (_, event) => { event.preventDefault(); close(true); });
  on("click", "[data-older-replies] a", (link, event) => {
    event.preventDefault();
    void ask((link as HTMLAnchorElement).href).then(async (answer) => {
      if (!answer.ok) return;
      const list = one(".thread__list", box()!)!;
      for (const item of all("li[data-seq]", parse(await answer.text()))) { own(item); item.id = "t-" + item.id.slice(2); place(item, list); }
      const first = messages(list)[0];
      if (answer.headers.has("Muster-More")) (link as HTMLAnchorElement).href = `${flow.base}/threads/${box()!.dataset.thread}?before=${seq(first)}`;
      else link.closest("li")!.remove();
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || one("dialog[open], [popover]:popover-open")) return;
    if (pane()!.contains(document.activeElement) || !one("form[data-composer]:focus-within")) close(true);
  });
  document.addEventListener("visibilitychange", seen);
  addEventListener("popstate", () => {
    if (/\/room\/threads\/\w+$/.test(location.pathname)) void open(location.pathname, false);
    else close(false);
  });
}
