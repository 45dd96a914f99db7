import { RecoveryService } from "../../../gen/toystore/recovery/v1/recovery_pb.ts";
import { type Connection, connectTo } from "../../../services/lib/rpc-client.ts";
import { type RpcServer, serveRpc } from "../../../services/lib/rpc-server.ts";
import type { ReplicaId } from "../../../services/order/core/types.ts";
import { BeatSource } from "../../../services/order/rpc/beat.ts";
import { defaultRpcLimits } from "../../../services/order/rpc/limits.ts";
import { PeerLink } from "../../../services/order/rpc/peer-link.ts";
import { Peers } from "../../../services/order/rpc/peers.ts";
import { RecoveryServer } from "../../../services/order/rpc/recovery-service.ts";
import { collectNotices, FakeReplica, replica1, replica2 } from "./fake-replica.ts";

/** One replica's recovery port and its way to the other, without a core. */
export class Side {
  readonly replica: FakeReplica;
  readonly beat = new BeatSource();
  readonly notices = collectNotices();
  private readonly service: RecoveryServer;
  private server: RpcServer | undefined;
  private link: Connection | undefined;
  private made: Peers | undefined;

  constructor(readonly id: ReplicaId) {
    this.replica = new FakeReplica(id);
    this.service = new RecoveryServer(id, this.replica, defaultRpcLimits, this.notices.notice);
  }

  get port(): number {
    if (this.server === undefined) throw new Error("this side does not listen");
    return this.server.port;
  }

  get peers(): Peers {
    if (this.made === undefined) throw new Error("this side has dialled nobody");
    return this.made;
  }

  async listen(port = 0): Promise<void> {
    const { service } = this;
    this.server = await serveRpc({
      host: "127.0.0.1",
      port,
      routes: (router) => router.service(RecoveryService, service),
    });
  }

  dial(peer: ReplicaId, port: number): void {
    const { id: own, replica, notices } = this;
    this.link = connectTo("127.0.0.1", port);
    const options = { own, peer, connection: this.link, replica, limits: defaultRpcLimits, notice: notices.notice };
    this.made = new Peers(new Map([[peer, new PeerLink(options)]]), this.service, this.beat);
  }

  /** As when this process is killed: what it had opened breaks off. */
  cutLink(): void {
    this.link?.reset();
  }

  async stopListening(): Promise<void> {
    await this.server?.close();
  }

  async close(): Promise<void> {
    this.made?.close();
    await this.stopListening();
  }
}

/** Replicas 1 and 2, over real connections. */
export async function twoSides(): Promise<{ one: Side; two: Side }> {
  const one = new Side(replica1);
  const two = new Side(replica2);
  await one.listen();
  await two.listen();
  one.dial(replica2, two.port);
  two.dial(replica1, one.port);
  return { one, two };
}
