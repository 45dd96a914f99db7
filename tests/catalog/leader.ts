import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import {
  CatalogService,
  type OrderRequestSchema,
  type OrderResponse,
} from "../../gen/toystore/catalog/v1/catalog_pb.ts";
import { reservesOf, settledOf } from "./rpc/columns.ts";
import { Conversation } from "./rpc/conversation.ts";

type Request = MessageInitShape<typeof OrderRequestSchema>;

interface Purchase {
  readonly key: string;
  readonly product: string;
  readonly quantity: number;
}

/**
 * A leading order replica that talks to a catalog on a port. Each of its sessions
 * has a higher number, and begins with the replay of its log.
 */
export class Leader {
  private readonly manager: Http2SessionManager;
  readonly client: Client<typeof CatalogService>;
  private stream: Conversation<Request, OrderResponse> | undefined;
  private session = 0;
  private lastTicket = 0;
  /** Its log: the place of an order is its number. */
  private readonly committed: Purchase[] = [];
  /** What follows in it, reserved and not committed, by key. */
  private readonly appended = new Map<string, Purchase>();
  /** The catalog has been told of every order with a lower number. */
  private told = 0;

  constructor(port: number) {
    const baseUrl = `http://127.0.0.1:${port}`;
    this.manager = new Http2SessionManager(baseUrl);
    const sessionManager = this.manager;
    this.client = createClient(CatalogService, createConnectTransport({ baseUrl, httpVersion: "2", sessionManager }));
  }

  /** What the catalog says first. */
  async open(): Promise<OrderResponse["opened"]> {
    this.stream?.leave();
    this.session += 1;
    const stream = new Conversation<Request, OrderResponse>((requests, options) =>
      this.client.order(requests, options),
    );
    stream.say({ open: { storeId: "s1", term: 1n, session: BigInt(this.session) } });
    this.stream = stream;
    const { opened } = await stream.hear();
    this.told = Number(opened?.settledBelow);
    const reserves = [...this.appended.values()].map((purchase) => ({ ...purchase, ticket: ++this.lastTicket }));
    stream.say({ ...this.settled(), reserve: reservesOf(...reserves), replayed: true });
    stream.beat({});
    return opened;
  }

  /** The code. A machine that is busy with something else may cost a session, but not the answer. */
  async reserve(key: string, product: string, quantity: number): Promise<number | undefined> {
    const purchase = { key, product, quantity };
    this.lastTicket += 1;
    const ticket = this.lastTicket;
    for (;;) {
      try {
        this.stream?.say({ ...this.settled(), reserve: reservesOf({ ...purchase, ticket }) });
        const code = await this.codeOf(BigInt(ticket));
        if (code === 1) this.appended.set(key, purchase);
        return code;
      } catch (error) {
        if (ConnectError.from(error).code !== Code.DeadlineExceeded) throw error;
        await this.open();
      }
    }
  }

  /** What was reserved is an order now; the catalog hears of it with the next reserve or session. */
  commit(key: string): void {
    const purchase = this.appended.get(key);
    if (purchase === undefined) throw new Error(`${key} is not reserved`);
    this.appended.delete(key);
    this.committed.push(purchase);
  }

  leave(): void {
    this.stream?.leave();
    this.manager.abort();
  }

  private settled(): Pick<Request, "settled"> {
    const orders = this.committed.map((purchase, number) => ({ ...purchase, number })).slice(this.told);
    this.told = this.committed.length;
    return orders.length > 0 ? { settled: settledOf(...orders) } : {};
  }

  private async codeOf(ticket: bigint): Promise<number | undefined> {
    const answer = await this.stream?.hearOf(({ decisions }) => decisions?.tickets.includes(ticket) === true);
    return answer?.decisions?.codes[answer.decisions.tickets.indexOf(ticket)];
  }
}
