// Entries of a list with data-sort are dragged to another place; the address is told which went where. The buttons up and
// down do the same for the keyboard and without script.
import { all, ask, on } from "./dom";
import { refreshAll } from "./regions";
import { toast } from "./toast";

let dragged: HTMLElement | null = null;

const entries = (list: HTMLElement) => all<HTMLElement>(":scope > [data-entry]:not([data-fixed])", list);

function clear() {
  for (const entry of all(".is-before, .is-after, .is-dragged")) entry.classList.remove("is-before", "is-after", "is-dragged");
}

async function drop(list: HTMLElement, entry: HTMLElement, to: number) {
  const body = new URLSearchParams({ _method: "PUT", entry: entry.dataset.entry!, to: String(to) });
  try {
    const answer = await ask(list.dataset.sort!, { method: "POST", body });
    toast(decodeURIComponent(answer.headers.get("Muster-Toast") ?? "") || "That did not work. Look at the list again.");
  } catch {
    toast("Muster does not answer at the moment. Nothing was moved.");
  }
  refreshAll();
}

/** Where the dragged entry would come: before or after the one under the pointer. */
function aim(over: HTMLElement, event: DragEvent) {
  const place = over.getBoundingClientRect();
  return event.clientY < place.top + place.height / 2 ? "is-before" : "is-after";
}

export function start() {
  // Text in an entry stays selectable: it can be dragged only while the pointer is pressed on its mark or its ground.
  on("pointerdown", "[data-sort] > [data-entry]:not([data-fixed])", (entry, event) => {
    entry.draggable = event.pointerType === "mouse" && !(event.target as Element).closest("a, button, input, summary, [popover]");
  });
  on("dragstart", "[data-sort] > [data-entry]", (entry, event) => {
    dragged = entry;
    entry.classList.add("is-dragged");
    event.dataTransfer?.setData("text/plain", entry.dataset.entry!);
  });
  on("dragover", "[data-sort] > [data-entry]", (over, event) => {
    if (!dragged || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    const look = aim(over, event);
    for (const entry of entries(over.parentElement!)) entry.classList.remove("is-before", "is-after");
    if (over !== dragged) over.classList.add(look);
  });
  on("drop", "[data-sort] > [data-entry]", (over, event) => {
    if (!dragged || over.parentElement !== dragged.parentElement || over === dragged) return;
    event.preventDefault();
    const list = over.parentElement!;
    const left = entries(list).filter((entry) => entry !== dragged);
    const to = left.indexOf(over) + (aim(over, event) === "is-after" ? 1 : 0);
    void drop(list, dragged, to);
  });
  document.addEventListener("dragend", () => { dragged = null; clear(); });
}
