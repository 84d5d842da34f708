// The behaviors of the dashboard. Pages work without them; each adds one thing.
import "./regions";
import { start as live } from "./live";
import { start as time } from "./time";
import { start as theme } from "./theme";
import { start as toasts } from "./toast";
import { start as dialogs } from "./dialog";
import { start as forms } from "./forms";
import { start as asks } from "./ask";
import { start as sorting } from "./sort";
import { start as drafts } from "./drafts";
import { start as shortcuts } from "./shortcuts";
import { start as palette } from "./palette";
import { start as room } from "./room";
import { start as push } from "./push";
import { start as notes } from "./notes";
import { start as remarks } from "./remarks";

for (const start of [theme, toasts, time, dialogs, forms, asks, sorting, drafts, shortcuts, palette, room, live, push, notes, remarks]) {
  try {
    start();
  } catch (error) {
    console.error(error); // one behavior that fails must not take the others with it
  }
}
document.documentElement.dataset.alive = "";
