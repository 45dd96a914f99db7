import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { ReplicaId } from "../core/types.ts";
import type { Notice, Replica } from "./replica.ts";
import { malformed, toReplica } from "./translate/numbers.ts";

/** Names the sender's store on every recovery RPC; absent while it has none. */
export const storeHeader = "toystore-store";

/** Strangers remembered, so that each is reported once. */
const strangersMax = 64;

/**
 * Lets in what comes from another replica of this store.
 *
 * A receiver without a store yet lets everyone in; it has no promises to break,
 * and its core listens to BackOnline only. A sender without one is about to
 * found a store or to join: BackOnline is all that it may send.
 */
export class Border {
  private readonly strangers = new Set<string>();

  constructor(
    private readonly own: ReplicaId,
    private readonly replica: Replica,
    private readonly notice: Notice,
  ) {}

  /** The sender, by the id that its message names. Throws the refusal. */
  admit(context: HandlerContext, id: number): ReplicaId {
    if ((context.requestHeader.get(storeHeader) ?? "") === "") {
      throw new ConnectError(`the header ${storeHeader} is missing`, Code.FailedPrecondition);
    }
    return this.admitNewcomer(context, id);
  }

  /** Like admit, but also a sender that names no store. */
  admitNewcomer(context: HandlerContext, id: number): ReplicaId {
    this.checkStore(context, id);
    const sender = toReplica(id);
    if (sender === this.own) {
      this.report(`id ${id}`, "another process has this replica's COMPONENT_ID", { componentId: id });
      throw malformed(`replica ${id} is the receiver itself`);
    }
    return sender;
  }

  private checkStore(context: HandlerContext, id: number): void {
    const theirs = context.requestHeader.get(storeHeader) ?? "";
    const ours = this.replica.status().storeId ?? "";
    if (theirs === ours || theirs === "" || ours === "") return;
    this.report(`store ${theirs}`, "refused a replica of another store", { replica: id, theirs, ours });
    throw new ConnectError(
      `replica ${this.own} belongs to store ${ours}, the sender to store ${theirs}: ` +
        "one of the two has another store's data or addresses",
      Code.FailedPrecondition,
    );
  }

  private report(stranger: string, message: string, details: Readonly<Record<string, unknown>>): void {
    if (this.strangers.has(stranger) || this.strangers.size >= strangersMax) return;
    this.strangers.add(stranger);
    this.notice("error", message, details);
  }
}
