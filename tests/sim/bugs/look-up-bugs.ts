import { Leadership } from "../../../services/order/core/leadership.ts";
import { type Check, Lookups } from "../../../services/order/core/lookups.ts";
import type { CallerId, OrderNumber } from "../../../services/order/core/types.ts";
import { Planted, patch } from "./planted.ts";

/** A leader says that there is no such order without asking whether it still leads. */
export class NotFoundUnconfirmed extends Planted {
  override install(): () => void {
    return patch(Leadership.prototype, "confirm", () => (_self: Leadership, done: () => void) => done());
  }
}

/** A look-up brings what the log holds of the order's group, committed or not. */
export class ShowsUncommittedNeighbours extends Planted {
  override install(): () => void {
    return patch(
      Lookups.prototype,
      "answerFrom",
      (original: (self: Lookups, caller: CallerId, call: Check, number: OrderNumber) => void) =>
        (self, caller, call, number) => {
          const { log, outbox } = self["shared"];
          const group = log.groupInTail(number);
          const order = group?.find((one) => one.number === number);
          if (order === undefined) original(self, caller, call, number);
          else outbox.reply(caller, { id: call.id, call: "check", code: "ok", order, group });
        },
    );
  }
}
