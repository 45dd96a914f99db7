import type { Opened, ReserveReply } from "../../../services/catalog/core/types.ts";
import type { CatalogWork, Term } from "../../../services/order/core/types.ts";
import { Stream } from "../network/stream.ts";
import type { ReplicaNode } from "./replica-node.ts";
import { Taking } from "./surroundings.ts";

export type SessionUp =
  | { readonly type: "open"; readonly storeId: string; readonly term: Term; readonly session: number }
  | { readonly type: "work"; readonly work: CatalogWork };

export type SessionDown =
  | { readonly type: "opened"; readonly opened: Opened }
  | { readonly type: "replies"; readonly replies: readonly ReserveReply[] };

export type SessionStream = Stream<SessionUp, SessionDown>;

interface Session {
  readonly number: number;
  readonly stream: SessionStream;
  opened: boolean;
  silentBeats: number;
}

/** RpcLimits.silentBeatsMax, openingBeatsMax and probeBeats of the adapters. */
const silentBeatsMax = 4;
const openingBeatsMax = 10;
const probeBeats = 10;
const noWork: CatalogWork = { settles: [], returns: [], reserves: [] };

/** A replica's connections to the catalog: the session while it leads, and the probe. */
export class CatalogSide {
  private session: Session | undefined;
  private beats = 0;

  constructor(private readonly node: ReplicaNode) {}

  reset(): void {
    this.session = undefined;
  }

  open(storeId: string, term: Term, session: number): void {
    this.close();
    const { node } = this;
    const stream: SessionStream = new Stream(
      node.surroundings.network,
      node,
      node.catalog,
      {
        onMessage: (message: SessionDown) => this.onMessage(stream, message),
        onClosed: () => this.onClosed(stream),
      },
      (accepted: SessionStream) => node.catalog.acceptSession(accepted),
    );
    this.session = { number: session, stream, opened: false, silentBeats: 0 };
    stream.sendUp({ type: "open", storeId, term, session });
  }

  close(): void {
    this.session?.stream.closeFromOpener();
    this.session = undefined;
  }

  work(number: number, work: CatalogWork): void {
    if (this.session?.number === number) this.session.stream.sendUp({ type: "work", work });
  }

  beat(): void {
    if (this.beats++ % probeBeats === 0) this.probe();
    const { session } = this;
    if (session === undefined) return;
    if (++session.silentBeats > (session.opened ? silentBeatsMax : openingBeatsMax)) {
      session.stream.closeFromOpener();
      this.onClosed(session.stream);
    } else if (session.opened) {
      session.stream.sendUp({ type: "work", work: noWork });
    }
  }

  private onMessage(stream: SessionStream, message: SessionDown): void {
    const { session } = this;
    if (session?.stream !== stream) return;
    session.silentBeats = 0;
    if (message.type === "opened") {
      session.opened = true;
      const { settledBelow } = message.opened;
      this.node.take({ type: "catalog-opened", session: session.number, settledBelow });
    } else if (message.replies.length > 0) {
      this.node.take({ type: "catalog-replies", session: session.number, replies: message.replies });
    }
  }

  private onClosed(stream: SessionStream): void {
    if (this.session?.stream !== stream) return;
    const { number } = this.session;
    this.session = undefined;
    this.node.take({ type: "catalog-closed", session: number });
  }

  /** Whether a small question would be answered. */
  private probe(): void {
    const { node } = this;
    const { network } = node.surroundings;
    const { catalog } = node;
    const reachable = catalog.state === "up" && !network.isCut(node, catalog) && !network.isCut(catalog, node);
    node.after(2 * network.delayMs(), new Taking(node, { type: "catalog-reachable", reachable }));
  }
}
