import { type Client, createClient } from "@connectrpc/connect";
import { CatalogService } from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import type { Connection } from "../../lib/rpc-client.ts";
import type { Beat } from "./beat.ts";
import type { RpcLimits } from "./limits.ts";
import type { Replica } from "./replica.ts";

/**
 * Asks the catalog for the product without a name, each second and on every
 * replica: a leader that cannot reach it hands over to one that can.
 */
export class CatalogProbe {
  private readonly client: Client<typeof CatalogService>;
  private asking = false;
  private closed = false;
  private beats = 0;

  constructor(
    private readonly connection: Connection,
    private readonly replica: Replica,
    private readonly limits: RpcLimits,
    beat: Beat,
  ) {
    this.client = createClient(CatalogService, connection.transport);
    beat.onBeat(() => {
      if (this.beats++ % limits.probeBeats === 0) this.probe();
    });
  }

  close(): void {
    this.closed = true;
    this.connection.reset();
  }

  private probe(): void {
    if (this.asking || this.closed) return;
    this.asking = true;
    this.client.query({ product: "" }, { timeoutMs: this.limits.probeTimeoutMs }).then(
      () => this.tell(true),
      () => {
        // Whatever the reason, it counts the same: the catalog was not reached.
        this.connection.reset();
        this.tell(false);
      },
    );
  }

  private tell(reachable: boolean): void {
    this.asking = false;
    this.replica.take({ type: "catalog-reachable", reachable });
  }
}
