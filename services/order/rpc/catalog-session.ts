import { Code, type ConnectError } from "@connectrpc/connect";
import { CatalogService, type OrderRequest, type OrderResponse } from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import { type Duplex, openDuplex } from "../../lib/duplex.ts";
import type { Connection } from "../../lib/rpc-client.ts";
import type { CatalogWork, Term } from "../core/types.ts";
import type { Beat } from "./beat.ts";
import type { RpcLimits } from "./limits.ts";
import type { Notice, Replica } from "./replica.ts";
import { fromDecisions, signOfLife, toOpenRequest, toWorkRequest } from "./translate/catalog-messages.ts";
import { toCount } from "./translate/numbers.ts";

/** One stream, from its opening message on. */
interface Session {
  readonly number: number;
  readonly stream: Duplex<OrderRequest>;
  opened: boolean;
  silentBeats: number;
}

/** The leader's session at the catalog. A newer one takes the place of an older one. */
export class CatalogSession {
  private session: Session | undefined;
  private refusal = "";

  constructor(
    private readonly connection: Connection,
    private readonly replica: Replica,
    private readonly limits: RpcLimits,
    private readonly notice: Notice,
    beat: Beat,
  ) {
    beat.onBeat(() => this.beat());
  }

  open(storeId: string, term: Term, session: number): void {
    this.close();
    const stream = openDuplex({
      transport: this.connection.transport,
      method: CatalogService.method.order,
      weightMax: this.limits.catalogQueueMax,
      onMessage: (response) => this.onResponse(opening, response),
      onEnd: (error) => this.onEnd(opening, error),
    });
    const opening: Session = { number: session, stream, opened: false, silentBeats: 0 };
    this.session = opening;
    stream.send(toOpenRequest({ storeId, term, session }));
  }

  /** Nothing is reported of the session any more. */
  close(): void {
    this.session?.stream.close();
    this.session = undefined;
  }

  /** Work of a session that has ended is dropped: the core has been told, or will be. */
  work(number: number, work: CatalogWork): void {
    const { session } = this;
    if (session === undefined || session.number !== number) return;
    const weight = 1 + work.settles.length + work.returns.length + work.reserves.length;
    session.stream.send(toWorkRequest(work), weight);
  }

  private onResponse(session: Session, response: OrderResponse): void {
    session.silentBeats = 0;
    if (response.opened !== undefined) this.onOpened(session, toCount(response.opened.settledBelow));
    if (response.decisions !== undefined) {
      const replies = fromDecisions(response.decisions);
      this.replica.take({ type: "catalog-replies", session: session.number, replies });
    }
  }

  private onOpened(session: Session, settledBelow: number): void {
    session.opened = true;
    this.refusal = "";
    this.replica.take({ type: "catalog-opened", session: session.number, settledBelow });
  }

  private onEnd(session: Session, error: ConnectError | undefined): void {
    this.session = undefined;
    this.explain(error);
    this.replica.take({ type: "catalog-closed", session: session.number });
  }

  /** A refusal lasts until someone does something about it: said once, not at each attempt. */
  private explain(error: ConnectError | undefined): void {
    if (error?.code !== Code.FailedPrecondition || error.rawMessage === this.refusal) return;
    this.refusal = error.rawMessage;
    this.notice("error", "the catalog refuses this store", { reason: error.rawMessage });
  }

  private beat(): void {
    const { session } = this;
    if (session === undefined) return;
    const { silentBeatsMax, openingBeatsMax } = this.limits;
    if (++session.silentBeats > (session.opened ? silentBeatsMax : openingBeatsMax)) {
      this.lose(session);
      return;
    }
    // Also where work went out since the last beat: between that and the next beat would lie up to two.
    session.stream.send(signOfLife);
  }

  /** Nothing was heard for too long. */
  private lose(session: Session): void {
    session.stream.close();
    this.connection.reset();
    this.onEnd(session, undefined);
  }
}
