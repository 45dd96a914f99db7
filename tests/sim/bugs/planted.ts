import type { OrderSide } from "../../../services/front-end/core/order-side.ts";
import type { ProductReads } from "../../../services/front-end/core/product-reads.ts";
import type { Core, Effect, Recovered } from "../../../services/order/core/types.ts";
import type { CatalogCore, CatalogNode } from "../nodes/catalog-node.ts";
import type { CallWaiter, FrontNode, ReadWaiter, SeenProduct } from "../nodes/front-node.ts";
import type { ReplicaNode } from "../nodes/replica-node.ts";

/**
 * Where a bug may be planted: between the shipping code, which stays as it is,
 * and the world. What is not overridden here changes nothing.
 */
export class Planted {
  replicaCore(_node: ReplicaNode, core: Core): Core {
    return core;
  }

  recovered(_node: ReplicaNode, recovered: Recovered | undefined): Recovered | undefined {
    return recovered;
  }

  saveVote(node: ReplicaNode, effect: Extract<Effect, { type: "save-vote" }>): void {
    node.saveVote(effect);
  }

  catalogCore(_node: CatalogNode, core: CatalogCore): CatalogCore {
    return core;
  }

  orderSide(_node: FrontNode, side: OrderSide<CallWaiter>): OrderSide<CallWaiter> {
    return side;
  }

  productReads(_node: FrontNode, reads: ProductReads<SeenProduct, ReadWaiter>): ProductReads<SeenProduct, ReadWaiter> {
    return reads;
  }
}
