// What is done with messages: react, pin, quote, link, and the menu that holds the rest.
import { all, ask, on, one, parse, typing } from "./dom";
import { flow, jump, take } from "./flow";
import { reply } from "./reply";
import { toast } from "./toast";

const away = "Muster does not answer at the moment. Try again shortly.";
const known = (element: Element) => element.closest("li")!.id.slice(2);

async function act(path: string, method: string) {
  try {
    const answer = await ask(`${flow.base}/messages/${path}`, { method: "POST", body: new URLSearchParams({ _method: method }) });
    if (answer.ok && answer.status !== 204) take(await answer.text());
    else if (!answer.ok) toast(decodeURIComponent(answer.headers.get("Muster-Toast") ?? "") || "That did not work. Try again shortly.");
    if (answer.ok) document.dispatchEvent(new CustomEvent("muster:posted", { detail: answer }));
  } catch { toast(away); }
}

/** The composer that words go to: the thread's where the message stands in one, else the room's. */
const area = (item?: Element | null) => one<HTMLTextAreaElement>(item?.closest("[data-thread-pane]") ? "form[data-composer][data-thread] textarea" : "form[data-composer]:not([data-thread]) textarea");

function quote(item: HTMLElement | null) {
  const field = area(item);
  if (!item || !field) return;
  const text = (one(".msg__text", item)?.innerText ?? "").replace(/\s*edited$/, "").split("\n").slice(0, 12).map((line) => "> " + line).join("\n");
  const link = `${location.origin}${flow.base.replace(/\/room$/, "")}?message=${item.id.slice(2)}#m-${item.id.slice(2)}`;
  const said = `${one(".msg__by time", item)?.textContent ?? "there"}`;
  const who = one(".msg__by bdi, .msg__by span", item)?.textContent ?? "";
  field.value += `${text}\n> ${who === "You" ? "I said at" : who + " at"} [${said}](${link})\n\n`;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function emoji() {
  // One picker for all messages: it is told which one it is for.
  let chosen: HTMLElement | undefined;
  const picking = (is: boolean) => chosen?.closest("li")?.classList.toggle("is-picking", is);
  on("click", "[data-pick-emoji]", (button) => { picking(false); chosen = button; picking(true); });
  // The picker stands at its button, which must not go away with the pointer.
  one("#emoji")?.addEventListener("toggle", (event) => { if ((event as ToggleEvent).newState === "closed") picking(false); });
  on("click", "[data-emoji]", (button) => {
    one<HTMLElement>("#emoji")?.hidePopover();
    if (chosen?.closest("li")) void act(`${known(chosen)}/reactions/${encodeURIComponent(button.dataset.emoji!)}`, "PUT");
    else { const field = area()!; field.setRangeText(button.dataset.emoji!, field.selectionStart, field.selectionEnd, "end"); field.focus(); }
    chosen = undefined;
  });
}

/** The menu is another for each person and message, so it is fetched when it is opened. */
function menu() {
  const box = one<HTMLElement>("#message-menu");
  if (!box) return;
  let of: HTMLElement | null = null;
  const open = async (item: HTMLElement) => {
    of = item;
    item.classList.add("is-picking");
    try {
      const answer = await ask(`${flow.base}/messages/${item.id.slice(2)}/menu`);
      if (!answer.ok || of !== item) return;
      box.replaceChildren(parse(await answer.text()));
      if (box.matches(":popover-open")) one<HTMLElement>("a, button", box)?.focus();
    } catch { box.hidePopover(); toast(away); }
  };
  on("click", "[data-message-menu]", (button) => void open(button.closest<HTMLElement>("li")!));
  box.addEventListener("toggle", (event) => {
    if ((event as ToggleEvent).newState !== "closed") return;
    for (const item of all("li.is-picking")) item.classList.remove("is-picking");
    box.replaceChildren();
  });
  box.addEventListener("click", (event) => { if ((event.target as Element).closest("a, button")) box.hidePopover(); });
  on("click", "[data-quote]", () => quote(of));
  on("click", "[data-pin-of]", (button) => void act(`${button.dataset.pinOf}/pin`, button.dataset.method!));
  on("click", "[data-react-to]", (button) => void act(`${button.dataset.reactTo}/reactions/${encodeURIComponent(button.dataset.with!)}`, "PUT"));
  on("click", "[data-copy-link]", (button) => {
    void navigator.clipboard?.writeText(location.origin + button.dataset.copyLink).then(() => toast("The link is copied"), () => toast("This browser did not let the link be copied."));
  });
  // A long press opens it under the thumb.
  let press: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener("touchstart", (event) => {
    const item = (event.target as Element).closest<HTMLElement>("li.msg[data-changed]");
    if (!item || (event.target as Element).closest("a, button, pre")) return;
    press = setTimeout(() => { getSelection()?.removeAllRanges(); box.showPopover(); void open(item); }, 450);
  }, { passive: true });
  for (const kind of ["touchend", "touchmove", "touchcancel"]) document.addEventListener(kind, () => clearTimeout(press), { passive: true });
}

/** j and k lead from message to message where the page has no rows. */
function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || typing(event.target) || event.metaKey || event.ctrlKey || event.altKey || one("dialog[open]") || one("[data-row]")) return;
    if (event.key !== "j" && event.key !== "k") return;
    const there = all("li.msg", flow.list);
    const at = there.indexOf((document.activeElement?.closest("li.msg") as HTMLElement | null)!);
    const next = at < 0 ? there[there.length - 1] : there[at + (event.key === "j" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  });
}

export function start() {
  on("click", "[data-react]", (button) => void act(`${known(button)}/reactions/${encodeURIComponent(button.dataset.react!)}`, button.classList.contains("react--mine") ? "DELETE" : "PUT"));
  on("click", "[data-pin]", (button) => void act(`${known(button)}/pin`, button.dataset.pin!));
  on("click", ".code__copy", (button) => {
    void navigator.clipboard?.writeText(one("pre", button.parentElement!)!.innerText);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  emoji();
  menu();
  keys();
  // A link to a message of this room leads to it without leaving the page.
  on("click", "a[href]", (link, event) => {
    const mouse = event as MouseEvent;
    const to = new URL((link as HTMLAnchorElement).href, location.href);
    const message = to.searchParams.get("message");
    if (!message || to.origin !== location.origin || to.pathname !== flow.base.replace(/\/room$/, "") || mouse.ctrlKey || mouse.metaKey || mouse.shiftKey) return;
    event.preventDefault();
    void jump(message);
  });
  on("submit", "form[data-interaction]", (form, event) => {
    event.preventDefault();
    event.stopPropagation();
    const body = new URLSearchParams([...new FormData(form as HTMLFormElement, (event as SubmitEvent).submitter)].map(([k, v]) => [k, String(v)]));
    ask(form.getAttribute("action")!, { method: "POST", body }).then(reply, () => toast(away));
  });
}
