import { Leadership } from "../../../services/order/core/leadership.ts";
import { Log } from "../../../services/order/core/log.ts";
import type { Entry } from "../../../services/order/core/types.ts";
import { Planted, patch } from "./planted.ts";

/** A leader says that there is no such order without asking whether it still leads. */
export class NotFoundUnconfirmed extends Planted {
  override install(): () => void {
    return patch(Leadership.prototype, "confirm", () => (_self: Leadership, done: () => void) => done());
  }
}

/** What a replica keeps for look-ups it keeps as soon as it is appended, committed or not. */
export class ShowsUncommittedNeighbours extends Planted {
  override install(): () => void {
    return patch(Log.prototype, "append", (original: (self: Log, entry: Entry) => void) => (self, entry) => {
      original(self, entry);
      if (entry.order !== undefined) self["recent"].add(entry.order);
    });
  }
}
